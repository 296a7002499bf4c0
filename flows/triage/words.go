package triage

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"porchlight/locales"
)

// line is a piece of a words file and where it stands.
type line struct {
	text string
	file string
	line int
}

func (l line) fault(wrong, mend string) *locales.Fault {
	return &locales.Fault{File: l.file, Line: l.line, Wrong: wrong, Mend: mend}
}

// wordsFile is what the words files of one language say together.
type wordsFile struct {
	tag      string
	review   Review
	lists    map[string][]line // by key: "polite", "commands.stop", "crisis.suicide"...
	sample   []string
	latin    []string
	patterns []pattern
	enough   float32 // how much many signs weigh; 0: not said
}

var errNoWords = errors.New("no *.words.yaml in any layer")

// listKeys gives the lists that a words file may have: at the top, under
// commands and under crisis.
func listKeys() (flat, command, crisis []string) {
	flat = []string{"names", "polite", "aside", "around", "fillers", "harmless", "known", "joined", "prefixes", "common", "everyday", "mention"}
	for _, c := range everyCommand() {
		command = append(command, string(c))
	}
	for _, c := range severity() {
		crisis = append(crisis, string(c))
	}
	return flat, command, crisis
}

// severity gives the kinds of crisis, the most pressing first.
func severity() []Crisis { return []Crisis{Medical, Violence, Child, Suicide, SelfHarm} }

func everyCommand() []Command {
	return []Command{Stop, Start, Help, Menu, Lang, Groups, Find, Talk, Learn, TakePart, Forget}
}

// Load reads every <tag>.words.yaml and <tag>.examples.tsv at the root of the
// layers. The commands, crisis phrases and idioms of all files apply whatever tags are given; only
// the guess of a language is limited to tags. A tag without a words file is
// never guessed. What is wrong with the files comes back as joined
// *locales.Fault.
func Load(tags []string, layers ...fs.FS) (*Reader, error) {
	sources, err := readSources(layers)
	if err != nil {
		return nil, err
	}
	r, _, err := build(tags, sources)
	return r, err
}

// build makes a reader of words files, and gives the patterns that it holds, in
// the order of matcher.patterns.
func build(tags []string, sources []*source) (*Reader, []pattern, error) {
	examples, faults := examplesOf(sources)
	sources = slices.DeleteFunc(slices.Clone(sources), isExamples)
	var work sync.WaitGroup
	for _, src := range sources {
		work.Go(src.parse)
	}
	work.Wait()
	files := make(map[string]*wordsFile, len(sources))
	for _, src := range sources {
		tag := strings.TrimSuffix(path.Base(src.name), ".words.yaml")
		if files[tag] == nil {
			files[tag] = &wordsFile{tag: tag, lists: map[string][]line{}}
		}
		faults = append(faults, files[tag].add(src)...)
	}
	if len(files) == 0 {
		return nil, nil, errNoWords
	}
	all := make([]*wordsFile, 0, len(files))
	for _, f := range files {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *wordsFile) int { return strings.Compare(a.tag, b.tag) })

	r := &Reader{Reviews: map[string]Review{}, Joined: map[string]bool{}, Aside: map[string]bool{}}
	for _, f := range all {
		r.Reviews[f.tag] = f.review
		for _, l := range f.lists["joined"] {
			r.Joined[phrase(l.text)] = true
		}
		for _, l := range f.lists["aside"] {
			r.Aside[phrase(l.text)] = true
		}
	}
	wrong := make([][]error, len(all))
	for i, f := range all {
		work.Go(func() { wrong[i] = f.parse(r.Joined) })
	}
	work.Wait()
	faults = append(faults, slices.Concat(wrong...)...)
	if err := errors.Join(faults...); err != nil {
		return nil, nil, err
	}
	var lists [][]pattern
	for _, f := range all {
		lists = append(lists, f.patterns)
	}
	patterns := slices.Concat(lists...)
	for _, f := range all {
		for _, l := range f.lists["everyday"] {
			examples[f.tag] = append(examples[f.tag], example{text: l.text, kind: "sentence"})
		}
	}
	work.Go(func() { r.Commands = newCommands(all) })
	work.Go(func() { r.Calls = learn(examples, r.Joined) })
	g, lesson := newGuesser(all, examples, tags)
	work.Go(func() { g.train(lesson.texts) })
	r.Matcher = newMatcher(patterns, readLexicon(all), lesson.vocabulary())
	g.know(lesson, &r.Matcher.Vocabulary.words)
	work.Wait()
	r.Guesser = g
	r.doubt(examples)
	return r, patterns, nil
}

// source is one words file, or file of examples, of one layer.
type source struct {
	name string
	data []byte
	doc  yaml.Node
	err  error // what the parser says
}

func (s *source) parse() { s.err = yaml.Unmarshal(s.data, &s.doc) }

// readSources reads the words files and examples of all layers, in their order.
func readSources(layers []fs.FS) ([]*source, error) {
	var all []*source
	for _, layer := range layers {
		names, err := fs.Glob(layer, "*.words.yaml")
		if err != nil {
			return nil, fmt.Errorf("list words files: %w", err)
		}
		examples, err := fs.Glob(layer, "*"+examplesEnd)
		if err != nil {
			return nil, fmt.Errorf("list examples: %w", err)
		}
		for _, name := range append(names, examples...) {
			data, err := fs.ReadFile(layer, name)
			if err != nil {
				return nil, fmt.Errorf("read words file: %w", err)
			}
			all = append(all, &source{name: name, data: data})
		}
	}
	return all, nil
}

// add takes in one file of the language.
func (f *wordsFile) add(src *source) []error {
	name, doc := src.name, &src.doc
	if src.err != nil {
		return []error{&locales.Fault{File: name, Wrong: "not YAML: " + strings.ReplaceAll(src.err.Error(), "\n", " "), Mend: "mend what the parser names"}}
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return []error{&locales.Fault{File: name, Line: 1, Wrong: "not a words file", Mend: "begin with language: " + f.tag}}
	}
	flat, command, crisis := listKeys()
	var faults []error
	language := ""
	each(doc.Content[0], func(key, value *yaml.Node) {
		at := line{file: name, line: key.Line}
		switch k := key.Value; {
		case k == "language":
			language = value.Value
		case k == "review":
			f.review = Review{}
			each(value, func(key, value *yaml.Node) {
				switch key.Value {
				case "state":
					f.review.State = value.Value
				case "by":
					f.review.By = value.Value
				case "on":
					f.review.On = value.Value
				default:
					faults = append(faults, line{file: name, line: key.Line}.fault(fmt.Sprintf("unknown key %q in review", key.Value), "use state, by, on"))
				}
			})
			if fault := f.review.check(at); fault != nil {
				faults = append(faults, fault)
			}
		case k == "sample" || k == "latin":
			if value.Kind != yaml.ScalarNode || strings.TrimSpace(value.Value) == "" {
				faults = append(faults, at.fault(k+" has no text", "write 150 words or more after \""+k+": |\", or leave the key out"))
			} else if k == "sample" {
				f.sample = append(f.sample, value.Value)
			} else {
				f.latin = append(f.latin, value.Value)
			}
		case k == "signs":
			enough, err := strconv.ParseFloat(value.Value, 32)
			if err != nil || enough < 2 || enough > 20 {
				faults = append(faults, at.fault("signs is not a number from 2 to 20", "write how much signs must weigh together, such as signs: 4.5, or leave the key out"))
			}
			f.enough = float32(enough)
		case k == "commands":
			faults = append(faults, f.nested(k, command, name, value)...)
		case k == "crisis":
			faults = append(faults, f.nested(k, crisis, name, value)...)
		case slices.Contains(flat, k):
			faults = append(faults, f.list(k, name, key, value)...)
		default:
			faults = append(faults, at.fault(fmt.Sprintf("unknown key %q", k), "use one of language, review, commands, crisis, sample, latin, signs, "+strings.Join(flat, ", ")))
		}
	})
	if language != f.tag {
		faults = append(faults, &locales.Fault{File: name, Line: 1, Wrong: fmt.Sprintf("language is %q, not the %q of the file's name", language, f.tag), Mend: "write language: " + f.tag})
	}
	if f.review.State == "" {
		faults = append(faults, &locales.Fault{File: name, Line: 1, Wrong: "no review", Mend: "write review: {state: drafted}"})
	}
	return faults
}

func (f *wordsFile) nested(key string, allowed []string, name string, value *yaml.Node) (faults []error) {
	each(value, func(k, v *yaml.Node) {
		if !slices.Contains(allowed, k.Value) {
			faults = append(faults, line{file: name, line: k.Line}.fault(fmt.Sprintf("unknown key %q in %s", k.Value, key), "use one of "+strings.Join(allowed, ", ")))
			return
		}
		faults = append(faults, f.list(key+"."+k.Value, name, k, v)...)
	})
	return faults
}

func (f *wordsFile) list(key, name string, k, value *yaml.Node) (faults []error) {
	if value.Kind != yaml.SequenceNode || len(value.Content) == 0 {
		return []error{line{file: name, line: k.Line}.fault(key+" is not a list with something in it", "write - before each entry, or leave the key out")}
	}
	f.lists[key] = slices.Grow(f.lists[key], len(value.Content))
	for _, item := range value.Content {
		l := line{text: item.Value, file: name, line: item.Line}
		if item.Kind != yaml.ScalarNode || !strings.ContainsFunc(item.Value, func(r rune) bool { return classify(r) >= letter }) {
			faults = append(faults, l.fault("an entry of "+key+" has no words", "write a word or phrase; put it in quotes if it holds : # [ or {"))
			continue
		}
		f.lists[key] = append(f.lists[key], l)
	}
	return faults
}

// parse reads the patterns of the language.
func (f *wordsFile) parse(joined map[string]bool) (faults []error) {
	n := newNotation(joined)
	read := func(key string, k kind, what int) {
		for _, l := range f.lists[key] {
			if k == command && !isNotation(l.text) {
				continue
			}
			p, err := n.parse(l.text)
			if err == nil && p.parts != nil && k != call && k != command {
				err = fmt.Errorf("& works only in calls for help and commands, not in %q", l.text)
			}
			if err != nil {
				faults = append(faults, l.fault(err.Error(), "see the notation at the head of en.words.yaml"))
				continue
			}
			p.kind, p.what, p.language, p.line = k, uint8(what), f.tag, l
			f.patterns = append(f.patterns, p)
		}
	}
	for i, c := range severity() {
		read("crisis."+string(c), call, i+1)
	}
	read("harmless", harmless, 0)
	read("mention", mention, 0)
	for i, c := range everyCommand() {
		read("commands."+string(c), command, i)
	}
	return faults
}

func (r Review) check(at line) *locales.Fault {
	switch {
	case r.State == "drafted":
		return nil
	case r.State != "reviewed":
		return at.fault(fmt.Sprintf("review state is %q", r.State), "write drafted, or reviewed with by and on")
	case r.By == "" || len(r.On) != len("2026-11-21"):
		return at.fault("reviewed without saying by whom and on which day", "write review: {state: reviewed, by: \"A. Name\", on: 2026-11-21}")
	}
	return nil
}

// each calls do for every key of a mapping.
func each(n *yaml.Node, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i], n.Content[i+1])
	}
}
