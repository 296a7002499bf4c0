package locales

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// wording is a text as it stands in a file of texts.
type wording struct {
	id         string
	forms      [6]string
	counted    bool
	heading    string // the remark that its section begins with
	start, end int    // its lines, from 0, the end not included
}

// readWordings gives the texts of a file in their order, and the place of the
// line texts:.
func readWordings(path string, data []byte) (all []*wording, texts int, err error) {
	f := newFile(path, false)
	f.read(data)
	if len(f.faults) > 0 {
		faults := make([]error, len(f.faults))
		for i, fault := range f.faults {
			faults[i] = fault
		}
		return nil, 0, errors.Join(faults...)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, 0, err
	}
	lines := strings.Split(string(data), "\n")
	end := len(lines)
	f.each(doc.Content[0], path, func(key, value *yaml.Node) {
		switch {
		case key.Value == "texts":
			texts = key.Line - 1
			f.each(value, path, func(k, v *yaml.Node) {
				w := &wording{id: k.Value, counted: v.Kind == yaml.MappingNode, start: k.Line - 1}
				if !w.counted {
					w.forms[other] = f.str(v)
				} else {
					f.each(v, path, func(form, s *yaml.Node) { w.forms[formOf(form.Value)] = f.str(s) })
				}
				all = append(all, w)
			})
		case texts > 0 && end == len(lines):
			end = key.Line - 1
		}
	})
	if texts == 0 {
		return nil, 0, &Fault{path, 0, "there is no line texts:", "add it below the first lines"}
	}
	heading, at := "", texts
	for i, w := range all {
		w.end = end
		if i+1 < len(all) {
			w.end = all[i+1].start
		}
		for ; at < w.start; at++ {
			if l := strings.TrimSpace(lines[at]); strings.HasPrefix(l, "# ---") {
				heading = l
			}
		}
		w.heading = heading
		for w.end > w.start+1 && (strings.TrimSpace(lines[w.end-1]) == "" || strings.HasPrefix(strings.TrimSpace(lines[w.end-1]), "#")) {
			w.end--
		}
	}
	return all, texts, nil
}

const reviewedNote = "reviewed by "

// ExportPO gives the texts of a language as a gettext PO file, which Weblate,
// Poedit and others read: the English as msgid, the text's id as msgctxt, a
// text that nobody has reviewed as fuzzy, and who has reviewed a text as a
// remark. english and own are the contents of en.yaml and <tag>.yaml; hint
// says beside each text what its translator should know of the English, such
// as its length.
func ExportPO(tag string, english, own []byte, hint func(english string) string) ([]byte, error) {
	source, _, err := readWordings("en.yaml", english)
	if err != nil {
		return nil, err
	}
	texts, _, err := readWordings(tag+".yaml", own)
	if err != nil {
		return nil, err
	}
	p, err := pluralsOf(newBundle(), tag)
	if err != nil {
		return nil, err
	}
	forms := p.poForms()
	if forms == "" {
		return nil, fmt.Errorf("gettext has no formula that counts as %s does: add it to poPlurals in locales/po.go", tag)
	}
	f := newFile(tag+".yaml", false)
	f.read(own)
	var entries []*poEntry
	for _, s := range source {
		e := &poEntry{context: s.id, id: s.forms[other], strs: []string{""}}
		if s.heading != "" {
			e.hints = append(e.hints, strings.Trim(s.heading, "# -"))
		}
		if s.counted {
			e.id, e.plural, e.strs = cmp.Or(s.forms[one], s.forms[other]), s.forms[other], make([]string, len(p.used))
			e.hints = append(e.hints, "In the order of "+strings.Join(p.names(), ", ")+" of the CLDR.")
		}
		if h := hint(s.forms[other]); h != "" {
			e.hints = append(e.hints, h)
		}
		if w := find(texts, s.id); w != nil {
			for i := range e.strs {
				at := other
				if s.counted && w.counted {
					at = p.used[i]
				}
				e.strs[i] = w.forms[at]
			}
			if r := f.texts[s.id].review; r.State == Reviewed {
				e.notes = append(e.notes, reviewedNote+r.By+", "+r.On)
			} else {
				e.fuzzy = true
			}
		}
		entries = append(entries, e)
	}
	return writePO([][2]string{
		{"Project-Id-Version", "porchlight"}, {"Language", strings.ReplaceAll(tag, "-", "_")},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=UTF-8"}, {"Content-Transfer-Encoding", "8bit"},
		{"Plural-Forms", forms},
	}, entries), nil
}

func find(all []*wording, id string) *wording {
	if i := slices.IndexFunc(all, func(w *wording) bool { return w.id == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// ImportPO gives <tag>.yaml with the texts of a PO file in it: texts that have
// not changed, remarks, sections and the order stay as they are in own. A text
// that is not fuzzy is reviewed, by the one that its remark names or, where it
// is new or has changed, by the PO file's Last-Translator on its day. name is the PO
// file's, for faults; the error joins a *Fault for each text with wrong
// placeholders, an unknown id or a review by nobody.
func ImportPO(tag, name string, po, english, own []byte) ([]byte, error) {
	source, _, err := readWordings("en.yaml", english)
	if err != nil {
		return nil, err
	}
	texts, _, err := readWordings(tag+".yaml", own)
	if err != nil {
		return nil, err
	}
	p, err := pluralsOf(newBundle(), tag)
	if err != nil {
		return nil, err
	}
	header, entries, fault := readPO(name, po)
	if fault != nil {
		return nil, fault
	}
	if l := strings.ReplaceAll(header["Language"], "_", "-"); l != tag {
		return nil, &Fault{name, 0, "its language is " + l + ", not " + tag, "import it as " + l}
	}
	f := newFile(tag+".yaml", false)
	f.read(own)
	in := importer{name: name, plurals: p, source: source, texts: texts, file: f, header: header, reviews: map[string]Review{}}
	for id, t := range f.texts {
		in.reviews[id] = *t.review
	}
	for _, e := range entries {
		in.take(e)
	}
	if err := errors.Join(in.faults...); err != nil {
		return nil, err
	}
	out := in.write(string(own))
	check := newFile(tag+".yaml", false)
	if check.read(out); len(check.faults) > 0 {
		return nil, check.faults[0]
	}
	return out, nil
}
