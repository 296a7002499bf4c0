package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
	"porchlight/flows"
)

// record is what is kept of a person, sealed, as one value.
type record struct {
	Address  bot.Address      `json:"a"`
	Session  flows.Session    `json:"s"`
	Reach    bot.Reach        `json:"r,omitempty"`
	Handoff  *bot.Handoff     `json:"h,omitempty"`
	Desk     *bot.Desk        `json:"d,omitempty"`
	Outreach *bot.Outreach    `json:"o,omitempty"`
	Revising *bot.Revising    `json:"g,omitempty"`
	Timers   map[string]int64 `json:"t,omitempty"` // when each is due, Unix ms: what to remove with the person
}

// kept is a message to be sent, as a lane holds it.
type kept struct {
	At      int64        `json:"k"` // Unix ms
	Message bot.Outbound `json:"m"`
}

// seenFor is how long the id of a message is remembered. Networks repeat for
// minutes, at most some hours.
const seenFor = 24 * time.Hour

// turn is one attempt to keep what a turn made of a person.
type turn struct {
	id     bot.PersonID
	from   bot.Address   // of an Update
	seen   string        // the key of the message's id; empty: it has none
	timer  *bot.DueTimer // of a Fire
	had    string        // the first bytes of the value read
	record record
	data   string // of the timer
}

// The answers of commit.lua.
const (
	committed = iota
	repeated
	overtaken
)

// Update is bot.Store's. It takes two round trips; more only where another
// process was faster, or to erase.
func (s *Store) Update(ctx context.Context, from bot.Address, id bot.MessageID, fn func(*bot.Person) error) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	person, err := s.personID(ctx, from)
	if err != nil {
		return err
	}
	t := turn{id: person, from: from}
	if id != "" {
		t.seen = places[person.Partition].tag + "m:" + hash(*s.name.Load(), "message", from.Channel, string(id))
	}
	return s.take(ctx, t, fn)
}

// Fire is bot.Store's. While fn runs, the timer that came is the one element
// of Person.Timers, for its Data; left there it is not set again. A timer
// whose person is no longer kept is removed without a turn.
func (s *Store) Fire(ctx context.Context, due bot.DueTimer, fn func(*bot.Person) error) error {
	if err := known(due.Person.Partition); err != nil {
		return err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	return s.take(ctx, turn{id: due.Person, timer: &due}, fn)
}

// Look is bot.Store's.
func (s *Store) Look(ctx context.Context, id bot.PersonID) (bot.Person, bool, error) {
	if err := known(id.Partition); err != nil {
		return bot.Person{}, false, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	value, err := s.client.Get(ctx, personKey(id)).Bytes()
	if errors.Is(err, goredis.Nil) {
		return bot.Person{}, false, nil
	}
	if err != nil {
		return bot.Person{}, false, away(err)
	}
	r, err := s.openRecord(id, value)
	if err != nil {
		return bot.Person{}, false, err
	}
	return r.person(id), true, nil
}

// LookAt is bot.Store's.
func (s *Store) LookAt(ctx context.Context, a bot.Address) (bot.Person, bool, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	id, err := s.personID(ctx, a)
	if err != nil {
		return bot.Person{}, false, err
	}
	return s.Look(ctx, id)
}

// person is what a turn gets of a record.
func (r record) person(id bot.PersonID) bot.Person {
	return bot.Person{ID: id, Address: r.Address, Session: r.Session, Reach: r.Reach, Handoff: r.Handoff, Desk: r.Desk, Outreach: r.Outreach, Revising: r.Revising}
}

// take runs turns until one is kept, or nothing is to be kept.
func (s *Store) take(ctx context.Context, t turn, fn func(*bot.Person) error) error {
	// Turns of one person within this process wait here, so that they do not
	// overtake each other in the store.
	lock := s.locks[lockOf(t.id.Hash)]
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
	case <-ctx.Done():
		return away(ctx.Err())
	}
	for {
		person, err := s.load(ctx, &t)
		if err != nil || person == nil {
			return err
		}
		if err := fn(person); err != nil {
			return err
		}
		answer, err := s.commit(ctx, t, person)
		if err != nil || answer != overtaken {
			return err
		}
	}
}

// lockOf spreads people over the locks by the last 12 bits of the hash.
func lockOf(hash string) int {
	a, b := int(hash[len(hash)-1]), int(hash[len(hash)-2])
	return (a*64 + b) % len(Store{}.locks)
}

// load reads what a turn begins with. No person: there is nothing to do.
func (s *Store) load(ctx context.Context, t *turn) (*bot.Person, error) {
	var value any
	if t.timer == nil {
		keys := []string{personKey(t.id)}
		if t.seen != "" {
			keys = append(keys, t.seen)
		}
		values, err := s.batch.mget(ctx, keys...)
		if err != nil {
			return nil, away(err)
		}
		if len(values) == 2 && values[1] != nil {
			return nil, nil
		}
		value = values[0]
	} else {
		var gone bool
		var err error
		if value, gone, err = s.loadTimer(ctx, t); gone || err != nil {
			return nil, err
		}
	}
	sealed, ok := value.(string)
	if !ok {
		t.had, t.record = "", record{Address: t.from}
		if t.timer == nil {
			return &bot.Person{ID: t.id, Address: t.from, New: true}, nil
		}
		return nil, s.dropTimer(ctx, *t.timer)
	}
	r, err := s.openRecord(t.id, []byte(sealed))
	if err != nil {
		return nil, err
	}
	t.had, t.record = sealed[:tokenSize], r
	person := r.person(t.id)
	p := &person
	if t.timer != nil {
		p.Timers = []bot.Timer{{Name: t.timer.Name, Due: t.timer.Due, Data: t.data}}
	}
	return p, nil
}

func (s *Store) openRecord(id bot.PersonID, sealed []byte) (r record, err error) {
	name := personKey(id)
	text, err := s.seals.open(id.Partition, name, sealed)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: what is kept cannot be read by this version: %w", name, err)
	}
	return r, nil
}

// commit keeps a turn.
func (s *Store) commit(ctx context.Context, t turn, p *bot.Person) (answer int, err error) {
	at := places[t.id.Partition]
	now := s.now()
	r := record{Address: t.record.Address, Session: p.Session, Reach: p.Reach, Handoff: p.Handoff, Desk: p.Desk, Outreach: p.Outreach, Revising: p.Revising, Timers: maps.Clone(t.record.Timers)}
	if r.Timers == nil {
		r.Timers = map[string]int64{}
	}
	var ops []any
	if t.timer != nil {
		// That it is still there needs no second look: whoever changes a timer
		// changes the person's value.
		ops = append(ops, "c", member(t.id, t.timer.Name))
		delete(r.Timers, t.timer.Name)
		p.Timers = slices.DeleteFunc(p.Timers, func(set bot.Timer) bool {
			return set.Name == t.timer.Name && set.Due.Equal(t.timer.Due)
		})
	}
	if p.Erased {
		removed, err := s.forget(ctx, t)
		if err != nil {
			return 0, err
		}
		ops = append(ops, removed...)
	} else {
		for _, name := range p.Cancelled {
			delete(r.Timers, name)
			ops = append(ops, "c", member(t.id, name))
		}
		for _, set := range p.Timers {
			r.Timers[set.Name] = set.Due.UnixMilli()
			m := member(t.id, set.Name)
			ops = append(ops, "t", m, millis(set.Due), s.seals.seal(t.id.Partition, at.data+"|"+m, []byte(set.Data)))
		}
	}
	for _, m := range p.Outbox {
		if int(m.Lane) >= len(at.lanes) {
			return 0, fmt.Errorf("redis: there is no lane %d", m.Lane)
		}
		text, err := json.Marshal(kept{At: now.UnixMilli(), Message: m})
		if err != nil {
			return 0, err
		}
		ops = append(ops, "o", strconv.Itoa(int(m.Lane)+1), t.id.Hash,
			s.seals.seal(t.id.Partition, at.lanes[m.Lane]+"|"+t.id.Hash, text))
	}

	move, err := s.move(t, p)
	if err != nil {
		return 0, err
	}
	ops = append(ops, move...)

	var value []byte
	expiry := s.idle
	if !p.Erased {
		for _, ms := range r.Timers {
			expiry = max(expiry, time.UnixMilli(ms).Sub(now)+s.idle)
		}
		text, err := json.Marshal(r)
		if err != nil {
			return 0, err
		}
		value = s.seals.seal(t.id.Partition, personKey(t.id), text)
	}
	seen, seenExpiry := t.seen, millisOf(seenFor)
	if seen == "" {
		seen, seenExpiry = at.tag+"m:", ""
	}
	wake := ""
	if len(p.Outbox) > 0 || len(p.Timers) > 0 {
		wake = s.wakers.word(t.id.Partition)
	}
	keys := []string{personKey(t.id), seen, at.timers, at.data, at.tries, at.lanes[0], at.lanes[1], at.lanes[2]}
	if move != nil {
		keys = append(keys, at.audienceKeys(t.id.Hash)...)
	}
	args := append([]any{t.had, value, millisOf(expiry), seenExpiry, wake}, ops...)
	answer, err = s.batch.commit(ctx, keys, args)
	if err != nil {
		return 0, away(err)
	}
	if answer == committed && wake != "" {
		s.wakers.wake(t.id.Partition)
	}
	return answer, nil
}

// forget lists what else is to be removed with a person: timers, and what
// waits to be sent. A turn that adds to it meanwhile changes the person's
// value, so that this one is overtaken and lists anew.
func (s *Store) forget(ctx context.Context, t turn) (ops []any, err error) {
	for name := range t.record.Timers {
		ops = append(ops, "c", member(t.id, name))
	}
	for lane, key := range places[t.id.Partition].lanes {
		from := "-"
		for from != "" {
			found, err := waitingScript.Run(ctx, s.client, []string{key}, t.id.Hash, from, 500).StringSlice()
			if err != nil {
				return nil, away(err)
			}
			for _, id := range found[1:] {
				ops = append(ops, "d", strconv.Itoa(lane+1), id)
			}
			if from = found[0]; from != "" {
				from = "(" + from
			}
		}
	}
	return ops, nil
}

func millisOf(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
func millis(t time.Time) string       { return strconv.FormatInt(t.UnixMilli(), 10) }
