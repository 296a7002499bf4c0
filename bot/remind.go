package bot

import (
	"context"
	"fmt"
	"time"

	"porchlight/flows"
)

// How the timers are watched: each partition is looked at when its next timer
// comes, and at the latest after timerSweep, which finds those that another
// process has set.
const (
	timerSweep = 10 * time.Second
	coverEvery = time.Hour // how often it is looked at who is on call
	dueAtOnce  = 100
)

// RunTimers takes timers as they come, until ctx ends. held tells which
// partitions this process looks after; two processes may believe so of one at
// the same time: each timer fires once.
func (b *Bot) RunTimers(ctx context.Context, held func() []Partition) {
	next := map[Partition]time.Time{} // when to look again
	var cover time.Time               // when to look who is on call
	for {
		now := b.clock.Now()
		if !now.Before(cover) {
			cover = now.Add(coverEvery)
			b.warnUncovered(ctx)
		}
		wake := now.Add(timerSweep)
		for _, p := range held() {
			if at, ok := next[p]; !ok || !at.After(now) {
				next[p] = b.look(ctx, p, now)
			}
			if next[p].Before(wake) {
				wake = next[p]
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-b.clock.After(max(wake.Sub(now), time.Millisecond)):
		case set := <-b.timers:
			if at, ok := next[set.partition]; ok && set.due.Before(at) {
				next[set.partition] = set.due
			}
		}
	}
}

// look fires what has come in a partition and says when to look again.
func (b *Bot) look(ctx context.Context, p Partition, now time.Time) time.Time {
	soonest := now.Add(timerSweep)
	next, _, err := b.fireDue(ctx, p)
	if err != nil {
		if ctx.Err() == nil {
			b.log.Warn("timers: they wait until the store answers again", "error", err)
		}
		return soonest
	}
	if !next.IsZero() && next.Before(soonest) {
		return next
	}
	return soonest
}

// Fire takes the timers of one partition that have come, each as a turn of its
// person, and says how many there were.
func (b *Bot) Fire(ctx context.Context, p Partition) (fired int, err error) {
	_, fired, err = b.fireDue(ctx, p)
	return fired, err
}

// fireDue is Fire, and says when the next timer comes (zero: none is set).
func (b *Bot) fireDue(ctx context.Context, p Partition) (next time.Time, fired int, err error) {
	for {
		due, next, err := b.store.Due(ctx, p, b.clock.Now(), dueAtOnce)
		if err != nil {
			return time.Time{}, fired, fmt.Errorf("timers: %w", err)
		}
		if len(due) == 0 {
			return next, fired, nil
		}
		for _, t := range due {
			if err := b.fire(ctx, t); err != nil {
				return time.Time{}, fired, fmt.Errorf("timers: %w", err)
			}
			fired++
		}
	}
}

func (b *Bot) fire(ctx context.Context, due DueTimer) error {
	var roster []Listener
	board := &boardView{}
	var err error
	switch due.Name {
	case handoffTimer:
		roster, err = b.roster(ctx)
	case announceTimer:
		board, err = b.readFollowed(ctx, due.Person)
	}
	if err != nil {
		return err
	}
	var kept *turn
	err = b.store.Fire(ctx, due, func(p *Person) error {
		came := p.Timers
		p.Timers = nil
		channel, ok := b.channels[p.Address.Channel]
		if !ok {
			return nil // the channel was turned off: the timer is spent
		}
		id := due.Name + " " + due.Person.Hash + " " + due.Due.UTC().Format(time.RFC3339Nano)
		for _, timer := range came {
			id += " " + timer.Data
		}
		t := b.turn(p, channel, id)
		t.in.Kind, t.board = flows.Timed, board
		switch due.Name {
		case handoffTimer:
			t.advance(roster)
		case announceTimer:
			if w, ok := b.workers[p.Address]; ok {
				t.lookAfter(w)
			}
		case callTimer:
			t.callDue()
		case followUpTimer:
			t.followUp()
		case unreachedTimer:
			t.unreached()
		default:
			var silent bool
			t.in.Night, silent = b.quiet.night(channel, p.Address, t.now)
			for _, timer := range came {
				if p.Reach == Reachable { // otherwise there is nobody to remind
					t.in.Timer = timer.Data
					t.step()
				}
			}
			for i := range p.Outbox {
				p.Outbox[i].Silent = silent
			}
		}
		kept = t
		return nil
	})
	if err == nil && kept != nil {
		kept.keep()
	}
	return err
}

// timerSet tells RunTimers of a timer that this process has just kept.
type timerSet struct {
	partition Partition
	due       time.Time
}

// watch tells of the timers of a turn that was kept. Where nobody listens the
// sweep finds them.
func (b *Bot) watch(p Partition, timers []Timer) {
	for _, t := range timers {
		select {
		case b.timers <- timerSet{p, t.Due}:
		default:
		}
	}
}
