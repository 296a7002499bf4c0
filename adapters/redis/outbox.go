package redis

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// tried names an entry among the failed attempts of its partition.
func tried(lane bot.Lane, id bot.EntryID) string { return string("urb"[lane]) + string(id) }

// entry refuses what no lane of this store holds.
func entry(p bot.Partition, lane bot.Lane) error {
	if int(lane) >= len(bot.Lanes) {
		return fmt.Errorf("redis: there is no lane %d", lane)
	}
	return known(p)
}

// Read is bot.Outbox's.
func (s *Store) Read(ctx context.Context, p bot.Partition, lane bot.Lane, after bot.EntryID, n int) ([]bot.Entry, error) {
	lanes, err := s.ReadLanes(ctx, []bot.Cursor{{Partition: p, Lane: lane, After: after}}, n)
	if err != nil {
		return nil, err
	}
	return lanes[0], nil
}

// ReadLanes is bot.LanesReader's. With an error that wraps bot.ErrAway it gives
// the lanes before the first that did not answer; with another, every lane, the
// refused ones empty. An entry that cannot be opened is set aside and the next
// takes its place, so that a lane with fewer than n entries was read to its end.
func (s *Store) ReadLanes(ctx context.Context, from []bot.Cursor, n int) ([][]bot.Entry, error) {
	all := make([]page, len(from))
	pages := make([]*page, len(from))
	for i, c := range from {
		if err := entry(c.Partition, c.Lane); err != nil {
			return nil, err
		}
		all[i].Cursor, pages[i] = c, &all[i]
	}
	for todo := pages; len(todo) > 0; {
		s.readPages(ctx, todo, n)
		var more []*page
		for _, p := range todo {
			if p.more {
				more = append(more, p)
			}
		}
		todo = more
	}
	lanes := make([][]bot.Entry, 0, len(from))
	var refused error
	for _, p := range pages {
		if errors.Is(p.err, bot.ErrAway) {
			return lanes, p.err
		}
		if p.err != nil {
			p.entries, refused = nil, p.err
		}
		lanes = append(lanes, p.entries)
	}
	return lanes, refused
}

// page is what was read of one lane.
type page struct {
	bot.Cursor // where to read on
	entries    []bot.Entry
	more       bool // entries were set aside, and others may stand behind them
	err        error
}

// readPages reads from each cursor what is left of n entries: in one round
// trip, a second where attempts have failed, and one more for each lane in
// which entries are to be set aside.
func (s *Store) readPages(ctx context.Context, pages []*page, n int) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	pipe := s.client.Pipeline()
	found := make([]*goredis.XMessageSliceCmd, len(pages))
	var anyTried [partitions]*goredis.IntCmd
	for i, p := range pages {
		at, start := &places[p.Partition], "-"
		if p.After != "" {
			start = "(" + string(p.After)
		}
		found[i] = pipe.XRangeN(ctx, at.lanes[p.Lane], start, "+", int64(n-len(p.entries)))
		if anyTried[p.Partition] == nil {
			anyTried[p.Partition] = pipe.Exists(ctx, at.tries)
		}
	}
	_, _ = pipe.Exec(ctx) // gives each command its error
	var counts []*goredis.SliceCmd
	for i, p := range pages {
		had := len(p.entries)
		if p.err = cmp.Or(found[i].Err(), anyTried[p.Partition].Err()); p.err == nil {
			p.err = s.openPage(ctx, p, found[i].Val(), n)
		}
		p.err, p.more = away(p.err), p.more && p.err == nil
		if p.err != nil || len(p.entries) == had || anyTried[p.Partition].Val() == 0 {
			continue
		}
		if counts == nil {
			counts, pipe = make([]*goredis.SliceCmd, len(pages)), s.client.Pipeline()
		}
		var fields []string
		for _, e := range p.entries[had:] {
			fields = append(fields, tried(e.Lane, e.ID))
		}
		counts[i] = pipe.HMGet(ctx, places[p.Partition].tries, fields...)
	}
	if counts == nil {
		return
	}
	_, _ = pipe.Exec(ctx)
	for i, p := range pages {
		if counts[i] == nil {
			continue
		}
		if p.err = away(counts[i].Err()); p.err != nil {
			p.more = false
			continue
		}
		fresh := p.entries[len(p.entries)-len(counts[i].Val()):]
		for j, c := range counts[i].Val() {
			if text, ok := c.(string); ok {
				fresh[j].Tried, _ = strconv.Atoi(text)
			}
		}
	}
}

// openPage opens what was found in a lane, and sets aside what cannot be opened.
func (s *Store) openPage(ctx context.Context, p *page, found []goredis.XMessage, n int) error {
	full := len(found) == n-len(p.entries)
	p.entries = slices.Grow(p.entries, len(found))
	var closed []unopened
	for _, m := range found {
		e, err := s.openEntry(p.Partition, p.Lane, m)
		if err != nil {
			closed = append(closed, unopened{m.ID, err})
		} else {
			p.entries = append(p.entries, e)
		}
		p.After = bot.EntryID(m.ID)
	}
	p.more = full && len(closed) > 0
	if len(closed) == 0 {
		return nil
	}
	return s.setAside(ctx, p.Partition, p.Lane, closed)
}

func (s *Store) openEntry(p bot.Partition, lane bot.Lane, m goredis.XMessage) (bot.Entry, error) {
	hash, _ := m.Values["p"].(string)
	sealed, _ := m.Values["v"].(string)
	text, err := s.seals.open(p, places[p].lanes[lane]+"|"+hash, []byte(sealed))
	if err != nil {
		return bot.Entry{}, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return bot.Entry{}, err
	}
	return bot.Entry{
		EntryRef: bot.EntryRef{Partition: p, Lane: lane, ID: bot.EntryID(m.ID)},
		Person:   bot.PersonID{Partition: p, Hash: hash},
		Message:  k.Message,
		Kept:     time.UnixMilli(k.At),
	}, nil
}

// Done is bot.Outbox's. It takes one round trip for any number of entries.
func (s *Store) Done(ctx context.Context, done []bot.EntryRef) error {
	if len(done) == 0 {
		return nil
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	type lane struct {
		partition bot.Partition
		lane      bot.Lane
	}
	ids := map[lane][]string{}
	fields := map[bot.Partition][]string{}
	for _, ref := range done {
		if err := entry(ref.Partition, ref.Lane); err != nil {
			return err
		}
		l := lane{ref.Partition, ref.Lane}
		ids[l] = append(ids[l], string(ref.ID))
		fields[ref.Partition] = append(fields[ref.Partition], tried(ref.Lane, ref.ID))
	}
	_, err := s.client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for l, list := range ids {
			pipe.XDel(ctx, places[l.partition].lanes[l.lane], list...)
		}
		for p, list := range fields {
			pipe.HDel(ctx, places[p].tries, list...)
		}
		return nil
	})
	return away(err)
}

// Tried is bot.Outbox's.
func (s *Store) Tried(ctx context.Context, ref bot.EntryRef) (int, error) {
	if err := entry(ref.Partition, ref.Lane); err != nil {
		return 0, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	n, err := s.client.HIncrBy(ctx, places[ref.Partition].tries, tried(ref.Lane, ref.ID), 1).Result()
	return int(n), away(err)
}

// statusFor is how long the status of a sent message is remembered. Networks
// report within hours; a message they cannot hand over expires with them
// after a few days.
const statusFor = 7 * 24 * time.Hour

// Advance is bot.Store's. A delivery without an id is always news.
func (s *Store) Advance(ctx context.Context, d bot.Delivery) (news bool, err error) {
	if d.ID == "" {
		return true, nil
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	person, err := s.personID(ctx, d.To)
	if err != nil {
		return false, err
	}
	key := places[person.Partition].tag + "s:" + hash(*s.name.Load(), "status", d.To.Channel, d.ID)
	news, err = advanceScript.Run(ctx, s.client, []string{key}, int(d.Status), statusFor.Milliseconds(), int(bot.Delivered)).Bool()
	return news, away(err)
}
