package directory

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Text is something said, by BCP 47 tag. The tag "und" stands for every
// language: the name of a place as its sign shows it.
type Text map[string]string

// In is the text for a tag, else for its parents ("fa" for "fa-AF"), else the
// "und" one, else for the fallbacks in their order, else English, else the one
// whose tag sorts first. It is empty only where nothing is said, or the text
// found is itself empty.
func (t Text) In(tag string, fallback ...string) string {
	if s, ok := t.lookup(tag); ok {
		return s
	}
	if s, ok := t["und"]; ok {
		return s
	}
	for _, tag := range fallback {
		if s, ok := t.lookup(tag); ok {
			return s
		}
	}
	if s, ok := t["en"]; ok {
		return s
	}
	first := ""
	for tag := range t {
		if first == "" || tag < first {
			first = tag
		}
	}
	return t[first]
}

// lookup cuts a tag from its end until a text is found (RFC 4647, 3.4).
func (t Text) lookup(tag string) (string, bool) {
	for tag != "" {
		if s, ok := t[tag]; ok {
			return s, true
		}
		cut := strings.LastIndexByte(tag, '-')
		if cut < 0 {
			break
		}
		tag = tag[:cut]
	}
	return "", false
}

// Has tells whether a reader of that language gets a text of their own.
func (t Text) Has(tag string) bool {
	if _, ok := t["und"]; ok {
		return true
	}
	_, ok := t.lookup(tag)
	return ok
}

// UnmarshalYAML reads one text for every language, or a text by tag.
func (t *Text) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*t = Text{"und": node.Value}
		return nil
	}
	var byTag map[string]string
	if err := node.Decode(&byTag); err != nil {
		return errors.New("a text is written as one line, or as one line a language, such as en: Welcome")
	}
	*t = byTag
	return nil
}

// speaks tells whether one of the tags serves a person of that language: the
// same tag, or one that says less ("en" and "en-GB", but not "fr" and "en").
func speaks(tags []string, language string) bool {
	return language != "" && slices.ContainsFunc(tags, func(tag string) bool {
		return tag == language || strings.HasPrefix(tag, language+"-") || strings.HasPrefix(language, tag+"-")
	})
}
