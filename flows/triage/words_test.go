package triage

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/locales"
)

// TestFaults holds that what is wrong with a words file is told by line.
func TestFaults(t *testing.T) {
	head := "language: xx\nreview: {state: drafted}\n"
	for _, c := range []struct{ name, file, want string }{
		{"no yaml", "language: [", "not YAML"},
		{"other language", "language: yy\nreview: {state: drafted}\n", `xx.words.yaml:1: language is "yy"`},
		{"no review", "language: xx\n", "xx.words.yaml:1: no review"},
		{"reviewed by nobody", "language: xx\nreview: {state: reviewed}\n", "xx.words.yaml:2: reviewed without"},
		{"unknown state", "language: xx\nreview: {state: fine}\n", `xx.words.yaml:2: review state is "fine"`},
		{"unknown key", head + "crises: {}\n", `xx.words.yaml:3: unknown key "crises"`},
		{"unknown crisis", head + "crisis:\n  sadness: [sad]\n", `xx.words.yaml:4: unknown key "sadness" in crisis`},
		{"unknown command", head + "commands:\n  halt: [halt]\n", `xx.words.yaml:4: unknown key "halt" in commands`},
		{"empty list", head + "crisis:\n  suicide: []\n", "xx.words.yaml:4: crisis.suicide is not a list"},
		{"entry without words", head + "harmless:\n  - haha\n  - \"!!\"\n", "xx.words.yaml:5: an entry of harmless"},
		{"open bracket", head + "harmless:\n  - (a|b c\n", "xx.words.yaml:4: the ( in"},
		{"stray bar", head + "harmless:\n  - a|b c\n", "xx.words.yaml:4: a | or )"},
		{"gap at the end", head + "harmless:\n  - haha …\n", "xx.words.yaml:4: … does not stand between words"},
		{"sign within", head + "harmless:\n  - ha $ ha\n", "xx.words.yaml:4: ^ stands only"},
		{"nothing needed", head + "harmless:\n  - (a|) (b|)\n", "xx.words.yaml:4: every word"},
		{"signs of words", head + "signs: many\n", "xx.words.yaml:3: signs is not a number"},
		{"no sample", head + "sample: \"\"\n", "xx.words.yaml:3: sample has no text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte(c.file)}})
			var fault *locales.Fault
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := Load(nil, fstest.MapFS{}); err == nil {
		t.Error("no words file at all is not an error")
	}
}

// TestLayers holds that a pack adds phrases and never takes any away.
func TestLayers(t *testing.T) {
	ours := fstest.MapFS{"en.words.yaml": {Data: []byte("language: en\nreview: {state: drafted}\ncrisis: {suicide: [want to die]}\ncommands: {stop: [stop]}\n")}}
	pack := fstest.MapFS{"en.words.yaml": {Data: []byte("language: en\nreview: {state: reviewed, by: A. Reader, on: 2026-11-21}\ncrisis: {suicide: [walk into the river]}\ncommands: {menu: [stop]}\n")}}
	r, err := Load([]string{"en"}, ours, pack)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"I want to die", "I will walk into the river"} {
		if got := r.Read(text, Hint{}); got.Crisis != Suicide {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if got := r.Read("stop", Hint{}); got.Command != Stop {
		t.Errorf("a pack has taken stop away: %+v", got)
	}
	if got := r.Review("en"); got != (Review{"reviewed", "A. Reader", "2026-11-21"}) {
		t.Errorf("review %+v", got)
	}
	if got := r.Review("tlh"); got != (Review{}) {
		t.Errorf("review of a language without words: %+v", got)
	}
}

func TestHints(t *testing.T) {
	r := builtin(t, few()...)
	for _, c := range []struct {
		text string
		hint Hint
		want string
	}{
		{"ok", Hint{Chosen: "so"}, "so"},
		{"123", Hint{Chosen: "uk"}, "uk"},
		{"", Hint{AppLanguage: "es-MX"}, "es"},
		{"1", Hint{AppLanguage: "prs"}, "fa-AF"},
		{"1", Hint{AppLanguage: "fa"}, "fa-AF"},
		{"1", Hint{AppLanguage: "ja"}, ""},
		{"Where is the doctor please?", Hint{Chosen: "so"}, "en"},
		{"¿dónde está el médico?", Hint{Chosen: "en", AppLanguage: "en"}, "es"},
		{"Γεια σου", Hint{}, ""},
		{"ok", Hint{Country: "SO"}, "so"},
		{"ok", Hint{Country: "AR"}, "es"},
	} {
		if got := r.Read(c.text, c.hint); got.Language != c.want {
			t.Errorf("%q with %+v: %q (%.2f), want %q", c.text, c.hint, got.Language, got.Confidence, c.want)
		}
	}
	// The chosen language's word wins where two languages use it differently.
	if got := r.Read("alto", Hint{Chosen: "es"}); got.Command != Stop {
		t.Errorf("alto: %+v", got)
	}
}

func TestMenuKey(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", " 2 ": "2", "3.": "3", "(4)": "4", "#5": "5", "٣": "3", "۷": "7", "２": "2", "১২": "12", "1️⃣": "1", "01": "1",
		"a": "A", "B)": "B", "А": "A", "в": "B", "\u200f٤\u200e": "4",
		"": "", "0": "", "100": "", "1.5": "", "2 3": "", "-1": "", "+1": "", "ab": "", "hello": "", "one": "", "1 2": "", "é": "",
	} {
		if got := MenuKey(text); got != want {
			t.Errorf("MenuKey(%q) = %q, want %q", text, got, want)
		}
	}
	if got := Digits("٠١٢٣ ۴۵۶ ৭৮৯ a1"); got != "0123 456 789 a1" {
		t.Errorf("Digits: %q", got)
	}
}

func TestHelpNow(t *testing.T) {
	r := builtin(t)
	for text, want := range map[string]bool{
		"0": true, " 0 ": true, "0.": true, "(0)": true, "٠": true, "۰": true, "০": true, "０": true, "0️⃣": true, "000": true,
		"": false, "10": false, "01": false, "o": false, "0 people": false, "0 0 0 0": false, "1": false,
	} {
		if got := r.Read(text, Hint{}).HelpNow; got != want {
			t.Errorf("HelpNow of %q is %v", text, got)
		}
	}
}

// TestLongMessages holds that the end of a long message is read as well as its
// beginning.
func TestLongMessages(t *testing.T) {
	r := builtin(t)
	filler := strings.Repeat("we walked by the river and bought bread ", 30_000)
	for _, text := range []string{"i want to die. " + filler, filler + ". i want to die"} {
		if got := r.Read(text, Hint{}); got.Crisis != Suicide {
			t.Errorf("a call of %d bytes is not found", len(text))
		}
	}
}

// TestNothingAfterAGap holds that a gap goes with what follows it, where all
// of that may be left out.
func TestNothingAfterAGap(t *testing.T) {
	r, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte("language: xx\nreview: {state: drafted}\ncrisis: {child: [marry … (girl|sister|)]}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"they marry her": "marry", "they marry my little sister": "marry my little sister", "sister": ""} {
		if got := r.Read(text, Hint{}); got.Matched != want {
			t.Errorf("%q: %q, want %q", text, got.Matched, want)
		}
	}
}

// TestNotation reads what each sign of the notation lets through.
func TestNotation(t *testing.T) {
	for _, c := range []struct {
		pattern   string
		found     []string
		notFound  []string
		wrongWith string
	}{
		{pattern: "*taka kufa", found: []string{"nataka kufa", "ananitaka kufa"}, notFound: []string{"natakari kufa", "nataka kukufa"}},
		{pattern: "*taka* kufa", found: []string{"nataka kufa", "takari kufa"}, notFound: []string{"natakari kufa"}},
		{pattern: "=*stone wall", found: []string{"millstone wall"}, notFound: []string{"stome wall"}},
		{pattern: "sleeve* & (a mark|scar*)", found: []string{"long sleeves and a mark", "I saw scars. she wears long sleeves", strings.Repeat("word ", 200) + "scar sleeve"}, notFound: []string{"long sleeves", "a scar", "sleeve " + strings.Repeat("word ", 40) + "scar"}},
		{pattern: "red & green & blue", found: []string{"blue and green then red", "green red blue"}, notFound: []string{"blue green"}},
		{pattern: "bad* & bad*", found: []string{"bad badly"}, notFound: []string{"bad"}},
		{pattern: "走 … 河", found: []string{"走河", "走一二三四五六河"}, notFound: []string{"走一二三四五六七河", "走一。河边"}},
		{pattern: "go … river", found: []string{"go river", "go a b c river"}, notFound: []string{"go a b c d river", "go a b c. river"}},
		{pattern: "a & b & c & d", wrongWith: "more than 3 parts"},
		{pattern: "a & (b|)", wrongWith: "may be left out"},
		{pattern: "a & (b|c & d)", wrongWith: "is not closed"},
	} {
		r, err := Load([]string{"xx"}, fstest.MapFS{"xx.words.yaml": {Data: []byte("language: xx\nreview: {state: drafted}\ncrisis: {child: [\"" + c.pattern + "\"]}\n")}})
		if c.wrongWith != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrongWith) {
				t.Errorf("%q: %v, want %q", c.pattern, err, c.wrongWith)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		for i, text := range append(c.found, c.notFound...) {
			if found := r.Read(text, Hint{}).Crisis == Child; found != (i < len(c.found)) {
				t.Errorf("%q in %q: %v", c.pattern, text, found)
			}
		}
	}
}
