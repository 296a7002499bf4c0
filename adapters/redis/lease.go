package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/bot"
)

// ownersKey names the processes that send.
const ownersKey = "owners"

// Lease is bot.Outbox's. The time to live runs on the server, from before the
// call returns. What exceeds the fair share is left out of the answer at once
// and not renewed, but nobody else can take it before its earlier lease ends:
// a message on its way has that long to arrive.
func (s *Store) Lease(ctx context.Context, owner string, ttl time.Duration) ([]bot.Partition, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	pipe := s.client.Pipeline()
	if err := s.keepName(ctx, pipe); err != nil {
		return nil, err
	}
	var holders [partitions]*goredis.StringCmd
	for p := range places {
		holders[p] = pipe.Get(ctx, places[p].lease)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, goredis.Nil) {
		return nil, away(err)
	}
	owners, err := ownersScript.Run(ctx, s.client, []string{ownersKey}, owner, ttl.Milliseconds()).Int()
	if err != nil {
		return nil, away(err)
	}
	share := (partitions + owners - 1) / owners
	var mine, free []bot.Partition
	for p, holder := range holders {
		switch {
		case errors.Is(holder.Err(), goredis.Nil):
			free = append(free, bot.Partition(p))
		case holder.Err() != nil:
			return nil, away(holder.Err())
		case holder.Val() == owner:
			mine = append(mine, bot.Partition(p))
		}
	}
	wanted := append(mine, free...)
	wanted = wanted[:min(share, len(wanted))]
	return s.each(ctx, renewScript, wanted, owner, ttl.Milliseconds())
}

// Release is bot.Outbox's.
func (s *Store) Release(ctx context.Context, owner string) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	all := make([]bot.Partition, partitions)
	for p := range all {
		all[p] = bot.Partition(p)
	}
	if _, err := s.each(ctx, releaseScript, all, owner); err != nil {
		return err
	}
	return away(s.client.ZRem(ctx, ownersKey, owner).Err())
}

// each runs a script on the leases of several partitions in one round trip,
// and lists those for which it gave 1.
func (s *Store) each(ctx context.Context, script *goredis.Script, list []bot.Partition, args ...any) ([]bot.Partition, error) {
	if len(list) == 0 {
		return nil, nil
	}
	run := func(pipe goredis.Pipeliner, whole bool) []*goredis.Cmd {
		answers := make([]*goredis.Cmd, len(list))
		for i, p := range list {
			keys := []string{places[p].lease}
			if whole {
				answers[i] = script.Eval(ctx, pipe, keys, args...)
			} else {
				answers[i] = script.EvalSha(ctx, pipe, keys, args...)
			}
		}
		return answers
	}
	pipe := s.client.Pipeline()
	answers := run(pipe, false)
	_, err := pipe.Exec(ctx)
	for _, a := range answers {
		if goredis.HasErrorPrefix(a.Err(), "NOSCRIPT") {
			pipe = s.client.Pipeline()
			answers = run(pipe, true)
			_, err = pipe.Exec(ctx)
			break
		}
	}
	if err != nil {
		return nil, away(err)
	}
	var ones []bot.Partition
	for i, a := range answers {
		if n, err := a.Int(); err != nil {
			return nil, err
		} else if n == 1 {
			ones = append(ones, list[i])
		}
	}
	return ones, nil
}
