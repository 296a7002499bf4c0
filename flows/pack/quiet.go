package pack

import (
	"fmt"
	"strings"
	"time"
)

// hours are a part of the day, in minutes after midnight; past midnight where
// they end before they begin. Both equal: no part at all.
type hours struct{ from, to int }

// readHours reads "21:00-08:00"; "" is no part of the day.
func readHours(text string) (hours, error) {
	if text == "" {
		return hours{}, nil
	}
	from, to, _ := strings.Cut(text, "-")
	begin, err := time.Parse("15:04", from)
	if err != nil {
		return hours{}, fmt.Errorf("%q is no part of the day: %w", text, err)
	}
	end, err := time.Parse("15:04", to)
	if err != nil {
		return hours{}, fmt.Errorf("%q is no part of the day: %w", text, err)
	}
	minutes := func(t time.Time) int { return t.Hour()*60 + t.Minute() }
	return hours{minutes(begin), minutes(end)}, nil
}

// has reports whether a clock in a zone is within the hours at a time.
func (h hours) has(at time.Time, zone *time.Location) bool {
	at = at.In(zone)
	now := at.Hour()*60 + at.Minute()
	if h.from <= h.to {
		return h.from <= now && now < h.to
	}
	return now >= h.from || now < h.to
}

// Quiet says until when announcements wait that are for somebody who may be in
// any of the zones (none: in the organisation's); zero: they need not wait.
func (o Org) Quiet(now time.Time, zones ...*time.Location) (until time.Time) {
	if o.quiet.from == o.quiet.to {
		return time.Time{}
	}
	if len(zones) == 0 {
		zones = []*time.Location{o.Zone}
	}
	at := now
	// A time that is quiet in none of the zones: the ends of the quiet hours
	// follow each other within two days, if there is one.
	for range 2 * len(zones) {
		moved := false
		for _, zone := range zones {
			if o.quiet.has(at, zone) {
				at, moved = o.quiet.end(at, zone), true
			}
		}
		if !moved {
			break
		}
	}
	if at.Equal(now) {
		return time.Time{}
	}
	return at
}

// end is when the hours that run at a time end on the clock of the zone. Where
// that time is left out by a change of clocks, it is the moment of the change.
func (h hours) end(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	y, m, d := local.Date()
	end := time.Date(y, m, d, h.to/60, h.to%60, 0, 0, zone)
	if !end.After(at) {
		end = time.Date(y, m, d+1, h.to/60, h.to%60, 0, 0, zone)
	}
	return end
}
