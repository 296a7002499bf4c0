package redis

import (
	"context"
	"errors"
	"time"

	"porchlight/bot"
)

const (
	// asideFor is how long an entry is kept at least that was set aside; at
	// most it is twice that, when others follow it.
	asideFor = 30 * 24 * time.Hour
	// asideMost is how many of a partition are kept, the latest.
	asideMost = 10_000
)

// unopened is an entry that cannot be opened.
type unopened struct {
	id  string
	why error
}

// setAside moves entries that cannot be opened out of a lane, so that they do
// not hold what stands behind them.
func (s *Store) setAside(ctx context.Context, p bot.Partition, lane bot.Lane, closed []unopened) error {
	at := places[p]
	args := []any{asideMost, millis(s.now().Add(-asideFor)), millisOf(asideFor)}
	why := make(map[string]error, len(closed))
	for _, u := range closed {
		args = append(args, u.id)
		why[u.id] = u.why
	}
	moved, err := asideScript.Run(ctx, s.client, []string{at.lanes[lane], at.aside, at.tries}, args...).StringSlice()
	for _, id := range moved {
		what := "a message that waited to be sent is damaged; it was set aside"
		if errors.Is(why[id], ErrKey) {
			what = "a message that waited to be sent needs a key that is not in PORCHLIGHT_KEY; it was set aside"
		}
		s.log.Error(what, "partition", int(p), "lane", lane.String(), "entry", id)
	}
	return away(err)
}
