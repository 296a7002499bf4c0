package locales

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func render(t interface{ Fatal(...any) }, src string, args Args) (string, error) {
	tmpl, err := parser{&Locale{writes: &writing{Group: ","}}}.Parse(src, "", "")
	if err != nil {
		return "", err
	}
	s, err := tmpl.Execute(args)
	if err != nil {
		t.Fatal(err)
	}
	return s, nil
}

func TestTemplate(t *testing.T) {
	args := Args{"name": "Amina", "count": 1234, "phone": "116 123", "other": 2.5}
	for _, c := range []struct{ src, want, err string }{
		{"", "", ""},
		{"hello", "hello", ""},
		{"{name}", "Amina", ""},
		{"a {name} b {count}c", "a Amina b 1,234c", ""},
		{"{{name}} {{{name}}}", "{name} {Amina}", ""},
		{"{missing}.", ".", ""},
		{"{other}", "2.5", ""},
		{"سلام {name}", "سلام Amina", ""},
		{"{name", "", "without its }"},
		{"name}", "", "without its {"},
		{"{na{me}}", "", "without its }"},
		{"{Name}", "", "not a placeholder"},
		{"{}", "", "not a placeholder"},
		{"{ name }", "", "not a placeholder"},
		{"{1st}", "", "not a placeholder"},
	} {
		got, err := render(t, c.src, args)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %q, %v; want %q, %s", c.src, got, err, c.want, c.err)
		}
	}
}

// TestTemplateRoundTrip builds texts from words and placeholders and expects
// exactly those back, whatever the words are.
func TestTemplateRoundTrip(t *testing.T) {
	escape := strings.NewReplacer("{", "{{", "}", "}}")
	rapid.Check(t, func(t *rapid.T) {
		var src, want strings.Builder
		args := Args{}
		for i := range rapid.IntRange(0, 6).Draw(t, "parts") {
			words := rapid.String().Draw(t, "words")
			src.WriteString(escape.Replace(words))
			want.WriteString(words)
			name := fmt.Sprintf("%s%d", rapid.StringMatching(`[a-z][a-z0-9_]{0,5}`).Draw(t, "name"), i)
			value := rapid.String().Draw(t, "value")
			args[name] = value
			src.WriteString("{" + name + "}")
			want.WriteString(value)
		}
		got, err := render(t, src.String(), args)
		if err != nil || got != want.String() {
			t.Fatalf("%q: %q, %v; want %q", src.String(), got, err, want.String())
		}
	})
}

// FuzzTemplate: what parses says its own placeholders, and filling them with
// themselves gives the text back, but for doubled braces.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "{a}", "{{", "}}", "{a}{b}{{c}}", "}{", "{\x00}", "۱{count}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		parts, err := parse(src)
		if err != nil {
			return
		}
		args := Args{}
		for _, name := range holes(parts) {
			args[name] = "{" + name + "}"
		}
		got, err := render(t, src, args)
		if err != nil {
			t.Fatalf("%q parsed once but not twice: %v", src, err)
		}
		if want := strings.NewReplacer("{{", "{", "}}", "}").Replace(src); got != want {
			t.Fatalf("%q: %q, want %q", src, got, want)
		}
	})
}
