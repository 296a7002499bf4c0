package locales

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// files is a layer of files, by name.
func files(pairs ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

// head is the first lines of a language.
func head(tag, name, english, direction, more string) string {
	return fmt.Sprintf("language: %s\nname: %s\nenglish: %s\ndirection: %s\nseparator: \", \"\n%s\n", tag, name, english, direction, more)
}

var enHead = head("en", "English", "English", "ltr", "")

func mustLoad(t testing.TB, layers ...fs.FS) *Catalog {
	t.Helper()
	c, err := Load(layers...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFallbacks(t *testing.T) {
	c := mustLoad(t, files(
		"en.yaml", enHead+"texts: {a: en a, b: en b, c: en c, n: {one: 'one thing', other: '{count} things'}}",
		"fa.yaml", head("fa", "فارسی", "Persian", "rtl", "fallback: [en]")+"texts: {a: fa a, b: fa b}",
		"fa-AF.yaml", head("fa-AF", "دری", "Dari", "rtl", "fallback: [fa, en]")+"texts: {a: prs a}",
		"so.yaml", head("so", "Soomaali", "Somali", "ltr", "")+"texts: {b: so b}",
		"so.words.yaml", "not: [a, locale]",
	))
	if got := c.Languages(); !slices.Equal(got, []string{"en", "fa", "fa-AF", "so"}) {
		t.Fatal(got)
	}
	if got := c.IDs(); !slices.Equal(got, []string{"a", "b", "c", "n"}) {
		t.Fatal(got)
	}
	for _, x := range []struct {
		tag, id, want string
		own           bool
	}{
		{"fa-AF", "a", "prs a", true},
		{"fa-AF", "b", "fa b", false},
		{"fa-AF", "c", "en c", false},
		{"so", "b", "so b", true},
		{"so", "a", "en a", false}, // English at the last, though the file names no fallback
		{"so", "unknown", "", false},
	} {
		l := c.Locale(x.tag)
		if got := l.Text(x.id, nil); got != x.want || l.Has(x.id) != x.own {
			t.Errorf("%s %s: %q, own %v", x.tag, x.id, got, l.Has(x.id))
		}
	}
	// A fallback's text keeps the fallback's plural forms and digits.
	if got := c.Locale("fa-AF").Text("n", Args{"count": 12}); got != "12 things" {
		t.Error(got)
	}
	if got := c.Locale("fa-AF").Text("n", Args{"count": 0}); got != "0 things" {
		t.Error(got) // in Persian 0 is "one"
	}
	if got := c.Locale("en").LanguageName("fa-AF"); got != "Dari" {
		t.Error(got)
	}
	if got := c.Locale("so").LanguageName("fa"); got != "Faarisi" { // the file has none, the CLDR has
		t.Error(got)
	}
	if got := c.Locale("so").LanguageName("fa-AF"); got != "Dari" {
		t.Error(got)
	}
	if got := c.Locale("so").LanguageName("xx"); got != "xx" {
		t.Error(got)
	}
	if c.Locale("xx") != nil {
		t.Error("a language that is not there")
	}
}

func TestLayers(t *testing.T) {
	base := files(
		"en.yaml", enHead+"texts: {a: ours, b: 'hello {name}'}",
		"so.yaml", head("so", "Soomaali", "Somali", "ltr", "fallback: [en]\nreview: {state: reviewed, by: Ayan, on: 2026-11-20}")+"texts: {a: so ours}",
	)
	own := files(
		"so.yaml", "texts: {a: 'wording of the organisation'}\nreviewed: []",
		"haz.yaml", head("haz", "هزارگی", "Hazaragi", "rtl", "fallback: [en]")+"texts: {a: haz}",
	)
	_, err := Load(base, own)
	if err == nil || !strings.Contains(err.Error(), "no plural rule") {
		t.Fatalf("a language that nobody can count in: %v", err)
	}
	own = files("so.yaml", "texts: {a: 'wording of the organisation'}\nreviewed:\n- {ids: [a], by: Hodan, on: 2026-11-21}")
	c := mustLoad(t, base, own)
	so := c.Locale("so")
	if got := so.Text("a", nil); got != "wording of the organisation" {
		t.Error(got)
	}
	if got := so.State("a"); got != (Review{Reviewed, "Hodan", "2026-11-21"}) {
		t.Error(got)
	}
	if got := so.Text("b", Args{"name": "Ali"}); got != "hello Ali" {
		t.Error(got)
	}
	if got := so.State("b"); got.State != Drafted {
		t.Errorf("the state of a fallback's text: %v", got)
	}
	if got := mustLoad(t, base).Locale("so").State("a"); got != (Review{Reviewed, "Ayan", "2026-11-20"}) {
		t.Error(got)
	}
	if got := so.State("none"); got != (Review{}) {
		t.Error(got)
	}
	if got := so.Placeholders("b"); !slices.Equal(got, []string{"name"}) {
		t.Error(got)
	}
}

// TestPluralForms holds the form that each language takes, and that Text says it.
func TestPluralForms(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "0 other 1 one 2 other", "ar": "0 zero 1 one 2 two 3 few 10 few 11 many 99 many 100 other 102 other 103 few",
		"uk": "1 one 2 few 5 many 11 many 21 one 22 few 112 many", "pl": "1 one 2 few 5 many 21 many 22 few",
		"fa-AF": "0 one 1 one 2 other", "ti": "0 one 1 one 2 other", "fr": "0 one 1 one 2 other 1000000 many",
		"zh-Hans": "0 other 1 other", "vi": "1 other", "ht": "1 other", "rw": "1 other", "ku": "1 one 2 other", "ro": "0 few 1 one 2 few 20 other 101 few", "fil": "1 one 4 other 5 one",
	} {
		body := "texts: {n: {zero: zero, one: one, two: two, few: few, many: many, other: other}}"
		c := mustLoad(t, files("en.yaml", enHead, tag+".yaml", head(tag, tag, tag, "ltr", "")+body))
		fields := strings.Fields(want)
		for i := 0; i < len(fields); i += 2 {
			var n int
			fmt.Sscan(fields[i], &n)
			if got := c.Locale(tag).Text("n", Args{"count": n}); got != fields[i+1] {
				t.Errorf("%s %d: %s, want %s", tag, n, got, fields[i+1])
			}
		}
	}
}

// TestPluralFormsTogether: a language counts the same among all others as alone.
func TestPluralFormsTogether(t *testing.T) {
	together := all(t)
	for _, tag := range together.Languages() {
		alone, err := pluralsOf(newBundle(), tag)
		if err != nil {
			t.Fatal(err)
		}
		p := together.Locale(tag).plurals
		for n := range 1200 {
			if a, b := alone.form(n), p.form(n); a != b {
				t.Fatalf("%s %d: alone %s, together %s", tag, n, formNames[a], formNames[b])
			}
		}
	}
}

func TestLoadFaults(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"yaml":             {"so.yaml", "a: [", "so.yaml:"},
		"empty":            {"so.yaml", "", "so.yaml: the file is empty"},
		"name":             {"somali.yaml", "texts: {}", "not a BCP 47 tag"},
		"wrong tag":        {"so.yaml", head("sw", "x", "x", "ltr", ""), "so.yaml:1: language is sw"},
		"no head":          {"so.yaml", "texts: {a: b}", "so.yaml:1: a new language without name:"},
		"unknown key":      {"so.yaml", head("so", "x", "x", "ltr", "color: red"), "so.yaml:6: color is not known"},
		"direction":        {"so.yaml", head("so", "x", "x", "up", ""), "so.yaml:4: direction is up"},
		"twice":            {"so.yaml", head("so", "x", "x", "ltr", "texts:\n  a: b\n  a: c"), "so.yaml:8: a is here twice"},
		"placeholder":      {"so.yaml", head("so", "x", "x", "ltr", "texts:\n  a: hello {Name}"), "so.yaml:7: a has {Name} is not a placeholder"},
		"form":             {"so.yaml", head("so", "x", "x", "ltr", "texts:\n  a: {singular: b}"), "so.yaml:7: a has singular, which is no plural form"},
		"id":               {"so.yaml", head("so", "x", "x", "ltr", "texts:\n  Menu Title: b"), "so.yaml:7: Menu Title is not an id"},
		"list":             {"so.yaml", head("so", "x", "x", "ltr", "texts:\n  a: [b]"), "so.yaml:7: a list stands where a text belongs"},
		"state":            {"so.yaml", head("so", "x", "x", "ltr", "review: {state: perfect}"), "so.yaml:6: the state of the review is perfect"},
		"anonymous review": {"so.yaml", head("so", "x", "x", "ltr", "review: {state: reviewed}"), "so.yaml:6: a review without a name"},
		"reviewed nothing": {"so.yaml", head("so", "x", "x", "ltr", "reviewed: [{ids: [b], by: Ayan, on: 2026-01-01}]\ntexts: {a: x}"), "so.yaml:6: b is reviewed, but no such text"},
		"yml":              {"so.yml", "texts: {}", "so.yml: only .yaml files are read"},
		"dates":            {"so.yaml", head("so", "x", "x", "ltr", "dates: {months: [one, two]}"), "so.yaml:6: months has 2 names, not 12"},
	} {
		_, err := Load(files("en.yaml", enHead, c.file, c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	const en = "texts:\n  a: 'Hello {name}'\n  b: Two words\n  n: {one: '{count} day', other: '{count} days'}\n"
	clean := mustLoad(t, files("en.yaml", enHead+en, "uk.yaml", head("uk", "українська", "Ukrainian", "ltr", "")+
		"texts:\n  a: 'Вітаю, {name}'\n  b: Два слова\n  n: {one: '{count} день', few: '{count} дні', many: '{count} днів', other: '{count} дня'}\n"))
	if got := clean.Faults("en"); len(got) != 0 {
		t.Fatalf("faults where there are none: %v", got)
	}
	c := mustLoad(t, files("en.yaml", enHead+en, "uk.yaml", head("uk", "українська", "Ukrainian", "ltr", "fallback: [xx, en]")+
		"texts:\n  a: 'Вітаю, {nam}'\n  b: ''\n  n: {one: 'один день', few: '{count} дні', other: '{count} дня'}\n  old: gone\n"))
	var got []string
	for _, f := range c.Faults("en") {
		got = append(got, f.Error())
	}
	for _, want := range []string{
		"uk.yaml:1: the fallback xx is no language here",
		"uk.yaml:8: a has {nam}, which nothing fills; use only {name}",
		"uk.yaml:8: a lacks {name}",
		"uk.yaml:9: b is empty",
		"uk.yaml:10: n lacks the plural form many; Ukrainian needs one, few, many, other",
		"uk.yaml:11: old is no text of en",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("missing %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 6 {
		t.Errorf("%d faults:\n%s", len(got), strings.Join(got, "\n"))
	}
	one := mustLoad(t, files("en.yaml", enHead+en, "uk.yaml", head("uk", "українська", "Ukrainian", "ltr", "")+"texts:\n  n: '{count}'\n"))
	var wrong []string
	for _, f := range one.Faults("en") {
		wrong = append(wrong, f.Wrong)
	}
	if want := []string{"the text a is missing", "the text b is missing", "n has one form for every number"}; !slices.Equal(wrong, want) {
		t.Errorf("%q", wrong)
	}
}

func TestTogether(t *testing.T) {
	c := mustLoad(t, FS)
	at := time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC)
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			for _, tag := range c.Languages() {
				l := c.Locale(tag)
				for _, id := range c.IDs() {
					args := Args{"count": 3}
					for _, name := range l.Placeholders(id) {
						if name != "count" {
							args[name] = "x"
						}
					}
					if l.Text(id, args) == "" {
						t.Errorf("%s has no %s", tag, id)
					}
				}
				if l.Date(at) == "" || l.LongDate(at) == "" || l.Clock(at) == "" {
					t.Errorf("%s writes no date", tag)
				}
				if m, ok := c.Match(l.Name); !ok || m != tag {
					t.Errorf("%s is found as %q", l.Name, m)
				}
			}
		})
	}
	g.Wait()
}

func BenchmarkText(b *testing.B) {
	c := mustLoad(b, files("en.yaml", enHead+"texts: {a: What would you like?, b: 'Welcome to {org}, {name}.', n: {one: '{count} group', other: '{count} groups'}}"))
	en := c.Locale("en")
	args := Args{"org": "Riverside Welcome", "name": "Amina", "count": 7}
	for _, id := range []string{"a", "b", "n"} {
		b.Run(id, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if en.Text(id, args) == "" {
					b.Fatal("no text")
				}
			}
		})
	}
	at := time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC)
	b.Run("date", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			en.Date(at)
		}
	})
	b.Run("clock", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			en.Clock(at)
		}
	})
	b.Run("match", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Match("en-GB")
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		mustLoad(b, FS)
	}
}
