package bot

import (
	"context"
	"slices"
	"sync"
	"time"

	"porchlight/flows/directory"
)

// DateChange is what a worker changed about one date of a group.
type DateChange struct {
	Date   string           `json:"d"` // the occurrence's id in the directory
	Number int64            `json:"n"` // a later change has a higher one, over all dates
	Wish   MessageID        `json:"w"` // names what the worker confirmed: it is done once
	By     string           `json:"b"` // the worker's name
	At     time.Time        `json:"a"` // when the worker confirmed it
	Undone bool             `json:"u,omitempty"`
	Change directory.Change `json:"c,omitzero"` // with Undone nothing: the date is as the files have it
	Until  time.Time        `json:"e"`          // when nobody needs it any more
}

// Dates keeps what workers changed about dates of groups. An implementation is
// safe for use by many processes at once.
type Dates interface {
	// DateChanges lists the changes that are kept, one of a date, by their
	// numbers.
	DateChanges(ctx context.Context) ([]DateChange, error)
	// ChangeDates keeps what fn makes of the changes, unless that is nothing
	// new (ok is false); what was done is written to the log of announcements.
	// fn may run again when another process was faster.
	ChangeDates(ctx context.Context, fn func([]DateChange) (all []DateChange, done DateChange, ok bool)) error
	// Reminders counts who is to be told of changes of a date: everybody who
	// asked to be reminded.
	Reminders(ctx context.Context, date string) (int, error)
	// Hasten makes the reminders of these dates in a partition due at a time;
	// those that come sooner stay. upTo above 0 is then kept as the number of
	// the last change for which this was done.
	Hasten(ctx context.Context, p Partition, dates []string, at time.Time, upTo int64) error
	// Hastened is the number that Hasten kept last; 0: none.
	Hastened(ctx context.Context, p Partition) (int64, error)
}

const (
	// datesEvery is how often changes of other processes are looked for.
	datesEvery = 2 * time.Second
	// datesSettle is after how long every process speaks from a change. Until
	// then one may still set a reminder by what was before: reminders are
	// looked through at once, and once more after it.
	datesSettle = 10 * time.Second
)

// revisions are which changes this process knows, and how far it has come with
// telling people.
type revisions struct {
	mu    sync.Mutex
	all   []DateChange
	known bool
	soon  map[Partition]int64 // looked through at once
	done  map[Partition]int64 // looked through for the last time
}

// RunDates keeps this process's directory as workers have changed it, and has
// those told who asked to be reminded, over the partitions that this process
// looks after, until ctx ends.
func (b *Bot) RunDates(ctx context.Context, held func() []Partition) {
	for {
		if err := b.SyncDates(ctx, held()); err != nil && ctx.Err() == nil {
			b.log.Warn("changes of groups wait until the store answers again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-b.clock.After(datesEvery):
		case <-b.dated:
		}
	}
}

// SyncDates is one round of RunDates. Without partitions it only takes up what
// was changed.
func (b *Bot) SyncDates(ctx context.Context, held []Partition) error {
	if b.dates == nil {
		return nil
	}
	r := &b.revisions
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := b.dates.DateChanges(ctx)
	if err != nil {
		return err
	}
	last := func(all []DateChange) int64 {
		if len(all) == 0 {
			return 0
		}
		return all[len(all)-1].Number
	}
	if !r.known || last(all) != last(r.all) {
		r.all, r.known = all, true
		changes := map[string]directory.Change{}
		for _, c := range all {
			if !c.Undone {
				changes[c.Date] = c.Change
			}
		}
		b.machine.Revise(b.machine.Directory.With(changes))
	}
	for _, p := range held {
		if err := b.hasten(ctx, p, last(all)); err != nil {
			return err
		}
	}
	return nil
}

// hasten has everybody in a partition told of what they do not know yet.
func (b *Bot) hasten(ctx context.Context, p Partition, last int64) (err error) {
	r, now := &b.revisions, b.clock.Now()
	if _, ok := r.done[p]; !ok {
		if r.done[p], err = b.dates.Hastened(ctx, p); err != nil {
			delete(r.done, p)
			return err
		}
	}
	var dates []string
	settled := true
	for _, c := range r.all {
		if c.Number > r.done[p] {
			dates = append(dates, c.Date)
			settled = settled && !c.At.Add(datesSettle).After(now)
		}
	}
	upTo := int64(0)
	switch {
	case len(dates) == 0, !settled && r.soon[p] == last:
		return nil
	case settled:
		upTo = last
	}
	if err := b.dates.Hasten(ctx, p, dates, now.Truncate(time.Millisecond), upTo); err != nil {
		return err
	}
	if r.soon[p] = last; settled {
		r.done[p] = last
	}
	b.watch(p, []Timer{{Due: now}})
	return nil
}

// changed is what workers have changed about a date, as far as this process
// knows.
func (b *Bot) changed(date string) (c DateChange, ok bool) {
	b.revisions.mu.Lock()
	defer b.revisions.mu.Unlock()
	i := slices.IndexFunc(b.revisions.all, func(c DateChange) bool { return c.Date == date && !c.Undone })
	if i < 0 {
		return c, false
	}
	return b.revisions.all[i], true
}

// changeDate keeps a change of a date that a worker has confirmed, and tells
// them what came of it. It can be repeated: a change that was kept, or that
// another worker has changed since, stays as it is.
func (b *Bot) changeDate(ctx context.Context, channel Channel, e Event) error {
	w, ok := b.workers[e.To]
	if !ok || b.dates == nil || e.Date == nil {
		return nil
	}
	asked, err := b.dates.Reminders(ctx, e.Date.Date)
	if err != nil {
		return err
	}
	err = b.dates.ChangeDates(ctx, func(all []DateChange) ([]DateChange, DateChange, bool) {
		c := *e.Date
		c.By, c.Wish = w.Name, e.ID
		kept := []DateChange{}
		for _, had := range all {
			switch {
			case had.Date == c.Date && (had.Wish == c.Wish || had.At.After(c.At)):
				return nil, c, false
			case had.Date != c.Date && had.Until.After(b.clock.Now()):
				kept = append(kept, had)
			}
			c.Number = max(c.Number, had.Number+1)
		}
		c.Number = max(c.Number, b.clock.Now().UnixMilli())
		return append(kept, c), c, true
	})
	if err != nil {
		return err
	}
	if err := b.SyncDates(ctx, nil); err != nil {
		return err
	}
	select {
	case b.dated <- struct{}{}:
	default:
	}
	return b.store.Update(ctx, e.To, e.ID, func(p *Person) error {
		b.turn(p, channel, string(e.ID)).dateChanged(*e.Date, asked)
		return nil
	})
}
