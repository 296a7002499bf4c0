package triage

import (
	"testing"
	"testing/fstest"
)

// TestHarmless reads calls for help that a saying overlaps. One that passes over
// words must contain them: it meets much that it does not mean.
func TestHarmless(t *testing.T) {
	r, err := Load([]string{"xx"}, fstest.MapFS{
		"xx.words.yaml": {Data: []byte(`language: xx
review: {state: drafted}
crisis: {suicide: [want to die]}
harmless: [die laughing, tired … film, die … film]
`)},
		"yy.words.yaml": {Data: []byte(`language: yy
review: {state: drafted}
harmless: [die young, want to die dancing]
`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Crisis{
		"want to die laughing":          "",
		"tired want to die film":        "",
		"want to die in a film":         Suicide,
		"tired of the film want to die": Suicide,
		"want to die young":             Suicide, // of another language
		"want to die dancing":           "",
	} {
		if got := r.Read(text, Hint{}).Crisis; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
