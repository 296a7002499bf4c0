package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

// Every state of a call that a guest, a listener, a coordinator who is phoned
// as well, their phones, two lines, a network of telephones that fails and the
// clock can bring about is entered, and what must always hold is looked at in
// each of them. The states of the handoff around it are those of
// TestEveryStateHasAWayOut.

const (
	cocoPhoned = "  - {name: Coco, telegram: '700100009', sms: '+447700900555', roles: [coordinator], languages: [en]}\n"
	cocoPhone  = "+447700900555"
	childline  = "gb-childline"
	mindline   = "gb-mind"
)

// Phases of a phone, as the network of telephones has them.
const (
	phoneRings = 'r'
	phoneLost  = 'l' // rings, and nobody here was told its id
	phoneIn    = 'i' // in the room
	phoneHung  = 'h' // hung up from here; the network has not said so yet
	phoneOver  = 'o' // the network has said its last word
)

// callModel is a world, and what has become of the phones that it had rung.
type callModel struct {
	*world
	phases  []byte // of phones.rung
	trouble int    // how many there were on the way
}

// callPlace is a state that was reached, and how.
type callPlace struct {
	at      time.Time
	store   *shelf
	rung    []bot.Ring
	phases  []byte
	trouble int
	path    []string
}

func (m *callModel) enterCall(p *callPlace) {
	m.at, m.store = p.at, m.rebind(p.store.clone())
	*m.phones = telephones{rung: slices.Clip(p.rung)}
	m.phases, m.trouble = slices.Clone(p.phases), p.trouble
	m.forgetTold()
}

func (m *callModel) place(path []string) *callPlace {
	return &callPlace{m.at, m.store.(*shelf).clone(), slices.Clip(m.phones.rung), slices.Clone(m.phases), m.trouble, path}
}

func callID(i int) string { return fmt.Sprint("CA", i+1) }

// rest delivers everything, and takes what was ordered to the phones.
func (m *callModel) rest() {
	m.settle()
	for range m.phones.rung[len(m.phases):] {
		m.phases = append(m.phases, phoneRings)
	}
	for i := range m.phases {
		if m.living(i) && slices.Contains(m.phones.hung, callID(i)) {
			m.phases[i] = phoneHung
		}
	}
}

func (m *callModel) living(i int) bool { return m.phases[i] != phoneHung && m.phases[i] != phoneOver }

// call is the one under way, or nil.
func (m *callModel) call() *bot.Call {
	if h := m.person(amina).Handoff; h != nil {
		return h.Call
	}
	return nil
}

// report is what the network says of a phone; who is not let in is hung up on.
func (m *callModel) report(i int, state bot.CallState) {
	leg := m.phones.rung[i].CallLeg
	a, err := m.bot.Called(m.ctx, bot.CallReport{CallLeg: leg, ID: callID(i), State: state})
	if err != nil {
		m.t.Fatal(err)
	}
	c := m.call()
	switch {
	case a.Room != "" && (!m.living(i) || c == nil || c.Room != a.Room):
		m.t.Fatalf("let into a call that has ended: the %s (%c %s)", leg.Leg, m.phases[i], state)
	case m.phases[i] == phoneOver:
	case a.Room != "", state == bot.CallAnswered && leg.Leg == bot.LegLine:
		m.phases[i] = phoneIn
	default:
		m.phases[i] = phoneOver
	}
}

// callMoves are what anybody can do in a state.
func (m *callModel) callMoves() []move {
	all := []move{
		press(amina, "talk.call/yes"), press(amina, "talk.call/no"), press(amina, "talk.here/leave"), press(amina, "settings.forget/yes"),
		write(amina, "hello there"), write(amina, "STOP"),
		{"time passes", func(w *world) {
			if next, _ := w.store.NextTimer(w.ctx); next.After(w.at) {
				w.at = next
			}
		}},
		{"the guest cannot be reached any more", func(w *world) { w.lost(amina, bot.Blocked) }},
		press(coco, "!desk:over:"+aCall), press(coco, "!desk:join:"+aCall), press(lina, "settings.forget/yes"),
	}
	for _, who := range []bot.Address{lina, coco} {
		if d := m.person(who).Desk; d == nil || len(d.Guests) == 0 {
			continue
		}
		all = append(all, press(who, "!desk:call:"+aCall), press(who, "!desk:close:"+aCall))
		if who == lina { // one who does all of it is enough
			all = append(all, write(who, "I am here"), press(who, "!desk:hangup:"+aCall), press(who, "!desk:line:gb-samaritans:"+aCall),
				press(who, "!desk:line:"+childline+":"+aCall), press(who, "!desk:line:"+mindline+":"+aCall))
		}
	}
	said := map[string]bool{}
	for i, r := range m.phones.rung {
		states := []bot.CallState{bot.CallAnswered, bot.CallEnded} // which may be late, or said twice
		switch m.phases[i] {
		case phoneRings, phoneLost:
			states = []bot.CallState{bot.CallAnswered, bot.CallMissed, bot.CallFailed}
		case phoneOver:
			states = states[1:]
		}
		for _, state := range states {
			name := fmt.Sprintf("%s (%c) %s", m.legName(r.CallLeg), m.phases[i], state)
			if !said[name] {
				said[name] = true
				all = append(all, move{name, func(*world) { m.report(i, state) }})
			}
		}
	}
	return all
}

// legName tells the phones of this call from those of an earlier one.
func (m *callModel) legName(leg bot.CallLeg) string {
	if c := m.call(); c != nil && c.Room == leg.Room {
		return string(leg.Leg) + " " + leg.Line
	}
	return string(leg.Leg) + " of before"
}

// troubled is how often the network of telephones fails on one way.
const troubled = 1

// troubles are what a network of telephones does with an order to ring.
var troubles = []struct {
	name string
	do   func(m *callModel)
}{
	{"", (*callModel).rest},
	{", and the network refuses", func(m *callModel) {
		m.phones.fail = &bot.SendError{Failure: bot.Refused}
		m.rest()
		m.phones.fail = nil
	}},
	{", and the network's answer is lost", func(m *callModel) {
		n := len(m.phones.rung)
		m.phones.lost = true
		m.rest()
		m.phones.lost = false
		if len(m.phones.rung) > n && m.phases[n] == phoneRings {
			m.phases[n] = phoneLost
		}
	}},
	{", and a process dies after it rang", func(m *callModel) {
		entries, _ := m.store.Waiting(m.ctx)
		n := len(m.phones.rung)
		for _, e := range entries {
			if e.Message.Call != nil && e.Message.Call.HangUp == "" {
				m.phones.lost = true
				if _, err := m.bot.Calls().Send(m.ctx, e.Message); err != nil {
					m.t.Fatal(err)
				}
				m.phones.lost = false
			}
		}
		m.rest()
		if len(m.phones.rung) > n+1 && m.phases[n] == phoneRings {
			m.phases[n] = phoneLost
		}
	}},
}

// state is all that has to do with what can come of a call. Times count only in
// which timer comes first; what is told is not compared.
func (m *callModel) state() string {
	p := m.person(amina)
	var b strings.Builder
	fmt.Fprint(&b, m.trouble, p.Session.Talk, p.Reach, p.Session.Stopped)
	if h := p.Handoff; h != nil {
		fmt.Fprint(&b, h.Stage, h.Team(), sorted(h.Offered), h.Answered, h.Missed)
		if c := h.Call; c != nil {
			fmt.Fprint(&b, c.Stage, c.Guest.In, c.Guest.ID != "", c.Listener.In, c.Listener.ID != "", c.Third.In, c.Third.ID != "", c.Line)
		}
	}
	for _, a := range []bot.Address{lina, coco} {
		if d := m.person(a).Desk; d != nil {
			fmt.Fprint(&b, a.ID, len(d.Guests), len(d.Offers), len(d.Seen))
		}
	}
	var phones []string
	for i, r := range m.phones.rung {
		if name := m.legName(r.CallLeg); m.living(i) || m.phases[i] == phoneHung && !strings.Contains(name, "before") {
			phones = append(phones, fmt.Sprintf("%s %c", name, m.phases[i]))
		}
	}
	slices.Sort(phones)
	fmt.Fprint(&b, slices.Compact(phones))
	timers := m.store.(*shelf).timers
	var next []string
	for k, t := range timers {
		next = append(next, t.Due.Format(time.RFC3339Nano)+" "+k.name)
	}
	slices.Sort(next)
	for _, n := range next {
		_, name, _ := strings.Cut(n, " ")
		fmt.Fprint(&b, " ", name)
	}
	return b.String()
}

// wrongCall is what must not be when everything is delivered, or empty.
func (m *callModel) wrongCall() string {
	s := m.store.(*shelf)
	h := s.load(amina).Handoff
	c := m.call()
	timer, timed := s.timers[timerKey{amina, "call"}]
	switch {
	case c == nil && timed:
		return "a timer is left of a call that has ended"
	case c == nil:
	case h.Stage != bot.Open:
		return "a call without a listener"
	case !timed || !timer.Due.After(m.at) || timer.Due.Sub(m.at) > 2*time.Hour:
		return "no clock ends the call"
	case c.Stage == bot.CallsListener && (c.Listener.In || c.Guest.ID != ""):
		return "the guest's phone rings for nobody"
	case c.Stage == bot.CallsGuest && (!c.Listener.In || c.Guest.In):
		return "the guest is rung by nobody"
	case c.Stage == bot.CallOpen && (!c.Guest.In || !c.Listener.In && !c.Third.In):
		return "somebody is alone on the phone"
	case c.Line != "" && c.Stage != bot.CallOpen, c.Line == "" && c.Third != bot.Phone{}:
		return "a line that is not in a call"
	}
	for i, r := range m.phones.rung {
		if !slices.Contains([]string{amina.ID, linaPhone, cocoPhone, "+448001111", "+443001233393"}, r.Number) {
			return "a stranger is called"
		}
		if phase := m.phases[i]; m.living(i) && phase != phoneLost { // one that nobody knows of ends itself, or is not let in
			at := bot.Phone{}
			switch {
			case c == nil || c.Room != r.Room || c.Stage == bot.CallAsked:
			case r.Leg == bot.LegGuest:
				at = c.Guest
			case r.Leg == bot.LegListener:
				at = c.Listener
			case r.Line == c.Line:
				at = c.Third
			}
			if want := (bot.Phone{ID: callID(i), In: phase == phoneIn}); at != want {
				return fmt.Sprintf("the %s is left on the phone: %v, known is %v", r.Leg, want, at)
			}
		}
	}
	return ""
}

// callEnds lets only time pass, and says what keeps people on the phone.
func (m *callModel) callEnds() string {
	m.forgetTold()
	was := m.call()
	for end := m.at.Add(2 * time.Hour); !m.at.After(end); m.rest() {
		if m.call() == nil {
			if was.Stage != bot.CallAsked && len(m.told[amina]) == 0 {
				return "it ended, and the guest was not told"
			}
			return m.wrongCall()
		}
		m.at, _ = m.store.NextTimer(m.ctx)
	}
	return "time alone does not end it"
}

func TestEveryCallHasAWayOut(t *testing.T) {
	defer walk()()
	m := &callModel{world: newMemoryWorld(t, linaPhoned+cocoPhoned)}
	m.opens(amina, lina, aCall)
	known, stages, tried := map[string]bool{}, map[bot.CallStage]int{}, 0
	queue := []*callPlace{m.place(nil)}
	kinds := map[string]*callPlace{} // one state of each kind, for two things at once
	for len(queue) > 0 {
		here := queue[0]
		queue[0], queue = nil, queue[1:] // what has been walked is not kept
		m.enterCall(here)
		for _, next := range m.callMoves() {
			for i, trouble := range troubles {
				m.enterCall(here)
				if i > 0 {
					m.trouble++
				}
				next.do(m.world)
				trouble.do(m)
				tried++
				if why := m.wrongCall(); why != "" {
					t.Fatalf("%s, after:\n%s\n%s%s\n%s", why, strings.Join(here.path, "\n"), next.name, trouble.name, m.state())
				}
				if name := m.state(); !known[name] {
					known[name] = true
					path := append(slices.Clip(here.path), next.name+trouble.name)
					queue = append(queue, m.place(path))
					if kind := m.kind(); kinds[kind] == nil {
						kinds[kind] = m.place(path)
					}
					if c := m.call(); c != nil {
						stages[c.Stage]++
						if why := m.callEnds(); why != "" {
							t.Fatalf("%s, after:\n%s\n%s", why, strings.Join(path, "\n"), name)
						}
					}
				}
				if len(m.phones.rung) == len(here.rung) && i == 0 || here.trouble == troubled {
					break // nothing was rung: nothing can go wrong with it
				}
			}
		}
		if len(known) > 20_000 {
			t.Fatalf("more than 20000 states: the last came by %v", here.path)
		}
	}
	for _, from := range kinds {
		m.twoAtOnce(from)
	}
	t.Logf("%d states of %d kinds, %d moves; with a call in stage: %v", len(known), len(kinds), tried, stages)
	for _, s := range []bot.CallStage{bot.CallAsked, bot.CallsListener, bot.CallsGuest, bot.CallOpen} {
		if stages[s] == 0 {
			t.Errorf("stage %s was never reached", s)
		}
	}
}

// kind is what a state is one of.
func (m *callModel) kind() string {
	c := m.call()
	if c == nil {
		return "none"
	}
	return fmt.Sprint(c.Stage, c.Listener.In, c.Third.In, c.Line != "", len(m.person(amina).Handoff.Team()))
}

// twoAtOnce does any two things before either is delivered, and delivers what
// comes of them in two orders.
func (m *callModel) twoAtOnce(from *callPlace) {
	m.enterCall(from)
	moves := m.callMoves()
	for _, first := range moves {
		for _, second := range moves {
			for _, order := range bothOrders {
				m.enterCall(from)
				first.do(m.world)
				second.do(m.world)
				m.deliver(order)
				m.rest()
				if why := m.wrongCall(); why != "" {
					m.t.Fatalf("%s, after:\n%s\nand at once:\n%s\n%s\n%s", why, strings.Join(from.path, "\n"), first.name, second.name, m.state())
				}
			}
		}
	}
}
