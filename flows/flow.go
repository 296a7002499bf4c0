package flows

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"porchlight/locales"
)

// FS holds the conversations that ship.
//
//go:embed *.yaml
var FS embed.FS

// Flow is one conversation: named states, of which Start is the first.
type Flow struct {
	ID     string            `yaml:"flow"`
	Start  string            `yaml:"start"`
	States map[string]*State `yaml:"states"`

	file string
}

// State is one place in a conversation: what is said there and what may follow.
// docs/flows.md explains each word with an example.
type State struct {
	Say     string   `yaml:"say"`     // id of a text
	Card    string   `yaml:"card"`    // what is shown of one thing: a service, a group, lines
	After   string   `yaml:"after"`   // id of a text under the card
	List    string   `yaml:"list"`    // things to choose from that a lookup finds
	Empty   string   `yaml:"empty"`   // id of the text when the list is empty
	Keep    string   `yaml:"keep"`    // name under which the chosen item is kept
	Pick    string   `yaml:"pick"`    // what is done with the chosen item
	Go      string   `yaml:"go"`      // where a chosen item leads
	Ask     string   `yaml:"ask"`     // what free text is understood as here
	Unknown string   `yaml:"unknown"` // id of the text when it is not understood
	Choices []Option `yaml:"choices"` // what else can be chosen
	Do      []string `yaml:"do"`      // what is done on arriving
	Then    string   `yaml:"then"`    // where to go on at once, in the same message
	Skip    *Skip    `yaml:"skip"`    // when to go elsewhere instead
	Aside   bool     `yaml:"aside"`   // said in between: the person stays where they were
	Urgent  bool     `yaml:"urgent"`  // leaves before everything else
	Stay    bool     `yaml:"stay"`    // is never edited away by a later message

	flow *Flow
	name string
	line int
}

// Option is one fixed choice of a state.
type Option struct {
	ID    string `yaml:"id"`
	Label string `yaml:"label"` // id of a text
	Go    string `yaml:"go"`
	Key   string `yaml:"key"`  // what to type, instead of the next number
	Word  string `yaml:"word"` // the command whose word, in the person's language, is the key
	When  string `yaml:"when"` // a condition; absent: always

	line int
}

// Skip leads elsewhere when a condition holds.
type Skip struct {
	When string `yaml:"when"`
	Go   string `yaml:"go"`
}

// UnmarshalYAML notes the line, so that faults can say where.
func (s *State) UnmarshalYAML(n *yaml.Node) error {
	type plain State
	s.line = n.Line
	return n.Decode((*plain)(s))
}

// UnmarshalYAML notes the line, so that faults can say where.
func (o *Option) UnmarshalYAML(n *yaml.Node) error {
	type plain Option
	o.line = n.Line
	return n.Decode((*plain)(o))
}

// Set is all conversations of a pack.
type Set struct {
	flows map[string]*Flow
}

// Load reads every *.yaml of the layers. A flow of a later layer replaces the
// flow of the same name. The error joins a *locales.Fault for each fault.
func Load(layers ...fs.FS) (*Set, error) {
	set := &Set{flows: map[string]*Flow{}}
	var faults []error
	for _, layer := range layers {
		files, err := fs.Glob(layer, "*.yaml")
		if err != nil {
			return nil, fmt.Errorf("list flows: %w", err)
		}
		for _, file := range files {
			f, err := read(layer, file)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			set.flows[f.ID] = f
		}
	}
	faults = append(faults, set.link()...)
	return set, errors.Join(faults...)
}

func read(layer fs.FS, file string) (*Flow, error) {
	data, err := fs.ReadFile(layer, file)
	if err != nil {
		return nil, fmt.Errorf("read flow: %w", err)
	}
	f := &Flow{file: path.Join("flows", file)}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, unreadable(f.file, err)
	}
	if fault := unknownWord(&root, f); fault != nil {
		fault.File = f.file
		return nil, fault
	}
	if err := root.Decode(f); err != nil {
		return nil, unreadable(f.file, err)
	}
	if f.ID == "" || f.ID+".yaml" != path.Base(file) {
		return nil, &locales.Fault{File: f.file, Line: 1, Wrong: fmt.Sprintf("the flow is called %q", f.ID),
			Mend: "give flow: and the file the same name"}
	}
	for name, s := range f.States {
		if s == nil {
			return nil, &locales.Fault{File: f.file, Wrong: fmt.Sprintf("state %q is empty", name), Mend: "give it a say:, or remove it"}
		}
		s.flow, s.name = f, name
	}
	return f, nil
}

// link finds what points nowhere.
func (set *Set) link() []error {
	var faults []error
	wrong := func(s *State, line int, what, mend string, args ...any) {
		faults = append(faults, &locales.Fault{File: s.flow.file, Line: line, Wrong: fmt.Sprintf(what, args...), Mend: mend})
	}
	for _, f := range set.Flows() {
		if f.States[f.Start] == nil {
			faults = append(faults, &locales.Fault{File: f.file, Line: 1, Wrong: fmt.Sprintf("start: %q is no state", f.Start), Mend: "name one of the states"})
		}
		for _, s := range f.sorted() {
			target := func(line int, to string) {
				if set.state(s.flow, to) == nil {
					wrong(s, line, "%q leads nowhere", "name a state of this flow, a flow, or flow.state", to)
				}
			}
			for _, o := range s.Choices {
				if o.ID == "" || o.Label == "" || o.Go == "" {
					wrong(s, o.line, "a choice lacks its id, label or go", "give it all three")
					continue
				}
				target(o.line, o.Go)
				if o.When != "" && conditions[o.When] == nil {
					wrong(s, o.line, "unknown condition %q", "use one of "+names(conditions), o.When)
				}
			}
			if s.List != "" {
				if lists[s.List] == nil {
					wrong(s, s.line, "unknown list %q", "use one of "+names(lists), s.List)
				}
				if s.Go == "" {
					wrong(s, s.line, "the items of list %q lead nowhere", "add go:", s.List)
				}
			}
			if s.Go != "" {
				target(s.line, s.Go)
			}
			if s.Then != "" {
				target(s.line, s.Then)
			}
			if s.Skip != nil {
				target(s.line, s.Skip.Go)
				if conditions[s.Skip.When] == nil {
					wrong(s, s.line, "unknown condition %q", "use one of "+names(conditions), s.Skip.When)
				}
			}
			if s.Card != "" && cards[s.Card] == nil {
				wrong(s, s.line, "unknown card %q", "use one of "+names(cards), s.Card)
			}
			if s.Ask != "" && s.Ask != "place" {
				wrong(s, s.line, "unknown question %q", "use ask: place", s.Ask)
			}
			if s.Ask != "" && (s.Unknown == "" || s.Go == "" || s.Pick == "") {
				wrong(s, s.line, "ask: needs unknown:, pick: and go:", "say what follows when the answer is understood, and when not")
			}
			for _, d := range s.Do {
				if actions[d] == nil {
					wrong(s, s.line, "unknown action %q", "use one of "+names(actions), d)
				}
			}
			if s.Pick != "" && picks[s.Pick] == nil {
				wrong(s, s.line, "unknown pick %q", "use one of "+names(picks), s.Pick)
			}
			if s.Say == "" && s.Card == "" && s.Then == "" {
				wrong(s, s.line, "state %q says nothing", "add say:, card: or then:", s.name)
			}
		}
	}
	for _, need := range entries {
		if set.at(need) == nil {
			faults = append(faults, &locales.Fault{File: "flows/" + strings.Split(need, ".")[0] + ".yaml", Wrong: "state " + need + " is missing", Mend: "every pack needs it: a word that works everywhere leads there"})
		}
	}
	return faults
}

// Flows lists the flows in the order of their names.
func (set *Set) Flows() []*Flow {
	var out []*Flow
	for _, id := range slices.Sorted(maps.Keys(set.flows)) {
		out = append(out, set.flows[id])
	}
	return out
}

// Names lists the states of the flow in order.
func (f *Flow) Names() []string { return slices.Sorted(maps.Keys(f.States)) }

// File is the file that holds the flow, within its layer.
func (f *Flow) File() string { return f.file }

func (f *Flow) sorted() []*State {
	var out []*State
	for _, n := range f.Names() {
		out = append(out, f.States[n])
	}
	return out
}

// Line is where the state begins in its file, from 1.
func (s *State) Line() int { return s.line }

// Path is the state's name everywhere: "flow.state".
func (s *State) Path() string { return s.flow.ID + "." + s.name }

// state finds what go: means inside a flow: a state of it, another flow's
// start, or flow.state. It is nil when there is no such place.
func (set *Set) state(from *Flow, to string) *State {
	if s := from.States[to]; s != nil {
		return s
	}
	if f := set.flows[to]; f != nil {
		return f.States[f.Start]
	}
	return set.at(to)
}

// at finds flow.state, or nil.
func (set *Set) at(path string) *State {
	flow, state, _ := strings.Cut(path, ".")
	if f := set.flows[flow]; f != nil {
		return f.States[state]
	}
	return nil
}

// LineOf is the line on which the state begins that first uses a text, from 1.
func (f *Flow) LineOf(id string) int {
	line := 0
	for _, s := range f.States {
		uses := slices.Contains([]string{s.Say, s.After, s.Empty, s.Unknown}, id)
		uses = uses || slices.ContainsFunc(s.Choices, func(o Option) bool { return o.Label == id })
		if uses && (line == 0 || s.line < line) {
			line = s.line
		}
	}
	return line
}

// Leads lists where a state leads, as flow.state.
func (set *Set) Leads(s *State) []string {
	to := []string{s.Go, s.Then}
	for _, o := range s.Choices {
		to = append(to, o.Go)
	}
	if s.Skip != nil {
		to = append(to, s.Skip.Go)
	}
	var paths []string
	for _, name := range to {
		if name == "" {
			continue
		}
		if next := set.state(s.flow, name); next != nil {
			paths = append(paths, next.Path())
		}
	}
	return paths
}

// Texts lists the ids of all texts that the flow's states use.
func (f *Flow) Texts() []string {
	var ids []string
	for _, s := range f.sorted() {
		ids = append(ids, s.Say, s.After, s.Empty, s.Unknown)
		for _, o := range s.Choices {
			ids = append(ids, o.Label)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 0 && ids[0] == "" {
		ids = ids[1:]
	}
	return ids
}

func names[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
