package directory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"porchlight/locales"
)

// Faults lists what is wrong with what was loaded, at a time: what has gone
// stale or has no source, schedules that never come, names missing in the
// pack's languages, numbers, places, areas and needs that cannot be right. It
// is empty for a sound directory, whether or not its entries are verified.
func (d *Directory) Faults(now time.Time) []*locales.Fault {
	c := checker{d: d, now: now}
	for _, a := range d.areas {
		c.at = d.origins[a.ID]
		c.text("name", a.Name, true)
		c.place("latitude", a.Latitude, a.Longitude)
	}
	for _, s := range d.services {
		if s.Status == Active {
			c.at = d.origins[s]
			c.service(s)
		}
	}
	for _, l := range d.lines {
		if l.Status == Active {
			c.at = d.origins[l]
			c.line(l)
		}
	}
	return c.faults
}

// Warnings lists what is not wrong but must be known before people rely on it,
// at a time: entries that nobody has verified with the organisation, and files
// with wording that is a draft.
func (d *Directory) Warnings(now time.Time) []*locales.Fault {
	c := checker{d: d, now: now}
	drafted := map[string]bool{}
	entry := func(at origin, id string, status Status, v Verification) {
		if c.at = at; status != Active {
			return
		}
		if len(at.drafted) > 0 && !drafted[at.file] {
			drafted[at.file] = true
			c.faults = append(c.faults, &locales.Fault{File: at.file,
				Wrong: "the wording is a draft in " + strings.Join(at.drafted, ", "),
				Mend:  "have somebody who speaks the language read it, then take it out of drafted"})
		}
		if v.At(now) == Unverified {
			c.wrong("verified", id+" has not been verified with the organisation", "ask them, then write state: verified, by: and on:")
		}
	}
	for _, a := range d.areas {
		entry(d.origins[a.ID], a.ID, Active, Verification{State: Verified})
	}
	for _, s := range d.services {
		entry(d.origins[s], s.ID, s.Status, s.Verified)
	}
	for _, l := range d.lines {
		entry(d.origins[l], l.ID, l.Status, l.Verified)
	}
	return c.faults
}

type checker struct {
	d      *Directory
	now    time.Time
	at     origin
	faults []*locales.Fault
}

func (c *checker) wrong(field, wrong, mend string) {
	c.faults = append(c.faults, &locales.Fault{File: c.at.file, Line: c.at.field(field), Wrong: wrong, Mend: mend})
}

func (c *checker) service(s *Service) {
	c.text("name", s.Name, true)
	c.text("description", s.Description, false)
	c.text("interpretation", s.Interpretation, false)
	c.text("accessibility", s.Accessibility, false)
	c.text("cost", s.Cost, false)
	c.text("eligibility", s.Eligibility, false)
	c.text("alert", s.Alert, false)
	c.verified(s.Verified)
	c.tags(s.Languages)
	c.ages(s.MinimumAge, s.MaximumAge)
	c.schedules(s.Schedules, s.Group)
	c.address("location", s.Location)
	for _, id := range s.Areas {
		if _, ok := c.d.Area(id); !ok {
			c.wrong("areas", fmt.Sprintf("there is no area %q", id), "take one from areas.yaml, or add it there")
		}
	}
	for _, need := range s.Needs {
		if len(c.d.needs) > 0 && !slices.Contains(c.d.needs, need) {
			c.wrong("needs", fmt.Sprintf("there is no need %q", need), "take one from needs.yaml, or add it there")
		}
	}
	for _, p := range s.Phones {
		c.number("phones", p.Number, c.d.country)
	}
	switch {
	case s.Group && len(s.Schedules) == 0:
		c.wrong("schedules", "nobody can know when the group meets", "add schedules: with dtstart, opens_at, closes_at and rrule")
	case !s.Group && len(s.Needs) == 0:
		c.wrong("needs", "nobody can find the service", "add needs: with what it helps with")
	}
	if s.Location == nil && len(s.Phones) == 0 && s.URL == "" && s.Email == "" {
		c.wrong("id", "there is no way to reach it", "add location:, phones:, url: or email:")
	}
}

func (c *checker) line(l *Line) {
	c.text("name", l.Name, true)
	c.text("note", l.Note, false)
	c.verified(l.Verified)
	c.tags(l.Languages)
	c.ages(l.MinimumAge, l.MaximumAge)
	c.schedules(l.Schedules, false)
	if !slices.Contains([]Kind{Emergency, Crisis, Warm, Information, Interpreted, Community}, l.Kind) {
		c.wrong("kind", fmt.Sprintf("the kind %q is not known", l.Kind), "write emergency, crisis, warm, information, interpreter or community")
	}
	for _, crisis := range l.Crises {
		if !slices.Contains(crises[:], crisis) {
			c.wrong("crises", fmt.Sprintf("the crisis %q is not known", crisis), "take of "+strings.Join(crises[:], ", "))
		}
	}
	if len(l.Countries) == 0 {
		c.wrong("countries", "the line serves no country", "add countries: [GB]")
	}
	everywhere := slices.Contains(l.Countries, "*")
	if l.Phone == "" && l.SMS == nil && l.URL == "" && (l.Kind != Emergency || !everywhere) {
		c.wrong("id", "there is no way to reach it", "add phone:, sms: or url:")
	}
	for _, country := range l.Countries {
		if everywhere {
			continue
		}
		if region, err := language.ParseRegion(country); err != nil || !region.IsCountry() || country != region.Canonicalize().String() {
			c.wrong("countries", fmt.Sprintf("%q is not a country", country), "write its two capital letters of ISO 3166, such as GB")
			continue
		}
		for _, number := range append([]string{l.Phone}, l.Also...) {
			c.number("phone", number, country)
		}
		if l.SMS != nil {
			c.number("sms", l.SMS.Number, country)
		}
		if l.Kind != Emergency && !c.d.Lines(country, "", c.now, "").Known {
			c.wrong("countries", "there is no emergency number for "+country, "add a line of kind emergency")
		}
	}
	if l.Pair != "" && !slices.ContainsFunc(c.d.lines, func(o *Line) bool { return o != l && o.Pair == l.Pair && o.Status == Active }) {
		c.wrong("pair", fmt.Sprintf("no other line is in the pair %q", l.Pair), "give the other line the same pair:, or take it out")
	}
	if l.Interpreter != nil && l.Interpreter.Via != "" && c.d.Line(l.Interpreter.Via) == nil {
		c.wrong("interpreter", fmt.Sprintf("there is no line %q", l.Interpreter.Via), "write the id of the interpreters' line")
	}
}

// text misses a language only in what the pack itself says: a proper name of a
// national line stays as it is.
func (c *checker) text(field string, t Text, needed bool) {
	if len(t) == 0 {
		if needed {
			c.wrong(field, "there is no "+field, "add "+field+": with a line a language")
		}
		return
	}
	for tag, s := range t {
		if _, err := language.Parse(tag); err != nil {
			c.wrong(field, fmt.Sprintf("%q is not a language", tag), "write its BCP 47 tag, such as en or fa-AF")
		}
		if strings.TrimSpace(s) == "" {
			c.wrong(field, "the "+field+" is empty in "+tag, "write it, or take the language out")
		}
	}
	if c.at.builtin {
		return
	}
	for _, tag := range c.d.languages {
		if !t.Has(tag) {
			c.wrong(field, "the "+field+" is missing in "+tag, "add a line "+tag+":, or one text for every language")
		}
	}
}

func (c *checker) verified(v Verification) {
	if strings.TrimSpace(v.Source) == "" {
		c.wrong("verified", "nobody can tell where this comes from", "add source: to verified")
	}
	if v.Recorded.IsZero() && v.On.IsZero() {
		c.wrong("verified", "nobody can tell how old this is", "add recorded: with the day it was written down")
	}
	if !slices.Contains([]string{"", Seen, Partly, Memory}, v.Evidence) {
		c.wrong("verified", fmt.Sprintf("the evidence %q is not known", v.Evidence), "write seen, partly or memory")
	}
	if v.At(c.now) == Stale {
		c.wrong("verified", "this is stale", "ask the organisation whether it still holds, then change on: and by:")
	}
}

func (c *checker) tags(tags []string) {
	for _, tag := range tags {
		if _, err := language.Parse(tag); err != nil {
			c.wrong("languages", fmt.Sprintf("%q is not a language", tag), "write its BCP 47 tag, such as en or fa-AF")
		}
	}
}

func (c *checker) ages(from, to int) {
	if from < 0 || to < 0 || from > 120 || to > 120 || to > 0 && from > to {
		c.wrong("minimum_age", "the ages cannot be right", "write years, the smaller as minimum_age")
	}
}

func (c *checker) schedules(schedules []*Schedule, group bool) {
	ended := group && len(schedules) > 0
	for _, s := range schedules {
		if s.never {
			c.wrong("schedules", fmt.Sprintf("the recurrence %s never comes", s.Rule), "mend the recurrence or dtstart")
			ended = false
			continue
		}
		for _, change := range s.Changes {
			if !s.has(change.On) {
				c.wrong("schedules", fmt.Sprintf("on %s there is nothing to change", change.On), "write a day on which it would happen")
			}
			if change.To.IsZero() && !change.Cancelled && change.Opens == nil && change.Closes == nil && change.Location == nil && change.Note == nil {
				c.wrong("schedules", fmt.Sprintf("on %s nothing changes", change.On), "add cancelled: true, to:, opens_at:, location: or note:")
			}
			c.text("schedules", change.Note, false)
			c.address("schedules", change.Location)
		}
		for _, day := range s.Except {
			if !s.has(day) {
				c.wrong("schedules", fmt.Sprintf("on %s there is nothing to leave out", day), "write a day on which it would happen")
			}
		}
		if ended {
			ended = len(s.between(c.now, c.now.AddDate(1, 1, 0))) == 0
		}
	}
	if ended {
		c.wrong("schedules", "the group does not meet in the coming year", "add dates, or write status: inactive")
	}
}

func (c *checker) address(field string, l *Location) {
	if l == nil {
		return
	}
	c.text(field, l.Name, !l.Online)
	c.text(field, l.Directions, false)
	if !l.Online {
		c.place(field, l.Latitude, l.Longitude)
	}
}

func (c *checker) place(field string, latitude, longitude float64) {
	switch {
	case latitude < -90 || latitude > 90 || longitude < -180 || longitude > 180:
		c.wrong(field, "the place is not on earth", "write latitude: from -90 to 90 and longitude: from -180 to 180")
	case (latitude == 0) != (longitude == 0):
		c.wrong(field, "half of the place is missing", "write latitude: and longitude:")
	}
}

// fiction are the numbers that Ofcom keeps free for drama: an invented service
// rings nobody's phone. The metadata calls them invalid.
var fiction = regexp.MustCompile(`^(\+44|0)(1632960|7700900|808157|3069990)\d{3,4}$`)

// number finds fault with a phone number that cannot be dialled in a country.
// Short codes pass: the metadata knows few of them.
func (c *checker) number(field, number, country string) {
	if number == "" {
		return
	}
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '+':
			return r
		case strings.ContainsRune(" -()./", r):
			return -1
		}
		return 'x'
	}, number)
	if strings.Contains(digits, "x") {
		c.wrong(field, fmt.Sprintf("%q has more than digits in it", number), "write the number alone; what to press or say has its own field")
		return
	}
	if len(digits) >= 2 && len(digits) <= 6 && digits[0] != '+' || fiction.MatchString(digits) {
		return
	}
	parsed, err := phonenumbers.Parse(digits, country)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		c.wrong(field, fmt.Sprintf("%q is not a phone number in %s", number, country), "mend it, or write it with + and the country's code")
	}
}
