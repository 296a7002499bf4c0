package locales

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Catalog is every language that Load found. It is read-only and safe for use
// by many goroutines.
type Catalog struct {
	locales map[string]*Locale
	tags    []string
	ids     []string
	workers []string          // ids and groups of texts that only workers see
	spoken  map[string]string // folded tags, aliases and names of languages
}

// Load reads <tag>.yaml of each layer; *.words.yaml are no texts and are left
// to others. A later layer, such as an organisation's own wording, replaces
// single texts of a language that an earlier one has, or adds a language. The
// error joins a *Fault for everything that cannot be read; a missing
// translation is none of these, see Faults.
func Load(layers ...fs.FS) (*Catalog, error) {
	writings, err := readWritings()
	if err != nil {
		return nil, err
	}
	names, err := readNames()
	if err != nil {
		return nil, err
	}
	files, err := readFiles(layers)
	if err != nil {
		return nil, err
	}
	c := &Catalog{locales: make(map[string]*Locale, len(files))}
	var faults []error
	for _, f := range files {
		c.add(f, names[f.tag])
		for _, fault := range f.faults {
			faults = append(faults, fault)
		}
	}
	c.tags = slices.Sorted(maps.Keys(c.locales))
	bundle := newBundle()
	for _, tag := range c.tags {
		if fault := c.locales[tag].prepare(bundle, writings); fault != nil {
			faults = append(faults, fault)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	c.resolve()
	c.learnNames()
	return c, nil
}

// readFiles reads the files of texts of all layers, in their order.
func readFiles(layers []fs.FS) ([]*file, error) {
	var files []*file
	var work sync.WaitGroup
	for _, layer := range layers {
		paths, err := fs.Glob(layer, "*.y*ml")
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			if strings.HasSuffix(p, ".words.yaml") {
				continue
			}
			f := newFile(p, layer == fs.FS(FS))
			files = append(files, f)
			if !strings.HasSuffix(p, ".yaml") {
				f.fault(0, "only .yaml files are read", "name it "+strings.TrimSuffix(p, path.Ext(p))+".yaml")
				continue
			}
			data, err := fs.ReadFile(layer, p)
			if err != nil {
				return nil, fmt.Errorf("read the texts of %s: %w", p, err)
			}
			work.Go(func() { f.read(data) })
		}
	}
	work.Wait()
	return files, nil
}

// add lays a file over what is there of its language. names are what the
// language calls the others unless the file says otherwise.
func (c *Catalog) add(f *file, names map[string]string) {
	c.workers = append(c.workers, f.workers...)
	l := c.locales[f.tag]
	if l == nil {
		if !f.complete() {
			return
		}
		l = &Locale{
			Tag: f.tag, Review: f.review, file: f.path, line: f.line, catalog: c,
			own: make(map[string]*text, len(f.texts)), names: maps.Clone(names),
		}
		c.locales[f.tag] = l
	}
	replace := func(old *string, new string) {
		if new != "" {
			*old = new
		}
	}
	replace(&l.Name, f.name)
	replace(&l.English, f.english)
	replace(&l.separator, f.separator)
	if f.direction != "" {
		l.RTL = f.direction == "rtl"
	}
	if f.fallback != nil {
		l.fallback = f.fallback
	}
	if f.dates != nil {
		l.dates, l.datesLine = f.dates, f.datesLine
	}
	if l.names == nil {
		l.names = make(map[string]string, len(f.names))
	}
	maps.Copy(l.names, f.names)
	for id, t := range f.texts {
		t.l = l
		l.own[id] = t
	}
}

// complete reports whether the file has everything that a new language needs.
func (f *file) complete() bool {
	if len(f.faults) > 0 {
		return false
	}
	for _, need := range []struct{ key, value string }{
		{"name", f.name}, {"english", f.english}, {"direction", f.direction}, {"separator", f.separator},
	} {
		if need.value == "" {
			f.fault(1, "a new language without "+need.key+":", "copy the first lines of en.yaml")
		}
	}
	return len(f.faults) == 0
}

// prepare makes ready how a language counts and writes.
func (l *Locale) prepare(bundle *i18n.Bundle, writings map[string]*writing) *Fault {
	p, err := pluralsOf(bundle, l.Tag)
	if err != nil {
		return &Fault{l.file, l.line, "nobody has told how " + l.Tag + " counts (" + err.Error() + ")", "use the tag of a language with CLDR plural rules, or add it to countsLike in locales/plural.go"}
	}
	l.plurals = p
	w := writings[l.Tag]
	for _, tag := range append(slices.Clone(l.fallback), source) {
		if w == nil {
			w = writings[tag]
		}
	}
	w = w.with(l.dates)
	if err := w.compile(); err != nil {
		return &Fault{l.file, l.datesLine, err.Error(), "write the dates as dates.json does"}
	}
	l.writes = w
	return nil
}

// source is the language that every text is first written in, and the last
// that a missing one is taken from.
const source = "en"

// resolve finds, for every id, the text that each language says.
func (c *Catalog) resolve() {
	ids := map[string]bool{}
	for _, l := range c.locales {
		for id := range l.own {
			ids[id] = true
		}
	}
	c.ids = slices.Sorted(maps.Keys(ids))
	for _, l := range c.locales {
		l.all = maps.Clone(l.own)
		for _, tag := range append(slices.Clone(l.fallback), source) {
			from := c.locales[tag]
			if from == nil {
				continue
			}
			for id, t := range from.own {
				if l.all[id] == nil {
					l.all[id] = t
				}
			}
		}
	}
}

// Languages lists the tags, sorted.
func (c *Catalog) Languages() []string { return slices.Clone(c.tags) }

// Locale is the language of exactly this tag, or nil. Match finds it for what
// a person or a network calls it.
func (c *Catalog) Locale(tag string) *Locale { return c.locales[tag] }

// IDs lists the ids of all texts of all languages, sorted.
func (c *Catalog) IDs() []string { return slices.Clone(c.ids) }

// ForWorkers reports whether only people who work for the organisation see a
// text. A language may lack it: it then comes from the fallbacks, until
// somebody works in that language.
func (c *Catalog) ForWorkers(id string) bool { return covers(c.workers, id) }

// covers reports whether one of ids names id: in full, or as a group such as
// crisis.*.
func covers(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(pattern string) bool {
		ok, err := path.Match(pattern, id)
		return err == nil && ok
	})
}
