package bot

import (
	"slices"

	"porchlight/locales"
)

// A second person of the organisation may join an open handoff beside the
// first: one whom the first has asked for, or a coordinator. Two is the most: a
// third voice helps nobody who is in distress. All that either writes passes
// through the record of the one who asked, so everybody reads it in one order.
// Either may answer, and either may go; the handoff ends with the last one.

// Team are those who are with the person, two at most.
func (h *Handoff) Team() []Address {
	if h.Beside != (Address{}) {
		return []Address{h.Listener, h.Beside}
	}
	if h.Listener != (Address{}) {
		return []Address{h.Listener}
	}
	return nil
}

func (h *Handoff) with(a Address) bool { return slices.Contains(h.Team(), a) }

// tellTeam tells whoever is with the person, but one.
func (t *turn) tellTeam(but Address, e Event) {
	for _, a := range t.p.Handoff.Team() {
		if a != but {
			e.Guest = t.guestOf(a)
			t.send(a, e)
		}
	}
}

// guestOf is the guest as one who is with them knows them: with the colleague.
func (t *turn) guestOf(a Address) Guest {
	g, h := t.guest(), t.p.Handoff
	switch {
	case h.Beside == (Address{}):
	case a == h.Beside:
		g.Beside = t.p.Session.With
	default:
		g.Beside = t.p.Session.Beside
	}
	return g
}

// nameOf is what somebody who is with the person is called.
func (t *turn) nameOf(a Address) string {
	if h := t.p.Handoff; h.Beside != (Address{}) && a == h.Beside {
		return t.p.Session.Beside
	}
	return t.p.Session.With
}

// wantSecond has colleagues asked to join. Who is on call is seen when the
// handoff's timer comes, which is now.
func (t *turn) wantSecond(from Address) {
	h := t.p.Handoff
	if h.Beside != (Address{}) {
		t.send(from, Event{Kind: EventFull, Guest: t.guestOf(from)})
		return
	}
	h.Wanted = true
	t.wake(t.now)
}

// inviteSecond asks everybody on call to join, and tells the listener whether
// there was anybody to ask.
func (t *turn) inviteSecond(roster []Listener) {
	h := t.p.Handoff
	if h.Wanted = false; h.Beside != (Address{}) {
		return
	}
	for _, l := range roster {
		a := l.Worker.Address
		if !l.OnCall || h.with(a) || slices.Contains(h.Offered, a) || slices.Contains(h.Invited, a) {
			continue
		}
		h.Invited = append(h.Invited, a)
		g := t.guest()
		g.Beside = t.p.Session.With
		t.send(a, Event{Kind: EventOffer, Guest: g})
	}
	kind := EventInvited
	if len(h.Invited) == 0 {
		kind = EventNobodyElse
	}
	t.send(h.Listener, Event{Kind: kind, Guest: t.guest()})
}

// join lets a second one in, the first who comes.
func (t *turn) join(e Event) {
	h := t.p.Handoff
	if h.Beside != (Address{}) {
		t.send(e.From, Event{Kind: EventFull, Guest: t.guest()})
		return
	}
	h.Offered = slices.DeleteFunc(h.Offered, func(a Address) bool { return a == e.From })
	h.Beside, t.p.Session.Beside, h.Wanted = e.From, e.Text, false
	t.uninvite(e.From)
	t.send(e.From, Event{Kind: EventOpened, Guest: t.guestOf(e.From), Text: h.Words})
	t.send(h.Listener, Event{Kind: EventJoined, Guest: t.guestOf(h.Listener)})
	t.tell("talk.joined", locales.Args{"listener": e.Text})
	t.rewind()
	t.show(EventSeen)
	t.b.meter.Count("porchlight_handoffs_total", "what", "joined")
}

// uninvite takes the invitations to join back, but one.
func (t *turn) uninvite(but Address) {
	h := t.p.Handoff
	for _, a := range h.Invited {
		if a != but {
			t.send(a, Event{Kind: EventGone, Guest: t.guest()})
		}
	}
	h.Invited = nil
}

// parts lets one of two go; the other stays.
func (t *turn) parts(who Address) {
	h, s := t.p.Handoff, &t.p.Session
	if who == h.Listener {
		t.endCall("", "")
	}
	gone := t.nameOf(who)
	if who == h.Listener {
		h.Listener, s.With = h.Beside, s.Beside
	}
	h.Beside, s.Beside = Address{}, ""
	t.send(h.Listener, Event{Kind: EventParted, Guest: t.guest(), Text: gone})
	t.tell("talk.parted", locales.Args{"listener": s.With, "colleague": gone})
	t.show(EventSeen)
}
