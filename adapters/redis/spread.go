package redis

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// Spread is bot.Board's. A step takes three round trips, however many people;
// the first in a partition takes two more.
func (s *Store) Spread(ctx context.Context, id string, p bot.Partition, now time.Time, n, most int, match func(bot.Segment) bool, decide func(bot.Person) bot.Told) (bot.Spreading, error) {
	if err := known(p); err != nil {
		return bot.Spreading{}, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if _, err := s.nameKey(ctx); err != nil {
		return bot.Spreading{}, err
	}
	st, err := s.nextOf(ctx, id, p, now, n)
	if err != nil {
		return bot.Spreading{}, err
	}
	if !st.began {
		if err := s.drawUp(ctx, id, p, match); err != nil {
			return bot.Spreading{}, err
		}
		if st, err = s.nextOf(ctx, id, p, now, n); err != nil {
			return bot.Spreading{}, err
		}
	}
	switch {
	case len(st.people) == 0:
		return bot.Spreading{End: true, Next: st.next}, nil
	case st.waiting >= most:
		return bot.Spreading{Full: true, Next: st.next}, nil
	}
	args, err := s.decideAll(ctx, p, st.people, decide, now)
	if err != nil {
		return bot.Spreading{}, err
	}
	keys := []string{progressKey(p, id), todoKey(p, id), laterKey(p, id), places[p].lanes[bot.Bulk]}
	args = append([]any{progressFor.Milliseconds(), s.wakers.word(p)}, args...)
	if err := spreadScript.Run(ctx, s.client, keys, args...).Err(); err != nil {
		return bot.Spreading{}, away(err)
	}
	s.wakers.wake(p)
	return bot.Spreading{Next: st.next}, nil
}

// next is who is to be decided on next.
type next struct {
	began   bool      // it was drawn up whom the announcement is for
	people  []string  // hashes
	waiting int       // messages in the bulk lane
	next    time.Time // when the first comes of those who are still put off
}

func (s *Store) nextOf(ctx context.Context, id string, p bot.Partition, now time.Time, n int) (st next, err error) {
	pipe := s.client.Pipeline()
	began := pipe.HExists(ctx, progressKey(p, id), "began")
	later := pipe.ZRangeWithScores(ctx, laterKey(p, id), 0, int64(n))
	todo := pipe.SRandMemberN(ctx, todoKey(p, id), int64(n))
	waiting := pipe.XLen(ctx, places[p].lanes[bot.Bulk])
	if _, err := pipe.Exec(ctx); err != nil {
		return st, away(err)
	}
	st.began, st.waiting = began.Val(), int(waiting.Val())
	for _, z := range later.Val() {
		due := time.UnixMilli(int64(z.Score))
		if due.After(now) || len(st.people) == n {
			st.next = due
			break
		}
		st.people = append(st.people, z.Member.(string))
	}
	todoPeople := todo.Val()
	st.people = append(st.people, todoPeople[:min(len(todoPeople), n-len(st.people))]...)
	return st, nil
}

// drawUp keeps whom an announcement is for in a partition, as it stands now.
func (s *Store) drawUp(ctx context.Context, id string, p bot.Partition, match func(bot.Segment) bool) error {
	at := places[p]
	sealed, err := s.client.HGetAll(ctx, at.segments).Result()
	if err != nil {
		return away(err)
	}
	segments, err := s.openSegments(ctx, p, sealed)
	if err != nil {
		return err
	}
	args := []any{progressFor.Milliseconds()}
	for name, of := range segments {
		if match(of) {
			args = append(args, name)
		}
	}
	keys := append([]string{progressKey(p, id), todoKey(p, id)}, at.lists[:]...)
	return away(audienceScript.Run(ctx, s.client, keys, args...).Err())
}

// decideAll has everybody decided on, and says it as spread.lua reads it.
func (s *Store) decideAll(ctx context.Context, p bot.Partition, people []string, decide func(bot.Person) bot.Told, now time.Time) (args []any, err error) {
	keys := make([]string, len(people))
	for i, hash := range people {
		keys[i] = personKey(bot.PersonID{Partition: p, Hash: hash})
	}
	values, err := s.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, away(err)
	}
	for i, hash := range people {
		id := bot.PersonID{Partition: p, Hash: hash}
		sealed, ok := values[i].(string)
		if !ok {
			args = append(args, hash, "c", bot.LeftGone)
			if err := s.unlist(ctx, id); err != nil {
				return nil, err
			}
			continue
		}
		r, err := s.openRecord(id, []byte(sealed))
		if err != nil {
			return nil, err
		}
		told := decide(r.person(id))
		switch {
		case !told.Later.IsZero():
			args = append(args, hash, "l", millis(told.Later))
		case told.Message != nil:
			text, err := json.Marshal(kept{At: now.UnixMilli(), Message: *told.Message})
			if err != nil {
				return nil, err
			}
			args = append(args, hash, "o", s.seals.seal(p, places[p].lanes[bot.Bulk]+"|"+hash, text))
		default:
			args = append(args, hash, "c", told.Left)
		}
	}
	return args, nil
}

// unlist takes somebody who has expired out of the index.
func (s *Store) unlist(ctx context.Context, id bot.PersonID) error {
	return away(unlistScript.Run(ctx, s.client, places[id.Partition].audienceKeys(id.Hash), id.Hash).Err())
}

// PutOff is bot.Board's.
func (s *Store) PutOff(ctx context.Context, e bot.Entry, until time.Time) error {
	if err := entry(e.Partition, e.Lane); err != nil {
		return err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	id := e.Message.Announcement
	at := places[e.Partition]
	err := putOffScript.Run(ctx, s.client, []string{at.lanes[e.Lane], laterKey(e.Partition, id), progressKey(e.Partition, id), at.tries},
		string(e.ID), e.Person.Hash, millis(until), progressFor.Milliseconds(), tried(e.Lane, e.ID)).Err()
	return away(err)
}

// Again is bot.Board's.
func (s *Store) Again(ctx context.Context, id string, who bot.Address, now time.Time, pauses []time.Duration) (bool, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	person, err := s.personID(ctx, who)
	if err != nil {
		return false, err
	}
	args := []any{person.Hash, progressFor.Milliseconds()}
	for _, pause := range pauses {
		args = append(args, millis(now.Add(pause)))
	}
	again, err := againScript.Run(ctx, s.client, []string{progressKey(person.Partition, id), laterKey(person.Partition, id)}, args...).Bool()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return false, away(err)
	}
	return again, nil
}

// Tally is bot.Board's. It takes one round trip.
func (s *Store) Tally(ctx context.Context, all []bot.Tally) error {
	if len(all) == 0 {
		return nil
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	_, err := s.client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for _, t := range all {
			if err := known(t.Partition); err != nil {
				return err
			}
			field := "c:" + string(t.Of)
			if t.Reason != "" {
				field += ":" + t.Reason
			}
			pipe.HIncrBy(ctx, progressKey(t.Partition, t.Announcement), field, int64(t.N))
			pipe.PExpire(ctx, progressKey(t.Partition, t.Announcement), progressFor)
		}
		return nil
	})
	return away(err)
}
