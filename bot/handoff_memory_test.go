package bot_test

import (
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

// shelf is a store that can be copied, to try one thing after another from
// the same state. Nothing in it happens at the same time.
type shelf struct {
	bot.Outbox // not there: what is to be sent is read by Waiting
	people     map[bot.Address]bot.Person
	timers     map[timerKey]bot.Timer
	waiting    []bot.Entry
	next       int
}

type timerKey struct {
	who  bot.Address
	name string
}

// newMemoryWorld is newWorld on a shelf.
func newMemoryWorld(t testing.TB, workers string) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), parts: make([]bot.Partition, 1)}
	m := &shelf{people: map[bot.Address]bot.Person{}, timers: map[timerKey]bot.Timer{}}
	w.wire(m, m, workers)
	return w
}

func (m *shelf) clone() *shelf {
	return &shelf{people: maps.Clone(m.people), timers: maps.Clone(m.timers), waiting: slices.Clone(m.waiting), next: m.next}
}

func (m *shelf) load(who bot.Address) bot.Person {
	kept, ok := m.people[who]
	if !ok {
		return bot.Person{ID: personOf(who), Address: who, New: true}
	}
	return copied(kept)
}

// copied is a person that shares nothing with p. Encoding and decoding would
// do as well, and is what the other stores are tried with; here it would take
// most of the time.
func copied(p bot.Person) bot.Person {
	s := &p.Session
	s.Data, s.Offer, s.Due, s.Topics = maps.Clone(s.Data), slices.Clone(s.Offer), slices.Clone(s.Due), slices.Clone(s.Topics)
	if p.Handoff != nil {
		h := *p.Handoff
		h.Offered, h.Invited = slices.Clone(h.Offered), slices.Clone(h.Invited)
		if h.Call != nil {
			c := *h.Call
			c.Gone = slices.Clone(c.Gone)
			h.Call = &c
		}
		p.Handoff = &h
	}
	if p.Desk != nil {
		d := *p.Desk
		d.Offers, d.Guests, d.Seen = slices.Clone(d.Offers), slices.Clone(d.Guests), slices.Clone(d.Seen)
		p.Desk = &d
	}
	return p
}

// personOf names a person by their address: nobody else reads this store.
func personOf(who bot.Address) bot.PersonID { return bot.PersonID{Hash: who.Channel + " " + who.ID} }

func (m *shelf) keep(p bot.Person) {
	for _, out := range p.Outbox {
		m.next++
		m.waiting = append(m.waiting, bot.Entry{EntryRef: bot.EntryRef{Lane: out.Lane, ID: bot.EntryID(strconv.Itoa(m.next))}, Person: p.ID, Message: out})
	}
	for _, name := range p.Cancelled {
		delete(m.timers, timerKey{p.Address, name})
	}
	for _, t := range p.Timers {
		t.Due = t.Due.Truncate(time.Millisecond)
		m.timers[timerKey{p.Address, t.Name}] = t
	}
	if p.Erased {
		delete(m.people, p.Address)
		for k := range m.timers {
			if k.who == p.Address {
				delete(m.timers, k)
			}
		}
		return
	}
	p.Outbox, p.Timers, p.Cancelled, p.New = nil, nil, nil, false
	m.people[p.Address] = copied(p)
}

func (m *shelf) Update(_ context.Context, from bot.Address, _ bot.MessageID, fn func(*bot.Person) error) error {
	p := m.load(from)
	if err := fn(&p); err != nil {
		return err
	}
	m.keep(p)
	return nil
}

func (m *shelf) Fire(_ context.Context, due bot.DueTimer, fn func(*bot.Person) error) error {
	for key, t := range m.timers {
		if key.name == due.Name && personOf(key.who) == due.Person {
			delete(m.timers, key)
			p := m.load(key.who)
			p.Timers = []bot.Timer{t}
			if err := fn(&p); err != nil {
				return err
			}
			m.keep(p)
		}
	}
	return nil
}

func (m *shelf) Due(_ context.Context, part bot.Partition, now time.Time, _ int) (due []bot.DueTimer, next time.Time, err error) {
	if part != 0 {
		return nil, next, nil
	}
	for key, t := range m.timers {
		switch {
		case !t.Due.After(now):
			due = append(due, bot.DueTimer{Person: personOf(key.who), Name: key.name, Due: t.Due})
		case next.IsZero() || t.Due.Before(next):
			next = t.Due
		}
	}
	slices.SortFunc(due, func(a, b bot.DueTimer) int { return a.Due.Compare(b.Due) })
	return due, next, nil
}

func (m *shelf) NextTimer(context.Context) (first time.Time, err error) {
	for _, t := range m.timers {
		if first.IsZero() || t.Due.Before(first) {
			first = t.Due
		}
	}
	return first, nil
}

func (m *shelf) Look(_ context.Context, id bot.PersonID) (bot.Person, bool, error) {
	for who := range m.people {
		if personOf(who) == id {
			return m.load(who), true, nil
		}
	}
	return bot.Person{}, false, nil
}

func (m *shelf) LookAt(_ context.Context, who bot.Address) (bot.Person, bool, error) {
	if _, ok := m.people[who]; !ok {
		return bot.Person{}, false, nil
	}
	return m.load(who), true, nil
}

func (m *shelf) Advance(context.Context, bot.Delivery) (bool, error) { return true, nil }

func (m *shelf) Waiting(context.Context) ([]bot.Entry, error) { return slices.Clone(m.waiting), nil }

func (m *shelf) Done(_ context.Context, done []bot.EntryRef) error {
	m.waiting = slices.DeleteFunc(m.waiting, func(e bot.Entry) bool { return slices.Contains(done, e.EntryRef) })
	return nil
}

// deliver takes what waits, each sender's in order; which sender comes first
// is what order says.
func (w *world) deliver(order func(a, b bot.Entry) int) {
	w.t.Helper()
	for {
		entries, _ := w.store.Waiting(w.ctx)
		if len(entries) == 0 {
			return
		}
		slices.SortStableFunc(entries, order)
		w.send(entries[0])
	}
}

// bothOrders are one sender before the other, and the other way round.
var bothOrders = []func(a, b bot.Entry) int{
	func(a, b bot.Entry) int { return strings.Compare(a.Person.Hash, b.Person.Hash) },
	func(a, b bot.Entry) int { return strings.Compare(b.Person.Hash, a.Person.Hash) },
}

// walk has garbage collected less often: a model keeps little and makes much.
func walk() (done func()) {
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}
