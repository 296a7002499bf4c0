package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// dispatch hands the workers what may be sent now, and asks for what may be
// sent next.
func (d *Deliverer) dispatch(s *sender) {
	if until := s.quiet(); d.now.Before(until) {
		d.by(until)
		return
	}
	for c := range s.class {
		c := class(c)
		if s.window.limit == 0 {
			d.hand(s, c, unlimited)
			continue
		}
		b := &s.class[c]
		b.credit = d.hand(s, c, b.credit)
		d.ask(s, c, b)
	}
}

// unlimited is the credit of a network without a rate.
const unlimited = 1 << 30

// hand gives workers what the credit covers and returns what is left of it.
// Credit that nothing can use lapses.
func (d *Deliverer) hand(s *sender, c class, credit int) int {
	for credit > 0 {
		it, dry := d.schedule.take(s.network, c, credit, d.now)
		if dry {
			return 0
		}
		if it == nil {
			break
		}
		credit -= it.cost
		s.window.spend(it.cost, d.now)
		s.jobs <- it // never blocks: no more are in flight than there are workers
	}
	return credit
}

// ask gets permission for all that is ready, one call at a time.
func (d *Deliverer) ask(s *sender, c class, b *budget) {
	if b.asking > 0 {
		return
	}
	n := s.want(c, d.now) - b.credit
	if n <= 0 {
		return
	}
	if d.now.Before(b.later) {
		d.by(b.later)
		return
	}
	other := &s.class[1-c]
	room := s.window.room(c, d.now) - b.credit - other.credit - other.asking
	if room <= 0 {
		d.by(s.window.next())
		return
	}
	if !d.ready(&d.allows) {
		return
	}
	n = min(n, room)
	b.asking = n
	go func() {
		granted, wait, err := d.Store.Allow(d.io, b.rates, n)
		d.post(func(now time.Time) {
			b.asking = 0
			if !d.answered(&d.allows, err) {
				return
			}
			b.credit += granted
			if granted < n {
				b.later = now.Add(max(wait, time.Millisecond))
			}
		})
	}()
}

// work is one worker of a channel.
func (d *Deliverer) work(s *sender) {
	for it := range s.jobs {
		r := d.attempt(s, it)
		d.post(func(now time.Time) { d.landed(s, it, r, now) })
	}
}

// result is what became of one attempt.
type result struct {
	err     error      // nil: the network took it
	skip    string     // why it was not sent at all and never will be
	away    error      // the store could not be asked; nothing was tried, or it is to be finished later
	tried   int        // failed attempts, this one included
	until   time.Time  // how long the network asked to pause
	settled *SendError // the network's no for good, when the person is still to be marked
}

// attempt sends a message and notes in the store what follows from a failure.
func (d *Deliverer) attempt(s *sender, it *item) (r result) {
	if it.settled != nil { // sent before; only the mark is missing
		return d.settle(it, it.settled)
	}
	if it.Lane == Bulk {
		person, ok, err := d.Store.Look(d.io, it.Person)
		switch {
		case err != nil:
			return result{away: err}
		case !ok:
			return result{skip: "gone"}
		case person.Session.Stopped:
			return result{skip: "stopped"}
		case person.Reach != Reachable:
			return result{skip: "unreachable"}
		}
		if it.Message.Announcement != "" {
			if skip, err := d.mayTell(s, it, person); skip != "" || err != nil {
				return result{skip: skip, away: err}
			}
		}
	}
	r.err = d.send(s.channel, it.Message)
	if r.err == nil {
		return r
	}
	if errors.Is(r.err, ErrAway) { // an event, which is a turn of its own: no network has failed
		return result{away: r.err}
	}
	failure := classify(r.err)
	switch failure.Failure {
	case Blocked, OptedOut, Impossible, Refused:
		return d.settle(it, failure)
	case Throttled:
		r.until = d.Clock.Now().Add(max(failure.RetryAfter, time.Second))
		if err := d.Store.Pause(d.io, s.name, r.until); err != nil {
			d.log.Warn("other processes could not be told to pause", "channel", s.name, "error", err)
		}
	case Transient, Misconfigured:
		r.tried = it.Tried + 1
		if n, err := d.Store.Tried(d.io, it.EntryRef); err == nil {
			r.tried = max(n, r.tried)
		}
		if it.Lane == Urgent && d.Clock.Now().Sub(it.Kept) > giveUp(failure.Failure, it.Lane) {
			return d.settle(it, failure) // it is given up: somebody has to know
		}
	}
	return r
}

// settle notes with the person that the message does not reach them.
func (d *Deliverer) settle(it *item, why *SendError) result {
	err := mark(d.io, d.Store, it.Message.To, reachAfter(why.Failure), it.Lane == Urgent, d.Clock.Now())
	if errors.Is(err, ErrAway) {
		return result{away: err, settled: why}
	}
	if err != nil {
		d.log.Error("a person whom messages do not reach could not be marked", "failure", why.Failure, "error", err)
	}
	return result{err: why}
}

// send is one attempt; a panic in the channel is a failure that may pass.
func (d *Deliverer) send(ch Channel, m Outbound) (err error) {
	ctx, cancel := context.WithTimeout(d.sending, d.SendTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			d.meter.Count("porchlight_send_panics_total", "channel", ch.Name())
			// What it panicked with may hold a person's words; the stack does not.
			d.log.Error("a channel panicked; the message is tried again", "channel", ch.Name(), "stack", string(debug.Stack()))
			err = &SendError{Failure: Transient, Code: "panic", Err: fmt.Errorf("the channel panicked with a %T", p)}
		}
	}()
	_, err = ch.Send(ctx, m)
	return err
}

// landed draws the consequences of an attempt.
func (d *Deliverer) landed(s *sender, it *item, r result, now time.Time) {
	switch {
	case r.away != nil:
		it.settled = r.settled
		d.warn("away"+s.name, "the store could not be asked about a person; the message waits", "channel", s.name, "error", r.away)
		if r.settled == nil && now.Sub(it.Kept) > giveUp(Transient, it.Lane) {
			d.drop(s, it, "expired", now)
			return
		}
		d.schedule.again(it, now.Add(jittered(time.Second, d.Random())), now)
	case r.skip != "":
		d.drop(s, it, r.skip, now)
	case r.err == nil:
		s.breaker.answered()
		d.meter.Count("porchlight_sent_total", s.labels[it.Lane]...)
		d.meter.Observe("porchlight_send_seconds", max(0, now.Sub(it.Kept).Seconds()), s.labels[it.Lane]...)
		d.tally(it, TallySent, "")
		d.done(it, now)
	default:
		d.failed(s, it, r, now)
	}
}

// failed decides what a network's no means.
func (d *Deliverer) failed(s *sender, it *item, r result, now time.Time) {
	why := classify(r.err)
	d.meter.Count("porchlight_send_failures_total", "channel", s.name, "failure", string(why.Failure))
	if why.Failure != Transient && why.Failure != Misconfigured {
		s.breaker.answered()
	}
	switch why.Failure {
	case Throttled:
		if r.until.After(s.paused) {
			s.paused = r.until
		}
		d.schedule.again(it, time.Time{}, now)
	case Blocked, OptedOut, Impossible:
		before := len(d.unacked)
		for waiting := it.contact.queues[Bulk].head; waiting != nil; waiting = waiting.next {
			d.tally(waiting, TallyFailed, string(why.Failure))
		}
		d.unacked = d.schedule.dropBulk(it.contact, d.unacked)
		for range len(d.unacked) - before {
			d.countDrop(s, Bulk, string(why.Failure))
		}
		d.drop(s, it, string(why.Failure), now)
	case Refused:
		d.log.Error("the network refuses a text; mend its wording", "channel", s.name, "lane", it.Lane.String(), "code", why.Code)
		d.drop(s, it, string(why.Failure), now)
	default:
		it.Tried = r.tried
		if s.breaker.failed(now, d.Random()) {
			d.log.Error("the network answers nobody; it is probed until it does", "channel", s.name, "failure", why.Failure, "code", why.Code)
		}
		if why.Failure == Misconfigured {
			d.warn("misconfigured"+s.name+why.Code, "the channel cannot send until an operator acts; messages are kept", "channel", s.name, "code", why.Code)
		}
		if now.Sub(it.Kept) > giveUp(why.Failure, it.Lane) {
			d.drop(s, it, "expired", now)
			return
		}
		d.schedule.again(it, now.Add(retryPause(it.Lane, r.tried, d.Random())), now)
	}
}

// drop ends a message that never reaches its person, and says so.
func (d *Deliverer) drop(s *sender, it *item, reason string, now time.Time) {
	d.countDrop(s, it.Lane, reason)
	d.tally(it, TallyFailed, reason)
	if it.Lane == Urgent {
		d.meter.Count("porchlight_urgent_lost_total", "channel", s.name, "reason", reason)
		d.log.Error("an urgent message could not reach its person", "channel", s.name, "reason", reason)
	}
	d.done(it, now)
}

func (d *Deliverer) countDrop(s *sender, l Lane, reason string) {
	d.meter.Count("porchlight_dropped_total", "channel", s.name, "lane", l.String(), "reason", reason)
}

func (d *Deliverer) done(it *item, now time.Time) {
	d.schedule.finish(it, now)
	d.unacked = append(d.unacked, it.EntryRef)
}

// classify names the failure in an error; one without a name may pass.
func classify(err error) *SendError {
	var failure *SendError
	if errors.As(err, &failure) && failure.Failure != "" {
		return failure
	}
	return &SendError{Failure: Transient, Code: "unnamed", Err: err}
}

// retryPause is how long a message waits after so many failed attempts.
func retryPause(l Lane, tried int, random float64) time.Duration {
	pauses := [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	if l == Urgent {
		tried = min(tried, 3)
	}
	return jittered(pauses[min(max(tried, 1), len(pauses))-1], random)
}

// giveUp is how old a message may get whose network fails.
func giveUp(f Failure, l Lane) time.Duration {
	switch {
	case f == Misconfigured:
		return 72 * time.Hour // an operator is away for a weekend
	case l == Bulk:
		return 6 * time.Hour
	}
	return 24 * time.Hour
}
