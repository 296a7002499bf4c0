package directory

import (
	"slices"
	"strings"
	"time"
)

// Occurrence is one time that a group meets.
type Occurrence struct {
	ID        string // stays the same when it is moved; at most the group's id and 9 characters more
	Service   *Service
	Start     time.Time // in the group's own zone
	End       time.Time
	Location  *Location // where it is this time
	Cancelled bool      // it was to be then, and is not
	MovedFrom Date      // the day it was to be; zero: it was not moved to another day
	Note      Text      // what is said about the change
}

// GroupQuery narrows a list of groups; what is empty does not.
type GroupQuery struct {
	Language string // held in that language, or with an interpreter
	Area     string // in that area, online, or for everywhere
}

// Groups lists when the active groups meet, sorted by start: those that start
// at from or later, and before to.
func (d *Directory) Groups(from, to time.Time, q GroupQuery) []Occurrence {
	var found []Occurrence
	for _, s := range d.services {
		if !s.Group || s.Status != Active || !q.takes(s) {
			continue
		}
		for i, schedule := range s.Schedules {
			for _, slot := range schedule.between(from, to) {
				found = append(found, s.occurrence(i, slot))
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Occurrence) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return found
}

func (q GroupQuery) takes(s *Service) bool {
	if q.Language != "" && !speaks(s.Languages, q.Language) && s.Interpretation == nil {
		return false
	}
	online := s.Location != nil && s.Location.Online
	return q.Area == "" || online || len(s.Areas) == 0 || slices.Contains(s.Areas, q.Area)
}

// stamp writes the day in an occurrence's id.
const stamp = "20060102"

func (s *Service) occurrence(schedule int, slot slot) Occurrence {
	o := Occurrence{
		ID:      s.ID + "@" + slot.day.Format(stamp),
		Service: s, Start: slot.start, End: slot.end, Location: s.Location,
	}
	if schedule > 0 { // two schedules may share a day
		o.ID += string(rune('a' + schedule - 1))
	}
	if c := slot.change; c != nil {
		o.Cancelled, o.Note, o.MovedFrom = c.Cancelled, c.Note, Date{}
		if !c.To.IsZero() {
			o.MovedFrom = c.On
		}
		if c.Location != nil {
			o.Location = c.Location
		}
	}
	return o
}

// Occurrence finds a time that a group meets by its id, also after it was
// moved or cancelled; false if the group or the day is gone.
func (d *Directory) Occurrence(id string) (Occurrence, bool) {
	of, ok := d.date(id)
	if !ok {
		return Occurrence{}, false
	}
	return of.service.occurrence(of.schedule, of.service.Schedules[of.schedule].slot(of.on)), true
}

// date is what an id of an occurrence names.
type date struct {
	service  *Service
	schedule int
	on       Date // as the schedule has it
}

func (d *Directory) date(id string) (of date, ok bool) {
	group, day, _ := strings.Cut(id, "@")
	s := d.service[group]
	if s == nil || s.Status != Active || len(day) < len(stamp) {
		return of, false
	}
	schedule := 0
	if rest := day[len(stamp):]; len(rest) == 1 {
		schedule = int(rest[0]) - 'a' + 1
	} else if rest != "" {
		return of, false
	}
	on, err := time.Parse(stamp, day[:len(stamp)])
	if err != nil || schedule < 0 || schedule >= len(s.Schedules) {
		return of, false
	}
	at := s.Schedules[schedule]
	gone := slices.ContainsFunc(at.Except, func(d Date) bool { return d.Equal(on) })
	return date{s, schedule, Date{on}}, !gone && at.has(Date{on})
}
