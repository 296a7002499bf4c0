package directory_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"porchlight/flows/directory"
	"porchlight/flows/sample"
	"porchlight/locales"
)

// now is a Sunday: the week after it is the one of the examples.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func load(t testing.TB, layers ...fs.FS) *directory.Directory {
	t.Helper()
	d, err := directory.Load(layers...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTextIn(t *testing.T) {
	text := directory.Text{"en": "Food", "fa": "غذا", "und": "F"}
	for _, test := range []struct{ tag, fallback, want string }{
		{"en", "", "Food"}, {"en-GB", "", "Food"}, {"fa-AF", "en", "غذا"}, {"so", "en", "F"}, {"", "", "F"},
	} {
		if got := text.In(test.tag, test.fallback); got != test.want {
			t.Errorf("In(%q, %q) = %q, want %q", test.tag, test.fallback, got, test.want)
		}
	}
	if got := (directory.Text{"uk": "У", "en": "E", "es": ""}).In("so", "uk", "es"); got != "У" {
		t.Errorf("the first fallback: %q", got)
	}
	if got := (directory.Text{"uk": "У", "en": "E"}).In("so"); got != "E" {
		t.Errorf("English: %q", got)
	}
	if got := (directory.Text{"uk": "У", "es": "E"}).In("so"); got != "E" {
		t.Errorf("without any match: %q, want the first by tag", got)
	}
	if got := (directory.Text)(nil).In("so"); got != "" {
		t.Errorf("nothing said: %q", got)
	}
}

func TestSampleIsSound(t *testing.T) {
	d := load(t, sample.FS)
	for _, f := range d.Faults(now) {
		t.Error(f)
	}
	if len(d.Warnings(now)) == 0 {
		t.Error("nobody has verified anything, and nothing says so")
	}
	groups, services := 0, 0
	for _, s := range d.Services() {
		if s.Group {
			groups++
		} else {
			services++
		}
		for _, tag := range []string{"en", "es", "ar", "fa-AF", "uk", "so"} {
			for what, text := range map[string]directory.Text{"name": s.Name, "description": s.Description} {
				if !text.Has(tag) || text.In(tag) == "" {
					t.Errorf("%s: no %s in %s", s.ID, what, tag)
				}
				if words := len([]rune(text.In(tag))); words > 90 {
					t.Errorf("%s: the %s in %s has %d letters, too many for a text message", s.ID, what, tag, words)
				}
			}
		}
	}
	if groups != 8 || services != 12 {
		t.Errorf("%d groups and %d services, want 8 and 12", groups, services)
	}
	want := []string{"health", "mental-health", "housing", "food", "legal", "english-classes", "children", "women", "work", "money", "safety", "interpreting"}
	if got := d.Needs(); !slices.Equal(got, want) {
		t.Errorf("needs %v, want %v", got, want)
	}
}

func TestSampleWeek(t *testing.T) {
	d := load(t, sample.FS)
	var got []string
	for _, o := range d.Groups(now, now.AddDate(0, 0, 7), directory.GroupQuery{Language: "en"}) {
		got = append(got, fmt.Sprintf("%s %s", o.Start.Format("Mon 2 15:04"), o.Service.ID))
	}
	want := []string{
		"Sun 22 17:00 quiet-evening", "Mon 23 09:30 parents-play", "Tue 24 17:30 english-table", "Wed 25 10:00 welcome-cafe",
		"Thu 26 16:00 cooking-together", "Thu 26 18:00 womens-circle", "Fri 27 14:00 mens-shed", "Sat 28 11:00 walk-and-talk",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, o := range d.Groups(now, now.AddDate(0, 0, 7), directory.GroupQuery{Language: "fa-AF", Area: "station"}) {
		if o.Service.ID != "womens-circle" {
			t.Errorf("%s is not for Dari speakers in the station quarter", o.Service.ID)
		}
	}
	if _, ok := d.Occurrence("welcome-cafe@20261230"); ok {
		t.Error("a day that is left out is found")
	}
	for _, id := range []string{"", "welcome-cafe", "welcome-cafe@", "welcome-cafe@20261126", "welcome-cafe@20261125b", "welcome-cafe@20261125€", "nobody@20261125"} {
		if _, ok := d.Occurrence(id); ok {
			t.Errorf("%q is found", id)
		}
	}
}

func TestFind(t *testing.T) {
	d := load(t, fstest.MapFS{
		"areas.yaml": {Data: []byte("areas:\n  - {id: north, name: North, latitude: 51.60, longitude: 0.0}\n  - {id: south, name: South, latitude: 51.40, longitude: 0.0}\n")},
		"services.yaml": {Data: []byte(`services:
  - {id: far, name: Far, needs: [food], areas: [south], location: {name: F, latitude: 51.40, longitude: 0.0}}
  - {id: online, name: Online, needs: [food], location: {online: true}}
  - {id: near, name: Near, needs: [food], areas: [north], location: {name: N, latitude: 51.60, longitude: 0.05}, languages: [en]}
  - {id: beside, name: Beside, needs: [food], areas: [north], location: {name: B, latitude: 51.601, longitude: 0.05}, languages: [so]}
  - {id: other, name: Other, needs: [legal], areas: [north]}
  - {id: closed, name: Closed, needs: [food], status: inactive}
`)},
		"groups.yaml": {Data: []byte("groups:\n  - {id: meal, name: Meal, needs: [food], areas: [north]}\n")},
	})
	tests := []struct {
		name  string
		query directory.Query
		want  []string
	}{
		{"as the file has it", directory.Query{Need: "food"}, []string{"far", "online", "near", "beside"}},
		{"the area first, then everywhere", directory.Query{Need: "food", Area: "north"}, []string{"near", "beside", "online", "far"}},
		{"the language among neighbours", directory.Query{Need: "food", Area: "north", Language: "so"}, []string{"beside", "near", "online", "far"}},
		{"by distance", directory.Query{Need: "food", Near: &directory.Point{Latitude: 51.41, Longitude: 0}}, []string{"far", "online", "near", "beside"}},
		{"nothing", directory.Query{Need: "work"}, []string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := []string{}
			for _, s := range d.Find(test.query) {
				got = append(got, s.ID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if area, km, ok := d.Nearest(51.59, 0); !ok || area.ID != "north" || km < 1 || km > 1.3 {
		t.Errorf("nearest is %s, %.2f km, %v", area.ID, km, ok)
	}
}

func TestPlace(t *testing.T) {
	d := load(t, sample.FS)
	for typed, want := range map[string]string{
		"Mill Lane": "mill-lane", "MILL-LANE!": "mill-lane", "i live in mill  lane": "mill-lane", "mill ln": "mill-lane", "mil lane": "mill-lane", "mill": "mill-lane",
		"el puerto": "harbour", "الميناء": "harbour", "المِيناء": "harbour", "حي المحطه": "station", "ГАВАНЬ": "harbour", "dekedda": "harbour", "barrio de la estacion": "station",
		"میل لین": "mill-lane", "ميل لين": "mill-lane", "ORCHARD": "old-orchard", "orchrd": "old-orchard",
		"": "", "m": "", "London": "", "🙂": "", "mill lane or harbour street and more of it": "mill-lane",
	} {
		area, ok := d.Place(typed)
		if area.ID != want || ok != (want != "") {
			t.Errorf("Place(%q) = %q, %v; want %q", typed, area.ID, ok, want)
		}
	}
}

func FuzzPlace(f *testing.F) {
	d := load(f, sample.FS)
	for _, seed := range []string{"Mill Lane", "الميناء", "\xff\xfe", "a\u0300\u0301", strings.Repeat("mill ", 50), "İ", "㎏"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		area, ok := d.Place(typed)
		if _, known := d.Area(area.ID); ok != known {
			t.Fatalf("%v, but area %q", ok, area.ID)
		}
		if again, still := d.Place(strings.ToUpper(strings.ToLower(" " + typed + " "))); ok && still && again.ID != area.ID {
			t.Fatalf("case and spaces lead from %q to %q", area.ID, again.ID)
		}
	})
}

func TestLayersReplace(t *testing.T) {
	d := load(t, sample.FS, fstest.MapFS{"lines.yaml": {Data: []byte("lines:\n  - {id: gb-shout, name: Shout, kind: crisis, countries: [GB], status: inactive}\n")}})
	for _, c := range d.Lines("GB", "suicide", now, "en").Lines {
		if c.ID == "gb-shout" {
			t.Error("a line that the pack takes out is shown")
		}
	}
	if d.Line("gb-shout") == nil {
		t.Error("a line that is taken out cannot be found by its id")
	}
}

func TestLoadFaults(t *testing.T) {
	tests := []struct{ name, file, content, want string }{
		{"an unknown field", "groups.yaml", "groups:\n  - id: a\n    name: A\n    langages: [en]\n", `groups.yaml:4: "langages" is not known here`},
		{"an unknown field further in", "services.yaml", "services:\n  - id: a\n    name: A\n    location:\n      nam: A\n", `services.yaml:5: "nam" is not known here`},
		{"an unknown list", "services.yaml", "service:\n  - id: a\n", `services.yaml:1: "service" is not known here`},
		{"no YAML", "areas.yaml", "areas:\n\t- id: a\n", "areas.yaml:2: "},
		{"a clock", "groups.yaml", "groups:\n  - id: a\n    schedules:\n      - dtstart: 2026-11-25\n        opens_at: 7pm\n", `groups.yaml:5: "7pm" is not a time of day; write it as 09:30`},
		{"a date", "groups.yaml", "groups:\n  - id: a\n    schedules:\n      - dtstart: 25.11.2026\n", `groups.yaml:4: "25.11.2026" is not a date`},
		{"a zone", "groups.yaml", "groups:\n  - id: a\n    schedules: [{dtstart: 2026-11-25, timezone: London}]\n", `groups.yaml:3: "London" is not a time zone`},
		{"no zone", "groups.yaml", "groups:\n  - id: a\n    schedules: [{dtstart: 2026-11-25}]\n", "groups.yaml:3: a schedule has no time zone"},
		{"too often", "groups.yaml", "groups:\n  - id: a\n    schedules:\n      - {dtstart: 2026-11-25, rrule: FREQ=HOURLY}\n", "groups.yaml:4: FREQ must be DAILY"},
		{"twice", "areas.yaml", "areas:\n  - {id: a, name: A}\n  - {id: a, name: B}\n", `areas.yaml:3: the id "a" stands twice`},
		{"no id", "areas.yaml", "areas:\n  - name: A\n", `areas.yaml:2: the id "" cannot be used`},
		{"verified by nobody", "services.yaml", "services:\n  - id: a\n    verified: {state: verified}\n", "services.yaml:3: it is called verified, but not by whom"},
		{"a status", "services.yaml", "services:\n  - id: a\n    status: open\n", `services.yaml:3: the status "open" is not known`},
		{"the organisation's zone", "org.yaml", "name: A\ntimezone: Mars\n", `org.yaml:2: "Mars" is not a time zone`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := directory.Load(fstest.MapFS{test.file: {Data: []byte(test.content)}})
			if err == nil {
				t.Fatal("it passes")
			}
			var fault *locales.Fault
			if !errors.As(err, &fault) || fault.Mend == "" || fault.Line == 0 {
				t.Errorf("not a fault with a line and a remedy: %v", err)
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %v", err, test.want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	org := "country: GB\ntimezone: Europe/London\nlanguages: [en, so]\n"
	const ok = "    name: A\n    verified: {source: s, recorded: 2026-11-01}\n"
	tests := []struct{ name, file, content, want string }{
		{"an old record", "services.yaml", "services:\n  - id: a\n    name: A\n    needs: [food]\n    url: u\n    verified: {source: s, recorded: 2025-11-21}\n", "services.yaml:6: this is stale"},
		{"an old verification", "services.yaml", "services:\n  - id: a\n    name: A\n    needs: [food]\n    url: u\n    verified: {state: verified, by: B, on: 2025-11-01, source: s}\n", "services.yaml:6: this is stale"},
		{"expired", "services.yaml", "services:\n  - id: a\n    name: A\n    needs: [food]\n    url: u\n    verified: {state: verified, by: B, on: 2026-11-01, expires: 2026-11-20, source: s}\n", "services.yaml:6: this is stale"},
		{"no source", "services.yaml", "services:\n  - id: a\n    name: A\n    needs: [food]\n    url: u\n    verified: {recorded: 2026-11-01}\n", "services.yaml:6: nobody can tell where"},
		{"a missing language", "services.yaml", "services:\n  - id: a\n    needs: [food]\n    url: u\n    name: {en: A}\n    verified: {source: s, recorded: 2026-11-01}\n", "services.yaml:5: the name is missing in so"},
		{"a number", "services.yaml", "services:\n  - id: a\n" + ok + "    needs: [food]\n    phones: [{number: 020 7946}]\n", `services.yaml:6: "020 7946" is not a phone number in GB`},
		{"words in a number", "services.yaml", "services:\n  - id: a\n" + ok + "    needs: [food]\n    phones: [{number: 116 123 (free)}]\n", `services.yaml:6: "116 123 (free)" has more than digits`},
		{"an area", "services.yaml", "services:\n  - id: a\n" + ok + "    needs: [food]\n    url: u\n    areas: [moon]\n", `services.yaml:7: there is no area "moon"`},
		{"a need", "services.yaml", "needs: [food]\nservices:\n  - id: a\n" + ok + "    needs: [foot]\n    url: u\n", `services.yaml:6: there is no need "foot"`},
		{"a place", "services.yaml", "services:\n  - id: a\n" + ok + "    needs: [food]\n    location: {name: L, latitude: 91, longitude: 0.1}\n", "services.yaml:6: the place is not on earth"},
		{"half a place", "areas.yaml", "areas:\n  - id: a\n    name: A\n    latitude: 51.5\n", "areas.yaml:4: half of the place"},
		{"no way", "services.yaml", "services:\n  - id: a\n" + ok + "    needs: [food]\n", "services.yaml:2: there is no way to reach it"},
		{"never", "groups.yaml", "groups:\n  - id: a\n" + ok + "    url: u\n    schedules: [{dtstart: 2026-01-01, rrule: FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30}]\n", "groups.yaml:6: the recurrence FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30 never comes"},
		{"over", "groups.yaml", "groups:\n  - id: a\n" + ok + "    url: u\n    schedules: [{dtstart: 2026-01-01, rrule: FREQ=WEEKLY;COUNT=3}]\n", "groups.yaml:6: the group does not meet"},
		{"a change of nothing", "groups.yaml", "groups:\n  - id: a\n" + ok + "    url: u\n    schedules: [{dtstart: 2026-11-25, rrule: FREQ=WEEKLY, changes: [{on: 2026-11-26, cancelled: true}]}]\n", "groups.yaml:6: on 2026-11-26 there is nothing to change"},
		{"no schedule", "groups.yaml", "groups:\n  - id: a\n" + ok + "    url: u\n", "groups.yaml:2: nobody can know when"},
		{"a lonely pair", "lines.yaml", "lines:\n  - id: a\n" + ok + "    kind: crisis\n    countries: [GB]\n    phone: \"999\"\n    pair: p\n", `lines.yaml:8: no other line is in the pair "p"`},
		{"a kind", "lines.yaml", "lines:\n  - id: a\n" + ok + "    kind: hot\n    countries: [GB]\n    phone: \"999\"\n", `lines.yaml:5: the kind "hot" is not known`},
		{"a country without emergency", "lines.yaml", "lines:\n  - id: a\n" + ok + "    kind: crisis\n    countries: [BR]\n    phone: \"188\"\n", "lines.yaml:6: there is no emergency number for BR"},
		{"a country", "lines.yaml", "lines:\n  - id: a\n" + ok + "    kind: crisis\n    countries: [UK]\n    phone: \"188\"\n", `lines.yaml:6: "UK" is not a country`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := load(t, fstest.MapFS{"org.yaml": {Data: []byte(org)}, test.file: {Data: []byte(test.content)}})
			faults := d.Faults(now)
			if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), test.want) {
				t.Errorf("got %v, want one: %s", faults, test.want)
			}
		})
	}
}
