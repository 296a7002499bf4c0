package bot

import (
	"porchlight/flows"
	"porchlight/locales"
)

// joins is a coordinator's choice to join the listener who is with a guest.
func (t *turn) joins(g Guest) flows.Choice {
	return flows.Choice{Key: "/join " + g.Alias(), Ref: "!desk:join:" + g.ID, Label: t.locale().Text("desk.join", t.about(g))}
}

// offerText is how a guest is offered: to be taken, or to be joined beside the
// colleague who asks for it.
func offerText(g Guest) string {
	if g.Beside != "" {
		return "desk.invite"
	}
	return "desk.offer"
}

// colleagues reports whether the organisation has anybody else who could join.
func (t *turn) colleagues() bool {
	for _, w := range t.b.staff {
		if w.Is("listener") && w.Address != t.p.Address {
			return true
		}
	}
	return false
}

// also shows what the colleague has sent the guest, in this listener's language
// where it is the program's own words.
func (t *turn) also(g Guest, e Event) {
	l, text := t.locale(), e.Text
	args := locales.Args{"colleague": g.Beside, "alias": g.Alias()}
	switch e.Kind {
	case EventAlsoMedia:
		if g.Address.Channel == t.p.Address.Channel { // where the guest can see it
			t.showMedia(e.Media, "desk.also", args)
			return
		}
		text = "(...)"
	case EventAlsoPhrase:
		text = l.Text("phrase."+e.Text, nil)
	case EventAlsoNumbers:
		text = l.Text("talk.dial", locales.Args{"listener": g.Beside})
	}
	args["text"] = text
	t.tell("desk.also", args)
}
