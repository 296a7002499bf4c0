package bot

import (
	"context"
	"errors"
	"slices"
	"time"
)

// readAtOnce bounds how many lanes one read asks for. Reads of bulk are small
// and apart, so that they never keep a reply waiting.
var readAtOnce = [2]int{aboveBulk: 64, bulkOnly: 8}

// call is one kind of call to the store. After one that failed the next waits,
// a second at most.
type call struct {
	name  string
	fails int // in a row
	until time.Time
}

// answered notes how a call ended and reports whether it did well.
func (d *Deliverer) answered(c *call, err error) bool {
	if err == nil {
		c.fails, c.until = 0, time.Time{}
		return true
	}
	c.fails++
	c.until = d.now.Add(jittered(min(50*time.Millisecond<<min(c.fails-1, 5), time.Second), d.Random()))
	d.warn(c.name, "the outbox cannot be reached; what waits is kept", "call", c.name, "error", err)
	return false
}

// ready reports whether the call may be made now.
func (d *Deliverer) ready(c *call) bool {
	if d.now.Before(c.until) {
		d.by(c.until)
		return false
	}
	return true
}

// listen passes on which partitions have something new.
func (d *Deliverer) listen(ctx context.Context) {
	for p := range d.Store.Wake(ctx) {
		d.post(func(time.Time) { d.schedule.stir(p) })
	}
}

// lease renews this process's partitions three times within their life, and
// drops those that it could not renew before another may take them.
func (d *Deliverer) lease() {
	if !d.leaseEnd.IsZero() && !d.now.Before(d.leaseEnd) {
		d.leaseEnd = time.Time{}
		d.log.Error("partitions could not be held; they are left to other processes", "partitions", len(d.schedule.feeds))
		d.holds(nil)
	}
	d.by(d.leaseEnd)
	if d.leasing || d.now.Before(d.leaseNext) {
		d.by(d.leaseNext)
		return
	}
	d.leasing = true
	began := d.now
	go func() {
		ctx, cancel := context.WithTimeout(d.io, d.LeaseTTL)
		defer cancel()
		held, err := d.Store.Lease(ctx, d.Owner, d.LeaseTTL)
		d.post(func(now time.Time) {
			d.leasing = false
			end := began.Add(d.LeaseTTL * 9 / 10)
			if err != nil || !now.Before(end) {
				d.leaseNext = now.Add(d.LeaseTTL / 10)
				d.warn("lease", "partitions could not be renewed", "error", err)
				return
			}
			d.leaseNext, d.leaseEnd = began.Add(d.LeaseTTL/3), end
			d.holds(held)
		})
	}()
}

// holds drops what is lost and begins to read what is gained.
func (d *Deliverer) holds(partitions []Partition) {
	for p := range d.schedule.feeds {
		if !slices.Contains(partitions, p) {
			d.schedule.lose(p)
		}
	}
	for _, p := range partitions {
		d.schedule.gain(p)
	}
	d.schedule.window = max(d.Window/max(1, len(partitions)), min(d.Window, 16))
	partitions = slices.Clone(partitions)
	d.held.Store(&partitions)
}

// read fetches what is new in the lanes of a class, one read at a time:
// whatever is kept meanwhile goes into the next one together.
func (d *Deliverer) read(c class) {
	if d.reading[c] || len(d.schedule.toRead[c]) == 0 || !d.ready(&d.reads) {
		return
	}
	cursors := d.schedule.reads(c, readAtOnce[c])
	if len(cursors) == 0 {
		return
	}
	d.reading[c] = true
	n := max(1, d.schedule.window/2)
	go func() {
		lanes, err := d.readLanes(cursors, n)
		d.post(func(now time.Time) {
			d.reading[c] = false
			d.answered(&d.reads, err)
			for i, at := range cursors {
				if i < len(lanes) {
					d.schedule.read(at, lanes[i], len(lanes[i]) >= n, now)
					d.strangers(lanes[i])
				} else {
					d.schedule.unread(at)
				}
			}
		})
	}()
}

// readLanes reads from the cursors; with an error, those up to which it came.
// A lane that cannot be read although the store answers holds no other lane:
// it is read as empty, and looked at again by the sweep.
func (d *Deliverer) readLanes(cursors []cursor, n int) ([][]Entry, error) {
	if many, ok := d.Store.(LanesReader); ok {
		from := make([]Cursor, len(cursors))
		for i, at := range cursors {
			from[i] = Cursor{at.feed.partition, at.feed.lane, at.after}
		}
		return many.ReadLanes(d.io, from, n)
	}
	lanes := make([][]Entry, 0, len(cursors))
	for _, at := range cursors {
		entries, err := d.Store.Read(d.io, at.feed.partition, at.feed.lane, at.after, n)
		if errors.Is(err, ErrAway) {
			return lanes, err
		}
		if err != nil {
			d.post(func(time.Time) {
				d.warn("unreadable", "a lane of the outbox cannot be read; what is in it waits", "partition", at.feed.partition, "lane", at.feed.lane.String(), "error", err)
			})
		}
		lanes = append(lanes, entries)
	}
	return lanes, nil
}

// strangers reports entries of channels that are switched off: they stay in
// the outbox until the channel is back.
func (d *Deliverer) strangers(entries []Entry) {
	for _, e := range entries {
		if ch := e.Message.To.Channel; d.schedule.byName[ch] == nil {
			d.warn("channel"+ch, "messages wait for a channel that is not configured", "channel", ch)
		}
	}
}

// acknowledge removes from the outbox what needs no further attempt, one call
// at a time. While the store is away it is remembered, and not sent again.
func (d *Deliverer) acknowledge() {
	if d.acking || len(d.unacked) == 0 || !d.ready(&d.dones) {
		return
	}
	d.acking = true
	refs, tallies := d.unacked, d.tallies
	d.unacked, d.tallies = nil, nil
	go func() {
		var err error
		if len(tallies) > 0 { // before the entries go: an announcement is complete when they have
			err = d.Board.Tally(d.io, tallies)
		}
		if err == nil {
			tallies = nil
			err = d.Store.Done(d.io, refs)
		}
		d.post(func(time.Time) {
			d.acking = false
			d.tallies = append(tallies, d.tallies...)
			if d.answered(&d.dones, err) {
				d.schedule.removed(refs)
			} else {
				d.unacked = append(refs, d.unacked...)
			}
		})
	}()
}

// warnEvery is how often the same trouble is written to the log at most.
const warnEvery = 30 * time.Second

// warn writes a warning, unless it wrote the same one of late.
func (d *Deliverer) warn(key, what string, details ...any) {
	if last, ok := d.warned[key]; ok && d.now.Before(last.Add(warnEvery)) {
		return
	}
	d.warned[key] = d.now
	d.log.Warn(what, details...)
}
