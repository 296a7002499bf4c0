package triage

import (
	"strings"
	"testing"
	"testing/fstest"
)

// withExamples makes a reader of one language with two patterns and a few examples.
func withExamples(t *testing.T, examples string) (*Reader, error) {
	t.Helper()
	return Load([]string{"xx"}, fstest.MapFS{
		"xx.words.yaml": {Data: []byte(`language: xx
review: {state: drafted}
crisis:
  violence: [knife, gun, "threat* & door"]
  suicide: [bridge jump, bridge alone, nobody miss, jump night]
commands: {stop: [leave me alone]}
aside: [hello, haha]
harmless: [knife and fork]
`)},
		"xx.examples.tsv": {Data: []byte(examples)},
	})
}

const someExamples = `# a remark
he holds a knife and shouts	violence	-	xx	plain
he has a knife he shouts at me	violence	-	xx	plain
he shouts he threatens he is at the door	violence	-	xx	indirect
he has a gun he shouts at me	violence	-	xx	plain
he threatens us behind the door	violence	-	xx	plain
nobody would miss me on the bridge tonight	suicide	-	xx	indirect
tonight i jump nobody will miss me	suicide	-	xx	indirect
which knife is good for bread	-	-	xx	sentence
the bread knife is in the kitchen of the café	-	-	xx	sentence
who has a bread knife for the café	-	-	xx	sentence
a good café for bread by the door of the station	-	-	xx	sentence
which train goes over the bridge to the station	-	-	xx	sentence
does the train jump a station tonight	-	-	xx	sentence
`

// TestExamples reads messages that examples tell apart.
func TestExamples(t *testing.T) {
	r, err := withExamples(t, strings.Repeat(someExamples, 10))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]struct {
		crisis Crisis
		unsure bool
	}{
		"he shouts knife he shouts at me": {Violence, false},
		"knife":                           {Violence, false}, // alone it is a call, whatever the examples say
		"hello. knife!":                   {Violence, false},
		"which gun is good for bread in the kitchen of the café":   {Violence, true}, // in all examples a call: not overruled
		"which knife is good for bread in the kitchen of the café": {},               // in more of them it is none
		"hello haha he has a knife":                                {Violence, false},
		"he threatens me behind the door":                          {Violence, false},
		"he shouts he has a knife and fork he shouts":              {}, // a saying stays one
		"a café a good station a train for bread " + strings.Repeat("which train goes to the station ", 9) + "he shouts he has a knife he shouts": {Violence, false},
		"nobody will miss me tonight on the bridge i jump": {Suicide, false},
		"leave me alone": {},
	} {
		if got := r.Read(text, Hint{}); got.Crisis != want.crisis || got.Unsure != want.unsure {
			t.Errorf("%.80q: %q, unsure %v, want %q, %v", text, got.Crisis, got.Unsure, want.crisis, want.unsure)
		}
	}
}

// TestExamplesOfCalls holds that a language in which there are no examples of
// calls for help is read by patterns alone.
func TestExamplesOfCalls(t *testing.T) {
	r, err := withExamples(t, "which knife is good for bread	-	-	xx	sentence\nis that a bread knife	-	-	xx	sentence\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Read("which knife is good for bread in the kitchen", Hint{}); got.Crisis != Violence {
		t.Errorf("%+v", got)
	}
}

func TestExamplesWrong(t *testing.T) {
	for text, want := range map[string]string{
		"hello":                            "xx.examples.tsv:1: not an example",
		"\n\nhello	-	-	xx	greeting":        "xx.examples.tsv:3: not an example",
		"i want to die	-	-	xx	plain":       `crisis "-" for plain`,
		"i want to eat	hunger	-	xx	plain":  `crisis "hunger" for plain`,
		"i want to eat	medical	-	xx	idiom": `crisis "medical" for idiom`,
	} {
		if _, err := withExamples(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
