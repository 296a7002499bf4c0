package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"porchlight/flows"
	"porchlight/flows/directory"
	"porchlight/locales"
)

// Org is org.yaml: who runs this, for whom, and who works there.
type Org struct {
	Name      string        `yaml:"name"`
	Country   string        `yaml:"country"`   // ISO 3166: decides which crisis lines come first
	Timezone  string        `yaml:"timezone"`  // IANA
	Languages []string      `yaml:"languages"` // BCP 47, in the order in which they are offered; the first is the fallback
	Workers   []Worker      `yaml:"workers"`
	SMS       SMS           `yaml:"sms"`
	Rates     Rates         `yaml:"rates"`
	Handoff   Handoff       `yaml:"handoff"`
	Approval  string        `yaml:"approval"` // "two": a second worker confirms each announcement
	Topics    []flows.Topic `yaml:"topics"`   // what people can choose to be told about, beside the organisation's news

	Zone *time.Location `yaml:"-"`

	quiet         hours
	languagesLine int
}

// Worker is somebody of the organisation.
type Worker struct {
	Name      string   `yaml:"name"`
	Telegram  string   `yaml:"telegram"` // user id in decimal
	SMS       string   `yaml:"sms"`      // E.164
	Roles     []string `yaml:"roles"`    // outreach, listener, coordinator
	Languages []string `yaml:"languages"`
	// Hours are when a listener is on call (RFC 5545, in the organisation's
	// zone where they name none); none: always.
	Hours []*directory.Schedule `yaml:"hours"`
}

// OnCall tells whether the worker's hours say that they are on call at a time,
// and when they next are within eight days (zero: not known).
func (w Worker) OnCall(now time.Time) (on bool, next time.Time) {
	if len(w.Hours) == 0 {
		return true, time.Time{}
	}
	return (&directory.Service{Schedules: w.Hours}).Open(now)
}

// announcers are the workers who may make and confirm announcements: that is
// done on Telegram.
func (o Org) announcers() (all []Worker) {
	for _, w := range o.Workers {
		if w.Telegram != "" && (slices.Contains(w.Roles, "outreach") || slices.Contains(w.Roles, "coordinator")) {
			all = append(all, w)
		}
	}
	return all
}

// hasListeners says whether anybody can be asked to write to a person.
func (o Org) hasListeners() bool {
	return slices.ContainsFunc(o.Workers, func(w Worker) bool {
		return slices.Contains(w.Roles, "listener") || slices.Contains(w.Roles, "coordinator")
	})
}

// SMS says what text messages may go out.
type SMS struct {
	Countries  []string `yaml:"countries"`   // ISO 3166; numbers from anywhere else get nothing; empty: the organisation's
	QuietHours string   `yaml:"quiet_hours"` // "21:00-08:00": announcements wait; replies and crisis never do
	Prices     Prices   `yaml:"prices"`
}

// Prices say what text messages cost, for the preview of announcements.
type Prices struct {
	Currency string             `yaml:"currency"` // ISO 4217
	Segment  map[string]float64 `yaml:"segment"`  // by ISO 3166 country
}

// Rates bound how fast messages leave.
type Rates struct {
	TelegramPerSecond int `yaml:"telegram_per_second"` // messages; 30 when absent (Telegram's own guidance for bots)
	SMSPerSecond      int `yaml:"sms_per_second"`      // segments; 10 when absent
}

// Handoff says how long an offer of a person waits, in seconds.
type Handoff struct {
	OfferSeconds    int `yaml:"offer_seconds"`
	EscalateSeconds int `yaml:"escalate_seconds"`
	GiveUpSeconds   int `yaml:"give_up_seconds"`
}

var topicID = regexp.MustCompile(`^[a-z0-9-]{1,24}$`)

var roles = []string{"outreach", "listener", "coordinator"}

func readOrg(layer fs.FS) (Org, error) {
	const file = "org.yaml"
	org := Org{
		Rates:   Rates{TelegramPerSecond: 30, SMSPerSecond: 10},
		Handoff: Handoff{OfferSeconds: 60, EscalateSeconds: 180, GiveUpSeconds: 600},
	}
	data, err := fs.ReadFile(layer, file)
	if err != nil {
		return org, &locales.Fault{File: file, Wrong: "cannot be read", Mend: "every pack has one; `porchlight init` writes an example"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&org); err != nil {
		return org, &locales.Fault{File: file, Wrong: strings.ReplaceAll(err.Error(), "\n", " "), Mend: "write it as docs/packs.md shows"}
	}
	org.languagesLine = LineOf(data, "languages")
	var faults []error
	fault := func(key, wrong, mend string, args ...any) {
		faults = append(faults, &locales.Fault{File: file, Line: LineOf(data, key), Wrong: fmt.Sprintf(wrong, args...), Mend: mend})
	}
	if org.Name == "" {
		fault("name", "the organisation has no name", "add name:")
	}
	if len(org.Country) != 2 || strings.ToUpper(org.Country) != org.Country {
		fault("country", "country %q is no ISO 3166 code", "write two capital letters, such as GB", org.Country)
	}
	if org.Zone, err = time.LoadLocation(org.Timezone); err != nil || org.Timezone == "" || org.Timezone == "Local" {
		org.Zone = time.UTC
		fault("timezone", "timezone %q is unknown", "write an IANA name, such as Europe/London", org.Timezone)
	}
	if len(org.Languages) == 0 {
		fault("languages", "no language is named", "add languages: [en]")
	}
	if len(org.SMS.Countries) == 0 {
		org.SMS.Countries = []string{org.Country}
	}
	if org.quiet, err = readHours(org.SMS.QuietHours); err != nil {
		fault("quiet_hours", "quiet_hours %q cannot be read", `write "21:00-08:00"`, org.SMS.QuietHours)
	}
	if org.Rates.TelegramPerSecond < 1 || org.Rates.SMSPerSecond < 1 {
		fault("rates", "a rate is below 1 a second", "nothing would ever leave: write 1 or more")
	}
	if h := org.Handoff; h.OfferSeconds < 1 || h.EscalateSeconds < h.OfferSeconds || h.GiveUpSeconds < h.EscalateSeconds {
		fault("handoff", "the times of handoff do not grow", "write offer_seconds < escalate_seconds < give_up_seconds")
	}
	if org.Approval != "" && org.Approval != "two" {
		fault("approval", "approval %q is unknown", "write approval: two, or leave it out", org.Approval)
	}
	if org.Approval == "two" && len(org.announcers()) < 2 {
		fault("approval", "approval: two, and fewer than two workers who may announce", "give a second worker the role outreach or coordinator, and telegram:; or leave approval out")
	}
	for i, topic := range org.Topics {
		twice := slices.ContainsFunc(org.Topics[:i], func(other flows.Topic) bool { return other.ID == topic.ID })
		if !topicID.MatchString(topic.ID) || topic.ID == flows.News || twice {
			fault("topics", "topic %q cannot be told from others", "give each an id of its own, of small letters, digits and -, other than "+flows.News, topic.ID)
		}
	}
	if len(org.SMS.Prices.Segment) > 0 && len(org.SMS.Prices.Currency) != 3 {
		fault("currency", "the currency %q of the prices is no ISO 4217 code", "write three capital letters, such as GBP", org.SMS.Prices.Currency)
	}
	for country, price := range org.SMS.Prices.Segment {
		if len(country) != 2 || strings.ToUpper(country) != country || price < 0 {
			fault("segment", "the price of %q cannot be read", "write the country's two capital letters and the price of one segment, such as GB: 0.04", country)
		}
	}
	for _, w := range org.Workers {
		for _, h := range w.Hours {
			if h.Zone.Location == nil {
				h.Zone.Location = org.Zone
			}
		}
		if w.Telegram == "" && w.SMS == "" {
			fault("workers", "worker %q cannot be reached", "add telegram: or sms:", w.Name)
		}
		for _, r := range w.Roles {
			if !slices.Contains(roles, r) {
				fault("workers", "worker %q has the unknown role %q", "use "+strings.Join(roles, ", "), w.Name, r)
			}
		}
	}
	return org, errors.Join(faults...)
}

// LineOf finds the line in which a key of a YAML file first stands, so that a
// fault can say so; 0: nowhere.
func LineOf(data []byte, key string) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " -"), []byte(key+":")) {
			return i + 1
		}
	}
	return 0
}
