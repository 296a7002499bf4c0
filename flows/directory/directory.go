// Package directory holds what a community can offer: services, groups that
// people can walk into, when they meet, and the lines to call in a crisis. The
// terms are those of the Human Services Data Specification 3.0 (openreferral);
// a group is a service with a schedule. A Directory does not change once
// loaded and can be read by many at once.
package directory

import (
	"slices"
	"time"
)

// Directory is everything that was loaded. The zero value is empty.
type Directory struct {
	services  []*Service // in the order of their files
	lines     []*Line
	areas     []Area
	needs     []string // in the order they are offered
	service   map[string]*Service
	languages []string // of the pack: its first is the fallback
	country   string   // of the pack, ISO 3166
	origins   map[any]origin
}

// Service is something an organisation does for people (HSDS: service).
type Service struct {
	ID             string       `yaml:"id"`
	Organization   string       `yaml:"organization"`
	Name           Text         `yaml:"name"`
	Description    Text         `yaml:"description"`
	Needs          []string     `yaml:"needs"` // what it helps with
	Areas          []string     `yaml:"areas"` // ids; none: everywhere
	Location       *Location    `yaml:"location"`
	Phones         []Phone      `yaml:"phones"`
	URL            string       `yaml:"url"`
	Email          string       `yaml:"email"`
	Schedules      []*Schedule  `yaml:"schedules"`      // when it is open, or the group meets
	Languages      []string     `yaml:"languages"`      // BCP 47, spoken without an interpreter
	Interpretation Text         `yaml:"interpretation"` // how to get an interpreter
	Accessibility  Text         `yaml:"accessibility"`
	Cost           Text         `yaml:"cost"`
	Free           bool         `yaml:"free"`
	Eligibility    Text         `yaml:"eligibility"` // who it is for, where not for everyone
	MinimumAge     int          `yaml:"minimum_age"` // years; 0: no limit
	MaximumAge     int          `yaml:"maximum_age"`
	Status         Status       `yaml:"status"`
	Alert          Text         `yaml:"alert"` // what people must know first, such as "closed this week"
	Verified       Verification `yaml:"verified"`

	Group bool `yaml:"-"` // from groups.yaml: one can walk in when it meets
}

// Status is whether a service or line runs (HSDS: service.status).
type Status string

// The statuses. Only an active entry is shown; absent means active.
const (
	Active   Status = "active"
	Inactive Status = "inactive"
)

// Location is where a service is (HSDS: location with its address).
type Location struct {
	Name       Text    `yaml:"name"`
	Address    string  `yaml:"address"`
	Latitude   float64 `yaml:"latitude"` // WGS 84 degrees; both 0: not known
	Longitude  float64 `yaml:"longitude"`
	Online     bool    `yaml:"online"`     // HSDS: location_type virtual
	Directions Text    `yaml:"directions"` // how to get there or to join
}

// Pinned tells whether the place is known on a map.
func (l *Location) Pinned() bool {
	return l != nil && !l.Online && (l.Latitude != 0 || l.Longitude != 0)
}

// Phone is a number of a service (HSDS: phone).
type Phone struct {
	Number  string `yaml:"number"`  // exactly as people dial it
	Text    bool   `yaml:"text"`    // takes text messages
	Keyword string `yaml:"keyword"` // the word to text to it
	Note    Text   `yaml:"note"`
}

// Area is a part of the town, or a town, that people name.
type Area struct {
	ID        string   `yaml:"id"`
	Name      Text     `yaml:"name"`
	Aliases   []string `yaml:"aliases"` // other names people use for it
	Latitude  float64  `yaml:"latitude"`
	Longitude float64  `yaml:"longitude"`

	folded []string // every name, as Place compares them
}

// State is how far an entry can be trusted.
type State string

// The states. An entry that nobody has verified is unverified; one whose
// verification or record is older than a year, or past its date, is stale.
const (
	Unverified State = "unverified"
	Verified   State = "verified"
	Stale      State = "stale"
)

// The kinds of evidence behind an entry: its source was read, was read in
// part, or nobody has read one.
const (
	Seen   = "seen"
	Partly = "partly"
	Memory = "memory"
)

// Verification is who says so, and since when (HSDS: assured_date, assurer).
type Verification struct {
	State    State  `yaml:"state"`
	By       string `yaml:"by"`       // who asked the organisation itself
	On       Date   `yaml:"on"`       // when they did
	Expires  Date   `yaml:"expires"`  // the last day it may be shown as sure
	Source   string `yaml:"source"`   // where it was read
	Dated    string `yaml:"dated"`    // the date of that source, as far as known
	Recorded Date   `yaml:"recorded"` // when it was written down here
	Evidence string `yaml:"evidence"` // seen, partly or memory
	Note     string `yaml:"note"`     // for editors
}

// freshMonths is how long a verification, or a record, counts as current.
const freshMonths = 12

// At is the state at a time.
func (v Verification) At(now time.Time) State {
	state, since := v.State, v.Recorded
	if state == Verified {
		since = v.On
	}
	switch {
	case state == Stale,
		!v.Expires.IsZero() && now.After(v.Expires.AddDate(0, 0, 1)),
		!since.IsZero() && now.After(since.AddDate(0, freshMonths, 0)):
		return Stale
	case state == Verified:
		return Verified
	}
	return Unverified
}

// Service finds a service or group by its id, whatever its status; nil if
// there is none.
func (d *Directory) Service(id string) *Service { return d.service[id] }

// Services lists the active services and groups in the order of their files.
func (d *Directory) Services() []*Service {
	var active []*Service
	for _, s := range d.services {
		if s.Status == Active {
			active = append(active, s)
		}
	}
	return active
}

// Areas lists the areas in the order of their file.
func (d *Directory) Areas() []Area { return slices.Clone(d.areas) }

// Needs lists the ids of what the active services help with, in the order of
// needs.yaml, then as services name them.
func (d *Directory) Needs() []string {
	served := map[string]bool{}
	var found []string
	for _, s := range d.services {
		if s.Group || s.Status != Active {
			continue
		}
		for _, need := range s.Needs {
			if !served[need] {
				served[need] = true
				found = append(found, need)
			}
		}
	}
	rank := func(need string) int {
		if i := slices.Index(d.needs, need); i >= 0 {
			return i
		}
		return len(d.needs)
	}
	slices.SortStableFunc(found, func(a, b string) int { return rank(a) - rank(b) })
	return found
}
