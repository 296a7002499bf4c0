package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"
)

// pack loads a pack of one groups.yaml.
func pack(t testing.TB, groups string) *Directory {
	t.Helper()
	d, err := Load(fstest.MapFS{"groups.yaml": {Data: []byte(groups)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func group(id, schedule string) string {
	return fmt.Sprintf("groups:\n  - id: %s\n    name: G\n    location: {online: true}\n    schedules: [{%s}]\n", id, schedule)
}

func at(t testing.TB, rfc3339 string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestOccurrences(t *testing.T) {
	tests := []struct {
		name, schedule, from, to string
		want                     []string
	}{
		{"London, clocks go back",
			"dtstart: 2026-10-21, opens_at: 10:00, closes_at: 12:00, rrule: FREQ=WEEKLY, timezone: Europe/London",
			"2026-10-20T00:00:00Z", "2026-11-05T00:00:00Z",
			[]string{"2026-10-21T10:00:00+01:00+120min", "2026-10-28T10:00:00Z+120min", "2026-11-04T10:00:00Z+120min"}},
		{"London, clocks go forward",
			"dtstart: 2026-03-25, opens_at: 18:00, closes_at: 19:00, rrule: FREQ=WEEKLY, timezone: Europe/London",
			"2026-03-25T00:00:00Z", "2026-04-02T00:00:00Z",
			[]string{"2026-03-25T18:00:00Z+60min", "2026-04-01T18:00:00+01:00+60min"}},
		{"New York, clocks go back",
			"dtstart: 2026-10-25, opens_at: 09:00, closes_at: 10:00, rrule: FREQ=WEEKLY, timezone: America/New_York",
			"2026-10-25T00:00:00Z", "2026-11-02T00:00:00Z",
			[]string{"2026-10-25T09:00:00-04:00+60min", "2026-11-01T09:00:00-05:00+60min"}},
		{"New York, clocks go forward",
			"dtstart: 2026-03-07, opens_at: 09:00, closes_at: 10:00, rrule: FREQ=DAILY;COUNT=2, timezone: America/New_York",
			"2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z",
			[]string{"2026-03-07T09:00:00-05:00+60min", "2026-03-08T09:00:00-04:00+60min"}},
		{"the hour that comes twice is the first one",
			"dtstart: 2026-10-24, opens_at: 01:30, closes_at: 03:30, rrule: FREQ=DAILY;COUNT=3, timezone: Europe/London",
			"2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z",
			[]string{"2026-10-24T01:30:00+01:00+120min", "2026-10-25T01:30:00+01:00+180min", "2026-10-26T01:30:00Z+120min"}},
		{"the hour that comes twice in New York",
			"dtstart: 2026-11-01, opens_at: 01:30, closes_at: 02:30, timezone: America/New_York",
			"2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z",
			[]string{"2026-11-01T01:30:00-04:00+120min"}},
		{"the hour that never comes is counted from before the gap",
			"dtstart: 2026-03-28, opens_at: 01:30, closes_at: 03:30, rrule: FREQ=DAILY;COUNT=3, timezone: Europe/London",
			"2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			[]string{"2026-03-28T01:30:00Z+120min", "2026-03-29T02:30:00+01:00+60min", "2026-03-30T01:30:00+01:00+120min"}},
		{"until a moment in UTC that is the day before in New York",
			"dtstart: 2026-11-02, opens_at: 20:00, closes_at: 21:00, rrule: FREQ=DAILY;UNTIL=20261105T005959Z, timezone: America/New_York",
			"2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z",
			[]string{"2026-11-02T20:00:00-05:00+60min", "2026-11-03T20:00:00-05:00+60min"}},
		{"until exactly the moment",
			"dtstart: 2026-11-02, opens_at: 20:00, closes_at: 21:00, rrule: FREQ=DAILY;UNTIL=20261104T010000Z, timezone: America/New_York",
			"2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z",
			[]string{"2026-11-02T20:00:00-05:00+60min", "2026-11-03T20:00:00-05:00+60min"}},
		{"until a day includes it",
			"dtstart: 2026-11-02, opens_at: 20:00, closes_at: 21:00, rrule: FREQ=DAILY;UNTIL=20261103, timezone: Asia/Kabul",
			"2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z",
			[]string{"2026-11-02T20:00:00+04:30+60min", "2026-11-03T20:00:00+04:30+60min"}},
		{"every other week keeps its phase after years",
			"dtstart: 2020-01-01, opens_at: 10:00, closes_at: 11:00, rrule: FREQ=WEEKLY;INTERVAL=2;BYDAY=WE, timezone: UTC",
			"2026-11-16T00:00:00Z", "2026-12-14T00:00:00Z",
			[]string{"2026-11-25T10:00:00Z+60min", "2026-12-09T10:00:00Z+60min"}},
		{"the last Friday of the month",
			"dtstart: 2026-01-01, opens_at: 19:00, closes_at: 00:30, rrule: FREQ=MONTHLY;BYDAY=-1FR, timezone: Europe/London",
			"2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z",
			[]string{"2026-11-27T19:00:00Z+330min", "2026-12-25T19:00:00Z+330min"}},
		{"left out, besides, and once only",
			"dtstart: 2026-11-02, opens_at: 10:00, closes_at: 24:00, rrule: FREQ=WEEKLY, timezone: UTC, exdates: [2026-11-09], rdates: [2026-11-11, 2026-11-16]",
			"2026-11-02T10:00:00Z", "2026-11-23T10:00:00Z",
			[]string{"2026-11-02T10:00:00Z+840min", "2026-11-11T10:00:00Z+840min", "2026-11-16T10:00:00Z+840min"}},
		{"moved into the window from outside of it, longer, and cancelled",
			"dtstart: 2026-11-02, opens_at: 10:00, closes_at: 11:00, rrule: FREQ=WEEKLY, timezone: UTC, changes: [{on: 2026-11-30, to: 2026-11-05, opens_at: 15:00}, {on: 2026-11-09, cancelled: true}, {on: 2026-11-02, to: 2026-12-24}]",
			"2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z",
			[]string{"2026-11-05T15:00:00Z+60min moved from 2026-11-30", "2026-11-09T10:00:00Z+60min cancelled"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := pack(t, group("g", test.schedule))
			var got []string
			for _, o := range d.Groups(at(t, test.from), at(t, test.to), GroupQuery{}) {
				s := fmt.Sprintf("%s+%.0fmin", o.Start.Format(time.RFC3339), o.End.Sub(o.Start).Minutes())
				if o.Cancelled {
					s += " cancelled"
				}
				if !o.MovedFrom.IsZero() {
					s += " moved from " + o.MovedFrom.String()
				}
				got = append(got, s)
				if again, ok := d.Occurrence(o.ID); !ok || !again.Start.Equal(o.Start) || again.Cancelled != o.Cancelled {
					t.Errorf("Occurrence(%q) = %v, %v; want %v", o.ID, again.Start, ok, o.Start)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(test.want, "\n\t"))
			}
		})
	}
}

// Whatever the rule, zone and window, an occurrence lies in the window, they
// are sorted, none is missing next to a narrower window, and the clock on the
// wall shows the same time unless it skipped that time.
func TestOccurrencesHold(t *testing.T) {
	zones := []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kabul", "America/Santiago", "UTC", "Africa/Casablanca"}
	rules := []string{
		"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA", "FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=SU,MO",
		"FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", "FREQ=WEEKLY;COUNT=40", "FREQ=DAILY;UNTIL=20261231T000000Z",
	}
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 700).Draw(t, "first"))
		minute := rapid.IntRange(0, 24*60-1).Draw(t, "minute")
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		rule, err := ParseRule(rapid.SampledFrom(rules).Draw(t, "rule"))
		if err != nil {
			t.Fatal(err)
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		s := &Schedule{Start: Date{first}, Opens: Clock(minute), Closes: Clock((minute + 60) % (24 * 60)), Rule: rule, Zone: Zone{loc}}
		d := &Directory{services: []*Service{{ID: "g", Group: true, Status: Active, Schedules: []*Schedule{s}}}}

		from := first.Add(time.Duration(rapid.IntRange(-60, 60*24*60).Draw(t, "from")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(0, 40*24*60).Draw(t, "window")) * time.Minute)
		found := d.Groups(from, to, GroupQuery{})
		for i, o := range found {
			if o.Start.Before(from) || !o.Start.Before(to) {
				t.Fatalf("%v is not from %v until before %v", o.Start, from, to)
			}
			if i > 0 && !found[i-1].Start.Before(o.Start) {
				t.Fatalf("%v does not come after %v", o.Start, found[i-1].Start)
			}
			if o.End.Before(o.Start) {
				t.Fatalf("it ends at %v before it starts at %v", o.End, o.Start)
			}
			if got := o.Start.Hour()*60 + o.Start.Minute(); got != minute {
				_, before := o.Start.Add(-3 * time.Hour).Zone()
				_, after := o.Start.Zone()
				if got-minute != (after-before)/60 {
					t.Fatalf("the wall shows %v, not minute %d", o.Start, minute)
				}
			}
		}
		// The same rule from its first day on.
		var whole []time.Time
		for _, o := range d.Groups(first.AddDate(0, 0, -2), to, GroupQuery{}) {
			if !o.Start.Before(from) {
				whole = append(whole, o.Start)
			}
		}
		if len(whole) != len(found) {
			t.Fatalf("the window has %d, the whole %d", len(found), len(whole))
		}
		for i := range whole {
			if !whole[i].Equal(found[i].Start) {
				t.Fatalf("the window has %v, the whole %v", found[i].Start, whole[i])
			}
		}
	})
}

// A plain rule, told from the day alone, has the days that the library finds:
// naming all twelve months changes nothing but the way.
func TestPlainRules(t *testing.T) {
	weekdays := []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}
	rapid.Check(t, func(t *rapid.T) {
		text := "FREQ=" + rapid.SampledFrom([]string{"DAILY", "WEEKLY"}).Draw(t, "freq") +
			fmt.Sprintf(";INTERVAL=%d", rapid.IntRange(1, 9).Draw(t, "interval")) +
			";WKST=" + rapid.SampledFrom(weekdays).Draw(t, "wkst")
		if days := rapid.SliceOfNDistinct(rapid.SampledFrom(weekdays), 0, 7, rapid.ID).Draw(t, "days"); len(days) > 0 {
			text += ";BYDAY=" + strings.Join(days, ",")
		}
		start := epoch.AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "start"))
		first := Date{start.AddDate(0, 0, rapid.IntRange(-20, 2000).Draw(t, "first"))}
		last := Date{first.AddDate(0, 0, rapid.IntRange(0, 70).Draw(t, "length"))}
		list := func(text string) (days []string, plain bool) {
			rule, err := ParseRule(text)
			if err != nil {
				t.Fatal(err)
			}
			s := &Schedule{Start: Date{start}, Rule: rule, Zone: Zone{time.UTC}}
			s.days(first, last, func(d Date) bool { days = append(days, d.String()); return true })
			return days, rule.plain()
		}
		got, plain := list(text)
		want, walked := list(text + ";BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12")
		if !plain || walked {
			t.Fatal("both went the same way")
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s from %v: got %v, want %v", text, start, got, want)
		}
	})
}

func TestParseRuleRefuses(t *testing.T) {
	for _, rule := range []string{
		"", "FREQ=HOURLY", "FREQ=MINUTELY;COUNT=3", "FREQ=SECONDLY", "WEEKLY", "FREQ=WEEKLY;", "FREQ=WEEKLY;FREQ=DAILY", "FREQ=WEEKLY;BYHOUR=3",
		"FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=3;UNTIL=20261231", "FREQ=WEEKLY;UNTIL=soon", "FREQ=WEEKLY;UNTIL=20261331",
		"FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY;BYEASTER=0", "FREQ=WEEKLY;BYDAY=2TU", "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYWEEKNO=3", "FREQ=MONTHLY;BYSETPOS=1", "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY",
	} {
		if _, err := ParseRule(rule); err == nil {
			t.Errorf("%q passes", rule)
		}
	}
}

func TestOpen(t *testing.T) {
	d := pack(t, group("g", "rrule: FREQ=DAILY, opens_at: 20:00, closes_at: 02:00, timezone: Europe/London"))
	tests := []struct {
		now  string
		open bool
		next string
	}{
		{"2026-11-22T19:59:59Z", false, "2026-11-22T20:00:00Z"},
		{"2026-11-22T20:00:00Z", true, "2026-11-23T20:00:00Z"},
		{"2026-11-23T01:59:59Z", true, "2026-11-23T20:00:00Z"},
		{"2026-11-23T02:00:00Z", false, "2026-11-23T20:00:00Z"},
	}
	for _, test := range tests {
		open, next := d.Service("g").Open(at(t, test.now))
		if open != test.open || !next.Equal(at(t, test.next)) {
			t.Errorf("at %s open is %v, next %v", test.now, open, next)
		}
	}
}
