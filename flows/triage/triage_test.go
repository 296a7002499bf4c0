package triage

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// builtin reads the words files that ship. That these files and the tables in
// testdata come from the same hand is a weakness: they show that the machinery
// finds what it is meant to, not how often strangers' words are found.
func builtin(t testing.TB) *Reader {
	t.Helper()
	r, err := Load([]string{"en", "es", "ar", "fa-AF", "uk", "so"}, os.DirFS("../../locales"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTables reads testdata/<tag>.tsv: a message, a tab, the crisis it is or -,
// a tab, the command it is or -, a tab, its language or ? where it cannot be
// told. Everything after a # at the beginning of a line is a remark.
func TestTables(t *testing.T) {
	r := builtin(t)
	files, err := filepath.Glob("testdata/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables in testdata", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".tsv"), func(t *testing.T) {
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
					t.Errorf("%s:%d: %q: crisis %q (%s), want %s", name, n, col[0], got.Crisis, got.Matched, col[1])
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
