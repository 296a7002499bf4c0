package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"porchlight/flows"
)

// boardView is what a worker's turn about announcements needs to know of the
// board. A turn has no effects of its own, so it is read before; a turn that
// finds its person changed since says so, and it is read again.
type boardView struct {
	segments []SegmentCount
	latest   []Announcement
	kept     map[string]standing // announcements, by id
	asked    []string            // ids that were looked for
	draft    string              // the id and the version of the draft of which preview is
	version  int
	preview  *Preview

	date      string // a date of a group
	reminders int    // how many asked to be reminded of it
}

// readBoard reads what a worker's input needs; nothing for an input that is
// about something else.
func (b *Bot) readBoard(ctx context.Context, in Inbound) (*boardView, error) {
	v := &boardView{kept: map[string]standing{}}
	w, ok := b.workers[in.From]
	if b.board == nil || !ok || !w.Is("outreach") {
		return v, nil
	}
	ref, pressed := strings.CutPrefix(in.Input.Choice, announceRef)
	word := announceWord(in.Input.Text)
	if !pressed && in.Input.Kind != flows.Text && in.Input.Kind != flows.Edited {
		return v, nil
	}
	p, _, err := b.store.LookAt(ctx, in.From)
	if err != nil {
		return v, err
	}
	id, rest, _ := strings.Cut(ref, ":")
	what, _, _ := strings.Cut(rest, ":")
	now := b.clock.Now()
	var d *Draft
	if p.Outreach != nil {
		d = p.Outreach.Draft
	}
	switch {
	case word == "announcements", pressed && what == "list":
		v.latest, err = b.board.Announcements(ctx, maxListed)
		if v.latest == nil {
			v.latest = []Announcement{}
		}
	case pressed && (d == nil || d.ID != id):
		err = b.readStanding(ctx, v, id)
	case pressed && slices.Contains([]string{"look", "send", "sure"}, what):
		err = b.readPreview(ctx, v, d.ID, d.Version, d.announcement(w))
	case pressed, word == "announce", p.Outreach.awaits(now), p.Outreach.corrects(now):
		v.segments, err = b.board.Segments(ctx)
		v.segments = slices.Concat([]SegmentCount{}, v.segments)
	}
	return v, err
}

func (b *Bot) readStanding(ctx context.Context, v *boardView, id string) error {
	v.asked = append(v.asked, id)
	a, ok, err := b.board.Announcement(ctx, id)
	if err != nil || !ok {
		return err
	}
	progress, err := b.board.Progress(ctx, id)
	if err == nil {
		v.kept[id] = standing{a, progress}
	}
	return err
}

func (b *Bot) readPreview(ctx context.Context, v *boardView, id string, version int, a Announcement) error {
	p, err := b.PreviewAnnouncement(ctx, a)
	if err == nil {
		v.draft, v.version, v.preview = id, version, &p
	}
	return err
}

// readFollowed reads what the person of a timer follows.
func (b *Bot) readFollowed(ctx context.Context, id PersonID) (*boardView, error) {
	v := &boardView{kept: map[string]standing{}}
	p, ok, err := b.store.Look(ctx, id)
	if err != nil || !ok || p.Outreach == nil || b.board == nil {
		return v, err
	}
	for _, f := range p.Outreach.Follows {
		if err := b.readStanding(ctx, v, f.ID); err != nil {
			return v, err
		}
	}
	return v, nil
}

// aboutBoard reports whether an event is about announcements.
func (k EventKind) aboutBoard() bool {
	switch k {
	case EventPost, EventCancel, EventApprove, EventRefuse, EventConfirm, EventDecided:
		return true
	}
	return false
}

// tellBoard does what a worker asked of the board, and takes what came of it
// into their turn. Both can be repeated: what was done stays as it is, and the
// turn is kept once.
func (b *Bot) tellBoard(ctx context.Context, channel Channel, e Event) error {
	w, ok := b.workers[e.To]
	if !ok || b.board == nil {
		return nil
	}
	by := Author{Name: w.Name, Address: w.Address}
	id := e.Text
	var err error
	switch e.Kind {
	case EventPost:
		id = e.Announcement.ID
		_, err = b.Announce(ctx, *e.Announcement, e.Sure)
	case EventCancel:
		_, err = b.CancelAnnouncement(ctx, id, by)
	case EventApprove, EventRefuse:
		_, err = b.Approve(ctx, id, by, e.Kind == EventApprove)
	}
	objected := errors.Is(err, ErrObjection)
	if err != nil && !objected && !errors.Is(err, ErrNoAnnouncement) {
		return err
	}
	for {
		v := &boardView{kept: map[string]standing{}}
		if err := b.readStanding(ctx, v, id); err != nil {
			return err
		}
		switch s := v.kept[id]; {
		case objected:
			p, _, err := b.store.LookAt(ctx, e.To)
			if err != nil {
				return err
			}
			if p.Outreach != nil && p.Outreach.Draft != nil {
				d := p.Outreach.Draft
				if err := b.readPreview(ctx, v, d.ID, d.Version, d.announcement(w)); err != nil {
					return err
				}
			}
		case e.Kind == EventConfirm:
			if err := b.readPreview(ctx, v, id, 0, s.Announcement); err != nil {
				return err
			}
		}
		var kept *turn
		err := b.store.Update(ctx, e.To, e.ID, func(p *Person) error {
			t := b.turn(p, channel, string(e.ID))
			t.board = v
			t.fromBoard(w, e, id)
			if t.moved {
				return errMoved
			}
			kept = t
			return nil
		})
		if errors.Is(err, errMoved) {
			continue
		}
		if err == nil && kept != nil {
			kept.keep()
		}
		return err
	}
}

// fromBoard takes what came of a worker's wish, or of another's, into their turn.
func (t *turn) fromBoard(w Worker, e Event, id string) {
	if t.p.Outreach == nil {
		t.p.Outreach = &Outreach{}
	}
	o := t.p.Outreach
	defer func() {
		if o.Draft == nil && len(o.Follows) == 0 {
			t.p.Outreach = nil
		}
	}()
	if e.Screen != "" {
		t.press = &Press{Message: e.Screen}
	}
	s, kept := t.board.kept[id]
	switch e.Kind {
	case EventPost:
		if kept {
			if o.Draft != nil && o.Draft.ID == id {
				o.Draft = nil
			}
			t.followNow(s, e.Screen)
			t.progress(w, s)
			return
		}
		if d := o.Draft; d != nil && d.ID == id { // something speaks against it since it was looked at
			p, ok := t.previewOf(d)
			if !ok {
				return
			}
			d.Posted = false
			t.numbers(d, p)
		}
	case EventConfirm:
		if kept && s.State == AnnouncementAsked {
			t.confirm(s)
		}
	case EventDecided:
		if kept {
			t.progress(w, s)
			t.lookNow(id)
		}
	default:
		if !kept {
			t.boardDo(w, id, "")
			return
		}
		if e.Kind != EventCancel && s.State != AnnouncementAsked && s.Approved == w.Name && s.By.Address != (Address{}) {
			t.sendOnce(s.By.Address, Event{ID: MessageID("decided " + id), Kind: EventDecided, Text: id})
		}
		t.progress(w, s)
	}
}

// askSecond asks every other worker who may to confirm an announcement. Doing
// it again asks nobody twice.
func (b *Bot) askSecond(ctx context.Context, a Announcement) error {
	id := MessageID("confirm " + a.ID)
	for _, w := range b.staff {
		if !w.Is("outreach") || w.Address == a.By.Address || !b.machine.Channels[w.Address.Channel].Buttons {
			continue
		}
		e := Event{ID: id + "/1", Kind: EventConfirm, From: a.By.Address, To: w.Address, Text: a.ID}
		err := b.store.Update(ctx, w.Address, id, func(p *Person) error {
			p.Outbox = append(p.Outbox, Outbound{To: insideOf(w.Address), Lane: Urgent, Event: &e})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
