package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Delivered takes in a network's later word about a message: it is counted
// once, and a failure that lies with the person is remembered. The error wraps
// ErrAway when the network should tell again.
func (d *Deliverer) Delivered(ctx context.Context, word Delivery) error {
	news, err := d.Store.Advance(ctx, word)
	if err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	if !news {
		return nil
	}
	d.meter.Count("porchlight_receipts_total", "channel", word.To.Channel, "status", word.Status.String())
	again, err := d.toldLater(ctx, word)
	if err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	if word.Status != Failed || word.Failure == nil {
		return nil
	}
	d.meter.Count("porchlight_undelivered_total", "channel", word.To.Channel, "failure", string(word.Failure.Failure))
	reach := reachAfter(word.Failure.Failure)
	switch {
	case word.Failure.Failure == Refused:
		d.log.Error("a carrier refuses a text; mend its wording", "channel", word.To.Channel, "code", word.Failure.Code)
	case word.Announcement != "" && word.Failure.Failure == Transient && !again:
		reach = Unreachable // after every attempt; whoever writes can be reached again
	}
	if err := mark(ctx, d.Store, word.To, reach, false, d.Clock.Now()); err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	return nil
}

// String names the status as metrics do.
func (s Status) String() string {
	if s < Accepted || s > Failed {
		return "unknown"
	}
	return [...]string{"accepted", "sent", "delivered", "failed"}[s-Accepted]
}

// reachAfter is what a failure says about the person; Reachable: nothing.
func reachAfter(f Failure) Reach {
	switch f {
	case Blocked:
		return Unreachable
	case OptedOut:
		return NetworkStop
	case Impossible:
		return NoSuchDoor
	}
	return Reachable
}

// errAsItWas leaves a person as they are.
var errAsItWas = errors.New("nothing to keep")

// mark keeps that a message did not reach a person, and, where reach says so,
// that none does. Where somebody at the other end of a handoff has to know, a
// timer of the person tells them; for an urgent message always, for it may have
// been an offer to a listener who is with nobody by now. Of a person of whom
// nothing is kept, nothing is kept after it either.
func mark(ctx context.Context, store Store, who Address, reach Reach, urgent bool, now time.Time) error {
	err := store.Update(ctx, who, "", func(p *Person) error {
		tell := p.Handoff != nil || p.Desk != nil || urgent
		news := reach != Reachable && reach != p.Reach
		if p.New || !news && !tell {
			return errAsItWas
		}
		if news {
			p.Reach = reach
		}
		if tell {
			p.Timers = append(p.Timers, Timer{Name: unreachedTimer, Due: now})
		}
		return nil
	})
	if errors.Is(err, errAsItWas) {
		return nil
	}
	return err
}
