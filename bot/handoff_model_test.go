package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/flows"
)

// Every state of a handoff that one person, two listeners and a coordinator
// can bring about, whatever they do and however long they wait, is entered,
// and what must always hold is looked at in each of them. The code that is
// walked is the one that runs.

// small is the world whose states are counted.
const smallWorks = linaWorks + samiWorks + cocoWorks

var everyWorker = []bot.Address{lina, sami, coco}

// move is something that can be done next.
type move struct {
	name string
	do   func(w *world)
}

// place is a state that was reached, and how.
type place struct {
	at    time.Time
	store *shelf
	path  []string
}

func (w *world) enter(p place) {
	w.at, w.store = p.at, w.rebind(p.store.clone())
	w.forgetTold()
}

// rebind has the bot work on another shelf.
func (w *world) rebind(m *shelf) *shelf {
	*w.store.(*shelf) = *m
	return w.store.(*shelf)
}

func press(who bot.Address, ref string) move {
	return move{who.ID + " presses " + ref, func(w *world) { w.does(who, flows.Input{Kind: flows.Pressed, Choice: ref}) }}
}

func write(who bot.Address, text string) move {
	return move{who.ID + " writes " + text, func(w *world) { w.does(who, flows.Input{Kind: flows.Text, Text: text}) }}
}

func input(who bot.Address, name string, kind flows.Kind) move {
	return move{who.ID + " " + name, func(w *world) { w.does(who, flows.Input{Kind: kind}) }}
}

// moves are what anybody can do in a state.
func (w *world) moves() []move {
	guest := omid
	all := []move{
		press(guest, "talk.talk/ask"), write(guest, "hello there"), press(guest, "talk.here/leave"),
		press(guest, "talk.dial/through"), press(guest, "talk.dial/no"), press(guest, "settings.forget/yes"), write(guest, "STOP"),
		input(guest, "blocks", flows.Blocked),
		{"a message to the guest is lost", func(w *world) { w.lost(guest, bot.Transient) }},
	}
	for _, a := range everyWorker {
		d := w.person(a).Desk
		if d == nil {
			d = &bot.Desk{}
		}
		for _, o := range d.Offers {
			all = append(all, press(a, "!desk:take:"+o.ID))
		}
		for _, g := range d.Guests {
			all = append(all, press(a, "!desk:numbers:"+g.ID), press(a, "!desk:close:"+g.ID), press(a, "!desk:take:"+g.ID), press(a, "!desk:second:"+g.ID))
		}
		for _, g := range d.Seen {
			all = append(all, press(a, "!desk:over:"+g.ID), press(a, "!desk:join:"+g.ID))
		}
		if len(d.Guests) > 0 {
			all = append(all, write(a, "I am here"))
		}
		if a != lina { // one who comes and goes is enough
			continue
		}
		if d.OffCall || w.person(a).Reach != bot.Reachable {
			all = append(all, write(a, "/oncall"))
		} else {
			all = append(all, write(a, "/offcall"))
		}
		all = append(all, press(a, "settings.forget/yes"),
			move{a.ID + " is found blocked", func(w *world) { w.lost(a, bot.Blocked) }})
	}
	return append(all, move{"time passes", func(w *world) {
		next, _ := w.store.NextTimer(w.ctx)
		if next.After(w.at) {
			w.at = next
		}
	}})
}

// lost is a network's word that a message did not arrive.
func (w *world) lost(who bot.Address, why bot.Failure) {
	w.t.Helper()
	word := bot.Delivery{To: who, ID: "lost", Status: bot.Failed, Failure: &bot.SendError{Failure: why}, At: w.at}
	if err := w.marker.Delivered(w.ctx, word); err != nil {
		w.t.Fatal(err)
	}
}

// canonical is all of a state that has to do with what can come of a handoff:
// names and times count only in relation to each other, and what was said, the
// language, and whether an outcome is still asked for, not at all.
func (w *world) canonical() string {
	m := w.store.(*shelf)
	guest := m.load(omid)
	var b strings.Builder
	s := guest.Session
	names := []string{s.With, s.Beside}
	slices.Sort(names) // which of two came first changes nothing
	fmt.Fprintln(&b, s.Talk, names, guest.Reach)
	id := ""
	if h := guest.Handoff; h != nil {
		id = h.ID
		fmt.Fprintln(&b, h.Stage, w.clocks(h), sorted(h.Offered), sorted(h.Invited), sorted(h.Team()), h.Wanted, h.Answered, h.Missed, h.Nudges)
	}
	for _, a := range everyWorker {
		p := m.load(a)
		fmt.Fprint(&b, a.ID, p.Reach)
		if d := p.Desk; d != nil {
			fmt.Fprint(&b, d.OffCall)
			for _, g := range d.Offers {
				fmt.Fprint(&b, " offer", g.ID == id, g.Beside)
			}
			for _, g := range d.Guests {
				fmt.Fprint(&b, " guest", g.ID == id, g.Beside)
			}
			for _, g := range d.Seen {
				names := []string{g.With, g.Guest.Beside}
				slices.Sort(names)
				fmt.Fprint(&b, " seen", g.ID == id, names)
			}
		}
		fmt.Fprintln(&b)
	}
	for _, e := range m.waiting {
		fmt.Fprintln(&b, e.Person.Hash, e.Message.Event.Kind, e.Message.Event.To, e.Message.Event.Guest.ID == id, e.Message.Event.Late)
	}
	for k, t := range m.timers {
		if k.name != "handoff" { // the handoff's follows from its times
			fmt.Fprintln(&b, k, t.Due.Sub(w.at))
		}
	}
	return b.String()
}

// clocks are the times of a handoff: of an open one, when something comes of
// itself next, and in which order the rest of what a silent listener and
// somebody who calls a line bring about; of others, since when.
func (w *world) clocks(h *bot.Handoff) string {
	if h.Stage != bot.Open {
		dialling := ""
		if !h.Dialling.IsZero() && h.Nudges < 2 {
			dialling = w.at.Sub(h.Dialling).String()
		}
		return fmt.Sprint(w.at.Sub(h.Asked), w.at.Sub(h.Since), dialling)
	}
	var due []time.Duration
	names := map[time.Duration]string{}
	add := func(name string, from time.Time, waits ...time.Duration) {
		for _, wait := range waits {
			rest := from.Add(wait).Sub(w.at)
			due, names[rest] = append(due, rest), names[rest]+name
		}
	}
	if !h.Answered {
		add("listener", h.Since, []time.Duration{2 * time.Minute, 5 * time.Minute, 15 * time.Minute}[h.Missed:]...)
	}
	if !h.Dialling.IsZero() {
		add("line", h.Dialling, []time.Duration{10 * time.Minute, 30 * time.Minute}[h.Nudges:]...)
	}
	if len(due) == 0 {
		return ""
	}
	slices.Sort(due)
	text := due[0].String()
	for _, rest := range slices.Compact(due) {
		text += " " + names[rest]
	}
	return text
}

func sorted(people []bot.Address) (ids []string) {
	for _, a := range people {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	return ids
}

// wrong is what must not be in a state in which everything is delivered, or empty.
func (w *world) wrong() string {
	m := w.store.(*shelf)
	guest := m.load(omid)
	h, s := guest.Handoff, guest.Session
	timer, timed := m.timers[timerKey{omid, "handoff"}]
	switch {
	case h == nil && (s.Talk != "" || s.With != "" || s.Beside != ""):
		return "the conversation believes in a handoff that is not there"
	case h == nil && timed:
		return "a timer is left of a handoff that has ended"
	case h != nil && (s.Talk == flows.TalkOpen) != (h.Stage == bot.Open):
		return fmt.Sprintf("the conversation is %q while the handoff is %s", s.Talk, h.Stage)
	case h != nil && !timed:
		return "no clock will ever come for the handoff"
	case h != nil && !timer.Due.After(w.at):
		return "the timer is in the past"
	case h != nil && timer.Due.Sub(w.at) > 24*time.Hour:
		return "nobody looks for more than a day"
	case h != nil && h.Stage != bot.Open && timer.Due.Sub(w.at) > 10*time.Minute:
		return "somebody waits for longer than the organisation says"
	case h != nil && h.Stage != bot.Open && len(h.Offered) == 0:
		return "somebody waits for nobody"
	case h != nil && guest.Reach != bot.Reachable:
		return "a listener is held by somebody who cannot be reached"
	case h != nil && (h.Beside != bot.Address{}) != (s.Beside != ""):
		return "the person does not know who reads what they write"
	case h != nil && h.Beside != (bot.Address{}) && (h.Beside == h.Listener || h.Listener == bot.Address{} || h.Stage != bot.Open || len(h.Invited) > 0):
		return "a second one is there who should not be"
	case h != nil && h.Stage != bot.Open && (h.Wanted || len(h.Invited) > 0):
		return "somebody is invited to join nobody"
	case h != nil && s.Stopped && h.Stage == "":
		return "a handoff without a stage"
	}
	id := ""
	if h != nil {
		id = h.ID
	}
	for _, a := range everyWorker {
		p := m.load(a)
		d := p.Desk
		if d == nil {
			d = &bot.Desk{}
		}
		mine := false
		for _, g := range d.Guests {
			mine = mine || g.ID == id
			if h != nil && g.ID == id && g.Beside != map[bool]string{true: s.With, false: s.Beside}[a == h.Beside] {
				return a.ID + " does not know who else is with the guest"
			}
			if g.ID != id {
				return a.ID + " has a guest who has gone"
			}
		}
		if open := h != nil && h.Stage == bot.Open && slices.Contains(h.Team(), a); open != mine {
			return fmt.Sprintf("%s has the guest: %v, and the handoff says %v", a.ID, mine, open)
		}
		offered := false
		for _, g := range d.Offers {
			offered = offered || g.ID == id
			if g.ID != id {
				return a.ID + " is offered a guest who has gone"
			}
		}
		if offered && !slices.Contains(h.Offered, a) && !slices.Contains(h.Invited, a) {
			return a.ID + " believes that they may take the guest"
		}
		for _, g := range d.Seen {
			if g.ID != id {
				return a.ID + " sees a guest who has gone"
			}
		}
		for _, out := range w.told[a] {
			if strings.Contains(out.Text+fmt.Sprint(out.Choices), omid.ID) {
				return a.ID + " is shown the guest's address"
			}
		}
	}
	return ""
}

// wayOut lets only time pass, and says what keeps the person waiting.
func (w *world) wayOut() string {
	w.forgetTold()
	waited := w.at
	for range 12 {
		p := w.person(omid)
		h := p.Handoff
		switch {
		case h == nil && len(w.told[omid]) == 0 && w.at.After(waited):
			return "it ended, and the person was not told"
		case h == nil, h.Stage == bot.Open && h.Answered && h.Nudges == 2, h.Stage == bot.Open && h.Answered && h.Dialling.IsZero():
			return "" // ended, or it is the person's turn
		case w.at.Sub(waited) > time.Hour:
			return "nothing came of it in an hour"
		}
		next, _ := w.store.NextTimer(w.ctx)
		w.at = next
		w.settle()
	}
	return "time alone does not end it"
}

func TestEveryStateHasAWayOut(t *testing.T) {
	defer walk()()
	w := newMemoryWorld(t, smallWorks)
	w.presses(omid, "settings.language/:en")
	known := map[string]bool{}
	queue := []place{{at: w.at, store: w.store.(*shelf).clone()}}
	stages := map[bot.Stage]int{}
	kinds := map[string]*place{} // one state of each kind, for two things at once
	limit := 60_000
	for len(queue) > 0 {
		here := queue[0]
		queue[0], queue = place{}, queue[1:] // what has been walked is not kept
		w.enter(here)
		for _, m := range w.moves() {
			w.enter(here)
			m.do(w)
			w.settle()
			if why := w.wrong(); why != "" {
				t.Fatalf("%s, after:\n%s\n%s\n%s", why, strings.Join(here.path, "\n"), m.name, w.canonical())
			}
			name := w.canonical()
			if known[name] {
				continue
			}
			known[name] = true
			path := append(slices.Clip(here.path), m.name)
			next := place{at: w.at, store: w.store.(*shelf).clone(), path: path}
			if h := w.person(omid).Handoff; h != nil {
				stages[h.Stage]++
				if why := w.wayOut(); why != "" {
					t.Fatalf("%s, after:\n%s\n%s", why, strings.Join(path, "\n"), name)
				}
			}
			queue = append(queue, next)
			if h := w.enterAndLook(next); kinds[h] == nil {
				kinds[h] = &next
			}
		}
		if len(known) > limit {
			t.Fatalf("more than %d states: the last came by %v", limit, here.path)
		}
	}
	for _, from := range kinds {
		w.twoAtOnce(from)
	}
	t.Logf("%d states of %d kinds; with a handoff in stage: %v", len(known), len(kinds), stages)
	for _, s := range []bot.Stage{bot.OfferedTo, bot.OfferedAll, bot.OfferedLast, bot.Open} {
		if stages[s] == 0 {
			t.Errorf("stage %s was never reached", s)
		}
	}
}

// enterAndLook enters a state and says of what kind it is.
func (w *world) enterAndLook(p place) string {
	w.enter(p)
	h := w.person(omid).Handoff
	if h == nil {
		return "none"
	}
	return fmt.Sprint(h.Stage, h.Answered, h.Missed, len(h.Offered) > 0, h.Dialling.IsZero(), h.Listener == coco, len(h.Invited) > 0, h.Beside != bot.Address{})
}

// twoAtOnce does any two things before either is delivered, and delivers what
// comes of them in several orders.
func (w *world) twoAtOnce(from *place) {
	w.t.Helper()
	w.enter(*from)
	moves := w.moves()
	for _, first := range moves {
		for _, second := range moves {
			for _, order := range bothOrders {
				w.enter(*from)
				first.do(w)
				second.do(w)
				w.deliver(order)
				w.settle()
				if why := w.wrong(); why != "" {
					w.t.Errorf("%s, after:\n%s\nand at once:\n%s\n%s\n%s", why, strings.Join(from.path, "\n"), first.name, second.name, w.canonical())
					return
				}
			}
		}
	}
}
