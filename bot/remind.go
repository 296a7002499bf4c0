package bot

import (
	"context"
	"fmt"
	"time"

	"porchlight/flows"
)

// dueAtOnce bounds how many timers of one partition are taken in one go.
const dueAtOnce = 100

// Fire takes the timers of one partition that have come, each as a turn of its
// person, and says when the next one comes (zero: none is set). Two processes
// may do so at once: each timer fires once.
func (b *Bot) Fire(ctx context.Context, p Partition) (next time.Time, err error) {
	for {
		due, next, err := b.store.Due(ctx, p, b.now(), dueAtOnce)
		if err != nil {
			return time.Time{}, fmt.Errorf("timers: %w", err)
		}
		if len(due) == 0 {
			return next, nil
		}
		for _, t := range due {
			if err := b.fire(ctx, t); err != nil {
				return time.Time{}, fmt.Errorf("timers: %w", err)
			}
		}
	}
}

func (b *Bot) fire(ctx context.Context, t DueTimer) error {
	return b.store.Fire(ctx, t, func(p *Person) error {
		channel, ok := b.channels[p.Address.Channel]
		if !ok || p.Reach != Reachable {
			return nil // nobody to remind: the timer is spent
		}
		b.step(p, channel, flows.Input{Now: b.now(), Channel: p.Address.Channel, Kind: flows.Timed, Timer: p.Fired.Data}, nil)
		return nil
	})
}
