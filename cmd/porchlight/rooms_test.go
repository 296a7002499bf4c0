package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// project is the root of the source, seen from this package.
const project = "../.."

// rooms are the folders of the source in the order in which a message walks
// through them. Imports point the same way.
var rooms = []string{"cmd", "adapters", "bot", "flows", "locales"}

// TestRooms holds the direction of imports. It reads the files itself, so that
// a changed file is never answered from the cache of tests.
func TestRooms(t *testing.T) {
	files := 0
	err := filepath.WalkDir(filepath.FromSlash(project), func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name != ".." && (strings.HasPrefix(name, ".") || name == "dist" || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		files++
		name, err := filepath.Rel(filepath.FromSlash(project), file)
		if err != nil {
			return err
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if wrong := misplaced(filepath.ToSlash(name), imported); wrong != "" {
				t.Errorf("%s imports %s: %s", name, imported, wrong)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were looked at: the walk has lost its way", files)
	}
}

// misplaced says what is wrong with an import by a file of the project.
func misplaced(file, imported string) string {
	own, ours := strings.CutPrefix(imported, "porchlight/")
	from, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
	if !ours {
		first, _, _ := strings.Cut(imported, "/")
		if room(from) == "bot" && strings.Contains(first, ".") && !test {
			return "bot has no third-party import, so that it can be tested without a server"
		}
		return ""
	}
	a, b := slices.Index(rooms, room(from)), slices.Index(rooms, room(own))
	switch {
	case a < 0 || b < 0:
		return "it is in none of the rooms " + strings.Join(rooms, ", ")
	case room(own) == "cmd":
		return "nothing imports a command"
	case room(own) == "adapters" && adapter(own) == "adaptertest":
		if !test && adapter(from) != "adaptertest" {
			return "adaptertest is for tests"
		}
	case room(from) == "adapters" && room(own) == "adapters" && adapter(from) != adapter(own):
		return "one adapter does not know another"
	case a > b && !test: // the bot's tests deliver from a real store
		return "imports go " + strings.Join(rooms, " -> ") + ", never back"
	}
	return ""
}

func room(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

func adapter(dir string) string {
	parts := strings.Split(dir, "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// TestRoomsAreHeld shows that TestRooms would see what it is there to see.
func TestRoomsAreHeld(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		wrong          bool
	}{
		{"cmd/porchlight/serve.go", "porchlight/adapters/redis", false},
		{"adapters/sms/channel.go", "porchlight/bot", false},
		{"adapters/sms/channel.go", "github.com/twilio/twilio-go/client", false},
		{"adapters/sms/channel.go", "porchlight/adapters/telegram", true},
		{"adapters/sms/channel_test.go", "porchlight/adapters/telegram", true},
		{"adapters/sms/channel_test.go", "porchlight/adapters/adaptertest", false},
		{"adapters/sms/channel.go", "porchlight/adapters/adaptertest", true},
		{"bot/receive.go", "porchlight/flows", false},
		{"bot/receive.go", "porchlight/adapters/redis", true},
		{"bot/receive_test.go", "porchlight/adapters/redis", false},
		{"bot/receive.go", "github.com/redis/go-redis/v9", true},
		{"bot/receive_test.go", "pgregory.net/rapid", false},
		{"flows/machine.go", "porchlight/bot", true},
		{"flows/machine.go", "porchlight/flows/triage", false},
		{"locales/text.go", "porchlight/flows", true},
		{"locales/text_test.go", "porchlight/cmd/porchlight", true},
		{"common/strings.go", "porchlight/locales", true},
	} {
		if wrong := misplaced(c.file, c.imported); (wrong != "") != c.wrong {
			t.Errorf("%s imports %s: %q, want a fault: %v", c.file, c.imported, wrong, c.wrong)
		}
	}
}
