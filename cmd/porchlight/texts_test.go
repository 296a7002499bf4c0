package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/sms"
	"porchlight/adapters/telegram"
	"porchlight/bot"
	"porchlight/flows/check"
	"porchlight/flows/pack"
	"porchlight/flows/triage"
	"porchlight/locales"
)

var languagesOf = regexp.MustCompile(`(?m)^languages: .*$`)

// packOfEveryLanguage writes the sample's pack with every language that ships,
// and room for all of them to be shown in a moment.
func packOfEveryLanguage(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, pack.Sample()); err != nil {
		t.Fatal(err)
	}
	builtIn, err := locales.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	tags := builtIn.Languages()
	tags = append([]string{"en"}, slices.DeleteFunc(tags, func(tag string) bool { return tag == "en" })...)
	file := filepath.Join(dir, "org.yaml")
	org, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	org = languagesOf.ReplaceAll(org, []byte("languages: ["+strings.Join(tags, ", ")+"]"))
	org = bytes.ReplaceAll(org, []byte("sms_per_second: 10"), []byte("sms_per_second: 100"))
	if err := os.WriteFile(file, org, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func everyLanguage(t testing.TB) *pack.Pack {
	t.Helper()
	p, err := pack.Open(packOfEveryLanguage(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Org.Languages) < 20 {
		t.Fatalf("the pack speaks only %q", p.Org.Languages)
	}
	return p
}

// TestEveryLanguage walks every conversation in every language that ships, on
// both channels, and asks for each by its tag.
func TestEveryLanguage(t *testing.T) {
	t.Parallel()
	p := everyLanguage(t)
	faults, err := check.Run(p, surfaces(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		// The sample's own entries are in the sample's languages.
		if !slices.Contains([]string{"areas.yaml", "groups.yaml", "services.yaml", "needs.yaml"}, f.File) {
			t.Error(f)
		}
	}
	for _, tag := range p.Org.Languages {
		if r := p.Triage.Read("LANG "+tag, triage.Hint{}); r.Command != triage.Lang || r.Argument != tag {
			t.Errorf("LANG %s is understood as %q %q", tag, r.Command, r.Argument)
		}
	}
}

// filled has something for each placeholder of the texts, as it would be said
// in a language.
func filled(l *locales.Locale) locales.Args {
	args := locales.Args{
		"org": "Riverside Welcome", "listener": "Evening listener", "colleague": "Outreach desk", "area": "Mill Lane", "language": l.Name, "languages": l.List([]string{l.Name, "English"}),
		"channel": l.Text("channel.telegram", nil), "name": "Parents and play", "place": "Harbour Family Centre", "line": "English table, 17:30",
		"who": "adults", "cost": "2 GBP", "access": "step-free", "alert": "closed", "when": "17:30", "date": "24 Nov", "since": "09:30", "start": "09:31", "end": "11:02",
		"people": "1,204", "most": "480", "why": "no text", "text": "is somebody there", "kind": l.Text("desk.kind-suicide", nil), "age": "18", "topic": "Housing",
	}
	for name, value := range map[string]string{
		"phone": "0800 111 222", "keyword": "SHOUT", "url": "https://example.org", "key": "2", "alias": "4F2A", "close": "/close", "oncall": "/oncall", "numbers": "/numbers",
		"announce": "/announce", "groups": "/groups", "number": "116 123", "example": "2026-11-25 18:30", "zone": "Europe/London", "at": "14:05", "code": "30003", "total": "12.50 GBP",
	} {
		args[name] = l.Isolate(value)
	}
	return args
}

// counts take every plural form of every language.
var counts = []int{0, 1, 2, 3, 5, 11, 20, 21, 100, 1_000_000}

// TestEveryText fills in every text of every language, for every plural form,
// and divides it as each channel would: nothing is missing or left in braces, a
// text is one message, and numbers are in order.
func TestEveryText(t *testing.T) {
	t.Parallel()
	p := everyLanguage(t)
	for _, tag := range p.Org.Languages {
		t.Run(tag, func(t *testing.T) {
			l, args := p.Catalog.Locale(tag), filled(p.Catalog.Locale(tag))
			for _, id := range p.Catalog.IDs() {
				for i, n := range counts {
					args["count"] = n
					if text := l.Text(id, args); i == 0 || slices.Contains(l.Placeholders(id), "count") {
						lookAt(t, l, id, text, args)
					}
				}
			}
		})
	}
}

func lookAt(t *testing.T, l *locales.Locale, id, text string, args locales.Args) {
	t.Helper()
	said := bot.Outbound{Text: text, Language: l.Tag}
	for channel, parts := range map[string][]bot.Outbound{"sms": sms.Divide(said, maxSegments), "telegram": telegram.Divide(said)} {
		most := 1
		if strings.HasPrefix(id, "learn.") && strings.HasSuffix(id, "-text") {
			most = 2 // what is there to be read, as check allows it
		}
		if len(parts) == 0 || len(parts) > most {
			t.Errorf("%s on %s leaves as %d messages: %q", id, channel, len(parts), text)
			continue
		}
		shown := ""
		for _, part := range parts {
			shown += part.Text + "\n"
			if m := sms.Measure(part.Text); channel == "sms" && m.Segments > maxSegments {
				t.Errorf("%s takes %d segments: %q", id, m.Segments, part.Text)
			}
		}
		if strings.ContainsAny(shown, "{}") {
			t.Errorf("%s on %s has braces: %q", id, channel, shown)
		}
		for _, name := range l.Placeholders(id) {
			if value := bare(fmt.Sprint(args[name])); name != "count" && !strings.Contains(bare(shown), value) {
				t.Errorf("%s on %s lost %s, %q: %q", id, channel, name, value, shown)
			}
		}
		if !l.RTL {
			continue
		}
		display, err := locales.Display(shown)
		if err != nil {
			t.Errorf("%s cannot be laid out: %v", id, err)
		}
		for _, whole := range []string{"0800 111 222", "https://example.org", "/close", "/oncall", "4F2A"} {
			if strings.Contains(shown, whole) && !strings.Contains(display, whole) {
				t.Errorf("%s on %s shows %q", id, channel, display)
			}
		}
	}
}
