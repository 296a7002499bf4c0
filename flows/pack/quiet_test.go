package pack

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestQuiet(t *testing.T) {
	london, york, kiritimati := zone(t, "Europe/London"), zone(t, "America/New_York"), zone(t, "Pacific/Kiritimati")
	for _, c := range []struct {
		hours string
		now   string
		zones []*time.Location
		want  string // "" is at once
	}{
		{"", "2026-11-22T03:00:00Z", nil, ""},
		{"21:00-21:00", "2026-11-22T03:00:00Z", nil, ""},
		{"21:00-08:00", "2026-11-22T20:59:59Z", nil, ""},
		{"21:00-08:00", "2026-11-22T21:00:00Z", nil, "2026-11-23T08:00:00Z"},
		{"21:00-08:00", "2026-11-23T03:00:00Z", nil, "2026-11-23T08:00:00Z"},
		{"21:00-08:00", "2026-11-23T08:00:00Z", nil, ""},
		{"12:00-14:00", "2026-11-23T13:00:00Z", nil, "2026-11-23T14:00:00Z"},
		// By the clock of whoever gets it.
		{"21:00-08:00", "2026-11-23T10:00:00Z", []*time.Location{york}, "2026-11-23T13:00:00Z"},
		{"21:00-08:00", "2026-11-23T15:00:00Z", []*time.Location{york}, ""},
		// Who may be in either place is written to when it is day in both.
		{"21:00-08:00", "2026-11-23T06:00:00Z", []*time.Location{london, york}, "2026-11-23T13:00:00Z"},
		{"21:00-08:00", "2026-11-23T07:00:00Z", []*time.Location{kiritimati, london}, "2026-11-23T18:00:00Z"},
		// The nights on which clocks change.
		{"21:00-08:00", "2026-10-24T22:00:00Z", []*time.Location{london}, "2026-10-25T08:00:00Z"},
		{"21:00-08:00", "2026-10-24T20:30:00Z", []*time.Location{london}, "2026-10-25T08:00:00Z"},
		{"21:00-08:00", "2027-03-27T22:00:00Z", []*time.Location{london}, "2027-03-28T07:00:00Z"},
		{"23:00-01:30", "2027-03-28T00:30:00Z", []*time.Location{london}, "2027-03-28T01:30:00Z"},
	} {
		org := Org{Zone: london}
		var err error
		if org.quiet, err = readHours(c.hours); err != nil {
			t.Fatal(err)
		}
		now, _ := time.Parse(time.RFC3339, c.now)
		got := ""
		if until := org.Quiet(now, c.zones...); !until.IsZero() {
			got = until.UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s at %s in %v: until %q, not %q", c.hours, c.now, c.zones, got, c.want)
		}
	}
	for _, wrong := range []string{"21:00", "21-8", "25:00-08:00", "21:00-08:00-09:00", "-"} {
		if _, err := readHours(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
