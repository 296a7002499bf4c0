package triage

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestSigns reads messages that no pattern holds, but that are made of the
// words of patterns.
func TestSigns(t *testing.T) {
	r, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte(`language: xx
review: {state: drafted}
crisis:
  violence: [belt bruise*, locked cellar, husband … shouting, strangle her, hide neighbour]
  suicide: [bridge rope, farewell letter, husband … rope, leave farewell note kitchen table]
harmless: [shouting match]
everyday: [the neighbour and my husband hide the eggs]
commands: {stop: [cellar belt strangle bruises locked]}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	const five = "belt over bruises in cellar she says strangle locked"
	for text, want := range map[string]Crisis{
		five:                                   Violence,
		"belt over bruises in cellar strangle": "", // too few
		"belt bridge bruises cellar letter strangle rope":                             "", // of two dangers
		"belt over belt over belt over belt over belt":                                Violence,
		"bruises husband cellar neighbour strangle eggs locked":                       "", // everyday words are few signs
		"bruises husband cellar neighbour strangle belt locked":                       Violence,
		"strangle and a shouting match belt over bruises cellar":                      "",      // part of something harmless
		"cellar belt strangle bruises locked":                                         "",      // a command as a whole
		"kitchen note farewell leave":                                                 "",      // too few
		"leave farewell note kitchen":                                                 Suicide, // the beginning of a pattern says more
		"belt over bruises " + strings.Repeat("word ", 40) + "cellar strangle locked": "",
		strings.Repeat("word ", 200) + five + strings.Repeat(" word", 200):            Violence,
	} {
		if got := r.Read(text, Hint{}); got.Crisis != want {
			t.Errorf("%.80q: %q (%q), want %q", text, got.Crisis, got.Matched, want)
		}
	}
	if got := r.Read("oh, "+five+" now", Hint{}).Matched; got != five {
		t.Errorf("matched %q", got)
	}
	if r.Mentions("bridge letter rope and letter farewell bridge") {
		t.Error("a text that only holds signs is said to speak of suicide")
	}
}
