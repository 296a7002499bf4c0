package bot

import (
	"context"
	"errors"
	"time"
)

// How announcements are spread.
const (
	announceEvery  = 2 * time.Second        // how often it is looked for new ones, and for those put off
	announcePause  = 300 * time.Millisecond // before it is looked again whether there is room
	announceAtOnce = 100                    // people decided on in one step
	// announceRoom is how many bulk messages of one partition may wait: enough
	// to keep the networks busy, and no more memory than that, however many
	// people there are.
	announceRoom = 256
)

// RunAnnouncements spreads announcements until ctx ends, over the partitions
// that this process looks after. Two processes may believe so of one at the
// same time: each person is told once.
func (b *Bot) RunAnnouncements(ctx context.Context, held func() []Partition) {
	finished := map[string]map[Partition]bool{}
	for {
		wait := announceEvery
		busy, err := b.spreadAll(ctx, held(), finished)
		if busy {
			wait = announcePause
		}
		if err != nil && ctx.Err() == nil {
			b.log.Warn("announcements wait until the store answers again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-b.clock.After(wait):
		case <-b.announces:
		}
	}
}

// SpreadNow takes every open announcement as far as there is room in the
// partitions, once.
func (b *Bot) SpreadNow(ctx context.Context, held []Partition) error {
	_, err := b.spreadAll(ctx, held, map[string]map[Partition]bool{})
	return err
}

// spreadAll takes every open announcement as far as there is room. busy: there
// is more to do as soon as there is room again.
func (b *Bot) spreadAll(ctx context.Context, held []Partition, finished map[string]map[Partition]bool) (busy bool, err error) {
	open, err := b.board.OpenAnnouncements(ctx)
	if err != nil {
		return false, err
	}
	still := map[string]bool{}
	for i := range open {
		a := &open[i]
		still[a.ID] = true
		now := b.clock.Now()
		if a.At.After(now) {
			continue
		}
		if a.State == AnnouncementReady {
			if *a, err = b.board.ChangeAnnouncement(ctx, a.ID, "began", "", func(a *Announcement) error {
				if a.State != AnnouncementReady {
					return errAsItWas
				}
				a.State, a.Began = AnnouncementRunning, now
				return nil
			}); err != nil && !errors.Is(err, errAsItWas) {
				return busy, err
			}
		}
		if a.State != AnnouncementRunning {
			continue
		}
		if finished[a.ID] == nil {
			finished[a.ID] = map[Partition]bool{}
		}
		more, err := b.spread(ctx, a, held, finished[a.ID])
		if err != nil {
			return busy, err
		}
		if busy = busy || more; !more {
			if err := b.finish(ctx, a.ID); err != nil {
				return busy, err
			}
		}
	}
	for id := range finished {
		if !still[id] {
			delete(finished, id)
		}
	}
	return busy, nil
}

// spread takes one announcement as far as there is room in the partitions.
func (b *Bot) spread(ctx context.Context, a *Announcement, held []Partition, finished map[Partition]bool) (more bool, err error) {
	match := func(s Segment) bool { return a.Audience.Has(s, b.machine.Org.Languages[0]) }
	for _, p := range held {
		if finished[p] {
			continue
		}
		for {
			now := b.clock.Now()
			got, err := b.board.Spread(ctx, a.ID, p, now, announceAtOnce, announceRoom, match, func(person Person) Told { return b.tellOf(a, person, now) })
			if err != nil {
				return more, err
			}
			if got.Full {
				more = true
				break
			}
			if got.End {
				// Those put off are looked for again, and so is who is to be
				// told again after an attempt that failed.
				break
			}
		}
	}
	return more, nil
}

// finish ends an announcement of which nothing is to leave any more.
func (b *Bot) finish(ctx context.Context, id string) error {
	progress, err := b.board.Progress(ctx, id)
	if err != nil || !progress.Complete {
		return err
	}
	_, err = b.board.ChangeAnnouncement(ctx, id, "done", "", func(a *Announcement) error {
		if a.State != AnnouncementRunning {
			return errAsItWas
		}
		a.State, a.Ended = AnnouncementDone, b.clock.Now()
		return nil
	})
	if errors.Is(err, errAsItWas) {
		return nil
	}
	return err
}

// An announcement never comes between somebody and a listener, nor right after
// a call for help: it is looked again every inTalkFor whether it may, for so
// long as inTalkLimit after it began.
const (
	inTalkFor   = 30 * time.Minute
	inTalkLimit = 6 * time.Hour
)

// announceFor is how long after its time an announcement may still reach
// somebody; later it is no news any more.
const announceFor = 48 * time.Hour

// The reasons why somebody of the audience is left out.
const (
	LeftGone    = "gone"    // nothing is kept of them any more
	LeftNoText  = "no-text" // none in their language, and no fallback
	LeftCountry = "country" // the channel does not reach it
	LeftChannel = "channel" // it is switched off
	LeftLate    = "late"    // it could not be told in time
	LeftTalk    = "talk"    // they were with a listener, or in need, all the time
	LeftChanged = "changed" // they are not in the audience any more
)

// tellOf decides about one person: consent, language, and whether it is a
// moment at which they may be written to.
func (b *Bot) tellOf(a *Announcement, p Person, now time.Time) Told {
	of, ok := p.Segment()
	l := b.machine.Locale(p.Session)
	if !ok || !a.Audience.Has(of, l.Tag) {
		return Told{Left: LeftChanged}
	}
	channel, ok := b.channels[p.Address.Channel]
	if !ok {
		return Told{Left: LeftChannel}
	}
	if s, ok := channel.(Serving); ok && !s.Serves(of.Country) {
		return Told{Left: LeftCountry}
	}
	text, tag, ok := a.In(l.Tag)
	if !ok {
		return Told{Left: LeftNoText}
	}
	if now.After(a.Began.Add(announceFor)) {
		return Told{Left: LeftLate}
	}
	if p.Handoff != nil || p.Session.Talk != "" || p.Session.Crisis != "" {
		if now.After(a.Began.Add(inTalkLimit)) {
			return Told{Left: LeftTalk}
		}
		return Told{Later: now.Add(inTalkFor)}
	}
	until, silent := b.quiet.night(channel, p.Address, now)
	if !until.IsZero() {
		return Told{Later: until}
	}
	m := b.announcement(a, p.Address, text, tag, silent)
	return Told{Message: &m}
}

// announcement is the message that one person gets.
func (b *Bot) announcement(a *Announcement, to Address, text, tag string, silent bool) Outbound {
	if l := b.machine.Catalog.Locale(tag); l != nil {
		text = l.Line(text)
	}
	return Outbound{To: to, Lane: Bulk, Text: text, Language: tag, Silent: silent, Announcement: a.ID}
}

// announceNow tells RunAnnouncements of this process that there is something new.
func (b *Bot) announceNow() {
	select {
	case b.announces <- struct{}{}:
	default:
	}
}
