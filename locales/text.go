package locales

import (
	"maps"
	"slices"
	"strings"
)

// Review is how far a text has been checked by a person.
type Review struct {
	State string // Drafted or Reviewed
	By    string // who reviewed it; empty while drafted
	On    string // the day, YYYY-MM-DD; empty while drafted
}

// The states of a Review.
const (
	Drafted  = "drafted"
	Reviewed = "reviewed"
)

// Locale is one language: its texts and how it writes. It is read-only after
// Load and safe for use by many goroutines.
type Locale struct {
	Tag     string // BCP 47
	Name    string // in its own language and script
	English string // in English
	RTL     bool   // written from right to left
	Review  Review // of every text that names no review of its own

	separator string
	names     map[string]string // other languages, by tag
	fallback  []string
	own       map[string]*text // texts of this language
	all       map[string]*text // own, then those of the fallbacks
	file      string
	line      int      // of the tag, in file
	dates     *writing // what the files say of it; may be nil
	datesLine int
	writes    *writing // how it writes dates, times and numbers
	plurals   *plurals
	catalog   *Catalog
}

// text is one text in one language.
type text struct {
	id      string
	forms   [6]*written
	counted bool   // written with plural forms
	sample  string // as written; of a counted text the general form
	file    string
	line    int
	review  *Review
	l       *Locale // whose plural forms and digits it has
}

// written is one form of a text.
type written struct {
	says  executor // nil: nothing
	line  int
	empty bool     // the form is there, without words
	holes []string // its placeholders, sorted
}

// Text is the text of an id with args in its placeholders. A text that the
// language lacks comes from its fallbacks, in the order its file names them,
// and from English at the last; an id that nobody has is empty, never a
// marker on a person's phone: see Has and Catalog.Faults.
func (l *Locale) Text(id string, args Args) string {
	t := l.all[id]
	if t == nil {
		return ""
	}
	w := t.forms[other]
	if t.counted {
		if n, ok := args["count"].(int); ok {
			if f := t.forms[t.l.plurals.form(n)]; f != nil && f.says != nil {
				w = f
			}
		}
	}
	if w == nil || w.says == nil {
		return ""
	}
	s, err := w.says.Execute(parser{t.l}, args)
	if err != nil { // cannot be: Load has parsed it and refused what does not parse
		return ""
	}
	return s
}

// Has reports whether the language has a text of its own, not a fallback's.
func (l *Locale) Has(id string) bool { return l.own[id] != nil }

// State is how far the text that Text gives has been checked; of a fallback's
// text it is the fallback's. The zero Review: nobody has the text.
func (l *Locale) State(id string) Review {
	if t := l.all[id]; t != nil {
		return *t.review
	}
	return Review{}
}

// Where is the file and line of the text that Text gives; of a fallback's text
// it is the fallback's. Line 0: nobody has the text.
func (l *Locale) Where(id string) (file string, line int) {
	if t := l.all[id]; t != nil {
		return t.file, t.line
	}
	return l.file, 0
}

// Takes reports whether a text has placeholders at all.
func (l *Locale) Takes(id string) bool {
	t := l.all[id]
	return t != nil && slices.ContainsFunc(t.forms[:], func(w *written) bool { return w != nil && len(w.holes) > 0 })
}

// Placeholders lists the names that a text needs in Args, sorted.
func (l *Locale) Placeholders(id string) []string {
	if t := l.all[id]; t != nil {
		return t.placeholders()
	}
	return nil
}

func (t *text) placeholders() []string {
	set := map[string]bool{}
	for _, w := range t.forms {
		if w == nil {
			continue
		}
		for _, n := range w.holes {
			set[n] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// LanguageName is the name of another language in this one, such as Dari in
// English for fa-AF: the file's, or else the CLDR's (names.json); where neither
// has one, that language's own name, and the tag itself when nothing is known
// of it.
func (l *Locale) LanguageName(tag string) string {
	if n := l.names[tag]; n != "" {
		return n
	}
	if o := l.catalog.Locale(tag); o != nil {
		return o.Name
	}
	return tag
}

// List joins items with the language's own comma.
func (l *Locale) List(items []string) string { return strings.Join(items, l.separator) }

// Line begins a line in the language's direction although its first word may
// be a foreign name: many phones lay out each line by its first letter.
func (l *Locale) Line(s string) string {
	const mark = "\u200f"
	if !l.RTL || s == "" {
		return s
	}
	return mark + s
}

// Isolate keeps a phone number, a short code or a Latin word in order inside
// right-to-left text, where "116 123" would otherwise display as "123 116". It
// puts a left-to-right mark on both sides, which also old phones know. In a
// left-to-right language s is unchanged: an invisible mark would halve what
// fits in a text message. Digits are never changed.
func (l *Locale) Isolate(s string) string {
	const mark = "\u200e"
	if !l.RTL || s == "" {
		return s
	}
	return mark + s + mark
}
