package bot

import (
	"slices"

	"porchlight/flows"
	"porchlight/locales"
)

// toListener takes what happened to a guest into a listener's turn.
func (t *turn) toListener(w Worker, e Event) {
	defer t.sit(w)()
	d, g := t.p.Desk, e.Guest
	_, had := find(d.Guests, g.ID)
	_, offered := find(d.Offers, g.ID)
	switch e.Kind {
	case EventOffer:
		o := Offer{Guest: g, N: 1}
		d.Offers = without(d.Offers, g.ID)
		for slices.ContainsFunc(d.Offers, func(other Offer) bool { return other.N == o.N }) {
			o.N++
		}
		d.Offers = append(d.Offers, o)
		t.tell(offerText(g), t.about(g), t.takes(o))
	case EventOpened:
		t.opened(w, g)
		if e.Text != "" {
			t.heard(g, e.Text)
		}
	case EventText:
		t.heard(g, e.Text)
	case EventMedia:
		t.showMedia(e.Media, "desk.from", locales.Args{"alias": g.Alias()})
	case EventUnheard:
		t.tell("desk.unheard", locales.Args{"colleague": e.Text})
	case EventJoined, EventParted:
		for i := range d.Guests {
			if d.Guests[i].ID == g.ID {
				d.Guests[i].Beside = g.Beside
			}
		}
		args := t.about(g)
		if e.Kind == EventParted {
			args["colleague"] = e.Text
		}
		t.tell("desk."+string(e.Kind), args)
	case EventAlso, EventAlsoPhrase, EventAlsoNumbers, EventAlsoMedia:
		t.also(g, e)
	case EventClosed:
		d.Offers = without(d.Offers, g.ID)
		t.part(g, "desk.closed")
	case EventStays, EventFinished:
		d.Guests = without(d.Guests, g.ID)
		t.tell("desk."+string(e.Kind), t.about(g))
		t.writingTo()
	case EventGone:
		d.Offers, d.Guests = without(d.Offers, g.ID), without(d.Guests, g.ID)
		switch {
		case had:
			t.tell("desk.relieved", t.about(g))
		case offered || e.Late:
			t.tell("desk.late", t.about(g))
		}
	case EventLeft, EventLapsed, EventLost:
		if d.Offers = without(d.Offers, g.ID); had {
			t.part(g, "desk."+string(e.Kind))
		}
	case EventSeen:
		d.Seen = append(without(d.Seen, g.ID), Watched{Guest: g, With: e.Text})
		d.Seen = d.Seen[max(0, len(d.Seen)-maxSeen):]
	case EventUnseen:
		d.Seen = without(d.Seen, g.ID)
	case EventWorry:
		t.tell("desk.worry", t.about(g), t.relieve(g), t.joins(g))
	default: // said as it is
		if e.Kind.aboutCall() {
			if had {
				t.onTheCall(e)
			}
			return
		}
		t.tell("desk."+string(e.Kind), t.about(g))
	}
}

// opened puts a guest on the desk, with all that can be done for them.
func (t *turn) opened(w Worker, g Guest) {
	d, l := t.p.Desk, t.locale()
	d.Offers = without(d.Offers, g.ID)
	t.turnTo(g)
	var choices []flows.Choice
	for _, p := range phrases {
		choices = append(choices, flows.Choice{Key: "/" + p, Ref: "!desk:say:" + p + ":" + g.ID, Label: l.Text("phrase."+p, nil)})
	}
	choices = append(choices, flows.Choice{Key: "/numbers", Ref: "!desk:numbers:" + g.ID, Label: l.Text("desk.numbers", nil)})
	if t.offersCalls(w, g) {
		choices = append(choices, t.callChoice(g))
	}
	choices = append(choices,
		flows.Choice{Key: "/close", Ref: "!desk:close:" + g.ID, Label: l.Text("desk.close", nil)})
	if g.Beside == "" && t.colleagues() {
		choices = append(choices, flows.Choice{Key: "/second", Ref: "!desk:second:" + g.ID, Label: l.Text("desk.second", nil)})
	}
	t.tell("desk.taken", t.about(g), choices...)
	if g.Beside != "" {
		t.tell("desk.joined", t.about(g))
	}
	if len(d.Guests) > 1 {
		t.tell("desk.writing-to", t.about(g))
	}
}

// heard shows a listener what a guest wrote. Where it is not the guest to whom
// the listener is writing, it says how to answer.
func (t *turn) heard(g Guest, text string) {
	d := t.p.Desk
	var choices []flows.Choice
	if n := len(d.Guests); n > 1 && d.Guests[n-1].ID != g.ID {
		choices = append(choices, t.writeTo(g))
	}
	t.tell("desk.from", locales.Args{"alias": g.Alias(), "text": text}, choices...)
}

// quit hands on all guests of a listener who cannot be reached any more.
func (t *turn) quit() {
	d := t.p.Desk
	if d == nil {
		return
	}
	for _, g := range d.Guests {
		t.answer(g, Event{Kind: EventQuit})
	}
	d.Guests, d.Offers, d.Ending = nil, nil, ""
	if !d.OffCall && len(d.Seen) == 0 {
		t.p.Desk = nil
	}
}
