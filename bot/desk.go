package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/flows"
	"porchlight/locales"
)

// Desk is kept with a listener: whom they are offered and whom they are with.
type Desk struct {
	OffCall bool    `json:"x,omitempty"`
	Offers  []Guest `json:"o,omitempty"`
	Guests  []Guest `json:"g,omitempty"` // the last one is written to
	Ending  *Guest  `json:"e,omitempty"` // whose outcome is asked for
}

// Guest is a person as a listener knows them. Their address is for the
// program alone.
type Guest struct {
	ID       string    `json:"i"`
	Address  Address   `json:"a"`
	Language string    `json:"l"`
	Kind     string    `json:"k,omitempty"`
	Since    time.Time `json:"s"`
}

// Alias is what a listener calls a guest.
func (g Guest) Alias() string { return g.ID[:min(4, len(g.ID))] }

// Listener is a worker as they can be offered somebody at a moment.
type Listener struct {
	Worker Worker
	OnCall bool
	Next   time.Time // when they are next on call; zero: not known
}

// outcomes are how a talk can end, in the order in which they are offered.
var outcomes = []string{"connected", "declined", "unreachable", "other"}

// phrases are ready sentences in the guest's language.
var phrases = []string{"here", "safe", "stay"}

// atDesk takes what a worker did at their desk, and reports whether it was
// for the desk at all: a worker may also talk to Porchlight as anybody.
func (t *turn) atDesk(w Worker) bool {
	if !w.Is("listener") {
		return false
	}
	if t.p.Session.Language == "" && len(w.Languages) > 0 {
		t.p.Session.Language = w.Languages[0]
	}
	d := t.p.Desk
	if d == nil {
		d = &Desk{}
	}
	t.p.Desk = d
	defer func() {
		if !d.OffCall && len(d.Offers) == 0 && len(d.Guests) == 0 && d.Ending == nil {
			t.p.Desk = nil // on call with nothing on the desk is how everybody starts
		}
	}()
	switch t.in.Kind {
	case flows.Pressed:
		return t.deskButton(w, t.in.Choice)
	case flows.Text:
		return t.deskText(w, strings.TrimSpace(t.in.Text))
	case flows.Media, flows.Located:
		if len(d.Guests) > 0 {
			t.tell("desk.words-only", nil)
			return true
		}
	}
	return false
}

func (t *turn) deskText(w Worker, text string) bool {
	d := t.p.Desk
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(text, "/")), "@")
	switch word {
	case "oncall":
		d.OffCall = false
		t.tell("desk.oncall", nil)
		return true
	case "offcall":
		d.OffCall = true
		t.tell("desk.offcall", nil)
		return true
	case "queue":
		t.queue()
		return true
	case "close":
		if len(d.Guests) == 0 {
			t.tell("desk.nobody", nil)
			return true
		}
		t.close()
		return true
	}
	n, err := strconv.Atoi(text)
	switch {
	case err == nil && d.Ending != nil && n >= 1 && n <= len(outcomes):
		t.outcome(outcomes[n-1])
		return true
	case len(d.Guests) > 0 && t.in.Text != "":
		if strings.HasPrefix(text, "/") {
			return false
		}
		t.answer(Event{Kind: EventSay, Text: t.in.Text})
		return true
	case err == nil && n >= 1 && n <= len(d.Offers):
		t.claim(w, d.Offers[n-1].ID)
		return true
	}
	return false
}

// deskButton follows a button on the desk: "!desk:take:ID" and the like.
func (t *turn) deskButton(w Worker, ref string) bool {
	ref, ok := strings.CutPrefix(ref, "!desk:")
	if !ok {
		return false
	}
	what, arg, _ := strings.Cut(ref, ":")
	if what != "take" && what != "outcome" && len(t.p.Desk.Guests) == 0 {
		t.tell("desk.nobody", nil)
		return true
	}
	switch what {
	case "take":
		t.claim(w, arg)
	case "say":
		if slices.Contains(phrases, arg) {
			t.answer(Event{Kind: EventPhrase, Text: arg})
			t.tell("desk.sent", locales.Args{"text": t.locale().Text("phrase."+arg, nil)})
		}
	case "numbers":
		t.answer(Event{Kind: EventNumbers})
		t.tell("desk.numbers-sent", nil)
	case "close":
		t.close()
	case "outcome":
		t.outcome(arg)
	}
	return true
}

// claim asks for somebody who was offered. Who gets them is decided at the
// other end.
func (t *turn) claim(w Worker, id string) {
	named := func(g Guest) bool { return g.ID == id }
	i := slices.IndexFunc(t.p.Desk.Offers, named)
	if mine := slices.IndexFunc(t.p.Desk.Guests, named); mine >= 0 { // pressed twice
		t.tell("desk.with", t.about(t.p.Desk.Guests[mine]))
		return
	}
	if i < 0 {
		t.tell("desk.late", locales.Args{"alias": Guest{ID: id}.Alias()})
		return
	}
	g := t.p.Desk.Offers[i]
	t.send(g.Address, Event{Kind: EventTake, Guest: g, Text: w.Name})
	t.tell("desk.asking", locales.Args{"alias": g.Alias()})
}

// answer sends something to the guest who is written to.
func (t *turn) answer(e Event) {
	e.Guest = t.p.Desk.Guests[len(t.p.Desk.Guests)-1]
	t.send(e.Guest.Address, e)
}

// close ends the talk that is on and asks how it ended.
func (t *turn) close() {
	d := t.p.Desk
	g := d.Guests[len(d.Guests)-1]
	t.answer(Event{Kind: EventClose})
	d.Guests = d.Guests[:len(d.Guests)-1]
	t.askOutcome(g, "desk.closed")
}

func (t *turn) askOutcome(g Guest, text string) {
	t.p.Desk.Ending = &g
	l := t.locale()
	var choices []flows.Choice
	for i, o := range outcomes {
		choices = append(choices, flows.Choice{Key: strconv.Itoa(i + 1), Ref: "!desk:outcome:" + o, Label: l.Text("desk."+o, nil)})
	}
	t.tell(text, locales.Args{"alias": g.Alias()}, choices...)
}

// outcome counts how a talk ended; who it was is not kept.
func (t *turn) outcome(o string) {
	if t.p.Desk.Ending == nil || !slices.Contains(outcomes, o) {
		t.tell("desk.nobody", nil)
		return
	}
	t.p.Desk.Ending = nil
	t.b.meter.Count("porchlight_handoff_outcomes_total", "outcome", o)
	t.tell("desk.noted", nil)
}

// queue shows what is on the desk.
func (t *turn) queue() {
	d, l := t.p.Desk, t.locale()
	state := "desk.oncall"
	if d.OffCall {
		state = "desk.offcall"
	}
	lines := []string{l.Text(state, nil)}
	var choices []flows.Choice
	for _, g := range d.Guests {
		lines = append(lines, l.Text("desk.with", t.about(g)))
	}
	for i, g := range d.Offers {
		lines = append(lines, l.Text("desk.offer", t.about(g)))
		choices = append(choices, flows.Choice{Key: strconv.Itoa(i + 1), Ref: "!desk:take:" + g.ID, Label: l.Text("desk.take", t.about(g))})
	}
	if len(lines) == 1 {
		lines = append(lines, l.Text("desk.empty", nil))
	}
	t.speak(flows.Say{Text: strings.Join(lines, "\n"), Choices: choices, Language: l.Tag, Urgency: flows.Crisis})
}

func (t *turn) about(g Guest) locales.Args {
	l := t.locale()
	kind := ""
	if g.Kind != "" {
		kind = l.Text("desk.kind-"+g.Kind, nil)
	}
	return locales.Args{
		"alias": g.Alias(), "language": l.LanguageName(g.Language), "channel": t.b.channelName(l, g.Address.Channel),
		"since": l.Clock(g.Since.In(t.b.zone)), "kind": kind,
	}
}

// toListener takes what happened to a guest into a listener's turn.
func (t *turn) toListener(w Worker, e Event) {
	if t.p.Session.Language == "" && len(w.Languages) > 0 {
		t.p.Session.Language = w.Languages[0]
	}
	if t.p.Desk == nil {
		t.p.Desk = &Desk{}
	}
	d, l, g := t.p.Desk, t.locale(), e.Guest
	drop := func(list []Guest) []Guest {
		return slices.DeleteFunc(list, func(o Guest) bool { return o.ID == g.ID })
	}
	had := slices.ContainsFunc(d.Guests, func(o Guest) bool { return o.ID == g.ID })
	switch e.Kind {
	case EventOffer:
		d.Offers = append(drop(d.Offers), g)
		n := strconv.Itoa(len(d.Offers))
		t.tell("desk.offer", t.about(g), flows.Choice{Key: n, Ref: "!desk:take:" + g.ID, Label: l.Text("desk.take", t.about(g))})
	case EventGone:
		d.Offers, d.Guests = drop(d.Offers), drop(d.Guests)
		switch {
		case had:
			t.tell("desk.relieved", t.about(g))
		default:
			t.tell("desk.late", t.about(g))
		}
	case EventOpened:
		d.Offers, d.Guests = drop(d.Offers), append(drop(d.Guests), g)
		var choices []flows.Choice
		for _, p := range phrases {
			choices = append(choices, flows.Choice{Ref: "!desk:say:" + p, Label: l.Text("phrase."+p, nil)})
		}
		choices = append(choices, flows.Choice{Ref: "!desk:numbers", Label: l.Text("desk.numbers", nil)}, flows.Choice{Ref: "!desk:close", Label: l.Text("desk.close", nil)})
		if t.in.Channel == "sms" { // no buttons: /close is named in the text
			choices = nil
		}
		t.tell("desk.taken", t.about(g), choices...)
		if e.Text != "" {
			t.heard(g, e.Text)
		}
	case EventText:
		t.heard(g, e.Text)
	case EventReached:
		t.tell("desk.reached", t.about(g))
	case EventNotReached:
		t.tell("desk.not-reached", t.about(g))
	case EventWaiting:
		t.tell("desk.waiting", t.about(g))
	case EventWorry:
		t.tell("desk.worry", t.about(g))
	case EventLeft:
		if d.Offers = drop(d.Offers); had {
			d.Guests = drop(d.Guests)
			t.askOutcome(g, "desk.left")
		}
	}
	if !d.OffCall && len(d.Offers) == 0 && len(d.Guests) == 0 && d.Ending == nil {
		t.p.Desk = nil
	}
}

// heard shows a listener what a guest wrote.
func (t *turn) heard(g Guest, text string) {
	t.tell("desk.from", locales.Args{"alias": g.Alias(), "text": text})
}

// hear shows the person what the listener wrote.
func (t *turn) hear(text string) {
	t.tell("talk.from", locales.Args{"listener": t.p.Session.With, "text": text})
}
