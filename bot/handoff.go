package bot

import (
	"slices"
	"strconv"
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
//	             falls silent or is gone
//
// The one who asked owns the handoff: who takes it is decided in their record
// alone, so that it is taken once however many press at the same moment.
// docs/handoff.md lists every stage with its ways out.

// Handoff is kept with the person who asked for somebody.
type Handoff struct {
	ID       string    `json:"i"` // names this handoff on listeners' desks
	Stage    Stage     `json:"s"`
	Asked    time.Time `json:"a"`           // anew when the listener was lost
	Since    time.Time `json:"t"`           // when the stage began; while open: since when one side waits for the other
	Kind     string    `json:"k,omitempty"` // the crisis that was read, if one was
	Words    string    `json:"w,omitempty"` // written and not yet answered, for the one who comes
	Offered  []Address `json:"o,omitempty"` // who may take it
	Listener Address   `json:"l,omitzero"`  // who has taken it
	Beside   Address   `json:"b,omitzero"`  // who has joined the listener
	Invited  []Address `json:"v,omitempty"` // who may join
	Wanted   bool      `json:"c,omitempty"` // the listener asks for a colleague, and nobody is invited yet
	Answered bool      `json:"n,omitempty"` // while open: the listener has answered what was last written
	Missed   int       `json:"u,omitempty"` // while open and not answered: how many of the waits below have passed
	Dialling time.Time `json:"d,omitzero"`  // since when the person is calling a line with the listener beside them
	Nudges   int       `json:"x,omitempty"` // how often they were asked whether they got through
	Wakes    int       `json:"z,omitempty"` // how often the timer was set: tells its turns apart
	Call     *Call     `json:"p,omitempty"` // nil: nobody is on the phone
	Calls    int       `json:"q,omitempty"` // how many there were
}

// Stage is how far a handoff has come.
type Stage string

// The stages of a handoff. Closed ones are not kept.
const (
	Asked       Stage = "asked"       // nobody has been offered it yet
	OfferedTo   Stage = "speakers"    // to listeners on call who speak the language
	OfferedAll  Stage = "all"         // to every listener on call
	OfferedLast Stage = "coordinator" // to the coordinators
	Open        Stage = "open"        // a listener is there
)

// HandoffTimes are the waits of a handoff.
type HandoffTimes struct {
	Offer    time.Duration // from one circle of listeners to the next
	Escalate time.Duration // from asking until the coordinators are offered it
	GiveUp   time.Duration // from asking until the person is told the truth
}

const (
	followUpAfter = 24 * time.Hour
	maxWords      = 500 // characters kept for the one who comes
)

// The names of a handoff's timers.
const (
	handoffTimer   = "handoff"
	followUpTimer  = "follow-up"
	unreachedTimer = "unreached" // a message did not get to the person: whoever is at the other end is told
)

// Worker is somebody of the organisation who may be offered a person.
type Worker struct {
	Name      string
	Address   Address
	Roles     []string // outreach, listener, coordinator
	Languages []string // BCP 47
	Phone     Address  // where they are called; empty: they cannot be
	// Hours tells whether the worker is on call at a time, and when next; nil: always.
	Hours func(now time.Time) (on bool, next time.Time)
}

// Is reports whether the worker has a role; coordinators have every role.
func (w Worker) Is(role string) bool {
	return slices.Contains(w.Roles, role) || slices.Contains(w.Roles, "coordinator")
}

// circles are to whom a handoff is offered, one after the other. Each holds
// those who have come on call since.
var circles = []struct {
	stage Stage
	holds func(l Listener, language string) bool
}{
	{OfferedTo, func(l Listener, language string) bool {
		return l.OnCall && slices.Contains(l.Worker.Roles, "listener") && slices.Contains(l.Worker.Languages, language)
	}},
	{OfferedAll, func(l Listener, _ string) bool { return l.OnCall && slices.Contains(l.Worker.Roles, "listener") }},
	{OfferedLast, func(l Listener, _ string) bool { return l.OnCall || coordinator(l) }},
}

// ask begins a handoff, or leaves the one under way as it is.
func (t *turn) ask() {
	if h := t.p.Handoff; h != nil {
		if h.Stage == Open {
			t.p.Session.Talk = flows.TalkOpen
		}
		return
	}
	t.p.Handoff = &Handoff{ID: t.b.newID(), Stage: Asked, Asked: t.now, Since: t.now, Kind: t.p.Session.Crisis}
	t.p.Session.Talk = flows.TalkAsked
	t.wake(t.now)
	t.show(EventSeen)
	t.b.meter.Count("porchlight_handoffs_total", "what", "asked")
}

// note keeps what is written and not answered for the one who comes.
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
	roster = slices.DeleteFunc(slices.Clone(roster), func(l Listener) bool { return l.Worker.Address == t.p.Address })
	if h.Stage == Open {
		t.watchOpen(roster)
		return
	}
	end := h.Asked.Add(t.b.handoff.GiveUp)
	nobody := !slices.ContainsFunc(roster, func(l Listener) bool { return l.OnCall })
	if !t.now.Before(end) || nobody && len(h.Offered) == 0 { // no theatre of waiting
		t.giveUp(roster)
		return
	}
	for _, c := range circles[t.passed():] {
		if due := t.circleDue(c.stage); t.now.Before(due) {
			t.wake(due)
			return
		}
		h.Stage, h.Since = c.stage, t.now
		t.offer(roster, func(l Listener) bool { return c.holds(l, t.language()) })
	}
	t.wake(end)
}

// passed is how many circles have been offered the handoff.
func (t *turn) passed() int {
	for i, c := range circles {
		if c.stage == t.p.Handoff.Stage {
			return i + 1
		}
	}
	return 0
}

// circleDue is when a circle is offered the handoff: at once while nobody has
// been, and after the waits of the organisation otherwise.
func (t *turn) circleDue(stage Stage) time.Time {
	h := t.p.Handoff
	switch {
	case len(h.Offered) == 0:
		return t.now
	case stage == OfferedLast:
		return h.Asked.Add(t.b.handoff.Escalate)
	}
	return h.Since.Add(t.b.handoff.Offer)
}

// offer offers the handoff to those of the roster whom take picks and who have
// not been offered it.
func (t *turn) offer(roster []Listener, take func(Listener) bool) {
	h := t.p.Handoff
	for _, l := range roster {
		if a := l.Worker.Address; take(l) && !h.with(a) && !slices.Contains(h.Offered, a) {
			h.Offered = append(h.Offered, a)
			h.Invited = slices.DeleteFunc(h.Invited, func(i Address) bool { return i == a }) // now they may take over
			t.send(a, Event{Kind: EventOffer, Guest: t.guest()})
		}
	}
}

// wake sets the handoff's timer.
func (t *turn) wake(due time.Time) {
	h := t.p.Handoff
	h.Wakes++
	t.setTimer(handoffTimer, due, h.ID+"."+strconv.Itoa(h.Wakes))
}

// giveUp tells the person the truth, with the numbers and when somebody is there.
func (t *turn) giveUp(roster []Listener) {
	h := t.p.Handoff
	t.p.Session.Until = time.Time{}
	for _, l := range roster {
		if u := t.p.Session.Until; !l.Next.IsZero() && (u.IsZero() || l.Next.Before(u)) {
			t.p.Session.Until = l.Next
		}
	}
	t.b.meter.Count("porchlight_handoffs_total", "what", "unanswered")
	t.b.log.Warn("handoff: nobody came", "stage", string(h.Stage), "offered", len(h.Offered))
	t.end(EventLapsed, "talk.late")
}

// withdraw tells everybody who was offered it, but one, that it is gone.
// Invitations to join stay.
func (t *turn) withdraw(but Address) {
	h := t.p.Handoff
	for _, a := range h.Offered {
		if a != but {
			t.send(a, Event{Kind: EventGone, Guest: t.guest()})
		}
	}
	h.Offered = nil
}

// take decides who gets it: the first. The one who had it and fell silent may
// be relieved by whoever was offered it since, and by a coordinator who means
// to; a second one who was with them goes as well. Who was invited joins.
func (t *turn) take(e Event) {
	h := t.p.Handoff
	switch {
	case h == nil, h.ID != e.Guest.ID, e.From == t.p.Address:
		t.tooLate(e)
		return
	case h.Listener == e.From, h.Beside == e.From && e.Kind != EventRelieve: // pressed twice
		return
	case h.Stage == Open && (e.Kind == EventJoin || slices.Contains(h.Invited, e.From) && e.Kind == EventTake):
		t.join(e)
		return
	case h.Stage == Open && !slices.Contains(h.Offered, e.From) && e.Kind != EventRelieve:
		t.tooLate(e)
		return
	}
	t.endCall("", "") // with the one who had it
	t.tellTeam(e.From, Event{Kind: EventGone})
	t.uninvite(e.From)
	h.Beside, t.p.Session.Beside, h.Wanted = Address{}, "", false
	h.Stage, h.Since, h.Listener, h.Answered, h.Missed = Open, t.now, e.From, false, 0
	t.withdraw(e.From)
	t.send(e.From, Event{Kind: EventOpened, Guest: t.guest(), Text: h.Words})
	t.p.Session.Talk, t.p.Session.With = flows.TalkOpen, e.Text
	t.visit("talk.opened")
	t.rewind()
	t.show(EventSeen)
	t.b.meter.Count("porchlight_handoffs_total", "what", "taken")
	t.b.meter.Observe("porchlight_handoff_wait_seconds", t.now.Sub(h.Asked).Seconds())
}

// tooLate answers a listener for whom there is nobody here any more.
func (t *turn) tooLate(e Event) {
	t.send(e.From, Event{Kind: EventGone, Guest: e.Guest, Late: true})
	if h := t.p.Handoff; h == nil || h.ID != e.Guest.ID {
		t.send(e.From, Event{Kind: EventUnseen, Guest: e.Guest})
	}
}

// leave ends a handoff on the person's own wish.
func (t *turn) leave() { t.end(EventLeft, "") }

// end leaves nothing of the handoff with the person, after a last word to them
// (a state's path, or none), and tells the listener why it ended.
func (t *turn) end(why EventKind, last string) {
	h := t.p.Handoff
	if h == nil {
		return
	}
	t.endCall("", "")
	t.withdraw(Address{})
	t.uninvite(Address{})
	if h.Listener != (Address{}) {
		t.send(h.Listener, Event{Kind: why, Guest: t.guest()}) // is asked how it ended
	}
	if h.Beside != (Address{}) {
		t.send(h.Beside, Event{Kind: EventFinished, Guest: t.guest()})
	}
	t.show(EventUnseen)
	s := &t.p.Session
	s.Talk = "" // somebody can be asked for again
	switch {
	case last != "":
		t.visit(last) // while it still knows who was there
	case s.Flow == "talk": // a place that is no longer true
		s.Flow, s.State, s.Aside, s.Offer = "menu", "menu", "", nil
	}
	t.p.Handoff, s.With, s.Beside = nil, "", ""
	t.cancelTimer(handoffTimer)
}

// show lets the coordinators see how things are, so that nobody who waits, and
// no listener, is alone.
func (t *turn) show(kind EventKind) {
	for _, w := range t.b.staff {
		if slices.Contains(w.Roles, "coordinator") && w.Address != t.p.Address {
			g := t.guest()
			g.Beside = t.p.Session.Beside
			t.send(w.Address, Event{Kind: kind, Guest: g, Text: t.p.Session.With})
		}
	}
}

// guest is what a listener learns of the person: nothing that they did not
// agree to.
func (t *turn) guest() Guest {
	h := t.p.Handoff
	return Guest{ID: h.ID, Address: t.p.Address, Language: t.language(), Kind: h.Kind, Since: h.Asked, Country: t.b.country(*t.p)}
}

func (t *turn) language() string { return t.b.machine.Locale(t.p.Session).Tag }
