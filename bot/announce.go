package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"porchlight/flows"
)

// Announcement is a text that many people are told, each in their language.
type Announcement struct {
	ID       string            `json:"i"`
	By       Author            `json:"b"`
	Made     time.Time         `json:"m"`
	Audience Audience          `json:"a"`
	Text     map[string]string `json:"t"` // by BCP 47
	// Fallback is the language of Text for people whose own has none; empty:
	// they are left out.
	Fallback string            `json:"f,omitempty"`
	At       time.Time         `json:"w,omitzero"` // not before; zero: at once
	State    AnnouncementState `json:"s"`
	Approved string            `json:"o,omitempty"` // name of the second worker, where two are needed
	Began    time.Time         `json:"g,omitzero"`
	Ended    time.Time         `json:"e,omitzero"` // done, cancelled or refused
}

// Author is the worker who made an announcement.
type Author struct {
	Name    string  `json:"n"`
	Address Address `json:"a,omitzero"` // zero: somebody at the command line
}

// AnnouncementState is how far an announcement has come.
type AnnouncementState string

// The states, in order. The last three are final.
const (
	AnnouncementAsked     AnnouncementState = "asked"   // a second worker is to confirm it
	AnnouncementReady     AnnouncementState = "ready"   // waits for its time
	AnnouncementRunning   AnnouncementState = "running" // leaves, or waits for the end of quiet hours
	AnnouncementDone      AnnouncementState = "done"
	AnnouncementCancelled AnnouncementState = "cancelled"
	AnnouncementRefused   AnnouncementState = "refused" // by the second worker
)

// Open reports whether something of it is still to leave.
func (a *Announcement) Open() bool {
	return a.State == AnnouncementReady || a.State == AnnouncementRunning
}

// In is the text for people of a language, and the language it is in; ok is
// false when there is none for them.
func (a *Announcement) In(language string) (text, tag string, ok bool) {
	for _, tag := range []string{language, a.Fallback} {
		if text := a.Text[tag]; tag != "" && text != "" {
			return text, tag, true
		}
	}
	return "", "", false
}

// Audience says who is told: all that is named must match, and of each at
// least one. What is empty matches everybody; without topics it is news, and
// reaches who hears the news.
type Audience struct {
	Languages []string `json:"l,omitempty" yaml:"languages"`
	Areas     []string `json:"a,omitempty" yaml:"areas"`
	Topics    []string `json:"t,omitempty" yaml:"topics"`
	Channels  []string `json:"c,omitempty" yaml:"channels"`
}

// Has reports whether people of a segment are told. language is what they are
// written to in, where they have chosen none.
func (a Audience) Has(s Segment, language string) bool {
	if s.Language != "" {
		language = s.Language
	}
	topics := a.Topics
	if len(topics) == 0 {
		topics = []string{flows.News}
	}
	has := func(list []string, one string) bool { return len(list) == 0 || slices.Contains(list, one) }
	return has(a.Languages, language) && has(a.Areas, s.Area) && has(a.Channels, s.Channel) &&
		slices.ContainsFunc(topics, func(t string) bool { return slices.Contains(s.Topics, t) })
}

// Segment is what an audience can be chosen by. Whoever may be told
// announcements is in exactly one.
type Segment struct {
	Channel  string   `json:"c"`
	Language string   `json:"l,omitempty"` // BCP 47; empty: not known
	Country  string   `json:"n,omitempty"` // ISO 3166 of the number; empty: not known
	Area     string   `json:"a,omitempty"`
	Topics   []string `json:"t"` // sorted
}

// Segment is the one that the person is counted in; ok is false for whoever
// is not to be told anything: not subscribed, stopped, or out of reach.
func (p *Person) Segment() (s Segment, ok bool) {
	if p.Erased || p.Reach != Reachable || p.Session.Stopped || len(p.Session.Topics) == 0 {
		return Segment{}, false
	}
	topics := slices.Clone(p.Session.Topics)
	slices.Sort(topics)
	return Segment{p.Address.Channel, p.Session.Language, p.Session.Country, p.Session.Area, slices.Compact(topics)}, true
}

// SegmentCount is how many people are in a segment.
type SegmentCount struct {
	Segment
	People int
}

// Told is what is decided about one person of an audience: a message, a later
// time, or why they are left out.
type Told struct {
	Message *Outbound
	Later   time.Time // decide again then
	Left    string    // why, as counted in Progress.Left
}

// Spreading is what became of one step of spreading an announcement.
type Spreading struct {
	End  bool      // everybody in the partition is decided on, or put off
	Full bool      // so much waits to be sent that nothing was added
	Next time.Time // when the next of those who were put off comes; zero: there is none
}

// Progress is how far an announcement has come, in people.
type Progress struct {
	Complete    bool           // nobody is to be decided on any more, and nothing waits to be sent
	Queued      int            // it was written to them
	Later       int            // they wait for the end of quiet hours, or for another attempt
	Left        map[string]int // left out when they were decided on, by reason
	Sent        int            // the network took it
	Failed      map[string]int // not handed over, by reason
	Delivered   int            // their handset has it, where the network tells
	Undelivered map[string]int // taken and then not delivered, by the network's code
}

// Tally is a number to be added to an announcement's progress.
type Tally struct {
	Partition    Partition
	Announcement string
	Of           TallyOf
	Reason       string // with TallyFailed and TallyUndelivered
	N            int
}

// TallyOf is what a Tally counts.
type TallyOf string

// What is counted of an announcement after it was written to people.
const (
	TallySent        TallyOf = "s"
	TallyFailed      TallyOf = "f"
	TallyDelivered   TallyOf = "d"
	TallyUndelivered TallyOf = "u"
)

// Board keeps announcements, and counts who can be told them. An
// implementation is safe for use by many processes at once.
type Board interface {
	// Segments counts everybody who may be told announcements. It loads nobody.
	Segments(ctx context.Context) ([]SegmentCount, error)
	// ChangeAnnouncement keeps what fn makes of an announcement, a new one of
	// that id where there is none, unless fn gives an error, which it returns.
	// fn may run again when another process was faster. What fn adds is
	// written to a log that nothing here changes.
	ChangeAnnouncement(ctx context.Context, id, what, by string, fn func(*Announcement) error) (Announcement, error)
	// Announcement reads one; ok is false when nothing is kept.
	Announcement(ctx context.Context, id string) (a Announcement, ok bool, err error)
	// Announcements lists the latest, newest first, n at most.
	Announcements(ctx context.Context, n int) ([]Announcement, error)
	// OpenAnnouncements lists those of which something is still to leave.
	OpenAnnouncements(ctx context.Context) ([]Announcement, error)
	// Progress adds up how far an announcement has come.
	Progress(ctx context.Context, id string) (Progress, error)
	// Spread decides on the next people of a partition, at most n: those whose
	// segment matches, and those put off until now. What is to be sent is kept
	// together with the place reached: a crash neither repeats nor skips
	// anybody. It adds nothing while most or more messages wait in the
	// partition's bulk lane. Whom the announcement is for is drawn up with the
	// first step in a partition.
	Spread(ctx context.Context, id string, p Partition, now time.Time, n, most int, match func(Segment) bool, decide func(Person) Told) (Spreading, error)
	// PutOff takes a message of an announcement out of its lane: its person is
	// decided on again at a time.
	PutOff(ctx context.Context, e Entry, until time.Time) error
	// Again has a person decided on again at the time of pauses that is next,
	// and reports false when there were as many attempts as pauses.
	Again(ctx context.Context, id string, who Address, now time.Time, pauses []time.Duration) (bool, error)
	// Tally adds to announcements' progress.
	Tally(ctx context.Context, all []Tally) error
}

// ErrNoAnnouncement says that nothing is kept under an id.
var ErrNoAnnouncement = errors.New("there is no such announcement")

// Serving is a Channel that does not reach every country.
type Serving interface {
	// Serves reports whether a number of a country (ISO 3166; empty: not
	// known) is sent anything.
	Serves(country string) bool
}

// Words are all words of an announcement in a fixed order, to recognise it
// when it is sent again.
func (a *Announcement) words() string {
	var all []string
	for _, tag := range slices.Sorted(maps.Keys(a.Text)) {
		all = append(all, strings.Join(strings.Fields(strings.ToLower(a.Text[tag])), " "))
	}
	return strings.Join(all, "\n")
}
