package directory_test

import (
	"testing"
	"testing/fstest"
	"time"

	"porchlight/flows/directory"
)

func TestWith(t *testing.T) {
	d := load(t, fstest.MapFS{
		"org.yaml": {Data: []byte("country: GB\ntimezone: Europe/London\nlanguages: [en]\n")},
		"groups.yaml": {Data: []byte(`groups:
  - id: table
    name: Table
    location: {name: Hall}
    schedules:
      - {dtstart: 2026-11-03, opens_at: 17:30, closes_at: 19:00, rrule: FREQ=WEEKLY;BYDAY=TU, changes: [{on: 2026-12-01, cancelled: true}]}
      - {dtstart: 2026-11-03, opens_at: 10:00, closes_at: 11:00, rrule: FREQ=WEEKLY;BYDAY=TU}
  - id: walk
    name: Walk
    location: {name: Park}
    schedules: [{dtstart: 2026-11-04, opens_at: 09:00, closes_at: 10:00, rrule: FREQ=WEEKLY;BYDAY=WE}]
`)},
	})
	day := func(d int) directory.Date { return directory.Date{Time: time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC)} }
	evening := directory.Clock(18*60 + 15)
	with := d.With(map[string]directory.Change{
		"table@20261124":  {Cancelled: true},
		"table@20261124a": {To: day(26), Opens: &evening},
		"table@20261201":  {To: directory.Date{Time: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}, Opens: &evening},
		"table@20261125":  {Cancelled: true}, // it does not meet then
		"gone@20261124":   {Cancelled: true},
	})
	for _, c := range []struct {
		id        string
		start     string
		cancelled bool
	}{
		{"table@20261124", "2026-11-24T17:30:00Z", true},
		{"table@20261124a", "2026-11-26T18:15:00Z", false},
		{"table@20261201", "2026-12-01T18:15:00Z", false}, // in place of what the file says
		{"table@20261208", "2026-12-08T17:30:00Z", false},
		{"walk@20261125", "2026-11-25T09:00:00Z", false},
	} {
		o, ok := with.Occurrence(c.id)
		if got := o.Start.UTC().Format(time.RFC3339); !ok || got != c.start || o.Cancelled != c.cancelled {
			t.Errorf("%s: %v %s, cancelled %v; want %s, %v", c.id, ok, got, o.Cancelled, c.start, c.cancelled)
		}
	}
	if o, _ := with.Occurrence("table@20261124a"); !o.End.Equal(o.Start.Add(time.Hour)) {
		t.Errorf("moved, it ends at %s", o.End)
	}
	if _, ok := with.Occurrence("table@20261125"); ok {
		t.Error("a change has made a date")
	}
	listed := map[string]bool{}
	for _, o := range with.Groups(day(24).Time, day(28).Time, directory.GroupQuery{}) {
		listed[o.ID+" "+o.Start.UTC().Format("02T15:04")] = o.Cancelled
	}
	if cancelled, ok := listed["table@20261124 24T17:30"]; !ok || !cancelled || len(listed) != 3 {
		t.Errorf("listed: %v", listed)
	}
	if _, ok := listed["table@20261124a 26T18:15"]; !ok {
		t.Errorf("listed: %v", listed)
	}
	for _, id := range []string{"table@20261124", "table@20261124a"} {
		if o, _ := d.Occurrence(id); o.Cancelled || o.Start.Day() != 24 {
			t.Errorf("the directory itself has changed: %+v", o)
		}
	}
	if o, _ := d.Occurrence("table@20261201"); !o.Cancelled {
		t.Error("the directory itself has changed")
	}
	if s := with.Service("table"); s == d.Service("table") || with.Service("walk") != d.Service("walk") {
		t.Error("what was not changed is to be shared, and nothing else")
	}
}
