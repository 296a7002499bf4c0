package bot_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"porchlight/bot"
)

// memory is a store and outbox in memory, shared by the processes of a test.
// It keeps the promises of bot.Store and bot.Outbox that delivery relies on.
type memory struct {
	mu         sync.Mutex
	partitions int
	serial     int
	lanes      map[bot.Partition]*[3][]bot.Entry
	people     map[bot.Address]*bot.Person
	statuses   map[string]bot.Status
	leases     map[bot.Partition]lease
	owners     map[string]time.Time
	used       map[string][]time.Time
	paused     map[string]time.Time
	wakes      []chan bot.Partition
	away       atomic.Bool // every call fails
	awayDone   atomic.Bool // Done alone fails
	deaf       bool        // wakes are lost
	updates    atomic.Int64
}

type lease struct {
	owner string
	until time.Time
}

func newMemory(partitions int) *memory {
	return &memory{
		partitions: partitions,
		lanes:      map[bot.Partition]*[3][]bot.Entry{},
		people:     map[bot.Address]*bot.Person{},
		statuses:   map[string]bot.Status{},
		leases:     map[bot.Partition]lease{},
		owners:     map[string]time.Time{},
		used:       map[string][]time.Time{},
		paused:     map[string]time.Time{},
	}
}

func (m *memory) id(a bot.Address) bot.PersonID {
	h := fnv.New32a()
	h.Write([]byte(a.Channel + a.ID))
	return bot.PersonID{Partition: bot.Partition(h.Sum32() % uint32(m.partitions)), Hash: a.Channel + a.ID}
}

// keep writes a message to the outbox, as a turn would.
func (m *memory) keep(channel, who string, lane bot.Lane, text string) {
	m.mu.Lock()
	to := bot.Address{Channel: channel, ID: who}
	id := m.id(to)
	if m.people[to] == nil {
		m.people[to] = &bot.Person{ID: id, Address: to}
	}
	m.serial++
	if m.lanes[id.Partition] == nil {
		m.lanes[id.Partition] = new([3][]bot.Entry)
	}
	lanes := m.lanes[id.Partition]
	lanes[lane] = append(lanes[lane], bot.Entry{
		EntryRef: bot.EntryRef{Partition: id.Partition, Lane: lane, ID: bot.EntryID(fmt.Sprintf("%09d", m.serial))},
		Person:   id, Kept: time.Now(),
		Message: bot.Outbound{To: to, Lane: lane, Text: text},
	})
	wakes := slices.Clone(m.wakes)
	deaf := m.deaf
	m.mu.Unlock()
	for _, w := range wakes {
		if !deaf {
			w <- id.Partition
		}
	}
}

func (m *memory) left() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, lanes := range m.lanes {
		for _, l := range lanes {
			n += len(l)
		}
	}
	return n
}

func (m *memory) person(channel, who string) *bot.Person {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := *m.people[bot.Address{Channel: channel, ID: who}]
	return &p
}

func (m *memory) change(channel, who string, f func(*bot.Person)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m.people[bot.Address{Channel: channel, ID: who}])
}

func (m *memory) erase(channel, who string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.people, bot.Address{Channel: channel, ID: who})
}

func (m *memory) reachable() error {
	if m.away.Load() {
		return fmt.Errorf("memory: %w", bot.ErrAway)
	}
	return nil
}

func (m *memory) Update(_ context.Context, from bot.Address, _ bot.MessageID, fn func(*bot.Person) error) error {
	if err := m.reachable(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := bot.Person{ID: m.id(from), Address: from, New: true}
	if old := m.people[from]; old != nil {
		p = *old
	}
	if err := fn(&p); err != nil {
		return err
	}
	p.New = false
	m.people[from] = &p
	m.updates.Add(1)
	return nil
}

func (m *memory) Fire(context.Context, bot.DueTimer, func(*bot.Person) error) error { return nil }

func (m *memory) Due(context.Context, bot.Partition, time.Time, int) ([]bot.DueTimer, time.Time, error) {
	return nil, time.Time{}, nil
}

func (m *memory) LookAt(_ context.Context, a bot.Address) (bot.Person, bool, error) {
	if err := m.reachable(); err != nil {
		return bot.Person{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.people {
		if p.Address == a {
			return *p, true, nil
		}
	}
	return bot.Person{}, false, nil
}

func (m *memory) Look(_ context.Context, id bot.PersonID) (bot.Person, bool, error) {
	if err := m.reachable(); err != nil {
		return bot.Person{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.people {
		if p.ID == id {
			return *p, true, nil
		}
	}
	return bot.Person{}, false, nil
}

func (m *memory) Advance(_ context.Context, d bot.Delivery) (bool, error) {
	if err := m.reachable(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.statuses[d.ID] >= min(d.Status, bot.Delivered) {
		return false, nil
	}
	m.statuses[d.ID] = d.Status
	return true, nil
}

func (m *memory) Lease(_ context.Context, owner string, ttl time.Duration) ([]bot.Partition, error) {
	if err := m.reachable(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.owners[owner] = now.Add(ttl)
	live := 0
	for _, until := range m.owners {
		if until.After(now) {
			live++
		}
	}
	fair := (m.partitions + live - 1) / live
	var held []bot.Partition
	for p := range bot.Partition(m.partitions) {
		l := m.leases[p]
		mine := l.owner == owner
		free := !l.until.After(now)
		switch {
		case (mine || free) && len(held) < fair:
			m.leases[p] = lease{owner, now.Add(ttl)}
			held = append(held, p)
		case mine:
			delete(m.leases, p)
		}
	}
	return held, nil
}

func (m *memory) Release(_ context.Context, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.owners, owner)
	for p, l := range m.leases {
		if l.owner == owner {
			delete(m.leases, p)
		}
	}
	return nil
}

func (m *memory) Read(_ context.Context, p bot.Partition, lane bot.Lane, after bot.EntryID, n int) (found []bot.Entry, err error) {
	if err := m.reachable(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lanes[p] == nil {
		return nil, nil
	}
	for _, e := range m.lanes[p][lane] {
		if e.ID > after && len(found) < n {
			found = append(found, e)
		}
	}
	return found, nil
}

func (m *memory) Done(_ context.Context, done []bot.EntryRef) error {
	if m.awayDone.Load() {
		return bot.ErrAway
	}
	if err := m.reachable(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, ref := range done {
		l := &m.lanes[ref.Partition][ref.Lane]
		*l = slices.DeleteFunc(*l, func(e bot.Entry) bool { return e.ID == ref.ID })
	}
	return nil
}

func (m *memory) Tried(_ context.Context, ref bot.EntryRef) (int, error) {
	if err := m.reachable(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.lanes[ref.Partition][ref.Lane] {
		if e := &m.lanes[ref.Partition][ref.Lane][i]; e.ID == ref.ID {
			e.Tried++
			return e.Tried, nil
		}
	}
	return 0, nil
}

// Allow grants within every sliding window, and nothing while paused.
func (m *memory) Allow(_ context.Context, rates []bot.Rate, n int) (int, time.Duration, error) {
	if err := m.reachable(); err != nil {
		return 0, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	granted, wait := n, time.Duration(0)
	for _, r := range rates {
		if until := m.paused[r.Key]; until.After(now) {
			return 0, until.Sub(now), nil
		}
		used := slices.DeleteFunc(m.used[r.Key], func(t time.Time) bool { return !t.Add(r.Per).After(now) })
		m.used[r.Key] = used
		if room := max(0, r.Limit-r.Reserve-len(used)); room < granted {
			granted = room
			wait = used[0].Add(r.Per).Sub(now)
		}
	}
	for _, r := range rates {
		for range granted {
			m.used[r.Key] = append(m.used[r.Key], now)
		}
	}
	return granted, wait, nil
}

func (m *memory) Pause(_ context.Context, key string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paused[key] = until
	return nil
}

func (m *memory) Wake(ctx context.Context) <-chan bot.Partition {
	in := make(chan bot.Partition, 1<<14)
	out := make(chan bot.Partition)
	m.mu.Lock()
	m.wakes = append(m.wakes, in)
	m.mu.Unlock()
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case p := <-in:
				select {
				case out <- p:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}
