package locales

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// TestBuiltIn holds every language that ships to what check asks of it.
func TestBuiltIn(t *testing.T) {
	c := mustLoad(t, FS)
	for _, tag := range c.Languages() {
		t.Run(tag, func(t *testing.T) {
			for _, f := range c.Faults("en", tag) {
				t.Error(f)
			}
			l := c.Locale(tag)
			if l.writes.Days == nil || l.separator == "" {
				t.Errorf("%s has no dates or no separator", tag)
			}
			for _, name := range []string{l.Name, l.English} {
				if m, ok := c.Match(name); !ok || m != tag {
					t.Errorf("%s is found as %q", name, m)
				}
			}
		})
	}
}

// TestNames holds that a file writes only names that the CLDR's data has
// otherwise, and that a language is always called something.
func TestNames(t *testing.T) {
	cldr, err := readNames()
	if err != nil {
		t.Fatal(err)
	}
	files, err := readFiles([]fs.FS{FS})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for tag, name := range f.names {
			if cldr[f.tag][tag] == name {
				t.Errorf("%s: names.json has %s for %s already; take it out of names", f.path, name, tag)
			}
		}
	}
	c := all(t)
	for in, row := range cldr {
		seen := map[string]string{}
		for tag, name := range row {
			if other := seen[name]; other != "" {
				t.Errorf("in %s both %s and %s are %s", in, tag, other, name)
			}
			seen[name] = tag
		}
		for _, tag := range c.Languages() {
			if l := c.Locale(in); l != nil && l.LanguageName(tag) == tag {
				t.Errorf("%s has no name for %s", in, tag)
			}
		}
	}
}

// gsm7 is the default alphabet of a text message, 3GPP TS 23.038: a letter
// outside it makes the message hold 70 letters instead of 160.
const gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
	"ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"

func TestPlainLetters(t *testing.T) {
	c := mustLoad(t, FS)
	for _, tag := range c.Languages() {
		if !slices.Contains([]string{"en", "so", "sw", "om", "fil", "rw"}, tag) {
			continue // written with more letters than the alphabet has
		}
		l := c.Locale(tag)
		for id := range l.own {
			s := l.Text(id, Args{"count": 2})
			if i := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(gsm7, r) }); i >= 0 {
				t.Errorf("%s.yaml: %s has %q, outside the plain alphabet", tag, id, s[i:])
			}
		}
	}
}
