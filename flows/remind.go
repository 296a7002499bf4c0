package flows

import (
	"slices"
	"strings"
	"time"

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
	if !ok || !o.Start.Add(-before).After(t.in.Now) {
		return
	}
	due := slices.DeleteFunc(slices.Clone(t.s.Due), func(id string) bool { return id == o.ID })
	if len(due) >= maxReminders {
		t.effects = append(t.effects, Unremind{Name: due[0]})
		due = due[1:]
	}
	t.s.Due = append(due, o.ID)
	t.effects = append(t.effects, Remind{Name: o.ID, At: o.Start.Add(-before), Data: o.ID})
}

func (t *turn) unsetReminder(id string) {
	t.s.Due = slices.DeleteFunc(slices.Clone(t.s.Due), func(d string) bool { return d == id })
	t.effects = append(t.effects, Unremind{Name: id})
}

// remind says what the person asked to be reminded of, as it stands now: a
// group may have been cancelled or moved since.
func (t *turn) remind() {
	id := t.in.Timer
	if !slices.Contains(t.s.Due, id) {
		return
	}
	t.s.Due = slices.DeleteFunc(slices.Clone(t.s.Due), func(d string) bool { return d == id })
	o, ok := t.Directory.Occurrence(id)
	if !ok || t.s.Stopped {
		return
	}
	text := "remind.comes"
	if o.Cancelled {
		text = "remind.cancelled"
	}
	line := strings.TrimSpace(t.groupLine(o))
	say := Say{Text: t.say(text, locales.Args{"line": line}), Language: t.locale().Tag, Urgency: Unasked}
	if l := t.locale(); t.presentation().Buttons {
		say.Choices = []Choice{{Ref: "groups.week/:" + o.ID, Label: t.of(o.Service.Name)}, {Ref: "!menu:stay", Label: l.Text("menu.button", nil)}}
	}
	t.effects = append(t.effects, say)
}
