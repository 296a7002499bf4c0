package flows

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"porchlight/flows/directory"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Machine steps through conversations. It is safe for use by many goroutines.
type Machine struct {
	Config
	revised atomic.Pointer[directory.Directory] // nil: nothing was changed
}

// Revise has the machine speak from another version of its directory from the
// next step on: from one made by Directory.With.
func (m *Machine) Revise(d *directory.Directory) { m.revised.Store(d) }

// Current is the version of the directory from which the machine speaks now.
func (m *Machine) Current() *directory.Directory {
	if d := m.revised.Load(); d != nil {
		return d
	}
	return m.Directory
}

// Config is what a machine speaks from.
type Config struct {
	Flows     *Set
	Catalog   *locales.Catalog
	Directory *directory.Directory // as the files have it
	Triage    *triage.Reader
	Org       Organisation
	Channels  map[string]Presentation // by channel name; a channel that is absent is shown plain
}

// Organisation is who speaks.
type Organisation struct {
	Name      string
	Country   string         // ISO 3166
	Zone      *time.Location // in which days and hours are meant
	Listeners bool           // there are people who can be asked to write
	Languages []string       // BCP 47, in the order in which they are offered; the first is the fallback
	Topics    []Topic        // what people can choose to be told about, beside News
}

// Presentation is how a channel shows choices.
type Presentation struct {
	Buttons bool                                     // choices are buttons; otherwise they are lines to be answered by a number or a word
	Fits    func(text string, choices []Choice) bool // whether this is short enough for one message; nil: any is
}

// entries are the states that the machine goes to by itself.
var entries = []string{
	"welcome.hello", "welcome.language", "menu.menu", "find.need", "groups.week", "talk.talk", "learn.topics",
	"takepart.ways", "settings.language", "settings.language-set", "settings.stop", "settings.start", "settings.forget",
	"talk.here", "talk.opened", "talk.dial", "talk.reached", "talk.call", "talk.changing", "talk.silent", "talk.late", "talk.ended", "talk.follow-up",
	"help.help", "help.now", "crisis.suicide", "crisis.selfharm", "crisis.violence", "crisis.child", "crisis.medical", "crisis.unsure",
}

// Entries lists the states, as flow.state, that are reached without a choice
// that leads there.
func Entries() []string { return slices.Clone(entries) }

// New makes a machine, or says what it lacks.
func New(c Config) (*Machine, error) {
	if len(c.Org.Languages) == 0 {
		return nil, fmt.Errorf("the organisation names no language: add languages: to org.yaml")
	}
	for _, tag := range c.Org.Languages {
		if c.Catalog.Locale(tag) == nil {
			return nil, fmt.Errorf("language %s of org.yaml has no file %s.yaml: add one, or take it out of languages", tag, tag)
		}
	}
	if c.Org.Zone == nil {
		return nil, fmt.Errorf("the organisation has no time zone: add timezone: to org.yaml, such as Europe/London")
	}
	return &Machine{Config: c}, nil
}
