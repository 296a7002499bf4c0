package directory

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"
)

// Date is a day on the Gregorian calendar, kept as its midnight in UTC.
type Date struct{ time.Time }

// String is the day as 2026-11-25.
func (d Date) String() string { return d.Format(time.DateOnly) }

// UnmarshalYAML reads 2026-11-25.
func (d *Date) UnmarshalYAML(node *yaml.Node) error {
	day, err := time.Parse(time.DateOnly, node.Value)
	if err != nil || day.Year() < 1900 || day.Year() > 2199 {
		return fmt.Errorf("%q is not a date; write it as 2026-11-25", node.Value)
	}
	d.Time = day
	return nil
}

// Clock is a time of day in minutes after midnight, up to 24:00.
type Clock int

// UnmarshalYAML reads 09:30.
func (c *Clock) UnmarshalYAML(node *yaml.Node) error {
	if node.Value == "24:00" {
		*c = 24 * 60
		return nil
	}
	t, err := time.Parse("15:04", node.Value)
	if err != nil {
		return fmt.Errorf("%q is not a time of day; write it as 09:30", node.Value)
	}
	*c = Clock(t.Hour()*60 + t.Minute())
	return nil
}

// Zone is an IANA time zone, such as Europe/London: an offset would be wrong
// for half of the year.
type Zone struct{ *time.Location }

// UnmarshalYAML reads Europe/London.
func (z *Zone) UnmarshalYAML(node *yaml.Node) error {
	loc, err := time.LoadLocation(node.Value)
	if err != nil || node.Value == "" || node.Value == "Local" {
		return fmt.Errorf("%q is not a time zone; write it as Europe/London", node.Value)
	}
	z.Location = loc
	return nil
}

// Schedule is when something meets or is open (HSDS: schedule), at the same
// time by the clock on the wall all year round.
type Schedule struct {
	Start   Date     `yaml:"dtstart"`  // the first day; absent for opening hours
	Opens   Clock    `yaml:"opens_at"` // by the clock of Zone
	Closes  Clock    `yaml:"closes_at"`
	Rule    *Rule    `yaml:"rrule"` // how it repeats; absent: once, on Start
	Zone    Zone     `yaml:"timezone"`
	Except  []Date   `yaml:"exdates"` // days on which it does not happen, said nowhere
	Extra   []Date   `yaml:"rdates"`  // days on which it happens besides
	Changes []Change `yaml:"changes"` // days on which it is cancelled or moved, said to people

	never bool // the rule has no day at all
}

// Change is what is different on one day of a schedule.
type Change struct {
	On        Date      `yaml:"on"` // the day as the schedule has it
	Cancelled bool      `yaml:"cancelled"`
	To        Date      `yaml:"to"`       // the day instead; absent: the same
	Opens     *Clock    `yaml:"opens_at"` // the time instead; absent: the same
	Closes    *Clock    `yaml:"closes_at"`
	Location  *Location `yaml:"location"` // the place instead; absent: the same
	Note      Text      `yaml:"note"`
}

// wall is the moment at which a clock in the schedule's zone shows a time on
// a day. Where clocks go back and it comes twice, the first; where they go
// forward and it never comes, the moment counted on from before the gap
// (RFC 5545, 3.3.5). time.Date promises neither.
func (s *Schedule) wall(day Date, clock Clock) time.Time {
	floating := day.Add(time.Duration(clock) * time.Minute)
	shifted := func(probe time.Time) time.Time {
		_, offset := probe.In(s.Zone.Location).Zone()
		return floating.Add(-time.Duration(offset) * time.Second).In(s.Zone.Location)
	}
	before, after := shifted(floating.Add(-26*time.Hour)), shifted(floating.Add(26*time.Hour))
	if !shows(before, floating) && shows(after, floating) {
		return after
	}
	return before
}

func shows(t, floating time.Time) bool {
	return t.Day() == floating.Day() && t.Hour() == floating.Hour() && t.Minute() == floating.Minute()
}

// slot is one time that a schedule has.
type slot struct {
	day        Date // as the rule has it, whatever was moved
	start, end time.Time
	change     *Change
}

// between lists the slots that start from a time until before another, sorted.
func (s *Schedule) between(from, to time.Time) []slot {
	var slots []slot
	add := func(day Date) bool {
		if slices.ContainsFunc(s.Except, func(d Date) bool { return d.Equal(day.Time) }) {
			return true
		}
		made := s.slot(day)
		if !made.start.Before(from) && made.start.Before(to) {
			slots = append(slots, made)
		}
		return true
	}
	first, last := s.dayOf(from).AddDate(0, 0, -1), s.dayOf(to)
	s.days(Date{first}, last, func(day Date) bool {
		if s.movedAway(day) || slices.ContainsFunc(s.Extra, func(d Date) bool { return d.Equal(day.Time) }) {
			return true
		}
		return add(day)
	})
	for _, day := range s.Extra {
		if !s.movedAway(day) {
			add(day)
		}
	}
	for i := range s.Changes {
		if s.movedAway(s.Changes[i].On) {
			add(s.Changes[i].On)
		}
	}
	slices.SortStableFunc(slots, func(a, b slot) int { return a.start.Compare(b.start) })
	return slots
}

// movedAway tells whether a day of the rule happens on another day.
func (s *Schedule) movedAway(day Date) bool {
	c := s.changeOn(day)
	return c != nil && !c.To.IsZero()
}

func (s *Schedule) changeOn(day Date) *Change {
	for i := range s.Changes {
		if s.Changes[i].On.Equal(day.Time) {
			return &s.Changes[i]
		}
	}
	return nil
}

// slot is the time that a day of the rule has, with what was changed.
func (s *Schedule) slot(day Date) slot {
	made := slot{day: day, change: s.changeOn(day)}
	opens, closes := s.Opens, s.Closes
	if c := made.change; c != nil {
		if !c.To.IsZero() {
			day = c.To
		}
		if c.Opens != nil {
			closes += *c.Opens - opens // as long as ever
			opens = *c.Opens
		}
		if c.Closes != nil {
			closes = *c.Closes
		}
	}
	made.start = s.wall(day, opens)
	if closes <= opens { // past midnight
		closes += 24 * 60
	}
	made.end = s.wall(day, closes)
	return made
}

// has tells whether a day is one of the schedule's, exceptions not taken out.
func (s *Schedule) has(day Date) bool {
	found := slices.ContainsFunc(s.Extra, func(d Date) bool { return d.Equal(day.Time) })
	s.days(day, day, func(Date) bool { found = true; return false })
	return found
}

func (s *Schedule) dayOf(t time.Time) Date {
	y, m, d := t.In(s.Zone.Location).Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// open tells whether one of the schedules is running at a time, and when one
// next opens within eight days (zero: none does).
func open(schedules []*Schedule, now time.Time) (is bool, next time.Time) {
	for _, s := range schedules {
		for _, slot := range s.between(now.Add(-25*time.Hour), now.Add(8*24*time.Hour)) {
			switch {
			case slot.change != nil && slot.change.Cancelled:
			case slot.start.After(now):
				if next.IsZero() || slot.start.Before(next) {
					next = slot.start
				}
			case slot.end.After(now):
				is = true
			}
		}
	}
	return is, next
}

// Open tells whether the service is open at a time by its schedules, and when
// it next opens within eight days (zero: not known).
func (s *Service) Open(now time.Time) (is bool, next time.Time) { return open(s.Schedules, now) }
