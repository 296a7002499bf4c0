package locales

import (
	"fmt"
	"slices"
	"strings"
)

// Faults lists what a translator has to mend, each at its place: texts of the
// source language that another lacks, texts without words, placeholders that
// differ from the source's, missing plural forms, texts that the source does
// not have, and fallbacks that nobody knows. A text that is for workers alone
// may be missing. Nothing of it stops the bot: a missing text comes from a
// fallback. With tags, only of these languages.
func (c *Catalog) Faults(source string, tags ...string) []*Fault {
	from := c.locales[source]
	if from == nil {
		return []*Fault{{source + ".yaml", 0, "the source language is not there", "add the file"}}
	}
	var faults []*Fault
	for _, tag := range c.tags {
		if len(tags) > 0 && !slices.Contains(tags, tag) {
			continue
		}
		l := c.locales[tag]
		for _, f := range l.fallback {
			if c.locales[f] == nil {
				faults = append(faults, &Fault{l.file, l.line, "the fallback " + f + " is no language here", "name one that has a file"})
			}
		}
		for _, id := range c.ids {
			faults = append(faults, l.textFaults(id, from)...)
		}
	}
	return faults
}

func (l *Locale) textFaults(id string, from *Locale) (faults []*Fault) {
	t, s := l.own[id], from.own[id]
	switch {
	case t == nil && (s == nil || l.catalog.ForWorkers(id)):
		return nil
	case t == nil:
		return []*Fault{{l.file, l.line, "the text " + id + " is missing", fmt.Sprintf("translate %q", s.sample)}}
	case s == nil:
		return []*Fault{{t.file, t.line, id + " is no text of " + from.Tag, "correct its id or remove it"}}
	}
	fault := func(line int, wrong, mend string) { faults = append(faults, &Fault{t.file, line, wrong, mend}) }
	for _, w := range t.forms {
		if w != nil && w.empty {
			fault(w.line, id+" is empty", "write its text, or remove it to use the fallback's")
		}
	}
	if t.counted {
		var missing []string
		for _, f := range l.plurals.used {
			if t.forms[f] == nil {
				missing = append(missing, formNames[f])
			}
		}
		if missing != nil {
			fault(t.line, id+" lacks the plural form "+strings.Join(missing, ", "), l.English+" needs "+strings.Join(l.plurals.names(), ", "))
		}
	}
	if s.counted && !t.counted && len(l.plurals.used) > 1 {
		fault(t.line, id+" has one form for every number", l.English+" needs "+strings.Join(l.plurals.names(), ", "))
	}
	if t != s {
		faults = append(faults, t.holeFaults(s)...)
	}
	return faults
}

// holeFaults compares placeholders with the source's. A plural form may say
// the number in words and leave {count} out.
func (t *text) holeFaults(s *text) (faults []*Fault) {
	want := s.placeholders()
	for _, w := range t.forms {
		if w == nil || w.empty {
			continue
		}
		for _, name := range w.holes {
			if !slices.Contains(want, name) && !(name == "count" && s.counted) {
				faults = append(faults, &Fault{t.file, w.line, t.id + " has {" + name + "}, which nothing fills", "use only " + braced(want)})
			}
		}
		for _, name := range want {
			if !slices.Contains(w.holes, name) && !(name == "count" && t.counted) {
				faults = append(faults, &Fault{t.file, w.line, t.id + " lacks {" + name + "}", "put {" + name + "} where its value belongs"})
			}
		}
	}
	return faults
}

func braced(names []string) string {
	if len(names) == 0 {
		return "words"
	}
	return "{" + strings.Join(names, "}, {") + "}"
}
