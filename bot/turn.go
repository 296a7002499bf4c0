package bot

import (
	"slices"
	"strconv"
	"time"

	"porchlight/flows"
	"porchlight/locales"
)

// turn is one thing that happened to one person, and what comes of it. It has
// no effects of its own: the store keeps what it leaves in the person.
type turn struct {
	b       *Bot
	p       *Person
	channel Channel
	in      flows.Input
	press   *Press
	media   *Media
	id      string // of what happened; events and their order follow from it
	events  int
	now     time.Time
	board   *boardView // of announcements, as they were before the turn
	moved   bool       // the person is not as they were when the board was read
}

// turn begins a turn of a person on a channel; id names what happened.
func (b *Bot) turn(p *Person, channel Channel, id string) *turn {
	now := b.clock.Now().Truncate(time.Millisecond) // as timers are kept
	return &turn{b: b, p: p, channel: channel, id: id, now: now, board: &boardView{}, in: flows.Input{Now: now, Channel: channel.Name(), Country: p.Session.Country}}
}

// step runs the machine on the turn's input and takes up what should follow.
func (t *turn) step() {
	pass := t.beyondWords()
	if pass && t.in.Text == "" {
		t.passMedia()
		return
	}
	if pass {
		t.in.Kind = flows.Text // what is written under a picture is read first
		defer t.passMedia()
	}
	session, effects := t.b.machine.Step(t.p.Session, t.in)
	t.p.Session = session
	t.follow(t.offerRevising(effects))
}

// visit says what stands at flow.state: something that happened to the
// person, not an answer.
func (t *turn) visit(path string) { t.visitLane(path, Urgent) }

func (t *turn) visitLane(path string, lane Lane) {
	session, effects, _ := t.b.machine.Trace(t.p.Session, t.in, path)
	t.p.Session = session
	for i, e := range effects {
		if say, ok := e.(flows.Say); ok {
			say.Urgency, say.Replace = urgency(lane), false
			effects[i] = say
		}
	}
	t.follow(effects)
}

// follow takes up effects, in order.
func (t *turn) follow(effects []flows.Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case flows.Say:
			t.speak(e)
		case flows.Remind:
			t.setTimer(e.Name, e.At, e.Data)
		case flows.Unremind:
			t.p.Cancelled = append(t.p.Cancelled, e.Name)
		case flows.Forget:
			t.leave()
			t.quit()
			t.p.Erased = true
		case flows.Ask:
			t.ask()
		case flows.Note:
			t.note(e.Text)
		case flows.Relay:
			t.relay(e.Text)
		case flows.Through:
			t.through(e.Reached)
		case flows.CallAnswer:
			if !t.answerCall(e.Yes) {
				return
			}
		case flows.Leave:
			t.leave()
		case flows.FollowUp:
			t.setTimer(followUpTimer, t.now.Add(followUpAfter), "")
		}
	}
}

// speak puts something said into the outbox.
func (t *turn) speak(e flows.Say) {
	m := Outbound{To: t.p.Address, Lane: lane(e.Urgency), Text: e.Text, Language: e.Language, Choices: e.Choices, Pin: e.Pin}
	if t.press != nil {
		m.Press = &Press{Query: t.press.Query}
		if e.Replace {
			m.Press.Message = t.press.Message
		}
		t.press = nil // one message acknowledges the press
	}
	t.p.Outbox = append(t.p.Outbox, t.channel.Divide(m)...)
}

// tell says a text of the person's language in the urgent lane.
func (t *turn) tell(id string, args locales.Args, choices ...flows.Choice) {
	l := t.locale()
	if args == nil {
		args = locales.Args{}
	}
	args["org"], args["close"], args["oncall"] = t.b.machine.Org.Name, l.Isolate("/close"), l.Isolate("/oncall")
	t.speak(flows.Say{Text: l.Line(l.Text(id, args)), Choices: choices, Language: l.Tag, Urgency: flows.Crisis})
}

func (t *turn) locale() *locales.Locale { return t.b.machine.Locale(t.p.Session) }

// send tells another person's turn something.
func (t *turn) send(to Address, e Event) {
	t.events++
	e.ID = MessageID(t.id + "/" + strconv.Itoa(t.events))
	t.sendOnce(to, e)
}

// sendOnce is send of an event with an id of its own: it arrives once, from
// however many turns.
func (t *turn) sendOnce(to Address, e Event) {
	e.From, e.To = t.p.Address, to
	t.p.Outbox = append(t.p.Outbox, Outbound{To: insideOf(to), Lane: Urgent, Event: &e})
}

func (t *turn) setTimer(name string, due time.Time, data string) {
	t.p.Timers = append(t.p.Timers, Timer{Name: name, Due: due, Data: data})
}

// cancelTimer takes a timer back, also one that this turn has set.
func (t *turn) cancelTimer(name string) {
	t.p.Cancelled = append(t.p.Cancelled, name)
	t.p.Timers = slices.DeleteFunc(t.p.Timers, func(x Timer) bool { return x.Name == name })
}

// keep tells of a turn that was kept.
func (t *turn) keep() { t.b.watch(t.p.ID.Partition, t.p.Timers) }

func lane(u flows.Urgency) Lane {
	switch u {
	case flows.Crisis:
		return Urgent
	case flows.Unasked:
		return Bulk
	default:
		return Reply
	}
}

func urgency(l Lane) flows.Urgency {
	switch l {
	case Urgent:
		return flows.Crisis
	case Bulk:
		return flows.Unasked
	default:
		return flows.Ordinary
	}
}
