package locales

import (
	"errors"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"
)

// file is one <tag>.yaml as it was read.
type file struct {
	path      string
	tag       string
	line      int // of language:
	name      string
	english   string
	direction string
	fallback  []string
	review    Review
	reviewed  []reviewedTexts
	workers   []string
	names     map[string]string
	separator string
	dates     *writing
	datesLine int
	texts     map[string]*text
	faults    []*Fault
}

type reviewedTexts struct {
	ids  []string
	as   Review
	line int
}

func (f *file) fault(line int, wrong, mend string) {
	f.faults = append(f.faults, &Fault{f.path, line, wrong, mend})
}

// isID tells the id of a text: parts of a-z, 0-9, _ and - with dots between,
// none of which begins with _ or -, nor the first with a digit.
func isID(s string) bool {
	first, begins := true, true
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9' && !(first && begins):
			begins = false
		case begins:
			return false
		case c == '.':
			first, begins = false, true
		case c != '_' && c != '-':
			return false
		}
	}
	return !begins
}

func newFile(path string, builtIn bool) *file {
	f := &file{path: path, texts: map[string]*text{}, names: map[string]string{}, review: Review{State: Drafted}}
	f.tag = strings.TrimSuffix(path, ".yaml")
	if builtIn {
		f.path = "locales/" + path
	}
	return f
}

// read takes in what the file says; what is wrong with it goes to its faults.
func (f *file) read(data []byte) {
	if t, err := language.Parse(f.tag); err != nil || t.String() != f.tag {
		f.fault(0, "the file's name is not a BCP 47 tag", "name it after its language, such as so.yaml or fa-AF.yaml")
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line := 0
		var at *yaml.LoadError
		if errors.As(err, &at) {
			line = at.Mark.Line
		}
		f.fault(line, strings.ReplaceAll(err.Error(), "\n", " "), "write it as YAML: texts in quotes, indented by two spaces")
		return
	}
	if len(doc.Content) == 0 {
		f.fault(0, "the file is empty", "write texts: and the texts below it")
		return
	}
	f.each(doc.Content[0], "the file", func(key, value *yaml.Node) {
		switch key.Value {
		case "language":
			f.line = key.Line
			if s := f.str(value); s != f.tag {
				f.fault(value.Line, "language is "+s+", the file's name says "+f.tag, "make both the same")
			}
		case "name":
			f.name = f.str(value)
		case "english":
			f.english = f.str(value)
		case "direction":
			if f.direction = f.str(value); f.direction != "ltr" && f.direction != "rtl" {
				f.fault(value.Line, "direction is "+f.direction, "write ltr or rtl")
			}
		case "fallback":
			f.fallback = f.strs(value)
		case "review":
			f.review = f.readReview(value)
		case "reviewed":
			f.readReviewed(value)
		case "workers":
			f.workers = f.strs(value)
		case "names":
			f.each(value, "names", func(k, v *yaml.Node) { f.names[k.Value] = f.str(v) })
		case "separator":
			f.separator = f.str(value)
		case "dates":
			f.datesLine = key.Line
			f.dates = &writing{}
			if err := value.Decode(f.dates); err != nil {
				f.fault(key.Line, "dates cannot be read", "see dates.json for what they are made of")
			}
		case "texts":
			f.each(value, "texts", f.readText)
		default:
			f.fault(key.Line, key.Value+" is not known here", "remove it, or see the head of en.yaml for the right name")
		}
	})
	f.applyReviews()
}

// each walks a mapping and refuses a key that comes twice.
func (f *file) each(n *yaml.Node, what string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		if n.Kind != yaml.ScalarNode || n.Value != "" {
			f.fault(n.Line, what+" is not a list of names and values", "write name: value, one a line")
		}
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			f.fault(key.Line, key.Value+" is here twice", "keep one of them")
			continue
		}
		seen[key.Value] = true
		do(key, value)
	}
}

func (f *file) str(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		f.fault(n.Line, "a list stands where a text belongs", `write the text in quotes: "..."`)
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	return strings.TrimRight(n.Value, "\n")
}

func (f *file) strs(n *yaml.Node) (all []string) {
	if n.Kind != yaml.SequenceNode {
		f.fault(n.Line, "a single value stands where a list belongs", "write [one, two]")
		return nil
	}
	for _, item := range n.Content {
		all = append(all, f.str(item))
	}
	return all
}

func (f *file) readReview(n *yaml.Node) (r Review) {
	f.each(n, "review", func(k, v *yaml.Node) {
		switch k.Value {
		case "state":
			r.State = f.str(v)
		case "by":
			r.By = f.str(v)
		case "on":
			r.On = f.str(v)
		default:
			f.fault(k.Line, k.Value+" is not known in review", "use state, by and on")
		}
	})
	switch r.State {
	case Drafted:
	case Reviewed:
		f.checkReview(n.Line, r)
	default:
		f.fault(n.Line, "the state of the review is "+r.State, "write drafted or reviewed")
	}
	return r
}

func (f *file) readReviewed(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Value == "" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		f.fault(n.Line, "reviewed is not a list", `write - {ids: [...], by: "Name", on: 2026-11-21}`)
		return
	}
	for _, item := range n.Content {
		r := reviewedTexts{as: Review{State: Reviewed}, line: item.Line}
		f.each(item, "reviewed", func(k, v *yaml.Node) {
			switch k.Value {
			case "ids":
				r.ids = f.strs(v)
			case "by":
				r.as.By = f.str(v)
			case "on":
				r.as.On = f.str(v)
			default:
				f.fault(k.Line, k.Value+" is not known in reviewed", "use ids, by and on")
			}
		})
		f.checkReview(item.Line, r.as)
		f.reviewed = append(f.reviewed, r)
	}
}

func (f *file) checkReview(line int, r Review) {
	if _, err := time.Parse(time.DateOnly, r.On); err != nil || r.By == "" {
		f.fault(line, "a review without a name or a day", `add by: "Name", on: 2026-11-21`)
	}
}

// applyReviews gives every text its review.
func (f *file) applyReviews() {
	review := f.review
	for id, t := range f.texts {
		t.review = &review
		for i, r := range f.reviewed {
			if covers(r.ids, id) {
				t.review = &f.reviewed[i].as
			}
		}
	}
	for _, r := range f.reviewed {
		for _, pattern := range r.ids {
			found := false
			for id := range f.texts {
				found = found || covers([]string{pattern}, id)
			}
			if !found {
				f.fault(r.line, pattern+" is reviewed, but no such text is in this file", "correct the id or remove it")
			}
		}
	}
}

func (f *file) readText(key, value *yaml.Node) {
	if !isID(key.Value) {
		f.fault(key.Line, key.Value+" is not an id of a text", "use small letters, digits and dots: menu.title")
		return
	}
	t := &text{id: key.Value, file: f.path, line: key.Line}
	m := i18n.Message{ID: t.id}
	into := [...]*string{&m.Zero, &m.One, &m.Two, &m.Few, &m.Many, &m.Other}
	put := func(at form, n *yaml.Node) {
		s := f.str(n)
		w := &written{line: n.Line, empty: strings.TrimSpace(s) == ""}
		t.forms[at] = w
		parts, err := parse(s)
		if err != nil {
			f.fault(n.Line, t.id+" has "+err.Error(), "write {name}, or {{ and }} for the braces themselves")
			return
		}
		w.holes = holes(parts)
		*into[at] = s
	}
	if value.Kind == yaml.MappingNode {
		t.counted = true
		f.each(value, t.id, func(k, v *yaml.Node) {
			at := formOf(k.Value)
			if at < 0 {
				f.fault(k.Line, t.id+" has "+k.Value+", which is no plural form", "use zero, one, two, few, many, other")
				return
			}
			put(form(at), v)
		})
	} else {
		put(other, value)
	}
	for at, says := range messageForms(&m) {
		if says != nil {
			t.forms[at].says = says
		}
	}
	t.sample = m.Other
	f.texts[t.id] = t
}
