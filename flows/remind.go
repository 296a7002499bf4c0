package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/flows/directory"
	"porchlight/locales"
)

// How long before a group a person may be reminded.
const (
	dayBefore   = 24 * time.Hour
	hoursBefore = 2 * time.Hour
)

// maxReminders is how many groups a person can be reminded of at a time: the
// session does not grow.
const maxReminders = 8

// remindable says whether there is still time to be reminded of the group
// that is shown, and nothing is set for it yet.
func (t *turn) remindable(before time.Duration) bool {
	o, ok := t.Directory.Occurrence(t.s.Data["group"])
	return ok && !o.Cancelled && !t.s.Stopped && o.Start.Add(-before).After(t.in.Now) && !slices.Contains(t.s.Due, o.ID)
}

func (t *turn) setReminder(before time.Duration) {
	o, ok := t.Directory.Occurrence(t.s.Data["group"])
	if ok && o.Start.Add(-before).After(t.in.Now) {
		t.setDue(reminder{date: o.ID, before: before, start: o.Start})
	}
}

// setDue sets a reminder at its time, in place of the oldest where there are
// as many as there may be.
func (t *turn) setDue(r reminder) {
	due := slices.DeleteFunc(slices.Clone(t.s.Due), func(id string) bool { return id == r.date })
	if len(due) >= maxReminders {
		t.effects = append(t.effects, Unremind{Name: due[0]})
		due = due[1:]
	}
	t.s.Due = append(due, r.date)
	t.watch(r, r.start.Add(-r.before))
}

// watch keeps a reminder until a time.
func (t *turn) watch(r reminder, until time.Time) {
	t.effects = append(t.effects, Remind{Name: r.date, At: until, Data: r.String()})
}

func (t *turn) notDue(id string) {
	t.s.Due = slices.DeleteFunc(slices.Clone(t.s.Due), func(d string) bool { return d == id })
}

func (t *turn) unsetReminder(id string) {
	t.notDue(id)
	t.effects = append(t.effects, Unremind{Name: id})
}

// reminder is what is kept with a reminder: what the person wished, and what
// they know of the date.
type reminder struct {
	date      string // id of the occurrence
	before    time.Duration
	start     time.Time // to the minute
	cancelled bool
	said      bool // the reminder came; it stays until the date begins, for what may still change
}

func (r reminder) String() string {
	words := []string{r.date, r.before.String(), strconv.FormatInt(r.start.Unix()/60, 36)}
	if r.cancelled {
		words = append(words, "cancelled")
	}
	if r.said {
		words = append(words, "said")
	}
	return strings.Join(words, " ")
}

// readReminder reads what String has written. Of a date alone, nothing but the
// date is known.
func readReminder(text string) (r reminder) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return r
	}
	r.date = words[0]
	if len(words) < 3 {
		return r
	}
	r.before, _ = time.ParseDuration(words[1])
	if minutes, err := strconv.ParseInt(words[2], 36, 64); err == nil {
		r.start = time.Unix(60*minutes, 0)
	}
	r.cancelled, r.said = slices.Contains(words, "cancelled"), slices.Contains(words, "said")
	return r
}

// remind says what the person asked to be reminded of, as it stands now, and
// what has changed about it: a worker's change makes the reminder come early.
// What is said is kept with the reminder, so that each change is said once,
// however often the timer comes.
func (t *turn) remind() {
	r := readReminder(t.in.Timer)
	if !r.said && !r.cancelled && !slices.Contains(t.s.Due, r.date) {
		return
	}
	o, ok := t.Directory.Occurrence(r.date)
	if !ok || t.s.Stopped {
		t.notDue(r.date)
		return
	}
	at := o.Start.Add(-r.before)
	early := r.before > 0 && at.After(t.in.Now)
	moved := !r.start.IsZero() && !o.Start.Equal(r.start)
	text := ""
	switch {
	case o.Cancelled:
		if !r.cancelled {
			text = "remind.cancelled"
		}
	case r.cancelled:
		text = "remind.again"
	case moved:
		text = "remind.moved"
	case !early && !r.said:
		text = "remind.comes"
	}
	if change := o.Cancelled != r.cancelled || moved; change && text != "" && t.canWait(r, o.Start) {
		t.watch(r, t.in.Night)
		return
	}
	next := reminder{date: r.date, before: r.before, start: o.Start, cancelled: o.Cancelled, said: !early}
	switch {
	case early && !o.Cancelled:
		t.setDue(next)
	case r.before > 0 && o.Start.After(t.in.Now):
		t.notDue(r.date)
		t.watch(next, o.Start)
	default:
		t.notDue(r.date)
	}
	if text != "" {
		t.sayOfDate(text, o)
	}
}

// canWait says whether a change may wait for the end of the night: nobody is
// woken for it, as long as they then still have time before they would leave.
func (t *turn) canWait(r reminder, start time.Time) bool {
	if r.start.After(t.in.Now) && r.start.Before(start) {
		start = r.start
	}
	return t.in.Night.After(t.in.Now) && !t.in.Night.Add(hoursBefore).After(start)
}

// sayOfDate says something of a date of a group that was not just asked for.
func (t *turn) sayOfDate(text string, o directory.Occurrence) {
	l := t.locale()
	words := t.say(text, locales.Args{"line": strings.TrimSpace(t.dateLine(o))})
	if note := t.of(o.Note); note != "" && text != "remind.comes" {
		words += "\n" + l.Line(note)
	}
	say := Say{Text: words, Language: l.Tag, Urgency: Unasked}
	if t.presentation().Buttons {
		say.Choices = []Choice{{Ref: "groups.week/:" + o.ID, Label: t.of(o.Service.Name)}, {Ref: "!menu:stay", Label: l.Text("menu.button", nil)}}
	}
	t.effects = append(t.effects, say)
}

// ShownDate is the date of a group whose card a session stands at.
func (m *Machine) ShownDate(s Session) (id string, ok bool) {
	at := m.Flows.at(s.Flow + "." + s.State)
	if at == nil || at.Card != "group" || s.Aside != "" {
		return "", false
	}
	return s.Data["group"], s.Data["group"] != ""
}

// DateLine is one date of a group on one line, as a list of groups on a channel
// has it; empty when the date is gone.
func (m *Machine) DateLine(s Session, channel, id string) string {
	t := &turn{Machine: m, Directory: m.Current(), s: &s, in: Input{Channel: channel}}
	o, ok := t.Directory.Occurrence(id)
	if !ok {
		return ""
	}
	return strings.TrimSpace(t.groupLine(o))
}
