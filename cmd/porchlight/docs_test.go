package main

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"porchlight/locales"
)

// pages are the README and everything in docs, by their paths in the project.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(project + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range append(names, project+"/README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page, err := filepath.Rel(project, name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(page)] = string(text)
	}
	if len(all) < 5 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

var (
	fenced    = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```")
	separator = regexp.MustCompile(`\|\||&&|[|;]`)
	call      = regexp.MustCompile(`^\s*(?:\$ )?(?:[A-Z_]+=\S* )*(?:(?:\./)?(?:dist/)?porchlight|go run \./cmd/porchlight)(?: +(.*))?$`)
	comment   = regexp.MustCompile(`\s#.*$|\s[<>].*$`)
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	setting   = regexp.MustCompile(`\b(?:REDIS|PORCHLIGHT|TELEGRAM|TWILIO)_[A-Z_]*[A-Z]\b`)
	metric    = regexp.MustCompile(`\bporchlight_[a-z_]+_(?:total|seconds)\b`)
	target    = regexp.MustCompile("(?m)(?:`|^\\$ )make ([a-z]+)")
	inProject = regexp.MustCompile("`((?:cmd|adapters|bot|flows|locales|docs|\\.ci)/[^` ]*)`")
)

// TestDocsCommands: every command in the pages is one that the program takes.
func TestDocsCommands(t *testing.T) {
	var c commands
	parser, err := kong.New(&c, description...)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for page, text := range pages(t) {
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			lines := bufio.NewScanner(strings.NewReader(block[1]))
			for lines.Scan() {
				for _, part := range separator.Split(lines.Text(), -1) {
					found := call.FindStringSubmatch(comment.ReplaceAllString(part, ""))
					if found == nil {
						continue
					}
					got, err := parser.Parse(strings.Fields(found[1]))
					if err != nil {
						t.Errorf("%s: %q: %v", page, strings.TrimSpace(part), err)
						continue
					}
					seen[strings.Fields(got.Command())[0]] = true
				}
			}
		}
	}
	for _, command := range parser.Model.Children {
		if !seen[command.Name] {
			t.Errorf("no page shows porchlight %s", command.Name)
		}
	}
}

// TestDocsSettings: docs/running.md names exactly the variables that are read,
// and no page names another.
func TestDocsSettings(t *testing.T) {
	read := map[string]bool{}
	if _, err := readConfig(func(name string) string { read[name] = true; return "" }); err != nil {
		t.Fatal(err)
	}
	for page, text := range pages(t) {
		named := map[string]bool{}
		for _, name := range setting.FindAllString(text, -1) {
			named[name] = true
			if !read[name] {
				t.Errorf("%s names %s, which nothing reads", page, name)
			}
		}
		if page != "docs/running.md" {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(read)) {
			if !strings.HasSuffix(name, "_FILE") && !named[name] {
				t.Errorf("%s does not name %s", page, name)
			}
		}
	}
}

// TestDocsMetrics: docs/running.md names exactly the metrics that are counted.
func TestDocsMetrics(t *testing.T) {
	sources, err := filepath.Glob(project + "/bot/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var counted []string
	for _, file := range sources {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		counted = append(counted, metric.FindAllString(string(text), -1)...)
	}
	named := metric.FindAllString(pages(t)["docs/running.md"], -1)
	slices.Sort(counted)
	slices.Sort(named)
	counted, named = slices.Compact(counted), slices.Compact(named)
	if !slices.Equal(counted, named) {
		t.Errorf("docs/running.md names the metrics\n%q, counted are\n%q", named, counted)
	}
}

// TestDocsPlaces: links lead to files, files in backticks exist, and so do the
// targets of make.
func TestDocsPlaces(t *testing.T) {
	makefile, err := os.ReadFile(project + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for page, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(found[1], "#")
			if to == "" || strings.Contains(to, "://") {
				continue
			}
			exists(t, page, path.Join(path.Dir(page), to))
		}
		for _, found := range inProject.FindAllStringSubmatch(text, -1) {
			if !strings.ContainsAny(found[1], "<{$…") {
				exists(t, page, found[1])
			}
		}
		for _, found := range target.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+found[1]+":") {
				t.Errorf("%s: make has no target %s", page, found[1])
			}
		}
	}
}

func exists(t *testing.T, page, name string) {
	t.Helper()
	found, err := filepath.Glob(path.Join(project, name))
	if err != nil || len(found) == 0 {
		t.Errorf("%s names %s, which is not there (%v)", page, name, err)
	}
}

var example = regexp.MustCompile("(?ms)^```yaml\n# ([a-z]+(?:/[A-Za-z-]+)?\\.yaml)\n(.*?)^```")

// TestDocsPack: the examples of docs/packs.md are a sound pack.
func TestDocsPack(t *testing.T) {
	dir := t.TempDir()
	examples := example.FindAllStringSubmatch(pages(t)["docs/packs.md"], -1)
	if len(examples) < 8 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	for _, e := range examples {
		file := filepath.Join(dir, filepath.FromSlash(e[1]))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(e[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	faults, err := verify(t.Context(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		var fault *locales.Fault // what is built in is checked elsewhere
		if !errors.As(f, &fault) || slices.ContainsFunc(examples, func(e []string) bool { return path.Base(e[1]) == fault.File }) {
			t.Errorf("docs/packs.md: %v", f)
		}
	}
}
