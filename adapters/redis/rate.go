package redis

import (
	"context"
	"time"

	"porchlight/bot"
)

// All rates stand in one slot, so that the rates of a message are taken
// together on a cluster as well. What they count is slow: networks allow some
// hundred messages a second.
func rateKey(key string) string  { return "{rate}:" + key }
func pauseKey(key string) string { return "{rate}:pause:" + key }

// slack is how much longer than its window a rate is kept.
const slack = time.Minute

// Allow is bot.Outbox's. It is exact for every window, wherever it begins: of
// several rates all grant the same messages, or none does.
func (s *Store) Allow(ctx context.Context, rates []bot.Rate, n int) (granted int, wait time.Duration, err error) {
	if len(rates) == 0 || n <= 0 {
		return n, 0, nil
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	keys := make([]string, 0, 2*len(rates))
	args := make([]any, 0, 2+4*len(rates))
	args = append(args, s.now().UnixMicro(), n)
	for _, r := range rates {
		keys = append(keys, rateKey(r.Key), pauseKey(r.Key))
		args = append(args, r.Limit, r.Limit-r.Reserve, r.Per.Microseconds(), (r.Per + slack).Milliseconds())
	}
	answer, err := allowScript.Run(ctx, s.client, keys, args...).Int64Slice()
	if err != nil {
		return 0, 0, away(err)
	}
	return int(answer[0]), time.Duration(answer[1]) * time.Microsecond, nil
}

// Pause is bot.Outbox's. A pause that ends sooner does not shorten one that stands.
func (s *Store) Pause(ctx context.Context, key string, until time.Time) error {
	left := until.Sub(s.now())
	if left <= 0 {
		return nil
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	return away(pauseScript.Run(ctx, s.client, []string{pauseKey(key)}, until.UnixMicro(), (left + slack).Milliseconds()).Err())
}
