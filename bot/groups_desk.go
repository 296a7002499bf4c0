package bot

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"porchlight/flows"
	"porchlight/flows/directory"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Revising is what a worker is about to change about one date of a group. It
// is kept with them until they confirm it or do something else.
type Revising struct {
	Date  string    `json:"d"` // the occurrence's id
	What  string    `json:"w"` // reviseCancel, reviseMove or reviseUndo
	To    time.Time `json:"t,omitzero"`
	Note  string    `json:"n,omitempty"`
	Since time.Time `json:"s"` // names what was shown: only that is confirmed
}

// What can be done to a date.
const (
	reviseCancel = "cancel"
	reviseMove   = "move"
	reviseUndo   = "undo"
)

const (
	reviseRef   = "!date:"
	reviseFor   = time.Hour            // after which words are not for it any more
	reviseAhead = 366 * 24 * time.Hour // how far a date can be moved
	maxNote     = 200                  // characters
)

// awaits reports whether words are for what is being changed.
func (r *Revising) awaits(now time.Time) bool {
	return r != nil && r.What != reviseUndo && now.Sub(r.Since) <= reviseFor
}

// version is how a button names what was shown with it.
func (r *Revising) version() string { return strconv.FormatInt(r.Since.UnixMilli(), 36) }

// readReminders counts who asked to be reminded of the date that an input
// may be about.
func (b *Bot) readReminders(ctx context.Context, in Inbound, v *boardView) (err error) {
	w, ok := b.workers[in.From]
	if b.dates == nil || !ok || !w.Is("outreach") {
		return nil
	}
	if ref, pressed := strings.CutPrefix(in.Input.Choice, reviseRef); pressed {
		_, v.date, _ = strings.Cut(ref, ":")
	} else if in.Input.Kind == flows.Text {
		p, _, err := b.store.LookAt(ctx, in.From)
		if err != nil {
			return err
		}
		if p.Revising.awaits(b.clock.Now()) {
			v.date = p.Revising.Date
		}
	}
	if _, ok := b.machine.Current().Occurrence(v.date); ok {
		v.reminders, err = b.dates.Reminders(ctx, v.date)
	}
	return err
}

// mayRevise reports whether the worker may change dates here: with buttons,
// and while nothing that they write is for a guest.
func (t *turn) mayRevise(w Worker) bool {
	return t.b.dates != nil && w.Is("outreach") && t.b.machine.Channels[t.channel.Name()].Buttons
}

// offerRevising adds to the card of a group's date what a worker can do to it.
func (t *turn) offerRevising(effects []flows.Effect) []flows.Effect {
	w, ok := t.b.workers[t.p.Address]
	id, shown := t.b.machine.ShownDate(t.p.Session)
	if !ok || !shown || !t.mayRevise(w) || t.p.Desk != nil && len(t.p.Desk.Guests) > 0 {
		return effects
	}
	o, ok := t.b.machine.Current().Occurrence(id)
	if !ok || !o.Start.After(t.now) {
		return effects
	}
	var offered []string
	if !o.Cancelled {
		offered = []string{reviseCancel, reviseMove}
	}
	if _, _, ok := t.restored(id); ok {
		offered = append(offered, reviseUndo)
	}
	for i, e := range effects {
		if say, ok := e.(flows.Say); ok {
			for _, what := range offered {
				say.Choices = append(say.Choices, flows.Choice{Ref: reviseRef + what + ":" + id, Label: t.locale().Text("schedule."+what, nil)})
			}
			effects[i] = say
		}
	}
	return effects
}

// revises takes what a worker did to a date of a group, and reports whether it
// was that at all.
func (t *turn) revises(w Worker) bool {
	if !t.mayRevise(w) {
		return false
	}
	r := t.p.Revising
	t.p.Revising = nil // whatever else they do ends it
	switch t.in.Kind {
	case flows.Pressed:
		ref, ok := strings.CutPrefix(t.in.Choice, reviseRef)
		if !ok {
			return false
		}
		what, arg, _ := strings.Cut(ref, ":")
		t.revise(r, what, arg)
		return true
	case flows.Text:
		text := strings.TrimSpace(t.in.Text)
		if !r.awaits(t.now) || strings.HasPrefix(text, "/") || text == "" {
			return false
		}
		if read := t.b.machine.Triage.Read(text, triage.Hint{Chosen: t.p.Session.Language}); read.Crisis != "" || read.Command != "" || read.HelpNow {
			return false
		}
		if t.board.date != r.Date {
			t.moved = true
			return true
		}
		if r.What == reviseMove && r.To.IsZero() {
			t.reviseWhen(r, text)
		} else {
			t.reviseNote(r, text)
		}
		return true
	}
	return false
}

// revise follows a button about a date.
func (t *turn) revise(r *Revising, what, arg string) {
	l := t.locale()
	if t.p.Desk != nil && len(t.p.Desk.Guests) > 0 {
		t.say("schedule.busy", locales.Args{"close": l.Isolate("/close")})
		return
	}
	switch what {
	case reviseCancel, reviseMove, reviseUndo:
		o, ok := t.b.machine.Current().Occurrence(arg)
		_, _, changed := t.restored(arg)
		if !ok || !o.Start.After(t.now) || what == reviseUndo && !changed || what != reviseUndo && o.Cancelled {
			t.say("schedule.gone", nil)
			return
		}
		r = &Revising{Date: arg, What: what}
		if what == reviseMove {
			t.p.Revising, r.Since = r, t.now
			ask := l.Text("schedule.when", locales.Args{"example": t.exampleDate(o.Start), "zone": l.Isolate(o.Start.Location().String())})
			t.speakLines([]string{t.dateLine(arg), ask}, false)
			return
		}
		t.askRevise(r)
	case "yes":
		if r == nil || r.version() != arg || t.now.Sub(r.Since) > reviseFor {
			t.say("schedule.stale", locales.Args{"groups": l.Isolate("/groups")})
			return
		}
		change, ok := t.dateChange(r)
		if !ok {
			t.say("schedule.gone", nil)
			return
		}
		t.send(t.p.Address, Event{Kind: EventDate, Date: &change})
		t.screen([]string{l.Text("schedule.moment", nil)})
	default:
		t.screen([]string{l.Text("schedule.kept", nil)})
	}
}

// reviseWhen takes the new time of a date that is to be moved.
func (t *turn) reviseWhen(r *Revising, text string) {
	o, ok := t.b.machine.Current().Occurrence(r.Date)
	if !ok {
		t.say("schedule.gone", nil)
		return
	}
	args := locales.Args{"example": t.exampleDate(o.Start)}
	at, read := readWhen(text, t.now.In(o.Start.Location()), t.b.machine.Org.Country == "US")
	wrong := ""
	switch {
	case !read:
		wrong = "schedule.when-unread"
	case !at.After(t.now):
		wrong = "schedule.when-past"
	case at.After(t.now.Add(reviseAhead)):
		wrong = "schedule.when-far"
	case at.Equal(o.Start):
		wrong = "schedule.when-same"
	default:
		r.To = at
		t.askRevise(r)
		return
	}
	t.p.Revising, r.Since = r, t.now
	t.say(wrong, args)
}

// reviseNote takes what people are told beside the change.
func (t *turn) reviseNote(r *Revising, text string) {
	if utf8.RuneCountInString(text) > maxNote {
		t.p.Revising = r
		t.say("schedule.note-long", locales.Args{"most": maxNote})
		return
	}
	r.Note = text
	t.askRevise(r)
}

// askRevise shows what would be changed, and for how many.
func (t *turn) askRevise(r *Revising) {
	if t.board.date != r.Date {
		t.moved = true
		return
	}
	l := t.locale()
	t.p.Revising, r.Since = r, t.now
	lines := []string{l.Text("schedule.ask-"+r.What, nil), t.dateLine(r.Date)}
	switch r.What {
	case reviseMove:
		lines = append(lines, l.Text("schedule.new", t.whenOf(r.To)))
	case reviseUndo:
		if _, start, ok := t.restored(r.Date); ok {
			lines = append(lines, l.Text("schedule.again", t.whenOf(start)))
		}
	}
	if r.Note != "" {
		lines = append(lines, l.Text("schedule.noted", locales.Args{"text": r.Note}))
	}
	lines = append(lines, t.asked(t.board.reminders))
	if r.What != reviseUndo && r.Note == "" {
		lines = append(lines, l.Text("schedule.note", nil))
	}
	t.screen(lines,
		flows.Choice{Ref: reviseRef + "yes:" + r.version(), Label: l.Text("schedule.yes-"+r.What, nil)},
		flows.Choice{Ref: reviseRef + "no:" + r.version(), Label: l.Text("schedule.no", nil)})
}

func (t *turn) whenOf(at time.Time) locales.Args {
	l := t.locale()
	return locales.Args{"when": l.Date(at) + " " + l.Clock(at)}
}

// restored is what undoing the last change of a date makes of it, and when it
// then begins: one that was moved and then cancelled is at the time to which
// it was moved. ok is false when nothing can be undone, or too late.
func (t *turn) restored(id string) (c DateChange, start time.Time, ok bool) {
	had, ok := t.b.changed(id)
	if !ok {
		return c, start, false
	}
	d := t.b.machine.Directory
	c = DateChange{Date: id, At: t.now, Undone: true}
	if had.Change.Cancelled && had.Change.Opens != nil {
		c.Undone, c.Change = false, had.Change
		c.Change.Cancelled, c.Change.Note = false, nil
		d = d.With(map[string]directory.Change{id: c.Change})
	}
	o, ok := d.Occurrence(id)
	return c, o.Start, ok && o.Start.After(t.now)
}

// asked says how many are told.
func (t *turn) asked(n int) string {
	if n == 0 {
		return t.locale().Text("schedule.nobody", nil)
	}
	return t.locale().Text("schedule.asked", locales.Args{"count": n})
}

// dateChange is what a worker has confirmed; ok is false when the date is gone.
func (t *turn) dateChange(r *Revising) (c DateChange, ok bool) {
	now, ok := t.b.machine.Current().Occurrence(r.Date)
	planned, had := t.b.machine.Directory.Occurrence(r.Date)
	if !ok || !had || !now.Start.After(t.now) {
		return c, false
	}
	c = DateChange{Date: r.Date, At: t.now}
	switch r.What {
	case reviseCancel:
		if before, ok := t.b.changed(r.Date); ok {
			c.Change = before.Change // a date that was moved is cancelled where it is now
		}
		c.Change.Cancelled, c.Change.Note = true, nil
	case reviseMove:
		c.Change = moveTo(r.To)
	default:
		if c, _, ok = t.restored(r.Date); !ok {
			return c, false
		}
	}
	last := planned.Start
	for _, at := range []time.Time{now.Start, r.To} {
		if at.After(last) {
			last = at
		}
	}
	c.Until = last.Add(48 * time.Hour)
	if r.Note != "" {
		c.Change.Note = directory.Text{t.locale().Tag: r.Note}
	}
	return c, true
}

// moveTo is the change that has a date begin at a time, on the clock of its zone.
func moveTo(at time.Time) directory.Change {
	y, m, d := at.Date()
	opens := directory.Clock(at.Hour()*60 + at.Minute())
	return directory.Change{To: directory.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}, Opens: &opens}
}

// dateChanged tells the worker what came of what they confirmed.
func (t *turn) dateChanged(c DateChange, asked int) {
	l := t.locale()
	t.speakLines([]string{l.Text("schedule.done", nil), t.dateLine(c.Date), t.asked(asked)}, false,
		flows.Choice{Ref: "groups.week/:" + c.Date, Label: l.Text("schedule.look", nil)})
}

func (t *turn) dateLine(id string) string {
	return t.b.machine.DateLine(t.p.Session, t.channel.Name(), id)
}

// exampleDate is how a worker can write a time: the next day at the same time.
func (t *turn) exampleDate(start time.Time) string {
	return t.locale().Isolate(start.AddDate(0, 0, 1).Format("2006-01-02 15:04"))
}
