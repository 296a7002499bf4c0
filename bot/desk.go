package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/flows"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Desk is kept with a listener: whom they are offered and whom they are with.
type Desk struct {
	OffCall bool      `json:"x,omitempty"`
	Offers  []Offer   `json:"o,omitempty"`
	Guests  []Guest   `json:"g,omitempty"` // the last one is written to
	Ending  string    `json:"e,omitempty"` // alias of the guest whose outcome is asked for
	Seen    []Watched `json:"s,omitempty"` // a coordinator's: all who wait or talk, the latest last
}

// Guest is a person as a listener knows them. Their address is for the
// program alone.
type Guest struct {
	ID       string    `json:"i"`
	Address  Address   `json:"a"`
	Language string    `json:"l"`
	Kind     string    `json:"k,omitempty"`
	Since    time.Time `json:"s"`
	Beside   string    `json:"b,omitempty"` // the name of a colleague who is with them
	Country  string    `json:"n,omitempty"` // ISO 3166, whose lines can be added to a call: for the program alone
}

// Offer is a guest whom the listener may take.
type Offer struct {
	Guest
	N int `json:"n"` // what may be typed to take them; it does not move when another offer goes
}

// Watched is a guest as a coordinator sees them.
type Watched struct {
	Guest
	With string `json:"w,omitempty"` // the listener's name; empty: the guest waits
}

// Alias is what a listener calls a guest.
func (g Guest) Alias() string { return g.ID[:min(4, len(g.ID))] }

func (g Guest) guest() Guest { return g }

// Listener is a worker as they can be offered somebody at a moment.
type Listener struct {
	Worker Worker
	OnCall bool
	Next   time.Time // when they are next on call; zero: not known
}

// maxSeen bounds how many guests a coordinator sees.
const maxSeen = 50

// outcomes are how a talk can end, in the order in which they are offered.
var outcomes = []string{"connected", "declined", "unreachable", "other"}

// phrases are ready sentences in the guest's language.
var phrases = []string{"here", "safe", "stay"}

// find looks for a guest by id, or by alias in any case.
func find[G interface{ guest() Guest }](list []G, name string) (g G, ok bool) {
	i := slices.IndexFunc(list, func(g G) bool {
		return g.guest().ID == name || strings.EqualFold(g.guest().Alias(), name)
	})
	if i < 0 {
		return g, false
	}
	return list[i], true
}

func without[G interface{ guest() Guest }](list []G, id string) []G {
	return slices.DeleteFunc(slices.Clone(list), func(g G) bool { return g.guest().ID == id })
}

// sit brings a worker to their desk. The returned function leaves it again:
// on call with nothing on the desk is how everybody starts, and is not kept.
func (t *turn) sit(w Worker) (leave func()) {
	if t.p.Session.Language == "" && len(w.Languages) > 0 {
		t.p.Session.Language = w.Languages[0]
	}
	if t.p.Desk == nil {
		t.p.Desk = &Desk{}
	}
	return func() {
		if d := t.p.Desk; d != nil && !d.OffCall && d.Ending == "" && len(d.Offers)+len(d.Guests)+len(d.Seen) == 0 {
			t.p.Desk = nil
		}
	}
}

// atDesk takes what a worker did at their desk, and reports whether it was
// for the desk at all: a worker may also talk to Porchlight as anybody.
func (t *turn) atDesk(w Worker) bool {
	if !w.Is("listener") {
		return false
	}
	defer t.sit(w)()
	switch t.in.Kind {
	case flows.Pressed:
		if ref, ok := strings.CutPrefix(t.in.Choice, "!desk:"); ok {
			what, arg, _ := strings.Cut(ref, ":")
			t.do(w, what, arg)
			return true
		}
	case flows.Text:
		took := t.deskText(w, strings.TrimSpace(t.in.Text))
		if took && t.media != nil && len(t.p.Desk.Guests) > 0 {
			t.sendMedia()
		}
		return took
	case flows.Media, flows.Located:
		if len(t.p.Desk.Guests) > 0 {
			t.sendMedia()
			return true
		}
	}
	return false
}

// deskText takes what a listener wrote. With a guest everything is for the
// guest, except what begins with a slash or with the alias of another, and 0:
// the numbers for help, which work everywhere.
func (t *turn) deskText(w Worker, text string) bool {
	d := t.p.Desk
	first, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	word, slash := strings.CutPrefix(first, "/")
	word, _, _ = strings.Cut(strings.ToLower(word), "@")
	if slash || len(d.Guests) == 0 && rest == "" {
		switch {
		case word == "oncall" || word == "offcall":
			d.OffCall = word == "offcall"
			t.tell("desk."+word, nil)
			return true
		case word == "queue":
			t.queue(w)
			return true
		case word == "close" || word == "numbers" || word == "second":
			t.do(w, word, rest)
			return true
		case slash && word == "join":
			t.do(w, word, rest)
			return true
		case slash && t.b.caller != nil && (word == "call" || word == "hangup"):
			t.do(w, word, rest)
			return true
		case slash && t.b.caller != nil && word == "line":
			line, alias, _ := strings.Cut(rest, " ")
			t.do(w, word, line+":"+alias)
			return true
		case slash && slices.Contains(phrases, word):
			t.do(w, "say", word+":"+rest)
			return true
		}
	}
	key := triage.MenuKey(text)
	n, err := strconv.Atoi(key)
	switch {
	case slash || triage.Digits(text) == "0":
		return false
	case rest == "" && t.named(w, first):
		return true
	case err == nil && d.Ending != "" && n <= len(outcomes):
		t.do(w, "outcome", outcomes[n-1])
		return true
	case len(d.Guests) > 0:
		if g, ok := find(d.Guests, first); ok && len(d.Guests) > 1 {
			t.turnTo(g)
			text = rest
		}
		t.answer(d.Guests[len(d.Guests)-1], Event{Kind: EventSay, Text: text})
		if len(d.Guests) > 1 {
			t.tell("desk.sent-to", t.about(d.Guests[len(d.Guests)-1]))
		}
		return true
	case err == nil:
		for _, o := range d.Offers {
			if o.N == n {
				t.claim(w, o.ID)
				return true
			}
		}
	}
	return false
}

// named takes an alias that was typed alone: who is offered is taken, who is
// there is turned to.
func (t *turn) named(w Worker, name string) bool {
	d := t.p.Desk
	if g, ok := find(d.Guests, name); ok && len(name) == len(g.Alias()) {
		t.turnTo(g)
		t.tell("desk.writing-to", t.about(g))
		return true
	}
	if o, ok := find(d.Offers, name); ok {
		t.claim(w, o.ID)
		return true
	}
	if s, ok := find(d.Seen, name); ok {
		t.do(w, "over", s.ID)
		return true
	}
	return false
}

func guests[G interface{ guest() Guest }](list []G) (out []Guest) {
	for _, g := range list {
		out = append(out, g.guest())
	}
	return out
}

// do follows a button or a word of the desk. Those that concern a guest name
// them; without a name it is the one who is written to.
func (t *turn) do(w Worker, what, arg string) {
	d := t.p.Desk
	switch what {
	case "take":
		t.claim(w, arg)
		return
	case "over":
		t.takeOver(w, arg, EventRelieve)
		return
	case "join":
		t.takeOver(w, arg, EventJoin)
		return
	case "outcome":
		t.outcome(arg)
		return
	}
	phrase, name := "", arg
	if what == "say" || what == "line" {
		phrase, name, _ = strings.Cut(arg, ":")
	}
	if len(d.Guests) == 0 {
		t.tell("desk.nobody", nil)
		return
	}
	g := d.Guests[len(d.Guests)-1]
	if name != "" {
		var ok bool
		if g, ok = find(d.Guests, name); !ok {
			t.tell("desk.late", locales.Args{"alias": Guest{ID: name}.Alias()})
			return
		}
	}
	switch what {
	case "to":
		t.turnTo(g)
		t.tell("desk.writing-to", t.about(g))
	case "say":
		if slices.Contains(phrases, phrase) {
			t.answer(g, Event{Kind: EventPhrase, Text: phrase})
			t.tell("desk.sent", locales.Args{"text": t.locale().Text("phrase."+phrase, nil)})
		}
	case "numbers":
		t.answer(g, Event{Kind: EventNumbers})
		t.tell("desk.numbers-sent", nil)
	case "second":
		t.answer(g, Event{Kind: EventSecond})
	case "call":
		t.callGuest(w, g)
	case "line":
		t.answer(g, Event{Kind: EventLine, Text: t.lineID(g, phrase)})
	case "hangup":
		t.answer(g, Event{Kind: EventHangUp})
	case "close": // what it ends is decided at the other end
		t.answer(g, Event{Kind: EventClose})
		d.Guests = without(d.Guests, g.ID)
	}
}

// turnTo makes a guest the one who is written to.
func (t *turn) turnTo(g Guest) { t.p.Desk.Guests = append(without(t.p.Desk.Guests, g.ID), g) }

// claim asks for somebody who was offered. Who gets them is decided at the
// other end.
func (t *turn) claim(w Worker, id string) {
	d := t.p.Desk
	if g, ok := find(d.Guests, id); ok { // pressed twice
		t.turnTo(g)
		t.tell("desk.with", t.about(g))
		return
	}
	o, ok := find(d.Offers, id)
	if !ok {
		t.tell("desk.late", locales.Args{"alias": Guest{ID: id}.Alias()})
		return
	}
	t.answer(o.Guest, Event{Kind: EventTake, Text: w.Name})
	t.tell("desk.asking", locales.Args{"alias": o.Alias()})
}

// takeOver asks for somebody whom a coordinator sees: to take them, also from
// a listener, or to join the listener.
func (t *turn) takeOver(w Worker, id string, how EventKind) {
	s, ok := find(t.p.Desk.Seen, id)
	if !ok || !slices.Contains(w.Roles, "coordinator") {
		t.claim(w, id)
		return
	}
	t.answer(s.Guest, Event{Kind: how, Text: w.Name})
	t.tell("desk.asking", locales.Args{"alias": s.Alias()})
}

// answer sends something to a guest.
func (t *turn) answer(g Guest, e Event) {
	e.Guest = g
	t.send(g.Address, e)
}

// part ends the talk with a guest at this desk and asks how it ended.
func (t *turn) part(g Guest, text string) {
	d, l := t.p.Desk, t.locale()
	d.Guests, d.Ending = without(d.Guests, g.ID), g.Alias()
	var choices []flows.Choice
	for i, o := range outcomes {
		choices = append(choices, flows.Choice{Key: strconv.Itoa(i + 1), Ref: "!desk:outcome:" + o, Label: l.Text("desk."+o, nil)})
	}
	t.tell(text, locales.Args{"alias": g.Alias()}, choices...)
	t.writingTo()
}

// writingTo says to whom the listener writes after another guest has gone.
func (t *turn) writingTo() {
	if d := t.p.Desk; len(d.Guests) > 0 {
		t.tell("desk.writing-to", t.about(d.Guests[len(d.Guests)-1]))
	}
}

// outcome counts how a talk ended; who it was is not kept.
func (t *turn) outcome(o string) {
	if t.p.Desk.Ending == "" || !slices.Contains(outcomes, o) {
		t.tell("desk.nobody", nil)
		return
	}
	t.p.Desk.Ending = ""
	t.b.meter.Count("porchlight_handoff_outcomes_total", "outcome", o)
	t.tell("desk.noted", nil)
}

// queue shows what is on the desk; to a coordinator, all who wait or talk.
func (t *turn) queue(w Worker) {
	d, l := t.p.Desk, t.locale()
	state := "desk.oncall"
	if d.OffCall {
		state = "desk.offcall"
	}
	lines := []string{l.Text(state, locales.Args{"oncall": l.Isolate("/oncall")})}
	var choices []flows.Choice
	for i, g := range d.Guests {
		lines = append(lines, l.Text("desk.with", t.about(g)))
		if g.Beside != "" {
			lines = append(lines, l.Text("desk.joined", t.about(g)))
		}
		if i < len(d.Guests)-1 {
			choices = append(choices, t.writeTo(g))
		}
	}
	for _, o := range d.Offers {
		lines = append(lines, l.Text(offerText(o.Guest), t.about(o.Guest)))
		choices = append(choices, t.takes(o))
	}
	for _, s := range d.Seen {
		_, mine := find(append(guests(d.Offers), d.Guests...), s.ID)
		if mine || !slices.Contains(w.Roles, "coordinator") {
			continue
		}
		id, args := "desk.offer", t.about(s.Guest)
		if s.With != "" {
			id, args["listener"] = "desk.with-other", s.With
			if s.Beside != "" {
				args["listener"] = l.List([]string{s.With, s.Beside})
			}
		}
		lines = append(lines, l.Text(id, args))
		choices = append(choices, t.relieve(s.Guest))
		if s.With != "" && s.Beside == "" {
			choices = append(choices, t.joins(s.Guest))
		}
	}
	if len(lines) == 1 {
		lines = append(lines, l.Text("desk.empty", nil))
	}
	t.speak(flows.Say{Text: strings.Join(lines, "\n"), Choices: choices, Language: l.Tag, Urgency: flows.Crisis})
}

// relieve is a coordinator's choice to take a guest, also from a listener.
func (t *turn) relieve(g Guest) flows.Choice {
	return flows.Choice{Key: g.Alias(), Ref: "!desk:over:" + g.ID, Label: t.locale().Text("desk.take", t.about(g))}
}

// takes is the choice to take a guest. It is typed as a number only where a
// number cannot mean anything else.
func (t *turn) takes(o Offer) flows.Choice {
	key := o.Alias()
	if d := t.p.Desk; o.N > 0 && len(d.Guests) == 0 && d.Ending == "" {
		key = strconv.Itoa(o.N)
	}
	label := "desk.take"
	if o.Beside != "" {
		label = "desk.join"
	}
	return flows.Choice{Key: key, Ref: "!desk:take:" + o.ID, Label: t.locale().Text(label, t.about(o.Guest))}
}

func (t *turn) writeTo(g Guest) flows.Choice {
	return flows.Choice{Key: g.Alias(), Ref: "!desk:to:" + g.ID, Label: t.locale().Text("desk.write-to", t.about(g))}
}

func (t *turn) about(g Guest) locales.Args {
	l := t.locale()
	kind := ""
	if g.Kind != "" {
		kind = l.Text("desk.kind-"+g.Kind, nil)
	}
	return locales.Args{
		"alias": g.Alias(), "language": l.LanguageName(g.Language), "channel": t.b.channelName(l, g.Address.Channel),
		"since": l.Clock(g.Since.In(t.b.zone)), "kind": kind, "colleague": g.Beside,
	}
}
