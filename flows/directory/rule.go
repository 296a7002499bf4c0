package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
	"go.yaml.in/yaml/v4"
)

// Rule is an RFC 5545 recurrence rule of days: FREQ is DAILY or longer, and
// the time of day comes from the schedule.
type Rule struct {
	text      string
	option    rrule.ROption
	until     time.Time // last moment that counts, with untilKind
	untilKind untilKind
}

type untilKind uint8

const (
	forever      untilKind = iota
	untilDay               // a date: the whole day counts
	untilWall              // a time by the clock of the schedule's zone
	untilInstant           // a moment in UTC
)

// String is the rule as it was written.
func (r *Rule) String() string { return r.text }

// ParseRule reads FREQ=WEEKLY;BYDAY=WE. Its errors say how to mend the rule.
func ParseRule(text string) (*Rule, error) {
	r := &Rule{text: text}
	seen := map[string]string{}
	var kept []string
	for part := range strings.SplitSeq(strings.TrimPrefix(text, "RRULE:"), ";") {
		key, value, ok := strings.Cut(part, "=")
		if !ok || value == "" || strings.ContainsAny(part, "\n\r :") {
			return nil, fmt.Errorf("%q is not part of a recurrence; write it as FREQ=WEEKLY;BYDAY=WE", part)
		}
		if _, twice := seen[key]; twice {
			return nil, fmt.Errorf("%s stands twice in the recurrence; keep one", key)
		}
		seen[key] = value
		switch key {
		case "FREQ", "INTERVAL", "COUNT", "WKST", "BYSETPOS", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY":
			kept = append(kept, part)
		case "UNTIL":
			if err := r.parseUntil(value); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("%s is not used here; the time of day is opens_at, the first day is dtstart", key)
		}
	}
	switch seen["FREQ"] {
	case "DAILY", "WEEKLY", "MONTHLY", "YEARLY":
	default:
		return nil, errors.New("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY; for several times a day write several schedules")
	}
	if seen["COUNT"] != "" && seen["UNTIL"] != "" {
		return nil, errors.New("COUNT and UNTIL exclude each other (RFC 5545, 3.3.10); keep one")
	}
	if err := fits(seen); err != nil {
		return nil, err
	}
	option, err := rrule.StrToROption(strings.Join(kept, ";"))
	if err != nil {
		return nil, fmt.Errorf("the recurrence cannot be read (%v); write it as FREQ=WEEKLY;BYDAY=WE", err)
	}
	if seen["INTERVAL"] != "" && option.Interval < 1 || seen["COUNT"] != "" && option.Count < 1 {
		return nil, errors.New("INTERVAL and COUNT count from 1; mend the number")
	}
	option.Interval = max(option.Interval, 1)
	r.option = *option
	r.option.Dtstart = epoch
	if _, err := rrule.NewRRule(r.option); err != nil {
		return nil, fmt.Errorf("the recurrence is out of range (%v); see RFC 5545, 3.3.10", err)
	}
	return r, nil
}

// fits refuses parts that RFC 5545, 3.3.10 forbids together; the library passes
// over them in silence, and a group would meet on other days than its editor meant.
func fits(parts map[string]string) error {
	freq := parts["FREQ"]
	for part, only := range map[string]string{"BYWEEKNO": "YEARLY", "BYYEARDAY": "YEARLY", "BYMONTHDAY": "DAILY MONTHLY YEARLY"} {
		if parts[part] != "" && !strings.Contains(only, freq) {
			return fmt.Errorf("%s does not go with FREQ=%s; use it with FREQ=%s", part, freq, strings.ReplaceAll(only, " ", " or FREQ="))
		}
	}
	if strings.ContainsAny(parts["BYDAY"], "0123456789") && freq != "MONTHLY" && freq != "YEARLY" {
		return fmt.Errorf("BYDAY=%s counts within a month; use it with FREQ=MONTHLY", parts["BYDAY"])
	}
	if parts["BYSETPOS"] != "" && parts["BYDAY"]+parts["BYMONTHDAY"]+parts["BYMONTH"]+parts["BYWEEKNO"]+parts["BYYEARDAY"] == "" {
		return errors.New("BYSETPOS chooses among the days of another part; add BYDAY")
	}
	return nil
}

func (r *Rule) parseUntil(value string) (err error) {
	layouts := map[int]struct {
		layout string
		kind   untilKind
	}{8: {rrule.DateFormat, untilDay}, 15: {rrule.LocalDateTimeFormat, untilWall}, 16: {rrule.DateTimeFormat, untilInstant}}
	l := layouts[len(value)]
	r.untilKind = l.kind
	if r.until, err = time.Parse(l.layout, value); err != nil || l.kind == forever {
		return fmt.Errorf("UNTIL=%s is not a date; write it as UNTIL=20261231", value)
	}
	return nil
}

// UnmarshalYAML reads a rule.
func (r *Rule) UnmarshalYAML(node *yaml.Node) error {
	rule, err := ParseRule(node.Value)
	if err != nil {
		return err
	}
	*r = *rule
	return nil
}

// over tells whether a day is past the rule's UNTIL.
func (r *Rule) over(s *Schedule, day Date) bool {
	switch r.untilKind {
	case untilDay:
		return day.After(r.until)
	case untilWall:
		return day.Add(time.Duration(s.Opens) * time.Minute).After(r.until)
	case untilInstant:
		return s.wall(day, s.Opens).After(r.until)
	}
	return false
}

// epoch is a Monday, from which opening hours count when they name no first day.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// days calls yield with each day of the rule from first to last, exceptions
// not yet taken out. The days are expanded as if there were no time zones,
// which keeps the clock on the wall; the zone comes in wall.
func (s *Schedule) days(first, last Date, yield func(Date) bool) {
	start := s.Start.Time
	if start.IsZero() {
		start = epoch
	}
	if s.Rule == nil {
		if !start.Before(first.Time) && !start.After(last.Time) {
			yield(Date{start})
		}
		return
	}
	if s.never {
		return
	}
	if s.Rule.plain() {
		s.plainDays(start, first, last, yield)
		return
	}
	option := s.Rule.option
	option.Until = last.Time
	option.Dtstart = start
	rule, err := rrule.NewRRule(option)
	if err != nil {
		return // ParseRule has seen this rule pass
	}
	next := rule.Iterator()
	for {
		day, ok := next()
		if !ok || day.After(last.Time) || s.Rule.over(s, Date{day}) {
			return
		}
		if !day.Before(first.Time) && !yield(Date{day}) {
			return
		}
	}
}

// occurs tells whether the rule has any day at all: 30 February has none, and
// finding that out takes too long to do it at every question.
func (s *Schedule) occurs() (any bool) {
	last := Date{epoch.AddDate(400, 0, 0)}
	s.days(Date{s.Start.Time}, last, func(Date) bool { any = true; return false })
	return any
}

// plain tells whether a rule says only every so many days or weeks, and on
// which days of the week: nearly all rules that people write.
func (r *Rule) plain() bool {
	o := &r.option
	return (o.Freq == rrule.DAILY || o.Freq == rrule.WEEKLY) && o.Count == 0 &&
		len(o.Bysetpos)+len(o.Bymonth)+len(o.Bymonthday)+len(o.Byyearday)+len(o.Byweekno) == 0
}

// plainDays is days for a plain rule: whether a day is one of them can be told
// from the day alone, while the library walks there from the first one.
func (s *Schedule) plainDays(start time.Time, first, last Date, yield func(Date) bool) {
	const day = 24 * time.Hour
	weekday := func(t time.Time) int { return (int(t.Weekday()) + 6) % 7 } // Monday is 0, as in rrule
	option := &s.Rule.option
	phase, length := start, 1
	if option.Freq == rrule.WEEKLY {
		phase, length = start.Add(-time.Duration((weekday(start)-option.Wkst.Day()+7)%7)*day), 7
	}
	at := first.Time
	if at.Before(start) {
		at = start
	}
	for ; !at.After(last.Time); at = at.Add(day) {
		passed := int(at.Sub(phase) / day)
		if passed/length%option.Interval != 0 {
			continue
		}
		named := slices.ContainsFunc(option.Byweekday, func(w rrule.Weekday) bool { return w.Day() == weekday(at) })
		if len(option.Byweekday) == 0 {
			named = option.Freq == rrule.DAILY || weekday(at) == weekday(start)
		}
		if !named {
			continue
		}
		if s.Rule.over(s, Date{at}) || !yield(Date{at}) {
			return
		}
	}
}
