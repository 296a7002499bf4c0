package flows_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/flows"
	"porchlight/flows/directory"
)

// englishTable is on Tuesday, 24 November 2026, 17:30, in London.
const englishTable = "english-table@20261124"

// reminders steps one person through what happens to a date.
type reminders struct {
	t *testing.T
	m *flows.Machine
	s flows.Session
	// timer is the reminder that is set, if any.
	timer *flows.Remind
}

func (r *reminders) step(in flows.Input) (text string) {
	r.t.Helper()
	in.Channel = "sms"
	if in.Kind == flows.Timed {
		in.Timer, r.timer = r.timer.Data, nil
	}
	next, effects := r.m.Step(r.s, in)
	r.s = keep(r.t, next)
	for _, e := range effects {
		switch e := e.(type) {
		case flows.Remind:
			r.timer = &e
		case flows.Unremind:
			r.timer = nil
		case flows.Say:
			text = e.Text
		}
	}
	return text
}

func TestReminderOfADateThatChanges(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse("02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 11, when.Day(), when.Hour(), when.Minute(), 0, 0, time.UTC)
	}
	moved := func(day, hour int) *directory.Change {
		opens := directory.Clock(60 * hour)
		return &directory.Change{To: directory.Date{Time: time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC)}, Opens: &opens}
	}
	cancelled := &directory.Change{Cancelled: true}
	planned := &directory.Change{} // as the files have it
	type event struct {
		at      string
		change  *directory.Change // nil: the timer comes by itself
		night   string            // until when it is night
		says    string            // "" nothing
		timerAt string            // when the timer then comes; "" never
	}
	for name, c := range map[string]struct {
		choice string
		events []event
	}{
		"a day before, as ever": {"day", []event{
			{at: "23 17:30", says: "remind.comes", timerAt: "24 17:30"}, {at: "24 17:30"}}},
		"cancelled, and told once": {"day", []event{
			{at: "22 12:00", change: cancelled, says: "remind.cancelled", timerAt: "24 17:30"},
			{at: "22 12:10", change: cancelled, timerAt: "24 17:30"}, {at: "24 17:30"}}},
		"cancelled after the reminder came": {"day", []event{
			{at: "23 17:30", says: "remind.comes", timerAt: "24 17:30"},
			{at: "24 10:00", change: cancelled, says: "remind.cancelled", timerAt: "24 17:30"}, {at: "24 17:30"}}},
		"cancelled, and then not": {"day", []event{
			{at: "22 12:00", change: cancelled, says: "remind.cancelled", timerAt: "24 17:30"},
			{at: "22 13:00", change: planned, says: "remind.again", timerAt: "23 17:30"},
			{at: "23 17:30", says: "remind.comes", timerAt: "24 17:30"}}},
		"cancelled and back before anybody was told": {"day", []event{
			{at: "22 12:00", change: planned, timerAt: "23 17:30"}}},
		"moved later, a day before": {"day", []event{
			{at: "22 12:00", change: moved(26, 18), says: "remind.moved", timerAt: "25 18:00"},
			{at: "25 18:00", says: "remind.comes", timerAt: "26 18:00"}}},
		"moved later, two hours before": {"hours", []event{
			{at: "22 12:00", change: moved(26, 18), says: "remind.moved", timerAt: "26 16:00"},
			{at: "26 16:00", says: "remind.comes", timerAt: "26 18:00"}}},
		"moved to a time too near for a reminder": {"day", []event{
			{at: "22 12:00", change: moved(22, 20), says: "remind.moved", timerAt: "22 20:00"}, {at: "22 20:00"}}},
		"moved twice": {"day", []event{
			{at: "22 12:00", change: moved(26, 18), says: "remind.moved", timerAt: "25 18:00"},
			{at: "22 12:30", change: moved(27, 18), says: "remind.moved", timerAt: "26 18:00"}}},
		"at night it waits": {"day", []event{
			{at: "22 23:00", change: cancelled, night: "23 08:00", timerAt: "23 08:00"},
			{at: "23 08:00", says: "remind.cancelled", timerAt: "24 17:30"}}},
		"at night it does not wait when morning is too late": {"hours", []event{
			{at: "24 05:00", change: cancelled, night: "24 16:00", says: "remind.cancelled", timerAt: "24 17:30"}}},
		"at night, moved from tomorrow morning": {"day", []event{
			{at: "22 12:00", change: moved(23, 9), says: "remind.moved", timerAt: "23 09:00"},
			{at: "22 23:00", change: moved(26, 18), night: "23 08:00", says: "remind.moved", timerAt: "25 18:00"}}},
	} {
		t.Run(name, func(t *testing.T) {
			m, p := machine(t)
			r := &reminders{t: t, m: m, s: flows.Session{Profile: flows.Profile{Language: "en", Chosen: true}}}
			r.step(flows.Input{Now: now, Kind: flows.Pressed, Choice: "groups.week/:" + englishTable})
			r.step(flows.Input{Now: now, Kind: flows.Pressed, Choice: "groups.group/" + c.choice})
			for _, e := range c.events {
				if e.change != nil {
					m.Revise(p.Directory.With(map[string]directory.Change{englishTable: *e.change}))
				} else if !r.timer.At.Equal(at(e.at)) {
					t.Fatalf("the timer comes at %s, want %s", r.timer.At, e.at)
				}
				in := flows.Input{Now: at(e.at), Kind: flows.Timed}
				if e.night != "" {
					in.Night = at(e.night)
				}
				text := r.step(in)
				want := ""
				if e.says != "" {
					want, _, _ = strings.Cut(p.Catalog.Locale("en").Text(e.says, map[string]any{"line": "\x00"}), "\x00")
				}
				if (text == "") != (want == "") || !strings.HasPrefix(text, want) {
					t.Errorf("%s: %q was said, want %s", e.at, text, e.says)
				}
				switch {
				case e.timerAt == "" && r.timer != nil:
					t.Errorf("%s: a timer is set for %s", e.at, r.timer.At)
				case e.timerAt != "" && (r.timer == nil || !r.timer.At.Equal(at(e.timerAt))):
					t.Fatalf("%s: the timer is %+v, want %s", e.at, r.timer, e.timerAt)
				}
			}
		})
	}
}

// TestReviseWhileStepping: each step speaks from one version of the directory,
// whatever happens meanwhile.
func TestReviseWhileStepping(t *testing.T) {
	m, p := machine(t)
	cancelled := p.Directory.With(map[string]directory.Change{englishTable: {Cancelled: true}})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				s := flows.Session{Profile: flows.Profile{Language: "en", Chosen: true}}
				if _, effects := m.Step(s, flows.Input{Now: now, Channel: "telegram", Kind: flows.Pressed, Choice: "groups.week/:" + englishTable}); len(effects) == 0 {
					t.Error("no answer")
				}
			}
		})
	}
	for i := range 200 {
		m.Revise([]*directory.Directory{p.Directory, cancelled}[i%2])
	}
	all.Wait()
	if o, _ := m.Current().Occurrence(englishTable); !o.Cancelled {
		t.Error("the last version is not the current one")
	}
}
