// Package adaptertest holds what every adapter of a kind must do, as tests
// that its own tests run, and the real servers they run on.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/flows"
)

// Backend is what the bot needs of a store.
type Backend interface {
	bot.Store
	bot.Outbox
	bot.LanesReader
	bot.Board
}

// StoreServer is an empty store for one test.
type StoreServer struct {
	// Open gives another process's view of it. It ends with the test.
	Open func(t *testing.T, now func() time.Time) Backend
	// Pass lets time pass on a server that has no clock of its own; nil: it has one.
	Pass func(time.Duration)
}

// Store checks that a store keeps what bot.Store, bot.Outbox and bot.Board promise.
func Store(t *testing.T, fresh func(t *testing.T) StoreServer) {
	for _, one := range []struct {
		name string
		test func(*testing.T, *storeTest)
	}{
		{"a turn is kept whole", keptWhole},
		{"a failed turn keeps nothing", failedTurn},
		{"a repeat changes nothing", repeats},
		{"pairs delivered at once", pairs},
		{"people in order over processes", inOrder},
		{"another process was faster", overtaken},
		{"timers", timers},
		{"timers of nobody", lostTimers},
		{"lanes", lanes},
		{"lanes read together", lanesTogether},
		{"failed attempts", attempts},
		{"erased", erased},
		{"statuses", statuses},
		{"leases", leases},
		{"rates", rates},
		{"rates in any window", ratesInAnyWindow},
		{"pauses", pauses},
		{"wake", wake},
		{"any history", anyHistory},
		{"audience", audience},
		{"announcements", announcements},
		{"spreads", spreads},
		{"a full lane", fullLane},
		{"erased meanwhile", erasedMeanwhile},
	} {
		t.Run(one.name, func(t *testing.T) {
			server := fresh(t)
			clock := &Clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
			st := &storeTest{server: server, clock: clock, ctx: t.Context()}
			st.a = server.Open(t, clock.Now)
			st.b = server.Open(t, clock.Now)
			one.test(t, st)
		})
	}
}

// storeTest is one store seen from two processes.
type storeTest struct {
	server StoreServer
	clock  *Clock
	ctx    context.Context
	a, b   Backend
}

// Clock is a clock that stands until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock that stands at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass moves the clock.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var amina = bot.Address{Channel: "sms", ID: "+447700900123"}

func (st *storeTest) update(t *testing.T, on Backend, from bot.Address, id bot.MessageID, fn func(*bot.Person)) {
	t.Helper()
	if err := on.Update(st.ctx, from, id, func(p *bot.Person) error { fn(p); return nil }); err != nil {
		t.Fatal(err)
	}
}

// person reads what is kept of somebody, through a turn that changes nothing else.
func (st *storeTest) person(t *testing.T, from bot.Address) (got bot.Person) {
	t.Helper()
	st.update(t, st.b, from, "", func(p *bot.Person) { got = *p })
	return got
}

func (st *storeTest) read(t *testing.T, p bot.Partition, lane bot.Lane) []bot.Entry {
	t.Helper()
	all, err := st.b.Read(st.ctx, p, lane, "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func texts(entries []bot.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Message.Text)
	}
	return all
}

func say(to bot.Address, lane bot.Lane, text string) bot.Outbound {
	return bot.Outbound{To: to, Lane: lane, Text: text}
}

func keptWhole(t *testing.T, st *storeTest) {
	message := bot.Outbound{To: amina, Lane: bot.Reply, Text: "مرحبا", Language: "ar",
		Choices: []flows.Choice{{Key: "1", Ref: "find", Label: "ابحث"}},
		Pin:     &flows.Pin{Location: flows.Location{Latitude: 51.5, Longitude: -0.1}, Name: "Old Orchard"},
		Press:   &bot.Press{Query: "q", Message: "7"}}
	session := flows.Session{Flow: "menu", State: "home", Data: map[string]string{"need": "food"}, Offer: []string{"a", "b"}, Page: 2,
		Profile: flows.Profile{Language: "ar", Chosen: true, Country: "GB", Area: "riverside", Topics: []string{"groups"}, Stopped: true}}
	var id bot.PersonID
	st.update(t, st.a, amina, "m1", func(p *bot.Person) {
		if !p.New || p.Address != amina || p.Session.Flow != "" {
			t.Errorf("a new person is %+v", p)
		}
		id = p.ID
		p.Session, p.Reach = session, bot.Unreachable
		p.Outbox = []bot.Outbound{message, say(amina, bot.Urgent, "999")}
	})
	looked, ok, err := st.b.Look(st.ctx, id)
	if err != nil || !ok {
		t.Fatalf("Look: %v, %v", ok, err)
	}
	for _, got := range []bot.Person{looked, st.person(t, amina)} {
		if got.ID != id || got.New || got.Address != amina || got.Reach != bot.Unreachable || fmt.Sprint(got.Session) != fmt.Sprint(session) {
			t.Errorf("kept: %+v", got)
		}
	}
	replies := st.read(t, id.Partition, bot.Reply)
	if len(replies) != 1 || fmt.Sprintf("%+v", *replies[0].Message.Pin) != fmt.Sprintf("%+v", *message.Pin) ||
		replies[0].Message.Text != message.Text || replies[0].Message.Choices[0] != message.Choices[0] || *replies[0].Message.Press != *message.Press {
		t.Errorf("reply lane: %+v", replies)
	}
	if e := replies[0]; e.Person != id || !e.Kept.Equal(st.clock.Now()) || e.Tried != 0 || e.Lane != bot.Reply || e.Partition != id.Partition {
		t.Errorf("entry: %+v", e)
	}
	if got := texts(st.read(t, id.Partition, bot.Urgent)); !slices.Equal(got, []string{"999"}) {
		t.Errorf("urgent lane: %q", got)
	}
	if _, ok, err := st.a.Look(st.ctx, bot.PersonID{Partition: id.Partition, Hash: "nobody"}); ok || err != nil {
		t.Errorf("Look finds nobody: %v, %v", ok, err)
	}
}

func failedTurn(t *testing.T, st *storeTest) {
	wrong := errors.New("wrong")
	var id bot.PersonID
	err := st.a.Update(st.ctx, amina, "m1", func(p *bot.Person) error {
		id = p.ID
		p.Session.Flow = "menu"
		p.Outbox = append(p.Outbox, say(amina, bot.Reply, "hello"))
		return wrong
	})
	if !errors.Is(err, wrong) {
		t.Errorf("the error of the turn is lost: %v", err)
	}
	if _, ok, _ := st.b.Look(st.ctx, id); ok || len(st.read(t, id.Partition, bot.Reply)) > 0 {
		t.Error("something was kept")
	}
	ran := false
	st.update(t, st.b, amina, "m1", func(*bot.Person) { ran = true })
	if !ran {
		t.Error("the message counts as seen although nothing was kept")
	}
}

func repeats(t *testing.T, st *storeTest) {
	turn := func(on Backend, from bot.Address, id bot.MessageID) {
		st.update(t, on, from, id, func(p *bot.Person) {
			n, _ := strconv.Atoi(p.Session.State)
			p.Session.State = strconv.Itoa(n + 1)
		})
	}
	telegram := bot.Address{Channel: "telegram", ID: "700100"}
	for _, id := range []bot.MessageID{"m1", "m1", "m2", "m1", "", ""} {
		turn(st.a, amina, id)
		turn(st.b, amina, id)
	}
	turn(st.a, telegram, "m1") // the same id on another channel is another message
	if got := st.person(t, amina).Session.State; got != "6" {
		t.Errorf("%s turns kept of m1, m2 and four without an id", got)
	}
	if got := st.person(t, telegram).Session.State; got != "1" {
		t.Errorf("%q turns on the other channel", got)
	}
}

func pairs(t *testing.T, st *storeTest) {
	const n, people = 2000, 50
	ids := make(chan int)
	var work sync.WaitGroup
	for range 16 {
		work.Go(func() {
			for i := range ids {
				from := bot.Address{Channel: "sms", ID: fmt.Sprintf("+44770090%04d", i%people)}
				var pair sync.WaitGroup
				for _, on := range []Backend{st.a, st.b} {
					pair.Go(func() {
						err := on.Update(st.ctx, from, bot.MessageID(strconv.Itoa(i)), func(p *bot.Person) error {
							p.Outbox = append(p.Outbox, say(from, bot.Reply, strconv.Itoa(i)))
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
				pair.Wait()
			}
		})
	}
	for i := range n {
		ids <- i
	}
	close(ids)
	work.Wait()
	count := map[string]int{}
	for p := range bot.Partition(64) {
		for _, text := range texts(st.read(t, p, bot.Reply)) {
			count[text]++
		}
	}
	twice := 0
	for _, c := range count {
		if c > 1 {
			twice++
		}
	}
	if len(count) != n || twice > 0 {
		t.Errorf("of %d pairs %d were kept, %d of them twice", n, len(count), twice)
	}
}

// overtaken lets one process keep a turn while another is in the middle of
// one for the same person.
func overtaken(t *testing.T, st *storeTest) {
	for _, one := range []struct {
		name      string
		id, other bot.MessageID
		ran, kept string
	}{
		{"another message", "m1", "m2", "12", "2"},
		{"the same message", "m3", "m3", "1", "1"},
		{"no ids", "", "", "12", "2"},
	} {
		from := bot.Address{Channel: "sms", ID: one.name}
		turn := func(p *bot.Person) {
			n, _ := strconv.Atoi(p.Session.State)
			p.Session.State = strconv.Itoa(n + 1)
			p.Outbox = append(p.Outbox, say(from, bot.Reply, p.Session.State))
		}
		ran := ""
		var id bot.PersonID
		st.update(t, st.a, from, one.id, func(p *bot.Person) {
			id = p.ID
			if ran == "" {
				st.update(t, st.b, from, one.other, turn)
			}
			turn(p)
			ran += p.Session.State
		})
		kept, _, err := st.a.Look(st.ctx, id)
		if err != nil || ran != one.ran || kept.Session.State != one.kept {
			t.Errorf("%s: turns ran as %s, kept %s, %v", one.name, ran, kept.Session.State, err)
		}
	}
	// Erasing somebody unknown leaves no value to tell by.
	goodbyes := 0
	var id bot.PersonID
	forget := func(p *bot.Person) {
		id = p.ID
		p.Erased = true
		p.Outbox = []bot.Outbound{say(amina, bot.Urgent, "goodbye")}
	}
	st.update(t, st.a, amina, "forget", func(p *bot.Person) {
		st.update(t, st.b, amina, "forget", forget)
		forget(p)
	})
	for _, e := range st.read(t, id.Partition, bot.Urgent) {
		if e.Person == id {
			goodbyes++
		}
	}
	if goodbyes != 1 {
		t.Errorf("%d goodbyes to one message", goodbyes)
	}
}

// inOrder lets several goroutines of two processes write as several people,
// each turn numbering itself: none may be lost, doubled or out of its place.
func inOrder(t *testing.T, st *storeTest) {
	const writers, turns, people = 6, 40, 3
	var work sync.WaitGroup
	for w := range writers {
		on := []Backend{st.a, st.b}[w%2]
		work.Go(func() {
			for i := range turns {
				from := bot.Address{Channel: "sms", ID: strconv.Itoa((w + i) % people)}
				err := on.Update(st.ctx, from, bot.MessageID(fmt.Sprintf("%d.%d", w, i)), func(p *bot.Person) error {
					n, _ := strconv.Atoi(p.Session.State)
					p.Session.State = strconv.Itoa(n + 1)
					p.Outbox = append(p.Outbox, say(from, bot.Reply, p.Session.State), say(from, bot.Bulk, p.Session.State))
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	total := 0
	for i := range people {
		p := st.person(t, bot.Address{Channel: "sms", ID: strconv.Itoa(i)})
		n, _ := strconv.Atoi(p.Session.State)
		total += n
		for _, lane := range []bot.Lane{bot.Reply, bot.Bulk} {
			next := 1
			for _, e := range st.read(t, p.ID.Partition, lane) {
				if e.Person != p.ID {
					continue
				}
				if e.Message.Text != strconv.Itoa(next) {
					t.Fatalf("person %d, %s lane: %s where %d belongs", i, lane, e.Message.Text, next)
				}
				next++
			}
			if next != n+1 {
				t.Errorf("person %d, %s lane: %d entries of %d turns", i, lane, next-1, n)
			}
		}
	}
	if total != writers*turns {
		t.Errorf("%d turns kept of %d", total, writers*turns)
	}
}
