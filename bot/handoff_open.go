package bot

import (
	"slices"
	"time"

	"porchlight/flows"
	"porchlight/locales"
)

// How long an open handoff may be silent on the listener's side: they are
// reminded, then others are asked. In the end, after HandoffTimes.GiveUp more,
// the person is told the truth.
const (
	remindListener  = 2 * time.Minute
	replaceListener = 5 * time.Minute
)

// quietFor is how long nobody may write in an open handoff before the listener
// is reminded of it. It is not ended: there may still be danger.
const quietFor = 24 * time.Hour

// dialNudges are how long after a person began to call a line they are asked
// whether they got through. At the last the coordinators are told.
var dialNudges = []time.Duration{10 * time.Minute, 30 * time.Minute}

// waits are those of a listener who has not answered, one after the other.
func (t *turn) waits() []time.Duration {
	return []time.Duration{remindListener, replaceListener, replaceListener + t.b.handoff.GiveUp}
}

// watchOpen looks after an open handoff: a listener who falls silent, a person
// who is calling a line.
func (t *turn) watchOpen(roster []Listener) {
	h := t.p.Handoff
	if h.Wanted {
		t.inviteSecond(roster)
	}
	if h.Call.talking() { // whoever speaks is answered
		h.Since = t.now
	}
	waited := t.now.Sub(h.Since)
	if h.Answered {
		if waited >= quietFor {
			h.Since = t.now
			t.tellTeam(Address{}, Event{Kind: EventQuiet})
		}
	} else {
		missed := 0
		for _, wait := range t.waits() {
			if waited >= wait {
				missed++
			}
		}
		if missed == 3 {
			t.giveUp(roster)
			return
		}
		if h.Missed < 1 && missed >= 1 {
			t.tellTeam(Address{}, Event{Kind: EventWaiting})
		}
		if h.Missed < 2 && missed >= 2 {
			t.offer(roster, func(l Listener) bool { return l.OnCall || coordinator(l) })
			if len(h.Offered) > 0 {
				t.visit("talk.changing")
			} else {
				t.visit("talk.silent")
			}
		}
		h.Missed = missed
	}
	nudges := h.Nudges
	for !h.Dialling.IsZero() && h.Nudges < len(dialNudges) && t.now.Sub(h.Dialling) >= dialNudges[h.Nudges] {
		h.Nudges++
	}
	if h.Nudges > nudges {
		t.visit("talk.reached")
		if h.Nudges == len(dialNudges) {
			t.worry(roster)
		}
	}
	t.rewind()
}

// worry asks the coordinators to look after somebody who has not said whether
// they got through; where there is none, their listener.
func (t *turn) worry(roster []Listener) {
	told := false
	for _, l := range roster {
		if coordinator(l) {
			told = true
			t.send(l.Worker.Address, Event{Kind: EventWorry, Guest: t.guest()})
		}
	}
	if !told {
		t.tellTeam(Address{}, Event{Kind: EventWorry})
	}
}

func coordinator(l Listener) bool { return slices.Contains(l.Worker.Roles, "coordinator") }

// rewind sets the timer of an open handoff to the next thing to look at.
func (t *turn) rewind() {
	h := t.p.Handoff
	due := h.Since.Add(quietFor)
	if !h.Answered {
		due = h.Since.Add(t.waits()[min(h.Missed, 2)])
	}
	if !h.Dialling.IsZero() && h.Nudges < len(dialNudges) {
		if nudge := h.Dialling.Add(dialNudges[h.Nudges]); nudge.Before(due) {
			due = nudge
		}
	}
	if h.Wanted {
		due = t.now
	}
	t.wake(due)
}

// relay brings what the person wrote to the listener. Until it is answered it
// is kept for whoever might have to take over.
func (t *turn) relay(text string) {
	h := t.p.Handoff
	if h == nil {
		return
	}
	t.note(text)
	if h.Stage != Open {
		return
	}
	t.tellTeam(Address{}, Event{Kind: EventText, Text: text})
	t.waiting()
}

// waiting notes that it is the listener's turn.
func (t *turn) waiting() {
	if h := t.p.Handoff; h.Answered {
		h.Answered, h.Missed, h.Since = false, 0, t.now
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
		h.Dialling = t.now // they try another number
	}
	t.tellTeam(Address{}, Event{Kind: kind})
	t.rewind()
}

// fromListener takes what a listener did into the person's turn. What comes
// from somebody who is not the listener any more says so to them.
func (t *turn) fromListener(e Event) {
	if e.Kind == EventTake || e.Kind == EventRelieve || e.Kind == EventJoin {
		t.take(e)
		return
	}
	h := t.p.Handoff
	if h == nil || h.ID != e.Guest.ID || !h.with(e.From) {
		if e.Kind != EventQuit && e.Kind != EventMissed {
			t.tooLate(e)
		}
		return
	}
	two := h.Beside != Address{}
	switch {
	case e.Kind == EventMissed:
		t.tell("talk.unheard", locales.Args{"listener": t.nameOf(e.From)})
		return
	case e.Kind == EventSecond:
		t.wantSecond(e.From)
		return
	case e.Kind == EventQuit && two:
		t.parts(e.From)
		return
	case e.Kind == EventQuit:
		t.askAgain()
		return
	case e.Kind == EventClose && two:
		t.parts(e.From)
		g := t.guest()
		g.Beside = t.p.Session.With
		t.send(e.From, Event{Kind: EventStays, Guest: g})
		return
	case e.Kind == EventClose:
		t.end(EventClosed, "talk.ended")
		return
	}
	h.Answered, h.Missed, h.Since, h.Words = true, 0, t.now, ""
	t.withdraw(Address{}) // the listener is back
	switch e.Kind {
	case EventSay:
		t.hear(e.From, e.Text)
	case EventPhrase:
		t.hear(e.From, t.locale().Text("phrase."+e.Text, nil))
	case EventShow:
		t.showMedia(e.Media, "talk.from", locales.Args{"listener": t.nameOf(e.From)})
	case EventNumbers:
		h.Dialling, h.Nudges = t.now, 0
		t.p.Session.Crisis = h.Kind // which lines are shown
		t.visit("talk.dial")
	case EventCall, EventLine, EventHangUp:
		t.fromListenerOnCall(e)
		t.rewind()
		return
	}
	t.tellTeam(e.From, Event{Kind: colleagues[e.Kind], Text: e.Text, Media: e.Media})
	t.rewind()
}

// colleagues are what the other of two learns of what one has sent.
var colleagues = map[EventKind]EventKind{EventSay: EventAlso, EventPhrase: EventAlsoPhrase, EventNumbers: EventAlsoNumbers, EventShow: EventAlsoMedia}

// hear shows the person what one who is with them wrote.
func (t *turn) hear(from Address, text string) {
	t.tell("talk.from", locales.Args{"listener": t.nameOf(from), "text": text})
}

// askAgain looks for somebody else: the listener is gone.
func (t *turn) askAgain() {
	h := t.p.Handoff
	t.endCall("", "")
	t.withdraw(Address{})
	t.uninvite(Address{})
	h.Wanted = false
	h.Stage, h.Asked, h.Since, h.Listener, h.Answered, h.Missed = Asked, t.now, t.now, Address{}, false, 0
	t.p.Session.Talk, t.p.Session.With = flows.TalkAsked, ""
	t.visit("talk.changing")
	t.wake(t.now)
	t.show(EventSeen)
}

// unreached follows up a message that did not get to somebody: whoever is at
// the other end is told, and of a listener the coordinators.
func (t *turn) unreached() {
	h, lost := t.p.Handoff, t.p.Reach != Reachable
	if lost {
		t.end(EventLost, "")
		t.quit()
		return
	}
	if h != nil && h.Stage == Open {
		t.tellTeam(Address{}, Event{Kind: EventUndelivered})
	}
	if w, ok := t.b.workers[t.p.Address]; ok && w.Is("listener") {
		t.unheard(w)
	}
}

// unheard tells the coordinators that messages do not reach a listener at the
// moment, and the listener's guests that what they wrote may be lost.
func (t *turn) unheard(w Worker) {
	for _, c := range t.b.staff {
		if slices.Contains(c.Roles, "coordinator") && c.Address != t.p.Address {
			t.send(c.Address, Event{Kind: EventUnheard, Text: w.Name})
		}
	}
	if t.p.Desk == nil {
		return
	}
	for _, g := range t.p.Desk.Guests {
		t.answer(g, Event{Kind: EventMissed})
	}
}

// followUp asks once, gently, a day after.
func (t *turn) followUp() {
	if !t.p.Session.Stopped && t.p.Handoff == nil {
		t.visitLane("talk.follow-up", Bulk)
	}
}
