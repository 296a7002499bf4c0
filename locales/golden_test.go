package locales

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// golden is what Node's Intl writes; see gen/golden.mjs.
type golden struct {
	Languages map[string]struct {
		Date, Long, Clock, Number, Own map[string]string
	}
	Calendars map[string]map[string]string // first day of a month: year-month
	NewYears  map[string]string            // first day of a Solar Hijri year: the year
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	data, err := os.ReadFile("testdata/intl.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// plain is what the generator does to spaces and apostrophes.
var plain = strings.NewReplacer("\u202f", " ", "\u00a0", " ", "\u2009", " ", "’", "'", "\u200e", "")

// amended are the fields in which dates.json leaves the CLDR on purpose.
var amended = map[string]string{"fa-AF": "date", "ps": "date", "am": "clock", "ti": "clock", "om": "clock"}

// differs is where ICU departs from the CLDR's own files: it writes AM and PM
// in Korean, the files 오전 and 오후.
var differs = map[string]string{"ko": "clock"}

// writer is a language without texts, written as dates.json says.
func writer(t *testing.T, tag string) *Locale {
	t.Helper()
	all, err := readWritings()
	if err != nil {
		t.Fatal(err)
	}
	w := all[tag]
	if w == nil {
		t.Fatalf("dates.json has no %s", tag)
	}
	if err := w.compile(); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return &Locale{Tag: tag, writes: w}
}

func TestWritesAsIntl(t *testing.T) {
	g := readGolden(t)
	if len(g.Languages) < 30 {
		t.Fatalf("only %d languages to compare with", len(g.Languages))
	}
	for tag, want := range g.Languages {
		t.Run(tag, func(t *testing.T) {
			l := writer(t, tag)
			if (l.writes.Amended != "") != (amended[tag] != "") {
				t.Fatalf("amended %q, the test expects %q", l.writes.Amended, amended[tag])
			}
			same := func(kind, of, got, want string) {
				if want = plain.Replace(want); got != want && amended[tag] != kind && differs[tag] != kind {
					t.Errorf("%s of %s: %q, Intl %q", kind, of, got, want)
				}
			}
			for on, want := range want.Date {
				same("date", on, l.Date(onDay(t, on)), want)
			}
			for on, want := range want.Long {
				got, _, _ := strings.Cut(l.LongDate(onDay(t, on)), " (")
				same("long", on, got, want)
			}
			for at, want := range want.Clock {
				clock, err := time.Parse("15:04", at)
				if err != nil {
					t.Fatal(err)
				}
				same("clock", at, l.Clock(clock), want)
			}
			for n, want := range want.Number {
				i, err := strconv.Atoi(n)
				if err != nil {
					t.Fatal(err)
				}
				same("number", n, l.Number(i), want)
			}
			for on, want := range want.Own {
				if got := l.LongDate(onDay(t, on)); !strings.Contains(got, plain.Replace(want)) {
					t.Errorf("%s in the own calendar: %q lacks %s", on, got, want)
				}
			}
		})
	}
}

func onDay(t *testing.T, s string) time.Time {
	t.Helper()
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// TestCalendars compares every day of 2020 to 2060: the golden file has the
// first day of each month, and that the days between follow was seen when it
// was made.
func TestCalendars(t *testing.T) {
	g := readGolden(t)
	for name, of := range map[string]func(time.Time) day{"persian": persian, "ethiopic": ethiopic} {
		firsts := g.Calendars[name]
		if len(firsts) < 41*12 {
			t.Fatalf("%s: only %d months to compare with", name, len(firsts))
		}
		var want day
		for at := onDay(t, "2020-01-01"); at.Year() < 2061; at = at.AddDate(0, 0, 1) {
			if first, ok := firsts[at.Format(time.DateOnly)]; ok {
				year, month, _ := strings.Cut(first, "-")
				want.year, _ = strconv.Atoi(year)
				want.month, _ = strconv.Atoi(month)
				want.day = 0
			}
			if want.year == 0 {
				continue // before the first whole month
			}
			want.day++
			if got := of(at); got.year != want.year || got.month != want.month || got.day != want.day {
				t.Fatalf("%s of %s: %v, Intl %v", name, at.Format(time.DateOnly), got, want)
			}
		}
	}
}

// TestPersianNewYear holds the whole range that persian claims.
func TestPersianNewYear(t *testing.T) {
	g := readGolden(t)
	if len(g.NewYears) != 2123-1900+1 {
		t.Fatalf("%d new years to compare with", len(g.NewYears))
	}
	for on, year := range g.NewYears {
		if got := persian(onDay(t, on)); strconv.Itoa(got.year) != year || got.month != 1 || got.day != 1 {
			t.Errorf("%s: %v, want 1 Farvardin %s", on, got, year)
		}
	}
}

// TestDatesAreWords holds for every language that is written: the month is a
// word or carries its own sign, the day is the one of the time's zone, and
// what is plain Latin stays within the letters of a short text message.
func TestDatesAreWords(t *testing.T) {
	all, err := readWritings()
	if err != nil {
		t.Fatal(err)
	}
	east := time.FixedZone("east", 13*3600)
	for tag := range all {
		l := writer(t, tag)
		at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
		if l.Date(at) == l.Date(at.In(east)) || l.Clock(at) == l.Clock(at.In(east)) {
			t.Errorf("%s: the zone of the time is not heeded", tag)
		}
		for _, s := range []string{l.Date(at), l.LongDate(at)} {
			if !strings.ContainsFunc(s, func(r rune) bool { return r > '9' && r != '،' }) || strings.Contains(s, "/") {
				t.Errorf("%s: %q has no word", tag, s)
			}
		}
		if slices.Contains([]string{"en", "so", "sw", "om", "fil", "rw", "ht"}, tag) {
			for month := range 12 {
				s := l.Date(at.AddDate(0, month, month)) + l.LongDate(at.AddDate(0, month, month)) + l.Clock(at) + l.Number(1234567)
				for _, r := range s {
					if r > 127 && !strings.ContainsRune("èéùìòÇØøÅåÆæßÉÄÖÑÜ§äöñüà", r) {
						t.Errorf("%s: %q in %q is not GSM-7", tag, r, s)
					}
				}
			}
		}
	}
}

func TestDesign(t *testing.T) {
	at := time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct{ tag, date, long, clock string }{
		{"en", "Wed 25 Nov", "Wednesday, 25 November 2026", "18:00"},
		{"fa-AF", "چهارشنبه ۲۵ نومبر", "چهارشنبه ۲۵ نومبر ۲۰۲۶ (۴ قوس ۱۴۰۵)", "۱۸:۰۰"},
		{"fa", "چهارشنبه ۲۵ نوامبر", "چهارشنبه ۲۵ نوامبر ۲۰۲۶ (۴ آذر ۱۴۰۵)", "۱۸:۰۰"},
		{"am", "ረቡዕ፣ ኖቬም 25", "ረቡዕ 25 ኖቬምበር 2026 (16 ኅዳር 2019)", "18:00 በምሽት"},
		{"ht", "mèk 25 nov", "mèkredi 25 novanm 2026", "18:00"},
		{"ar", "الأربعاء، 25 نوفمبر", "الأربعاء، 25 نوفمبر 2026", "6:00 م"},
	} {
		l := writer(t, c.tag)
		if l.Date(at) != c.date || l.LongDate(at) != c.long || l.Clock(at) != c.clock {
			t.Errorf("%s: %q %q %q", c.tag, l.Date(at), l.LongDate(at), l.Clock(at))
		}
	}
}
