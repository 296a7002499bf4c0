package triage

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"porchlight/locales"
)

// builtin reads the words files that ship, as a pack that offers tags; without
// tags it offers every language that is there.
func builtin(t testing.TB, tags ...string) *Reader {
	t.Helper()
	if len(tags) == 0 {
		tags = shipped(t)
	}
	r, err := Open(folder, tags, locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shipped lists the languages that have a words file.
func shipped(t testing.TB) (tags []string) {
	t.Helper()
	names, err := fs.Glob(locales.FS, "*.words.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal("no words files", err)
	}
	for _, name := range names {
		tags = append(tags, strings.TrimSuffix(name, ".words.yaml"))
	}
	return tags
}

// few are the languages of a pack as most will be; what is told of a language
// among them does not change when another language is added to those that ship.
func few(more ...string) []string {
	tags := []string{"en", "es", "ar", "fa-AF", "uk", "so"}
	for _, tag := range more {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// TestComplete holds every language that is there to what it takes to be
// understood in it: texts beside words, every command, every kind of crisis.
func TestComplete(t *testing.T) {
	texts, err := fs.Glob(locales.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, name := range texts {
		there[name] = true
		if tag, ok := strings.CutSuffix(name, ".yaml"); ok && !strings.HasSuffix(tag, ".words") {
			t.Run(tag, func(t *testing.T) {
				if _, err := fs.Stat(locales.FS, tag+".words.yaml"); err != nil {
					t.Errorf("locales/%s.yaml has texts, but without %s.words.yaml nothing is understood in the language", tag, tag)
				}
			})
		}
	}
	sources, err := readSources([]fs.FS{locales.FS})
	if err != nil {
		t.Fatal(err)
	}
	_, commands, crises := listKeys()
	for _, src := range slices.DeleteFunc(sources, isExamples) {
		tag := strings.TrimSuffix(src.name, ".words.yaml")
		t.Run(tag, func(t *testing.T) {
			src.parse()
			f := &wordsFile{tag: tag, lists: map[string][]line{}}
			for _, fault := range f.add(src) {
				t.Error(fault)
			}
			if !there[tag+".yaml"] {
				t.Errorf("%s is there, but no texts in %s.yaml", src.name, tag)
			}
			if len(f.sample) == 0 {
				t.Errorf("%s has no sample: the language is not told by its letters", src.name)
			}
			for _, key := range []string{"names", "common", "harmless"} {
				if len(f.lists[key]) == 0 {
					t.Errorf("%s has no %s", src.name, key)
				}
			}
			for _, key := range commands {
				if len(f.lists["commands."+key]) == 0 {
					t.Errorf("%s has no word for %s", src.name, key)
				}
			}
			for _, key := range crises {
				if len(f.lists["crisis."+key]) == 0 {
					t.Errorf("%s has no phrase for %s", src.name, key)
				}
			}
		})
	}
}

// written gives the patterns of the words files that ship, in the order that a
// matcher holds them: those with parts, and then each part.
var written = sync.OnceValues(func() (all []pattern, err error) {
	sources, err := readSources([]fs.FS{locales.FS})
	if err != nil {
		return nil, err
	}
	_, patterns, err := build(nil, sources)
	for _, p := range patterns {
		all = append(all, p)
		for range p.parts {
			all = append(all, pattern{line: p.line})
		}
	}
	return all, err
})

// culprits lists the patterns that a text meets, of whichever language, so
// that whoever has added a phrase sees what it does elsewhere. The reader is
// one of the words files that ship.
func culprits(r *Reader, text string) string {
	patterns, err := written()
	if err != nil {
		return err.Error()
	}
	s := r.begin(text)
	defer r.scratch.Put(s)
	r.Matcher.find(s)
	var out []string
	for _, h := range slices.Concat(s.hits, s.parts) {
		p, at := r.Matcher.patterns[h.pattern], patterns[h.pattern].line
		is := [...]string{harmless: "harmless", call: "a call for help", command: "a command", mention: "a mention"}[p.kind]
		if p.part != 0 {
			is = "a part of " + is
		}
		if at := fmt.Sprintf("%s:%d %s %q", at.file, at.line, is, at.text); !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return strings.Join(out, ", ")
}

// TestTables reads testdata/<tag>.tsv: a message, a tab, the crisis it is or -,
// a tab, the command it is or -, a tab, its language or ? where it cannot be
// told. Everything after a # at the beginning of a line is a remark.
//
// That these tables and the words files come from the same hand is a weakness:
// they show that the machinery finds what it is meant to, not how often
// strangers' words are found; see TestEvaluation for that.
func TestTables(t *testing.T) {
	files, err := filepath.Glob("testdata/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables in testdata", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".tsv"), func(t *testing.T) {
			r := builtin(t, few(strings.TrimSuffix(filepath.Base(name), ".tsv"))...)
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			lines := bufio.NewScanner(f)
			for n := 1; lines.Scan(); n++ {
				if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
					continue
				}
				col := strings.Split(lines.Text(), "\t")
				if len(col) != 4 {
					t.Errorf("%s:%d: %d columns, not 4: separate them with one tab", name, n, len(col))
					continue
				}
				got := r.Read(col[0], Hint{})
				if string(got.Crisis) != strings.Trim(col[1], "-") {
					t.Errorf("%s:%d: %q: crisis %q, want %s; met: %s", name, n, col[0], got.Crisis, col[1], culprits(r, col[0]))
				}
				command := string(got.Command)
				if got.Argument != "" {
					command += " " + got.Argument
				}
				if command == "" {
					command = "-"
				}
				if command != col[2] {
					t.Errorf("%s:%d: %q: command %s, want %s", name, n, col[0], command, col[2])
				}
				if unsure := got.Confidence < 0.5; col[3] == "?" && !unsure || col[3] != "?" && col[3] != got.Language {
					t.Errorf("%s:%d: %q: language %q with %.2f, want %s", name, n, col[0], got.Language, got.Confidence, col[3])
				}
			}
		})
	}
}
