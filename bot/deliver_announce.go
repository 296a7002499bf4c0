package bot

import (
	"context"
	"sync"
	"time"
)

// Quiet says until when announcements to somebody wait at a time, because it
// is night where they are; zero: they need not wait.
type Quiet func(to Address, now time.Time) (until time.Time)

// Silencer is a Channel that can deliver without a sound: at night its
// announcements come silently instead of later.
type Silencer interface{ CanBeSilent() }

// night decides about an announcement to somebody: it waits, or comes silently.
func (q Quiet) night(ch Channel, to Address, now time.Time) (until time.Time, silent bool) {
	if q == nil {
		return time.Time{}, false
	}
	until = q(to, now)
	if _, ok := ch.(Silencer); ok {
		return time.Time{}, !until.IsZero()
	}
	return until, false
}

// The reasons for which a part of an announcement does not leave, beside
// those for every bulk message.
const (
	skipUnsubscribed = "unsubscribed"
	skipCancelled    = "cancelled"
	skipPutOff       = "put off" // it is decided on again later
)

// mayTell looks once more, as the message is about to leave, whether it may:
// the announcement may have been cancelled, the person may have changed what
// they hear, and night may have come while it waited.
func (d *Deliverer) mayTell(s *sender, it *item, person Person) (skip string, err error) {
	a, ok, err := d.announced.get(d.io, d.Board, it.Message.Announcement, d.Clock.Now())
	switch {
	case err != nil:
		return "", err
	case !ok || !a.Open():
		return skipCancelled, nil
	}
	if of, ok := person.Segment(); !ok || !a.Audience.Has(of, it.Message.Language) {
		return skipUnsubscribed, nil
	}
	until, silent := d.Quiet.night(s.channel, it.Message.To, d.Clock.Now())
	if !until.IsZero() {
		return skipPutOff, d.Board.PutOff(d.io, it.Entry, until)
	}
	it.Message.Silent = silent
	return "", nil
}

// tally counts what became of an announcement's message.
func (d *Deliverer) tally(it *item, of TallyOf, reason string) {
	id := it.Message.Announcement
	if id == "" || d.Board == nil || reason == skipPutOff {
		return
	}
	if of == TallySent {
		reason = ""
	}
	for i := range d.tallies {
		if t := &d.tallies[i]; t.Partition == it.Partition && t.Announcement == id && t.Of == of && t.Reason == reason {
			t.N++
			return
		}
	}
	d.tallies = append(d.tallies, Tally{it.Partition, id, of, reason, 1})
}

// announcedFor is how long an announcement may be cancelled before this
// process sees it.
const announcedFor = time.Second

// announced remembers announcements for a moment, so that a thousand messages
// of one need not each ask for it.
type announced struct {
	mu  sync.Mutex
	all map[string]lookedUp
}

type lookedUp struct {
	Announcement
	ok bool
	at time.Time
}

func (c *announced) get(ctx context.Context, board Board, id string, now time.Time) (Announcement, bool, error) {
	c.mu.Lock()
	found, ok := c.all[id]
	c.mu.Unlock()
	if ok && now.Sub(found.at) < announcedFor {
		return found.Announcement, found.ok, nil
	}
	a, ok, err := board.Announcement(ctx, id)
	if err != nil {
		return Announcement{}, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) > 64 {
		clear(c.all)
	}
	if c.all == nil {
		c.all = map[string]lookedUp{}
	}
	c.all[id] = lookedUp{a, ok, now}
	return a, ok, nil
}

// retryUndelivered are the pauses before an announcement that a network took
// and then could not deliver is tried again: the handset may have been off.
var retryUndelivered = []time.Duration{15 * time.Minute, time.Hour, 4 * time.Hour}

// toldLater takes in what became of an announcement that the network took.
// again reports that the person will be told once more.
func (d *Deliverer) toldLater(ctx context.Context, word Delivery) (again bool, err error) {
	if word.Announcement == "" || d.Board == nil {
		return false, nil
	}
	t := Tally{Announcement: word.Announcement, N: 1}
	switch {
	case word.Status == Delivered:
		t.Of = TallyDelivered
	case word.Status == Failed && word.Failure != nil:
		t.Of, t.Reason = TallyUndelivered, word.Failure.Code
		if word.Failure.Failure == Transient {
			pauses := retryUndelivered
			if n := word.Failure.Attempts; n > 0 {
				pauses = pauses[:min(n, len(pauses))]
			}
			if again, err = d.again(ctx, word, pauses); err != nil {
				return false, err
			}
		}
	default:
		return false, nil
	}
	return again, d.Board.Tally(ctx, []Tally{t})
}

// again has the person decided on again, and the announcement go on for it.
func (d *Deliverer) again(ctx context.Context, word Delivery, pauses []time.Duration) (bool, error) {
	a, ok, err := d.Board.Announcement(ctx, word.Announcement)
	if err != nil || !ok || !a.Open() && a.State != AnnouncementDone {
		return false, err
	}
	again, err := d.Board.Again(ctx, a.ID, word.To, d.Clock.Now(), pauses)
	if err != nil || !again || a.Open() {
		return again, err
	}
	_, err = d.Board.ChangeAnnouncement(ctx, a.ID, "tried again", "", func(a *Announcement) error {
		if a.State == AnnouncementDone {
			a.State = AnnouncementRunning
		}
		return nil
	})
	return again, err
}
