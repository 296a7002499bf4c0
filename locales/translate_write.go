package locales

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// importer takes the entries of a PO file into a file of texts.
type importer struct {
	name    string
	plurals *plurals
	header  map[string]string
	source  []*wording // the English
	texts   []*wording // those of the file; start -1: new or changed
	file    *file
	reviews map[string]Review
	changed []*wording
	faults  []error
}

func (in *importer) fault(e *poEntry, wrong, mend string) {
	in.faults = append(in.faults, &Fault{in.name, e.line, wrong, mend})
}

// take takes one entry in.
func (in *importer) take(e *poEntry) {
	s := find(in.source, e.context)
	if s == nil {
		in.fault(e, e.context+" is no text of en", "remove the entry, or export the file again")
		return
	}
	if !slices.ContainsFunc(e.strs, func(s string) bool { return s != "" }) {
		return // not translated yet
	}
	if e.id != s.forms[other] && e.id != s.forms[one] {
		in.fault(e, e.context+" translates another English than en.yaml has now", "export the file again and take the translation over")
		return
	}
	w := &wording{id: e.context, counted: s.counted && len(in.plurals.used) > 1}
	old := find(in.texts, e.context)
	if len(in.plurals.used) == 1 && old != nil {
		w.counted = old.counted
	}
	want := 1
	if s.counted {
		want = len(in.plurals.used)
	}
	if len(e.strs) != want {
		in.fault(e, fmt.Sprintf("%s has %d forms", e.context, len(e.strs)), fmt.Sprintf("the language needs %d: %s", want, strings.Join(in.plurals.names(), ", ")))
		return
	}
	for i, str := range e.strs {
		at := other
		if s.counted {
			at = in.plurals.used[i]
		}
		if !in.filled(e, s, str) {
			return
		}
		w.forms[at] = str
	}
	same := old != nil && old.forms == w.forms
	if old != nil && !same && !old.counted && s.counted {
		same = !slices.ContainsFunc(e.strs, func(s string) bool { return s != old.forms[other] }) // one form for every number, as it was
	}
	if !same {
		in.changed = append(in.changed, w)
	}
	in.review(e, same)
}

// filled reports whether a translation has the placeholders of the English.
func (in *importer) filled(e *poEntry, s *wording, str string) bool {
	if strings.TrimSpace(str) == "" {
		in.fault(e, e.context+" lacks one of its forms", "translate every form")
		return false
	}
	parts, err := parse(str)
	if err != nil {
		in.fault(e, e.context+" has "+err.Error(), "write {name}, or {{ and }} for the braces themselves")
		return false
	}
	english, err := parse(s.forms[other])
	if err != nil {
		in.fault(e, "the English of "+e.context+" has "+err.Error(), "mend en.yaml")
		return false
	}
	got, want := holes(parts), holes(english)
	for _, hole := range got {
		if !slices.Contains(want, hole) {
			in.fault(e, e.context+" has {"+hole+"}, which nothing fills", "use only "+braced(want))
			return false
		}
	}
	for _, hole := range want {
		if !slices.Contains(got, hole) && !(hole == "count" && s.counted) {
			in.fault(e, e.context+" lacks {"+hole+"}", "put {"+hole+"} where its value belongs")
			return false
		}
	}
	return true
}

// review notes who has read a text.
func (in *importer) review(e *poEntry, same bool) {
	if e.fuzzy {
		in.reviews[e.context] = Review{State: Drafted}
		return
	}
	for _, n := range e.notes {
		if by, ok := strings.CutPrefix(n, reviewedNote); ok && same {
			if i := strings.LastIndex(by, ", "); i > 0 {
				in.reviews[e.context] = Review{Reviewed, by[:i], by[i+2:]}
				return
			}
		}
	}
	by, _, _ := strings.Cut(in.header["Last-Translator"], "<")
	on, _, _ := strings.Cut(in.header["PO-Revision-Date"], " ")
	by = strings.TrimSpace(by)
	if by == "" || strings.Contains(by, "FULL NAME") || len(on) != len("2026-11-21") {
		in.fault(e, e.context+" is marked as read, but by nobody", "mark it as needing work, or set Last-Translator and PO-Revision-Date (Poedit and Weblate do)")
		return
	}
	in.reviews[e.context] = Review{Reviewed, by, on}
}

// write gives the file with what has changed.
func (in *importer) write(own string) []byte {
	lines := strings.Split(own, "\n")
	after := map[int][]string{} // lines to write after a line
	instead := map[int]string{} // a text's first line; the others go
	gone := map[int]bool{}
	for _, w := range in.changed {
		text := w.yaml()
		if old := find(in.texts, w.id); old != nil {
			instead[old.start] = text
			for i := old.start + 1; i < old.end; i++ {
				gone[i] = true
			}
			continue
		}
		at, heading := in.place(lines, w.id)
		if heading != "" {
			after[at] = append(after[at], "", "  "+heading)
		}
		after[at] = append(after[at], text)
	}
	var out []string
	for i, l := range lines {
		switch {
		case instead[i] != "":
			out = append(out, instead[i])
		case !gone[i]:
			out = append(out, l)
		}
		out = append(out, after[i]...)
	}
	return []byte(in.writeReviews(strings.Join(out, "\n")))
}

// yaml is the text as a line of a file.
func (w *wording) yaml() string {
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s) + `"`
	}
	if !w.counted {
		return "  " + w.id + ": " + quote(w.forms[other])
	}
	var forms []string
	for f, s := range w.forms {
		if s != "" {
			forms = append(forms, formNames[f]+": "+quote(s))
		}
	}
	return "  " + w.id + ": {" + strings.Join(forms, ", ") + "}"
}

// place is the line after which a new text belongs: that of the nearest text
// before it in the English; and the heading of its section, where the file
// does not have it yet.
func (in *importer) place(lines []string, id string) (at int, heading string) {
	at = slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "texts:") })
	s := find(in.source, id)
	if s.heading != "" && !slices.ContainsFunc(lines, func(l string) bool { return strings.TrimSpace(l) == s.heading }) {
		heading = s.heading
		if i := slices.Index(in.source, s); i > 0 && in.source[i-1].heading == s.heading {
			heading = "" // the first of the section has brought it
		}
	}
	for _, before := range in.source {
		if before.id == id {
			break
		}
		if w := find(in.texts, before.id); w != nil {
			at = w.end - 1
		}
	}
	return at, heading
}

// writeReviews replaces review: and reviewed: where somebody's reading has
// changed them.
func (in *importer) writeReviews(text string) string {
	same := true
	for id, r := range in.reviews {
		t := in.file.texts[id]
		same = same && (t != nil && *t.review == r || t == nil && r == in.file.review)
	}
	if same {
		return text
	}
	ids := map[Review][]string{}
	for _, id := range slices.Sorted(maps.Keys(in.reviews)) {
		if r := in.reviews[id]; r.State == Reviewed {
			ids[r] = append(ids[r], id)
		}
	}
	block := []string{"review: {state: drafted}", "reviewed: []"}
	for i, r := range slices.SortedFunc(maps.Keys(ids), func(a, b Review) int { return strings.Compare(a.On+a.By, b.On+b.By) }) {
		if i == 0 {
			block[1] = "reviewed:"
		}
		block = append(block, fmt.Sprintf("  - {ids: [%s], by: %q, on: %s}", strings.Join(ids[r], ", "), r.By, r.On))
	}
	var out []string
	inside, done := false, false
	for _, l := range strings.Split(text, "\n") {
		if inside && (strings.HasPrefix(l, " ") || strings.HasPrefix(l, "-")) {
			continue
		}
		if inside = strings.HasPrefix(l, "review:") || strings.HasPrefix(l, "reviewed:"); inside {
			if !done {
				out, done = append(out, block...), true
			}
			continue
		}
		if !done && strings.HasPrefix(l, "texts:") {
			out, done = append(out, block...), true
		}
		out = append(out, l)
	}
	return strings.Join(out, "\n")
}
