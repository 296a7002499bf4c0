package redis

import (
	"context"
	"encoding/json"
	"fmt"
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
	if err := entry(p, lane); err != nil {
		return nil, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	from := "-"
	if after != "" {
		from = "(" + string(after)
	}
	at := places[p]
	pipe := s.client.Pipeline()
	page := pipe.XRangeN(ctx, at.lanes[lane], from, "+", int64(n))
	anyTried := pipe.Exists(ctx, at.tries)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, away(err)
	}
	entries := make([]bot.Entry, 0, len(page.Val()))
	fields := make([]string, 0, len(page.Val()))
	for _, m := range page.Val() {
		hash, _ := m.Values["p"].(string)
		sealed, _ := m.Values["v"].(string)
		text, err := s.seals.open(p, at.lanes[lane]+"|"+hash, []byte(sealed))
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", m.ID, err)
		}
		var k kept
		if err := json.Unmarshal(text, &k); err != nil {
			return nil, fmt.Errorf("%s: entry %s cannot be read by this version: %w", at.lanes[lane], m.ID, err)
		}
		id := bot.EntryID(m.ID)
		entries = append(entries, bot.Entry{
			EntryRef: bot.EntryRef{Partition: p, Lane: lane, ID: id},
			Person:   bot.PersonID{Partition: p, Hash: hash},
			Message:  k.Message,
			Kept:     time.UnixMilli(k.At),
		})
		fields = append(fields, tried(lane, id))
	}
	if anyTried.Val() == 0 || len(fields) == 0 {
		return entries, nil
	}
	counts, err := s.client.HMGet(ctx, at.tries, fields...).Result()
	if err != nil {
		return nil, away(err)
	}
	for i, c := range counts {
		if text, ok := c.(string); ok {
			entries[i].Tried, _ = strconv.Atoi(text)
		}
	}
	return entries, nil
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
