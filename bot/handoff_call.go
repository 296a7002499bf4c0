package bot

import (
	"slices"
	"strconv"
	"time"

	"porchlight/locales"
)

// Call is a telephone call of a handoff, kept with the person who asked for
// somebody. Stages follow each other; each has a clock.
type Call struct {
	Room     string    `json:"r"`
	Stage    CallStage `json:"s"`
	Guest    Phone     `json:"g,omitzero"`
	Listener Phone     `json:"l,omitzero"`
	Third    Phone     `json:"t,omitzero"` // the line's
	Line     string    `json:"n,omitempty"`
	Gone     []string  `json:"x,omitempty"` // calls that were ended from here: what the network still says of them is late
}

// Phone is one phone of a call.
type Phone struct {
	ID string `json:"i,omitempty"` // the network's id of the call to it
	In bool   `json:"n,omitempty"` // picked up, and in the room
}

// CallStage is how far a call has come.
type CallStage string

// The stages of a call. The listener is rung first: nobody who needs help is
// called to an empty room.
const (
	CallAsked     CallStage = "asked"    // the guest is asked whether they want it
	CallsListener CallStage = "listener" // both want it; the listener's phone rings
	CallsGuest    CallStage = "guest"    // the listener is there; the guest's phone rings
	CallOpen      CallStage = "open"     // they speak
)

// How long the stages of a call last at the most.
const (
	callAnswer = 5 * time.Minute  // to say whether one wants it
	callRings  = 90 * time.Second // the network's own word should come before
	callLasts  = 2 * time.Hour
)

const (
	callTimer = "call"
	maxGone   = 8 // more are not late at once
)

func (c *Call) phone(l Leg) *Phone {
	switch l {
	case LegGuest:
		return &c.Guest
	case LegListener:
		return &c.Listener
	default:
		return &c.Third
	}
}

// talking reports whether the two, or the guest and a line, are on the phone.
func (c *Call) talking() bool { return c != nil && c.Stage == CallOpen }

// fromListenerOnCall takes what a listener did about a call. Of two it is the
// first who phones: whoever asks for it becomes that.
func (t *turn) fromListenerOnCall(e Event) {
	h, s := t.p.Handoff, &t.p.Session
	switch e.Kind {
	case EventCall:
		if h.Call == nil && e.From == h.Beside {
			h.Listener, h.Beside, s.With, s.Beside = h.Beside, h.Listener, s.Beside, s.With
			t.show(EventSeen)
		}
		t.proposeCall()
	case EventLine:
		t.addLine(e.Text)
	case EventHangUp:
		t.stopCall()
	}
}

// proposeCall asks the person whether they want to be called.
func (t *turn) proposeCall() {
	h := t.p.Handoff
	if h.Call != nil {
		return
	}
	if t.b.caller == nil || t.b.caller.Number(t.p.Address) == "" || t.b.caller.Number(t.b.workers[h.Listener].Phone) == "" {
		t.send(h.Listener, Event{Kind: EventCallFailed, Guest: t.guestOf(h.Listener)})
		return
	}
	h.Calls++
	h.Call = &Call{Room: h.ID + "-" + strconv.Itoa(h.Calls), Stage: CallAsked}
	t.visit("talk.call")
	t.setTimer(callTimer, t.now.Add(callAnswer), h.Call.Room)
	t.b.meter.Count("porchlight_calls_total", "what", "asked")
}

// answerCall takes the person's yes or no, also a no to a call under way. It
// reports false when there is nothing to say it to.
func (t *turn) answerCall(yes bool) bool {
	h := t.p.Handoff
	switch {
	case h == nil:
		t.tell("talk.left", nil)
		return false
	case h.Call == nil:
		if h.Stage == Open && yes {
			t.tell("talk.call-not", t.listener())
		}
		return !yes
	case !yes && h.Call.Stage == CallAsked:
		t.endCall("", EventCallDeclined)
	case !yes:
		t.endCall("", EventCallOver)
	case h.Call.Stage == CallAsked:
		t.stageCall(CallsListener, callRings)
		t.ring(LegListener, "")
		t.send(h.Listener, Event{Kind: EventCallAgreed, Guest: t.guestOf(h.Listener)})
		t.b.meter.Count("porchlight_calls_total", "what", "agreed")
	}
	return true
}

func (t *turn) stageCall(s CallStage, most time.Duration) {
	c := t.p.Handoff.Call
	c.Stage = s
	t.setTimer(callTimer, t.now.Add(most), c.Room)
}

// reported takes what the network says of a phone.
func (t *turn) reported(r CallReport) {
	h := t.p.Handoff
	if h == nil || h.Call == nil || h.Call.Room != r.Room || r.Leg == LegLine && h.Call.Line != r.Line || slices.Contains(h.Call.Gone, r.ID) {
		return
	}
	c := h.Call
	at := c.phone(r.Leg)
	switch r.State {
	case CallPlaced:
		if at.ID == "" {
			at.ID = r.ID
		}
	case CallAnswered:
		due := map[CallStage]Leg{CallsListener: LegListener, CallsGuest: LegGuest, CallOpen: LegLine}
		if !at.In && due[c.Stage] == r.Leg {
			if at.ID != r.ID { // rung twice: the other does not ring on
				t.hangUp(at)
			}
			*at = Phone{ID: r.ID, In: true}
			t.pickedUp(r.Leg)
		}
	default:
		if at.ID == "" || at.ID == r.ID {
			was := *at
			*at = Phone{}
			t.hungUp(r.Leg, r.State, was.In)
		}
	}
}

func (t *turn) pickedUp(leg Leg) {
	h := t.p.Handoff
	switch leg {
	case LegListener:
		t.stageCall(CallsGuest, callRings)
		t.ring(LegGuest, "")
		t.tell("talk.call-rings", t.callArgs(nil))
	case LegGuest:
		t.stageCall(CallOpen, callLasts)
		t.send(h.Listener, Event{Kind: EventCallOpen, Guest: t.guestOf(h.Listener)})
		t.b.meter.Count("porchlight_calls_total", "what", "connected")
	case LegLine:
		t.send(h.Listener, Event{Kind: EventLineIn, Guest: t.guestOf(h.Listener), Text: h.Call.Line})
		t.b.meter.Count("porchlight_calls_total", "what", "line")
	}
}

// hungUp follows a phone that is not, or no longer, in the call.
func (t *turn) hungUp(leg Leg, how CallState, in bool) {
	h := t.p.Handoff
	c := h.Call
	switch {
	case leg == LegLine:
		line := c.Line
		c.Line = ""
		switch {
		case !in:
			t.dial(line)
			t.send(h.Listener, Event{Kind: EventLineNot, Guest: t.guestOf(h.Listener), Text: line})
		case !c.Listener.In:
			t.endCall("talk.call-over", EventCallOver)
		default:
			t.send(h.Listener, Event{Kind: EventCallOpen, Guest: t.guestOf(h.Listener)})
		}
	case c.Stage == CallOpen && leg == LegListener && c.Third.In: // the guest goes on with the line
	case c.Stage == CallOpen:
		t.endCall("talk.call-over", EventCallOver)
	case how == CallFailed:
		t.endCall("talk.call-not", EventCallFailed)
	case leg == LegListener && !in:
		t.endCall("talk.call-not", EventMissedYou)
	case leg == LegListener: // hung up while the guest's phone rang
		t.endCall("talk.call-not", EventCallOver)
	default:
		t.endCall("talk.call-not", EventMissedThem)
	}
}

// stopCall ends the call, or takes the question back, on the listener's wish.
func (t *turn) stopCall() {
	h := t.p.Handoff
	switch {
	case h.Call == nil:
		t.send(h.Listener, Event{Kind: EventCallOver, Guest: t.guestOf(h.Listener)})
	case h.Call.talking():
		t.endCall("talk.call-over", EventCallOver)
	default:
		t.endCall("talk.call-not", EventCallOver)
	}
}

// callDue is the clock's way out of every stage.
func (t *turn) callDue() {
	h := t.p.Handoff
	if h == nil || h.Call == nil {
		return
	}
	switch h.Call.Stage {
	case CallAsked:
		t.endCall("", EventCallSilent)
	case CallOpen:
		t.endCall("talk.call-over", EventCallOver)
	default:
		t.endCall("talk.call-not", EventCallFailed)
	}
}

// addLine has a line of the person's country join, at the listener's wish. What
// cannot be called is shown to the person, to dial.
func (t *turn) addLine(id string) {
	h := t.p.Handoff
	country := t.b.country(*t.p)
	line := t.b.line(country, id)
	switch {
	case !h.Call.talking():
		t.send(h.Listener, Event{Kind: EventCallOver, Guest: t.guestOf(h.Listener)})
		return
	case line == nil: // no line of the directory: it is never called
		t.send(h.Listener, Event{Kind: EventCallOpen, Guest: t.guestOf(h.Listener)})
		return
	case h.Call.Line == id:
		return
	case !h.Call.Listener.In: // the guest is on the phone with a line alone: it is not taken away from them
		t.send(h.Listener, Event{Kind: EventLineIn, Guest: t.guestOf(h.Listener), Text: h.Call.Line})
		return
	}
	if _, ok := t.b.caller.Whole(line.Phone, country); !ok {
		t.dial(id)
		t.send(h.Listener, Event{Kind: EventLineShort, Guest: t.guestOf(h.Listener), Text: id})
		return
	}
	t.hangUp(&h.Call.Third)
	h.Call.Line = id
	t.ring(LegLine, id)
	t.send(h.Listener, Event{Kind: EventLineRings, Guest: t.guestOf(h.Listener), Text: id})
}

// dial shows the person a number to dial themselves.
func (t *turn) dial(id string) {
	if line := t.b.line(t.b.country(*t.p), id); line != nil {
		t.tell("talk.call-dial", locales.Args{"name": t.lineName(line), "phone": t.locale().Isolate(line.Phone)})
	}
}

// endCall hangs up every phone, and tells the person (a text's id, or none) and
// the listener (an event, or none).
func (t *turn) endCall(say string, tell EventKind) {
	h := t.p.Handoff
	if h == nil || h.Call == nil {
		return
	}
	talked := h.Call.talking()
	for _, leg := range []Leg{LegGuest, LegListener, LegLine} {
		t.hangUp(h.Call.phone(leg))
	}
	h.Call = nil
	t.cancelTimer(callTimer)
	if say != "" {
		t.tell(say, t.listener())
	}
	if tell != "" {
		t.send(h.Listener, Event{Kind: tell, Guest: t.guestOf(h.Listener)})
	}
	if talked && !h.Answered && h.Stage == Open { // what was written meanwhile waits from now on
		h.Since = t.now
		t.rewind()
	}
}

func (t *turn) ring(leg Leg, line string) {
	t.order(CallOrder{CallLeg: CallLeg{Room: t.p.Handoff.Call.Room, Guest: t.p.ID, Leg: leg, Line: line}})
}

// hangUp ends the call to a phone, if there is one.
func (t *turn) hangUp(at *Phone) {
	if c := t.p.Handoff.Call; at.ID != "" {
		c.Gone = append(c.Gone[max(0, len(c.Gone)+1-maxGone):], at.ID)
		t.order(CallOrder{CallLeg: CallLeg{Room: c.Room, Guest: t.p.ID}, HangUp: at.ID})
	}
	*at = Phone{}
}

func (t *turn) order(o CallOrder) {
	t.p.Outbox = append(t.p.Outbox, Outbound{To: Address{Channel: callsName, ID: o.Room}, Lane: Urgent, Call: &o})
}

func (t *turn) listener() locales.Args { return locales.Args{"listener": t.p.Session.With} }

// callArgs adds from which number people are called.
func (t *turn) callArgs(args locales.Args) locales.Args {
	if args == nil {
		args = locales.Args{}
	}
	if t.b.caller != nil {
		args["phone"] = t.locale().Isolate(t.b.caller.CallsFrom())
	}
	return args
}
