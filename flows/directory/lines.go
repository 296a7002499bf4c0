package directory

import (
	"slices"
	"time"
)

// Line is somebody to call, text or write to: a crisis line, a warm line, an
// emergency number, information, an interpreter.
type Line struct {
	ID           string       `yaml:"id"`
	Organization string       `yaml:"organization"`
	Name         Text         `yaml:"name"`
	Kind         Kind         `yaml:"kind"`
	Countries    []string     `yaml:"countries"` // ISO 3166 where it serves; "*": where nothing else is known
	Region       string       `yaml:"region"`    // ISO 3166-2, where it serves only a part of the country
	Crises       []string     `yaml:"crises"`    // suicide, selfharm, violence, child, medical; any: whatever hurts
	Audience     string       `yaml:"audience"`  // whom it is for, where not for everyone; never shown in answer to a crisis
	Phone        string       `yaml:"phone"`     // exactly as people dial it
	Also         []string     `yaml:"also"`      // other numbers of the same line
	Press        Text         `yaml:"press"`     // keys to press once connected, by the language they lead to
	Option       string       `yaml:"option"`    // what to choose once connected, as the line itself calls it
	SMS          *SMS         `yaml:"sms"`
	URL          string       `yaml:"url"`
	Always       bool         `yaml:"always"`    // day and night
	Schedules    []*Schedule  `yaml:"schedules"` // hours; none, and not Always: not known
	Languages    []string     `yaml:"languages"` // BCP 47, spoken without an interpreter
	Interpreter  *Interpreter `yaml:"interpreter"`
	Free         *bool        `yaml:"free"`      // nil: not known
	DialFrom     []string     `yaml:"dial_from"` // ISO 3166 where the number works; none: only where it serves
	Pair         string       `yaml:"pair"`      // lines of one pair are shown together or not at all
	MinimumAge   int          `yaml:"minimum_age"`
	MaximumAge   int          `yaml:"maximum_age"`
	Note         Text         `yaml:"note"` // what people must know before they call
	Status       Status       `yaml:"status"`
	Verified     Verification `yaml:"verified"`
}

// Kind is what sort of line it is.
type Kind string

// The kinds of lines.
const (
	Emergency   Kind = "emergency"
	Crisis      Kind = "crisis"
	Warm        Kind = "warm" // to be heard, not for an emergency
	Information Kind = "information"
	Interpreted Kind = "interpreter" // reaches the others through an interpreter
	Community   Kind = "community"   // health centres and the like, found by their website
)

// SMS is how to text a line.
type SMS struct {
	Number  string `yaml:"number"`
	Keyword Text   `yaml:"keyword"` // by the language it leads to; an empty one: any words will do
}

// Interpreter is how to be understood by a line.
type Interpreter struct {
	Press     string   `yaml:"press"`     // the key to press
	Say       string   `yaml:"say"`       // what to say, in the line's language
	Via       string   `yaml:"via"`       // id of the line to call first
	Languages []string `yaml:"languages"` // BCP 47; none: most
}

// The kinds of crisis a line can be for, besides "any".
var crises = [...]string{"suicide", "selfharm", "violence", "child", "medical", "any"}

// Call is a line as it stands at one moment.
type Call struct {
	*Line
	Open  bool      // it answers now
	Opens time.Time // when it next does, in the line's zone; zero with Open false: hours not known
	State State     // what is not Verified must be said to be so
}

// Help is what to show a person in a crisis: never empty where the built-in
// lines are loaded.
type Help struct {
	Known     bool   // the country's own emergency number is among Emergency
	Emergency []Call // dial first where a life is at risk this minute
	Lines     []Call // best first
}

// First cuts Lines after n, but never through a pair.
func (h Help) First(n int) []Call {
	for n < len(h.Lines) && n > 0 && h.Lines[n].Pair != "" && h.Lines[n].Pair == h.Lines[n-1].Pair {
		n++
	}
	return h.Lines[:min(n, len(h.Lines))]
}

// Lines is what to show for a country (ISO 3166, or empty) and a kind of
// crisis (empty: any) to a person of a language. Lines for that very crisis
// and lines for any crisis come in this order: those with a source that was
// read; open now, then hours unknown, then closed; for this very crisis;
// crisis lines before warm ones; in the person's language, then with an
// interpreter; then as the files have them. Pairs stay together.
func (d *Directory) Lines(country, crisis string, now time.Time, language string) Help {
	if crisis == "" {
		crisis = "any"
	}
	chosen := func(l *Line) bool {
		return l.Kind != Emergency && l.Audience == "" && (slices.Contains(l.Crises, crisis) || slices.Contains(l.Crises, "any"))
	}
	urgent := func(l *Line) bool { return l.Kind == Emergency && l.Audience == "" }

	h := Help{Emergency: d.calls(country, now, urgent)}
	h.Known = len(h.Emergency) > 0
	if !h.Known {
		h.Emergency = d.calls("*", now, urgent)
	}
	h.Lines = d.calls(country, now, chosen)
	if !slices.ContainsFunc(h.Lines, func(c Call) bool { return c.Verified.Evidence != Memory }) {
		h.Lines = append(h.Lines, d.calls("*", now, chosen)...)
	}
	rank := func(c Call) [5]int {
		return [...]int{
			no(c.Verified.Evidence != Memory),
			c.wait(),
			no(slices.Contains(c.Crises, crisis)),
			no(c.Kind == Crisis),
			c.understands(language),
		}
	}
	slices.SortStableFunc(h.Lines, func(a, b Call) int {
		x, y := rank(a), rank(b)
		return slices.Compare(x[:], y[:])
	})
	h.Lines = together(h.Lines, d.calls(country, now, func(l *Line) bool { return l.Pair != "" && l.Audience == "" }))
	return h
}

// Support lists every line of a country but its emergency numbers, in the
// order of the files: for a person who looks around rather than one in need.
func (d *Directory) Support(country string, now time.Time) []Call {
	return d.calls(country, now, func(l *Line) bool { return l.Kind != Emergency })
}

// Line finds a line by its id, whatever its status; nil if there is none.
func (d *Directory) Line(id string) *Line {
	for _, l := range d.lines {
		if l.ID == id {
			return l
		}
	}
	return nil
}

func (d *Directory) calls(country string, now time.Time, take func(*Line) bool) []Call {
	var calls []Call
	for _, l := range d.lines {
		if l.Status != Active || !slices.Contains(l.Countries, country) || !take(l) {
			continue
		}
		c := Call{Line: l, Open: l.Always, State: l.Verified.At(now)}
		if !l.Always {
			c.Open, c.Opens = open(l.Schedules, now)
		}
		calls = append(calls, c)
	}
	return calls
}

// together puts the other lines of each pair behind the first one.
func together(calls, pairs []Call) []Call {
	var out []Call
	for _, c := range calls {
		if slices.ContainsFunc(out, func(o Call) bool { return o.Line == c.Line }) {
			continue
		}
		out = append(out, c)
		if c.Pair == "" {
			continue
		}
		for _, other := range pairs {
			if other.Pair == c.Pair && other.Line != c.Line {
				out = append(out, other)
			}
		}
	}
	return out
}

// wait ranks lines by how soon they answer.
func (c Call) wait() int {
	switch {
	case c.Open:
		return 0
	case len(c.Schedules) == 0:
		return 1
	}
	return 2
}

// understands ranks lines by how well a person of a language is understood.
func (c Call) understands(language string) int {
	switch {
	case speaks(c.Languages, language):
		return 0
	case c.Interpreter != nil && (len(c.Interpreter.Languages) == 0 || speaks(c.Interpreter.Languages, language)):
		return 1
	}
	return 2
}

func no(b bool) int {
	if b {
		return 0
	}
	return 1
}
