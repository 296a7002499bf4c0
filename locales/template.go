package locales

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	i18n "github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Args are the values for a text's placeholders. An int is written in the
// language's own digits; everything else, such as a phone number or the key of
// a choice, stays as it is. "count" also picks the plural form.
type Args map[string]any

// part is a piece of a text: words, or the name of a placeholder.
type part struct{ words, name string }

// template is a text whose placeholders have been found.
type template struct {
	parts []part
	size  int // bytes of all words
	l     *Locale
}

// parser makes templates for go-i18n. Its syntax is {name}; {{ and }} stand
// for the braces themselves.
type parser struct{ l *Locale }

// Cacheable says that one text is parsed once.
func (parser) Cacheable() bool { return true }

// Parse finds the placeholders of src. Delimiters are not configurable.
func (p parser) Parse(src, _, _ string) (i18n.ParsedTemplate, error) {
	parts, err := parse(src)
	if err != nil {
		return nil, err
	}
	t := &template{parts: parts, l: p.l}
	for _, part := range parts {
		t.size += len(part.words)
	}
	return t, nil
}

var (
	errUnclosed = errors.New("a { without its }")
	errUnopened = errors.New("a } without its {")
)

// parse splits a text into words and placeholders. A name is a lower-case
// letter, then lower-case letters, digits or _.
func parse(src string) ([]part, error) {
	var parts []part
	var words strings.Builder
	flush := func() {
		if words.Len() > 0 {
			parts = append(parts, part{words: words.String()})
			words.Reset()
		}
	}
	for src != "" {
		i := strings.IndexAny(src, "{}")
		if i < 0 {
			words.WriteString(src)
			break
		}
		words.WriteString(src[:i])
		brace, rest := src[i], src[i+1:]
		switch {
		case rest != "" && rest[0] == brace:
			words.WriteByte(brace)
			src = rest[1:]
		case brace == '}':
			return nil, errUnopened
		default:
			end := strings.IndexAny(rest, "{}")
			if end < 0 || rest[end] == '{' {
				return nil, errUnclosed
			}
			name := rest[:end]
			if !isName(name) {
				return nil, fmt.Errorf("{%s} is not a placeholder: a name has only a-z, 0-9 and _", name)
			}
			flush()
			parts = append(parts, part{name: name})
			src = rest[end+1:]
		}
	}
	flush()
	return parts, nil
}

// holes are the names of the placeholders among parts, sorted, each once.
func holes(parts []part) []string {
	var names []string
	for _, p := range parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9')) {
			return false
		}
	}
	return s != ""
}

// Execute writes the text with data, an Args, in its places. A placeholder
// that has no value is left out.
func (t *template) Execute(data any) (string, error) {
	if len(t.parts) == 1 && t.parts[0].name == "" {
		return t.parts[0].words, nil
	}
	args, _ := data.(Args)
	b := make([]byte, 0, t.size+24*len(t.parts))
	for _, p := range t.parts {
		if p.name == "" {
			b = append(b, p.words...)
			continue
		}
		switch v := args[p.name].(type) {
		case nil:
		case string:
			b = append(b, v...)
		case int:
			b = t.l.appendNumber(b, v)
		default:
			b = fmt.Append(b, v)
		}
	}
	return string(b), nil
}
