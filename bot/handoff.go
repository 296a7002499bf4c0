package bot

import (
	"slices"
	"strings"
	"time"

	"porchlight/flows"
)

// A handoff brings a person of the organisation to somebody who asked for one.
// It is a conversation between people's records: each step is one turn of one
// person, kept together with the events that it sends to the others, which
// arrive as turns of theirs, once and in order. So every step survives a
// crash, on whichever process it happens.
//
//	asked -> offered to listeners who speak the language -> to all who are on
//	call -> to coordinators -> told the truth
//	          \_ taken -> open -> closed, or offered again when the listener
//	             falls silent
//
// The one who asked owns the handoff: who takes it is decided in their record
// alone, so that it is taken once however many press at the same moment.

// Handoff is kept with the person who asked for somebody.
type Handoff struct {
	ID       string    `json:"i"` // names this handoff on listeners' desks
	Stage    Stage     `json:"s"`
	Asked    time.Time `json:"a"`
	Since    time.Time `json:"t"`           // when the stage began; while open: when it was last the listener's turn to answer
	Kind     string    `json:"k,omitempty"` // the crisis that was read, if one was
	Words    string    `json:"w,omitempty"` // written while waiting, for the one who comes
	Offered  []Address `json:"o,omitempty"` // who may take it
	Listener Address   `json:"l,omitzero"`  // who has taken it
	Answered bool      `json:"n,omitempty"` // while open: the listener has answered what was last written
	Warned   bool      `json:"u,omitempty"` // while open: the listener was reminded
	Dialling time.Time `json:"d,omitzero"`  // since when the person is calling a line with the listener beside them
	Nudges   int       `json:"x,omitempty"` // how often they were asked whether they got through
}

// Stage is how far a handoff has come.
type Stage string

// The stages of a handoff. Closed ones are not kept.
const (
	Asked       Stage = "asked"       // nobody has been offered it yet
	OfferedTo   Stage = "speakers"    // to listeners on call who speak the language
	OfferedAll  Stage = "all"         // to everybody on call
	OfferedLast Stage = "coordinator" // to the coordinators
	Open        Stage = "open"        // a listener is there
)

// HandoffTimes are the waits of a handoff.
type HandoffTimes struct {
	Offer    time.Duration // from one circle of listeners to the next
	Escalate time.Duration // from asking until the coordinators are offered it
	GiveUp   time.Duration // from asking until the person is told the truth
}

// How long an open handoff may be silent on the listener's side, and how long
// after the person began to dial they are asked whether they got through.
const (
	remindListener  = 2 * time.Minute
	replaceListener = 5 * time.Minute
	followUpAfter   = 24 * time.Hour
	maxWords        = 500 // characters kept for the one who comes
)

var dialNudges = []time.Duration{10 * time.Minute, 30 * time.Minute}

// The names of a handoff's timers.
const (
	handoffTimer  = "handoff"
	followUpTimer = "follow-up"
)

// Worker is somebody of the organisation who may be offered a person.
type Worker struct {
	Name      string
	Address   Address
	Roles     []string // outreach, listener, coordinator
	Languages []string // BCP 47
	// Hours tells whether the worker is on call at a time, and when next; nil: always.
	Hours func(now time.Time) (on bool, next time.Time)
}

// Is reports whether the worker has a role; coordinators have every role.
func (w Worker) Is(role string) bool {
	return slices.Contains(w.Roles, role) || slices.Contains(w.Roles, "coordinator")
}

// ask begins a handoff, or leaves the one under way as it is.
func (t *turn) ask() {
	if t.p.Handoff != nil {
		return
	}
	t.p.Handoff = &Handoff{ID: t.b.newID(), Stage: Asked, Asked: t.now, Since: t.now, Kind: t.p.Session.Crisis}
	t.p.Session.Talk = flows.TalkAsked
	t.setTimer(handoffTimer, t.now, t.p.Handoff.ID)
	t.b.meter.Count("porchlight_handoffs_total", "what", "asked")
}

// note keeps what is written while waiting for the one who comes.
func (t *turn) note(text string) {
	h := t.p.Handoff
	if h == nil {
		return
	}
	words := []rune(strings.TrimSpace(h.Words + "\n" + text))
	if len(words) > maxWords {
		words = words[len(words)-maxWords:]
	}
	h.Words = string(words)
}

// advance takes a handoff on when its timer comes. roster is who could be
// offered it, as it is now.
func (t *turn) advance(roster []Listener) {
	h := t.p.Handoff
	if h == nil {
		return
	}
	if h.Stage == Open {
		t.watchOpen(roster)
		return
	}
	times := t.b.handoff
	if !t.now.Before(h.Asked.Add(times.GiveUp)) {
		t.giveUp(roster)
		return
	}
	for {
		next, circle := nextCircle(h.Stage, roster, t.language())
		if t.now.Before(t.circleDue(next)) {
			break
		}
		h.Stage, h.Since = next, t.now
		found := false
		for _, l := range circle {
			if !slices.Contains(h.Offered, l.Worker.Address) {
				h.Offered = append(h.Offered, l.Worker.Address)
				t.send(l.Worker.Address, Event{Kind: EventOffer, Guest: t.guest()})
				found = true
			}
		}
		if next == OfferedLast {
			if len(h.Offered) == 0 { // nobody is there: no theatre of waiting
				t.giveUp(roster)
				return
			}
			break
		}
		if found {
			break
		}
		// Nobody in this circle: the next one at once.
	}
	due := h.Asked.Add(times.GiveUp)
	if next, _ := nextCircle(h.Stage, nil, ""); next != h.Stage {
		due = t.circleDue(next)
	}
	t.setTimer(handoffTimer, due, h.ID)
}

// circleDue is when a circle is offered the handoff at the latest: at once
// while nobody has been, and after the waits of the organisation otherwise.
func (t *turn) circleDue(stage Stage) time.Time {
	h := t.p.Handoff
	if len(h.Offered) == 0 {
		return t.now
	}
	if stage == OfferedLast {
		return h.Asked.Add(t.b.handoff.Escalate)
	}
	return h.Since.Add(t.b.handoff.Offer)
}

// nextCircle is whom a handoff is offered to after a stage.
func nextCircle(stage Stage, roster []Listener, language string) (Stage, []Listener) {
	var circle []Listener
	pick := func(take func(Listener) bool) {
		for _, l := range roster {
			if take(l) {
				circle = append(circle, l)
			}
		}
	}
	switch stage {
	case Asked:
		pick(func(l Listener) bool { return l.OnCall && slices.Contains(l.Worker.Languages, language) })
		return OfferedTo, circle
	case OfferedTo:
		pick(func(l Listener) bool { return l.OnCall })
		return OfferedAll, circle
	default:
		pick(func(l Listener) bool { return slices.Contains(l.Worker.Roles, "coordinator") })
		return OfferedLast, circle
	}
}

// giveUp tells the person the truth, with the numbers and when somebody is there.
func (t *turn) giveUp(roster []Listener) {
	h := t.p.Handoff
	t.withdraw(Address{})
	t.endTalk()
	var next time.Time
	for _, l := range roster {
		if !l.Next.IsZero() && (next.IsZero() || l.Next.Before(next)) {
			next = l.Next
		}
	}
	t.p.Session.Until = next
	t.visit("talk.late")
	t.b.meter.Count("porchlight_handoffs_total", "what", "unanswered")
	t.b.log.Warn("handoff: nobody came", "stage", string(h.Stage), "offered", len(h.Offered))
}

// withdraw tells everybody who was offered it, but one, that it is gone.
func (t *turn) withdraw(but Address) {
	for _, a := range t.p.Handoff.Offered {
		if a != but {
			t.send(a, Event{Kind: EventGone, Guest: t.guest()})
		}
	}
}

// take decides who gets it: the first. The one who had it and fell silent may
// be relieved by whoever was offered it since.
func (t *turn) take(e Event) {
	h := t.p.Handoff
	if h == nil || h.ID != e.Guest.ID || h.Stage == Open && !slices.Contains(h.Offered, e.From) {
		t.send(e.From, Event{Kind: EventGone, Guest: e.Guest, Late: true})
		return
	}
	if h.Listener != (Address{}) && h.Listener != e.From {
		t.send(h.Listener, Event{Kind: EventGone, Guest: t.guest()})
	}
	h.Stage, h.Since, h.Listener, h.Answered, h.Warned = Open, t.now, e.From, false, false
	t.withdraw(e.From)
	h.Offered = nil
	t.send(e.From, Event{Kind: EventOpened, Guest: t.guest(), Text: h.Words})
	h.Words = ""
	t.p.Session.Talk, t.p.Session.With = flows.TalkOpen, e.Text
	t.visit("talk.opened")
	t.setTimer(handoffTimer, t.now.Add(remindListener), h.ID)
	t.b.meter.Count("porchlight_handoffs_total", "what", "taken")
	t.b.meter.Observe("porchlight_handoff_wait_seconds", t.now.Sub(h.Asked).Seconds())
}

// watchOpen looks after an open handoff: a listener who falls silent, a person
// who is calling a line.
func (t *turn) watchOpen(roster []Listener) {
	h := t.p.Handoff
	waited := t.now.Sub(h.Since)
	switch {
	case h.Answered:
	case waited >= replaceListener && len(h.Offered) == 0:
		for _, l := range roster {
			if l.Worker.Address != h.Listener && (l.OnCall || slices.Contains(l.Worker.Roles, "coordinator")) {
				h.Offered = append(h.Offered, l.Worker.Address)
				t.send(l.Worker.Address, Event{Kind: EventOffer, Guest: t.guest()})
			}
		}
		if len(h.Offered) > 0 {
			t.visit("talk.changing")
		} else { // nobody else: the person is not left waiting in silence
			t.send(h.Listener, Event{Kind: EventGone, Guest: t.guest()})
			t.giveUp(roster)
			return
		}
	case waited >= replaceListener+t.b.handoff.GiveUp:
		t.send(h.Listener, Event{Kind: EventGone, Guest: t.guest()})
		t.giveUp(roster)
		return
	case waited >= remindListener && !h.Warned:
		h.Warned = true
		t.send(h.Listener, Event{Kind: EventWaiting, Guest: t.guest()})
	}
	if !h.Dialling.IsZero() && h.Nudges < len(dialNudges) && t.now.Sub(h.Dialling) >= dialNudges[h.Nudges] {
		h.Nudges++
		t.visit("talk.reached")
		if h.Nudges == len(dialNudges) {
			for _, l := range roster {
				if slices.Contains(l.Worker.Roles, "coordinator") {
					t.send(l.Worker.Address, Event{Kind: EventWorry, Guest: t.guest()})
				}
			}
		}
	}
	t.rewind()
}

// rewind sets the timer of an open handoff to the next thing to look at.
func (t *turn) rewind() {
	h := t.p.Handoff
	var due time.Time
	sooner := func(at time.Time) {
		if at.After(t.now) && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	if !h.Answered {
		sooner(h.Since.Add(remindListener))
		sooner(h.Since.Add(replaceListener))
		sooner(h.Since.Add(replaceListener + t.b.handoff.GiveUp))
	}
	if !h.Dialling.IsZero() && h.Nudges < len(dialNudges) {
		sooner(h.Dialling.Add(dialNudges[h.Nudges]))
	}
	if due.IsZero() { // nothing is open on our side: look again in a day
		due = t.now.Add(24 * time.Hour)
	}
	t.setTimer(handoffTimer, due, h.ID)
}

// relay brings what the person wrote to the listener.
func (t *turn) relay(text string) {
	h := t.p.Handoff
	if h == nil || h.Stage != Open {
		return
	}
	t.send(h.Listener, Event{Kind: EventText, Guest: t.guest(), Text: text})
	if h.Answered {
		h.Answered, h.Warned, h.Since = false, false, t.now
		t.rewind()
	}
}

// through notes whether the person got through to the line they called.
func (t *turn) through(reached bool) {
	h := t.p.Handoff
	if h == nil || h.Stage != Open {
		return
	}
	h.Dialling, h.Nudges = time.Time{}, 0
	kind := EventReached
	if !reached {
		kind = EventNotReached
	}
	t.send(h.Listener, Event{Kind: kind, Guest: t.guest()})
	t.rewind()
}

// leave ends a handoff on the person's own wish.
func (t *turn) leave() {
	h := t.p.Handoff
	if h == nil {
		return
	}
	t.withdraw(Address{})
	if h.Listener != (Address{}) {
		t.send(h.Listener, Event{Kind: EventLeft, Guest: t.guest()})
	}
	t.endTalk()
}

// endTalk leaves nothing of the handoff in the person's record.
func (t *turn) endTalk() {
	t.p.Handoff = nil
	t.p.Session.Talk, t.p.Session.With = "", ""
	t.p.Cancelled = append(t.p.Cancelled, handoffTimer)
	t.p.Timers = slices.DeleteFunc(t.p.Timers, func(x Timer) bool { return x.Name == handoffTimer })
}

// guest is what a listener learns of the person: nothing that they did not
// agree to.
func (t *turn) guest() Guest {
	h := t.p.Handoff
	return Guest{ID: h.ID, Address: t.p.Address, Language: t.language(), Kind: h.Kind, Since: h.Asked}
}

func (t *turn) language() string { return t.b.machine.Locale(t.p.Session).Tag }

// fromListener takes what a listener did into the person's turn. What comes
// from somebody who is not the listener any more says so to them.
func (t *turn) fromListener(e Event) {
	if e.Kind == EventTake {
		t.take(e)
		return
	}
	h := t.p.Handoff
	if h == nil || h.ID != e.Guest.ID || h.Listener != e.From {
		t.send(e.From, Event{Kind: EventGone, Guest: e.Guest, Late: true})
		return
	}
	h.Answered, h.Warned = true, false
	if len(h.Offered) > 0 { // the listener is back
		t.withdraw(h.Listener)
		h.Offered = nil
	}
	switch e.Kind {
	case EventSay:
		t.hear(e.Text)
	case EventPhrase:
		t.hear(t.b.machine.Locale(t.p.Session).Text("phrase."+e.Text, nil))
	case EventNumbers:
		h.Dialling, h.Nudges = t.now, 0
		t.visit("talk.dial")
	case EventClose:
		t.visit("talk.ended") // while it still knows who was there
		t.endTalk()
		return
	}
	t.rewind()
}

// followUp asks once, gently, a day after.
func (t *turn) followUp() {
	if !t.p.Session.Stopped && t.p.Handoff == nil {
		t.visitLane("talk.follow-up", Bulk)
	}
}
