package adaptertest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"porchlight/bot"
)

// model is what should be kept of one person.
type model struct {
	address bot.Address
	id      bot.PersonID
	kept    bool
	turns   int
	seen    map[string]bool
	timers  map[string]bot.Timer
	lanes   [3][]string
}

var errRefused = errors.New("refused")

// anyHistory does things in any order, on two processes in turn, and compares
// what is kept with what should be.
func anyHistory(t *testing.T, st *storeTest) {
	check := 0
	rapid.Check(t, func(t *rapid.T) {
		check++
		people := make([]*model, 2)
		for i := range people {
			people[i] = &model{address: bot.Address{Channel: "sms", ID: fmt.Sprintf("%d.%d", check, i)}, seen: map[string]bool{}, timers: map[string]bot.Timer{}}
		}
		for step := range rapid.IntRange(1, 15).Draw(t, "steps") {
			m := people[rapid.IntRange(0, 1).Draw(t, "person")]
			on := []Backend{st.a, st.b}[rapid.IntRange(0, 1).Draw(t, "process")]
			st.clock.Pass(time.Second)
			switch rapid.SampledFrom([]string{"turn", "turn", "turn", "fire", "done", "erase"}).Draw(t, "what") {
			case "turn":
				m.turn(t, st, on, step)
			case "fire":
				m.fire(t, st, on, step)
			case "done":
				m.done(t, st, on)
			case "erase":
				m.erase(t, st, on)
			}
			for _, m := range people {
				if m.id.Hash != "" {
					m.compare(t, st)
				}
			}
		}
	})
}

// say lets the person's turn send something on some lanes.
func (m *model) say(t *rapid.T, p *bot.Person, what string) (lanes []bot.Lane) {
	lanes = rapid.SliceOfN(rapid.SampledFrom(bot.Lanes[:]), 0, 3).Draw(t, "lanes")
	for i, lane := range lanes {
		p.Outbox = append(p.Outbox, say(m.address, lane, fmt.Sprint(what, ".", i)))
	}
	return lanes
}

func (m *model) turn(t *rapid.T, st *storeTest, on Backend, step int) {
	id := rapid.SampledFrom([]string{"", "m1", "m2", "m3"}).Draw(t, "id")
	refuse := rapid.IntRange(0, 5).Draw(t, "refuse") == 0
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 2, rapid.ID).Draw(t, "timers")
	cancel := rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 1).Draw(t, "cancel")
	var lanes []bot.Lane
	var set []bot.Timer
	for _, name := range names {
		set = append(set, bot.Timer{Name: name, Data: strconv.Itoa(step), Due: st.clock.Now().Add(time.Duration(rapid.IntRange(-2, 5).Draw(t, "in")) * time.Second)})
	}
	wasKept, turns := m.kept, m.turns
	message := bot.MessageID(id)
	if id != "" {
		message = bot.MessageID(m.address.ID + id) // unique within the channel, not the person
	}
	err := on.Update(st.ctx, m.address, message, func(p *bot.Person) error {
		m.id = p.ID
		if p.New == wasKept || (wasKept && p.Session.State != strconv.Itoa(turns)) {
			t.Fatalf("the turn begins with %+v; turns so far: %d, kept: %v", p, turns, wasKept)
		}
		p.Session.State = strconv.Itoa(turns + 1)
		lanes = m.say(t, p, strconv.Itoa(step))
		p.Timers, p.Cancelled = set, cancel
		if refuse {
			return errRefused
		}
		return nil
	})
	if id != "" && m.seen[id] {
		if err != nil {
			t.Fatalf("a repeat: %v", err)
		}
		return
	}
	if refuse {
		if !errors.Is(err, errRefused) {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.kept, m.turns = true, turns+1
	m.seen[id] = id != ""
	for _, name := range cancel {
		delete(m.timers, name)
	}
	for _, one := range set {
		m.timers[one.Name] = one
	}
	m.sent(lanes, strconv.Itoa(step))
}

func (m *model) sent(lanes []bot.Lane, what string) {
	for i, lane := range lanes {
		m.lanes[lane] = append(m.lanes[lane], fmt.Sprint(what, ".", i))
	}
}

func (m *model) fire(t *rapid.T, st *storeTest, on Backend, step int) {
	if len(m.timers) == 0 {
		return
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(m.timers))).Draw(t, "fires")
	moved := rapid.IntRange(0, 3).Draw(t, "moved") == 0
	due := bot.DueTimer{Person: m.id, Name: name, Due: m.timers[name].Due}
	if moved {
		due.Due = due.Due.Add(time.Millisecond)
	}
	ran := false
	var lanes []bot.Lane
	err := on.Fire(st.ctx, due, func(p *bot.Person) error {
		ran = true
		if len(p.Timers) != 1 || p.Timers[0].Data != m.timers[name].Data {
			t.Fatalf("fires with %+v", p.Timers)
		}
		p.Session.State = strconv.Itoa(m.turns + 1)
		lanes = m.say(t, p, "f"+strconv.Itoa(step))
		return nil
	})
	if err != nil || ran == moved {
		t.Fatalf("moved %v, ran %v: %v", moved, ran, err)
	}
	if ran {
		m.turns++
		delete(m.timers, name)
		m.sent(lanes, "f"+strconv.Itoa(step))
	}
}

func (m *model) done(t *rapid.T, st *storeTest, on Backend) {
	lane := rapid.SampledFrom(bot.Lanes[:]).Draw(t, "lane")
	if len(m.lanes[lane]) == 0 {
		return
	}
	at := rapid.IntRange(0, len(m.lanes[lane])-1).Draw(t, "at")
	if err := on.Done(st.ctx, []bot.EntryRef{m.waiting(t, st, lane)[at].EntryRef}); err != nil {
		t.Fatal(err)
	}
	m.lanes[lane] = slices.Delete(m.lanes[lane], at, at+1)
}

func (m *model) erase(t *rapid.T, st *storeTest, on Backend) {
	err := on.Update(st.ctx, m.address, "", func(p *bot.Person) error {
		m.id = p.ID
		p.Erased = true
		p.Outbox = []bot.Outbound{say(m.address, bot.Reply, "goodbye")}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m.kept, m.turns, m.timers = false, 0, map[string]bot.Timer{}
	m.lanes = [3][]string{bot.Reply: {"goodbye"}}
}

func (m *model) waiting(t *rapid.T, st *storeTest, lane bot.Lane) (mine []bot.Entry) {
	all, err := st.a.Read(st.ctx, m.id.Partition, lane, "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Person == m.id {
			mine = append(mine, e)
		}
	}
	return mine
}

func (m *model) compare(t *rapid.T, st *storeTest) {
	p, ok, err := st.b.Look(st.ctx, m.id)
	if err != nil || ok != m.kept || (ok && p.Session.State != strconv.Itoa(m.turns)) {
		t.Fatalf("kept %v, %+v, %v; want %v, %d turns", ok, p, err, m.kept, m.turns)
	}
	for _, lane := range bot.Lanes {
		if got := texts(m.waiting(t, st, lane)); !slices.Equal(got, m.lanes[lane]) {
			t.Fatalf("%s lane: %v, want %v", lane, got, m.lanes[lane])
		}
	}
	due, _, err := st.b.Due(st.ctx, m.id.Partition, st.clock.Now(), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, d := range due {
		if d.Person == m.id {
			got = append(got, d.Name+"@"+strconv.FormatInt(d.Due.UnixMilli(), 10))
		}
	}
	for _, one := range m.timers {
		if !one.Due.After(st.clock.Now()) {
			want = append(want, one.Name+"@"+strconv.FormatInt(one.Due.UnixMilli(), 10))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("due: %v, want %v", got, want)
	}
}
