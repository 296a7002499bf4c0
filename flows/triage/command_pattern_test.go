package triage

import (
	"testing"
	"testing/fstest"
)

// TestCommandPatterns: a pattern is a command only as the whole message, polite
// words apart, and never takes a call for help away.
func TestCommandPatterns(t *testing.T) {
	r := builtin(t)
	for text, want := range map[string]Command{
		"dont text me anymore":                          Stop,
		"Please do not message me again, thank you":     Stop,
		"take me off your list":                         Stop,
		"remove my number from your system please":      Stop,
		"my neighbours do not text me anymore at all":   "",
		"he will never call me again and I miss him":    "",
		"do not text me anymore after ten, only before": "",
	} {
		if got := r.Read(text, Hint{}); got.Command != want {
			t.Errorf("%q: %q, not %q", text, got.Command, want)
		}
	}
	if got := r.Read("dont text me anymore i want to die", Hint{}); got.Crisis != Suicide {
		t.Errorf("a call for help was lost: %+v", got)
	}
}

// TestCommandParts: parts in any order are a command where they are most of the
// message, and never where somebody calls for help.
func TestCommandParts(t *testing.T) {
	r, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte(`language: xx
review: {state: drafted}
commands:
  stop: [stop & (text*|message*), dont & want & (text*|message*), 请你们以后再也不要给我发这么多消息了谢谢你们]
polite: [please, thanks]
fillers: [really]
around: [I, from, my]
crisis: {violence: [stop & message* & threats]}
harmless: [stop sign]
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Command{
		"stop the messages":                               Stop,
		"your messages must stop, please, thanks":         Stop,
		"text me? stop":                                   Stop,
		"I really dont want texts":                        Stop,
		"my sister cannot stop reading old messages":      "", // a sentence that holds them
		"stop every message from my side":                 Stop,
		"stop every message upon that side":               "",
		"I from stop my":                                  "",
		"dont message":                                    "", // one part is missing
		"stop sign messages":                              "", // part of something else
		"stop messages and threats":                       "",
		"stop a b c d e f g h i j k l m n o p q messages": "",
		"请你们以后再也不要给我发这么多消息了谢谢你们": Stop, // 22 characters, of half a word each
	} {
		if got := r.Read(text, Hint{}); got.Command != want {
			t.Errorf("%q: %q, not %q", text, got.Command, want)
		}
	}
	if got := r.Read("stop messages and threats", Hint{}); got.Crisis != Violence {
		t.Errorf("a call for help was lost: %+v", got)
	}
}
