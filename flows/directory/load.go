package directory

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"porchlight/locales"
)

//go:embed lines
var builtin embed.FS

// builtinPath is where the built-in files stand in the project, for faults.
const builtinPath = "flows/directory"

// origin is where an entry was written.
type origin struct {
	file    string
	line    int
	fields  map[string]int // line of each field
	drafted []string       // tags whose wording in this file is a draft
	builtin bool
}

// file is one YAML file of a layer: it has one of the lists.
type file struct {
	Drafted  []string     `yaml:"drafted"`  // tags whose wording nobody who speaks the language has reviewed
	Verified Verification `yaml:"verified"` // for entries without their own
	Services []yaml.Node  `yaml:"services"`
	Groups   []yaml.Node  `yaml:"groups"`
	Lines    []yaml.Node  `yaml:"lines"`
	Areas    []yaml.Node  `yaml:"areas"`
	Needs    []string     `yaml:"needs"`
}

// Load reads the built-in lines, then each layer: the folder of a pack with
// services.yaml, groups.yaml, lines.yaml (or lines/*.yaml), areas.yaml and
// needs.yaml, each optional, and country, timezone and languages of its
// org.yaml. A later entry replaces an earlier one of the same id. What cannot
// be read is a *locales.Fault with file and line, all of them joined; Faults
// has what can be read and is still wrong.
func Load(layers ...fs.FS) (*Directory, error) {
	l := loader{d: &Directory{service: map[string]*Service{}, origins: map[any]origin{}}}
	l.layer(builtin, true)
	for _, layer := range layers {
		l.layer(layer, false)
	}
	if err := errors.Join(l.faults...); err != nil {
		return nil, err
	}
	return l.d, nil
}

type loader struct {
	d      *Directory
	faults []error
	zone   Zone // of the organisation
	file   file
	at     origin // of the file
}

func (l *loader) layer(fsys fs.FS, isBuiltin bool) {
	if !isBuiltin {
		l.organisation(fsys)
	}
	names, err := fs.Glob(fsys, "lines/*.yaml")
	if err != nil {
		l.faults = append(l.faults, err)
	}
	for _, name := range append(names, "areas.yaml", "needs.yaml", "services.yaml", "groups.yaml", "lines.yaml") {
		content, err := fs.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			l.faults = append(l.faults, &locales.Fault{File: name, Wrong: err.Error(), Mend: "make the file readable"})
			continue
		}
		l.at = origin{file: name, builtin: isBuiltin}
		if isBuiltin {
			l.at.file = path.Join(builtinPath, name)
		}
		l.read(content)
	}
}

// organisation takes from org.yaml what schedules and checks need; the rest of
// that file is not the directory's.
func (l *loader) organisation(fsys fs.FS) {
	content, err := fs.ReadFile(fsys, "org.yaml")
	if err != nil {
		return
	}
	var org struct {
		Country   string   `yaml:"country"`
		Timezone  Zone     `yaml:"timezone"`
		Languages []string `yaml:"languages"`
	}
	l.at = origin{file: "org.yaml"}
	if err := yaml.Load(content, &org); err != nil {
		l.fault(err)
		return
	}
	l.zone, l.d.country, l.d.languages = org.Timezone, org.Country, org.Languages
}

func (l *loader) read(content []byte) {
	l.file = file{}
	if len(bytes.TrimSpace(content)) == 0 {
		return
	}
	if err := yaml.Load(content, &l.file, yaml.WithKnownFields()); err != nil {
		l.fault(err)
		return
	}
	l.at.drafted = l.file.Drafted
	seen := map[string]bool{}
	unique := func(id string, at origin) bool {
		if id == "" || strings.ContainsAny(id, "@ \t") || len(id) > 40 {
			l.wrong(at.line, fmt.Sprintf("the id %q cannot be used", id), "write an id of at most 40 characters, without spaces or @, such as welcome-cafe")
			return false
		}
		if seen[id] {
			l.wrong(at.line, fmt.Sprintf("the id %q stands twice in this file", id), "give each entry its own id")
			return false
		}
		seen[id] = true
		return true
	}
	for i := range l.file.Areas {
		var area Area
		if at, ok := l.entry(&l.file.Areas[i], &area); ok && unique(area.ID, at) {
			l.area(area, at)
		}
	}
	for group, nodes := range map[bool][]yaml.Node{false: l.file.Services, true: l.file.Groups} {
		for i := range nodes {
			s := &Service{Group: group}
			if at, ok := l.entry(&nodes[i], s); ok && unique(s.ID, at) {
				l.service(s, at)
			}
		}
	}
	for i := range l.file.Lines {
		line := &Line{}
		if at, ok := l.entry(&l.file.Lines[i], line); ok && unique(line.ID, at) {
			l.line(line, at)
		}
	}
	for _, need := range l.file.Needs {
		if !slices.Contains(l.d.needs, need) {
			l.d.needs = append(l.d.needs, need)
		}
	}
}

// entry reads one entry strictly and notes where its fields stand.
func (l *loader) entry(node *yaml.Node, into any) (origin, bool) {
	at := l.at
	at.line, at.fields = node.Line, map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		at.fields[node.Content[i].Value] = node.Content[i].Line
	}
	if err := node.Load(into, yaml.WithKnownFields()); err != nil {
		l.fault(err)
		return at, false
	}
	return at, true
}

func (l *loader) area(area Area, at origin) {
	area.folded = area.names()
	l.d.origins[area.ID] = at
	if i := slices.IndexFunc(l.d.areas, func(a Area) bool { return a.ID == area.ID }); i >= 0 {
		l.d.areas[i] = area
		return
	}
	l.d.areas = append(l.d.areas, area)
}

func (l *loader) service(s *Service, at origin) {
	l.common(&s.Status, &s.Verified, s.Schedules, at)
	l.d.origins[s] = at
	if old := l.d.service[s.ID]; old != nil {
		delete(l.d.origins, old)
		l.d.services[slices.Index(l.d.services, old)] = s
	} else {
		l.d.services = append(l.d.services, s)
	}
	l.d.service[s.ID] = s
}

func (l *loader) line(line *Line, at origin) {
	l.common(&line.Status, &line.Verified, line.Schedules, at)
	l.d.origins[line] = at
	if i := slices.IndexFunc(l.d.lines, func(o *Line) bool { return o.ID == line.ID }); i >= 0 {
		delete(l.d.origins, l.d.lines[i])
		l.d.lines[i] = line
		return
	}
	l.d.lines = append(l.d.lines, line)
}

// common fills in what an entry leaves to its file or organisation, and
// refuses what cannot be used at all.
func (l *loader) common(status *Status, v *Verification, schedules []*Schedule, at origin) {
	if *status == "" {
		*status = Active
	}
	if *status != Active && *status != Inactive {
		l.wrong(at.field("status"), fmt.Sprintf("the status %q is not known", *status), "write active or inactive")
	}
	if *v == (Verification{}) {
		*v = l.file.Verified
	}
	if v.State == "" {
		v.State = Unverified
	}
	if !slices.Contains([]State{Unverified, Verified, Stale}, v.State) {
		l.wrong(at.field("verified"), fmt.Sprintf("the state %q is not known", v.State), "write verified, unverified or stale")
	}
	if v.State == Verified && (v.By == "" || v.On.IsZero()) {
		l.wrong(at.field("verified"), "it is called verified, but not by whom and when", "add by: and on:, or write state: unverified")
	}
	for _, s := range schedules {
		if s.Zone.Location == nil {
			s.Zone = l.zone
		}
		if s.Zone.Location == nil {
			l.wrong(at.field("schedules"), "a schedule has no time zone", "add timezone: Europe/London to it, or to org.yaml")
			continue
		}
		if s.Start.IsZero() && (s.Rule == nil || s.Rule.option.Interval > 1 || s.Rule.option.Count > 0) {
			l.wrong(at.field("schedules"), "a schedule has no first day", "add dtstart: 2026-11-25")
			continue
		}
		s.never = !s.occurs()
	}
}

// field is the line of a field, or of the entry.
func (o origin) field(name string) int {
	if line, ok := o.fields[name]; ok {
		return line
	}
	return o.line
}

func (l *loader) wrong(line int, wrong, mend string) {
	l.faults = append(l.faults, &locales.Fault{File: l.at.file, Line: line, Wrong: wrong, Mend: mend})
}

// fault turns what the YAML reader says into faults with their lines.
func (l *loader) fault(err error) {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			l.yamlFault(e)
		}
	case errors.As(err, &one):
		l.yamlFault(one)
	default:
		l.wrong(0, err.Error(), "write the file as YAML")
	}
}

func (l *loader) yamlFault(e *yaml.LoadError) {
	wrong, mend, ok := strings.Cut(e.Message, "; ")
	if !ok {
		mend = "compare it with the entries of the built-in files"
	}
	if field, _, ok := strings.Cut(strings.TrimPrefix(wrong, "field "), " not found in type "); ok {
		wrong, mend = fmt.Sprintf("%q is not known here", field), "mend the spelling, or take it out; a text with a comma stands in quotes"
	}
	l.wrong(e.Mark.Line, wrong, mend)
}
