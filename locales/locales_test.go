package locales

import (
	"slices"
	"strings"
	"testing"
)

// TestBuiltIn holds the texts that ship to what check asks of them.
func TestBuiltIn(t *testing.T) {
	c := mustLoad(t, FS)
	for _, f := range c.Faults("en") {
		t.Error(f)
	}
	for _, tag := range c.Languages() {
		l := c.Locale(tag)
		if l.writes.Days == nil || l.separator == "" {
			t.Errorf("%s has no dates or no separator", tag)
		}
		if m, ok := c.Match(l.English); !ok || m != tag {
			t.Errorf("%s is found as %q", l.English, m)
		}
		for _, other := range c.Languages() {
			if other != tag && l.names[other] == "" {
				t.Errorf("%s.yaml has no name for %s (%s)", tag, other, c.Locale(other).English)
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
