package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// member names a person's timer within a partition.
func member(id bot.PersonID, name string) string { return id.Hash + "|" + name }

// Due is bot.Store's.
func (s *Store) Due(ctx context.Context, p bot.Partition, now time.Time, n int) (due []bot.DueTimer, next time.Time, err error) {
	if err := known(p); err != nil {
		return nil, time.Time{}, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	first, err := s.client.ZRangeWithScores(ctx, places[p].timers, 0, int64(n)).Result() // one more than asked for
	if err != nil {
		return nil, time.Time{}, away(err)
	}
	for _, z := range first {
		at := time.UnixMilli(int64(z.Score))
		if at.After(now) || len(due) == n {
			return due, at, nil
		}
		hash, name, ok := strings.Cut(z.Member.(string), "|")
		if !ok {
			return nil, time.Time{}, fmt.Errorf("%s: %q is not one of this store's timers", places[p].timers, z.Member)
		}
		due = append(due, bot.DueTimer{Person: bot.PersonID{Partition: p, Hash: hash}, Name: name, Due: at})
	}
	return due, time.Time{}, nil
}

// loadTimer reads the person and the timer that came for them, in one round
// trip. No value and no error: the person is gone.
func (s *Store) loadTimer(ctx context.Context, t *turn) (value any, gone bool, err error) {
	at, m := places[t.id.Partition], member(t.id, t.timer.Name)
	pipe := s.client.Pipeline()
	person := pipe.Get(ctx, personKey(t.id))
	due := pipe.ZScore(ctx, at.timers, m)
	data := pipe.HGet(ctx, at.data, m)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, goredis.Nil) {
		return nil, false, away(err)
	}
	if due.Err() != nil || int64(due.Val()) != t.timer.Due.UnixMilli() {
		return nil, true, nil
	}
	t.data = ""
	if data.Err() == nil {
		text, err := s.seals.open(t.id.Partition, at.data+"|"+m, []byte(data.Val()))
		if err != nil {
			return nil, false, err
		}
		t.data = string(text)
	}
	if person.Err() != nil {
		return nil, false, nil
	}
	return person.Val(), false, nil
}

// dropTimer removes a timer whose person is no longer kept.
func (s *Store) dropTimer(ctx context.Context, due bot.DueTimer) error {
	at, m := places[due.Person.Partition], member(due.Person, due.Name)
	pipe := s.client.TxPipeline()
	pipe.ZRem(ctx, at.timers, m)
	pipe.HDel(ctx, at.data, m)
	_, err := pipe.Exec(ctx)
	return away(err)
}
