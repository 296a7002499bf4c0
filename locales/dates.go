package locales

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// writing is how a language writes dates, times and numbers: an entry of
// dates.json, or dates: in a language's file, whose keys replace the entry's.
// Patterns are those of the CLDR (UTS 35): E d MMM.
type writing struct {
	Days       []string  `json:"days" yaml:"days"`             // short, from Sunday
	LongDays   []string  `json:"longdays" yaml:"longdays"`     // in full
	Months     []string  `json:"months" yaml:"months"`         // short, from January
	LongMonths []string  `json:"longmonths" yaml:"longmonths"` // in full
	Date       string    `json:"date" yaml:"date"`             // weekday, day and month
	Long       string    `json:"long" yaml:"long"`             // the same with the year
	Clock      string    `json:"clock" yaml:"clock"`           // hour and minute
	Parts      []dayPart `json:"parts" yaml:"parts"`           // what a or B in Clock stands for
	Digits     string    `json:"digits" yaml:"digits"`         // 0 to 9; empty: ASCII
	Group      string    `json:"group" yaml:"group"`           // between thousands
	MinGroup   int       `json:"mingroup" yaml:"mingroup"`     // digits before the first Group: 2 writes 1234 and 12.345
	Lakh       bool      `json:"lakh" yaml:"lakh"`             // beyond the thousands in groups of two: 12,34,567
	Calendar   string    `json:"calendar" yaml:"calendar"`     // persian or ethiopic: the people's own; empty: none
	OwnMonths  []string  `json:"ownmonths" yaml:"ownmonths"`   // months of Calendar
	Own        string    `json:"own" yaml:"own"`               // a date of Calendar
	Amended    string    `json:"amended" yaml:"-"`             // why this is not the CLDR's; empty: it is

	digits                 []rune
	date, long, clock, own []field
}

// dayPart is a part of the day and the hour it begins.
type dayPart struct {
	From int    `json:"from" yaml:"from"`
	Name string `json:"name" yaml:"name"`
}

// field is a piece of a pattern: a CLDR field such as MMM, or words.
type field struct {
	letter byte // 0: words
	width  int
	words  string
}

func readWritings() (map[string]*writing, error) {
	var all map[string]*writing
	if err := json.Unmarshal(datesJSON, &all); err != nil {
		return nil, fmt.Errorf("dates.json: %w; make it again with go run ./locales/gen", err)
	}
	return all, nil
}

// with is w with what a file says in its place.
func (w writing) with(own *writing) *writing {
	if own == nil {
		return &w
	}
	list := func(old *[]string, new []string) {
		if new != nil {
			*old = new
		}
	}
	list(&w.Days, own.Days)
	list(&w.LongDays, own.LongDays)
	list(&w.Months, own.Months)
	list(&w.LongMonths, own.LongMonths)
	list(&w.OwnMonths, own.OwnMonths)
	word := func(old *string, new string) {
		if new != "" {
			*old = new
		}
	}
	word(&w.Date, own.Date)
	word(&w.Long, own.Long)
	word(&w.Clock, own.Clock)
	word(&w.Digits, own.Digits)
	word(&w.Calendar, own.Calendar)
	word(&w.Own, own.Own)
	if own.Parts != nil {
		w.Parts = own.Parts
	}
	return &w
}

// compile checks w and reads its patterns.
func (w *writing) compile() error {
	w.digits = []rune(w.Digits)
	for _, need := range []struct {
		name      string
		got, want int
	}{
		{"days", len(w.Days), 7}, {"longdays", len(w.LongDays), 7},
		{"months", len(w.Months), 12}, {"longmonths", len(w.LongMonths), 12},
	} {
		if need.got != need.want {
			return fmt.Errorf("%s has %d names, not %d", need.name, need.got, need.want)
		}
	}
	if n := len(w.digits); n != 0 && n != 10 {
		return fmt.Errorf("digits has %d digits, not 10", n)
	}
	if len(w.Parts) == 0 || w.Parts[0].From != 0 {
		return fmt.Errorf("parts does not begin at 0")
	}
	switch want := map[string]int{"": 0, "persian": 12, "ethiopic": 13}[w.Calendar]; {
	case want == 0 && w.Calendar != "":
		return fmt.Errorf("the calendar %q is not known", w.Calendar)
	case want != len(w.OwnMonths):
		return fmt.Errorf("ownmonths has %d names, not %d", len(w.OwnMonths), want)
	}
	for _, p := range []struct {
		pattern string
		into    *[]field
		letters string
	}{{w.Date, &w.date, "EdM"}, {w.Long, &w.long, "EdMy"}, {w.Clock, &w.clock, "HhmaB"}, {w.Own, &w.own, "dMy"}} {
		fields, err := fieldsOf(p.pattern, p.letters)
		if err != nil {
			return err
		}
		*p.into = fields
	}
	return nil
}

// fieldsOf reads a CLDR pattern: runs of a letter are fields, quotes hold words.
func fieldsOf(pattern, letters string) (fields []field, err error) {
	var words strings.Builder
	quoted := false
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'' && i+1 < len(pattern) && pattern[i+1] == '\'':
			words.WriteByte('\'')
			i += 2
			continue
		case c == '\'':
			quoted = !quoted
		case quoted || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'):
			words.WriteByte(c)
		case !strings.Contains(letters, string(c)):
			return nil, fmt.Errorf("the pattern %q has %c, which is not known there", pattern, c)
		default:
			if words.Len() > 0 {
				fields = append(fields, field{words: words.String()})
				words.Reset()
			}
			width := 1
			for i+width < len(pattern) && pattern[i+width] == c {
				width++
			}
			fields = append(fields, field{letter: c, width: width})
			i += width
			continue
		}
		i++
	}
	if words.Len() > 0 {
		fields = append(fields, field{words: words.String()})
	}
	return fields, nil
}

// day is a day of some calendar. months are that calendar's, where they are
// not the Gregorian ones.
type day struct {
	year, month, day int
	months           []string
}

// Date writes the weekday, the day and the month as a word, in the order of
// the language: Wed 25 Nov. The day is the one in t's location.
func (l *Locale) Date(t time.Time) string {
	return string(l.writes.append(nil, l.writes.date, t, gregorian(t)))
}

// LongDate writes the weekday, the day, the month and the year in full; where
// people also live by a calendar of their own, the same day in that one
// follows in brackets: Solar Hijri with the months of Afghanistan or of Iran,
// Ethiopic. The day is the one in t's location.
func (l *Locale) LongDate(t time.Time) string {
	w := l.writes
	b := w.append(nil, w.long, t, gregorian(t))
	var d day
	switch w.Calendar {
	case "persian":
		d = persian(t)
	case "ethiopic":
		d = ethiopic(t)
	default:
		return string(b)
	}
	d.months = w.OwnMonths
	return string(append(w.append(append(b, " ("...), w.own, t, d), ')'))
}

// Clock writes the time of day in t's location: 24 hours or 12, as is usual in
// the language, with the part of the day where hours alone would leave doubt.
// Where that is Latin letters, as in Urdu, the hour stays beside them.
func (l *Locale) Clock(t time.Time) string {
	clock := string(l.writes.append(nil, l.writes.clock, t, day{}))
	if l.RTL && strings.ContainsFunc(clock, func(r rune) bool { return 'A' <= r && r <= 'z' }) {
		return l.Isolate(clock)
	}
	return clock
}

func (w *writing) append(b []byte, fields []field, t time.Time, d day) []byte {
	for _, f := range fields {
		switch f.letter {
		case 0:
			b = append(b, f.words...)
		case 'E':
			b = append(b, pick(f, w.Days, w.LongDays)[t.Weekday()]...)
		case 'M':
			switch {
			case f.width < 3:
				b = w.pad(b, d.month, f.width)
			case d.months != nil:
				b = append(b, d.months[d.month-1]...)
			default:
				b = append(b, pick(f, w.Months, w.LongMonths)[d.month-1]...)
			}
		case 'd':
			b = w.pad(b, d.day, f.width)
		case 'y':
			b = w.pad(b, d.year, 1)
		case 'H':
			b = w.pad(b, t.Hour(), f.width)
		case 'h':
			b = w.pad(b, (t.Hour()+11)%12+1, f.width)
		case 'm':
			b = w.pad(b, t.Minute(), 2)
		case 'a', 'B':
			b = append(b, w.part(t.Hour())...)
		}
	}
	return b
}

func pick(f field, short, long []string) []string {
	if f.width > 3 {
		return long
	}
	return short
}

// pad writes a number in the language's digits, with zeros up to a width.
func (w *writing) pad(b []byte, n, width int) []byte {
	return w.appendDigits(b, fmt.Appendf(nil, "%0*d", width, n), false)
}

// part is the name of the part of the day that an hour is in.
func (w *writing) part(hour int) string {
	name := w.Parts[0].Name
	for _, p := range w.Parts {
		if hour >= p.From {
			name = p.Name
		}
	}
	return name
}
