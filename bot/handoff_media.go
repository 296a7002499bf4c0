package bot

import (
	"strings"

	"porchlight/flows"
	"porchlight/locales"
)

// Pictures and voice notes pass between two who are on the same network, by the
// network's own name for them. Nothing else does: a document may carry what its
// sender does not know of, a contact is about somebody else, and a sticker, a
// film or a place could not be marked with whom it comes from. What cannot pass
// is said to both.

// beyondWords reports whether the person sent something beside words to
// somebody who is there.
func (t *turn) beyondWords() bool {
	h := t.p.Handoff
	return h != nil && h.Stage == Open && (t.media != nil || t.in.Kind == flows.Media || t.in.Kind == flows.Located)
}

// passes reports whether what this turn brought can be sent to an address.
func (t *turn) passes(to Address) bool { return t.media != nil && to.Channel == t.p.Address.Channel }

// passMedia brings what the person sent to whoever can be shown it, and says to
// both sides where it cannot be passed on.
func (t *turn) passMedia() {
	h := t.p.Handoff
	if h == nil || h.Stage != Open {
		return // what was written under it has ended the talk
	}
	var missed []string
	for _, a := range h.Team() {
		if t.passes(a) {
			t.send(a, Event{Kind: EventMedia, Guest: t.guestOf(a), Media: t.media})
			continue
		}
		missed = append(missed, t.nameOf(a))
		t.send(a, Event{Kind: EventNotWords, Guest: t.guestOf(a)})
	}
	if len(missed) > 0 {
		t.tell("talk.words-only", locales.Args{"listener": t.locale().List(missed)})
	}
	t.waiting()
}

// showMedia shows a picture or a voice note, marked with whom it comes from as
// words of theirs would be.
func (t *turn) showMedia(media *Media, from string, args locales.Args) {
	args["text"] = ""
	l := t.locale()
	m := Outbound{To: t.p.Address, Lane: Urgent, Text: strings.TrimSpace(l.Line(l.Text(from, args))), Language: l.Tag, Media: media}
	t.p.Outbox = append(t.p.Outbox, t.channel.Divide(m)...)
}

// sendMedia sends what a listener sent to the guest to whom they write.
func (t *turn) sendMedia() {
	d := t.p.Desk
	g := d.Guests[len(d.Guests)-1]
	if !t.passes(g.Address) {
		t.tell("desk.words-only", nil)
		return
	}
	t.answer(g, Event{Kind: EventShow, Media: t.media})
	if len(d.Guests) > 1 {
		t.tell("desk.sent-to", t.about(g))
	}
}
