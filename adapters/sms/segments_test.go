package sms

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestMeasureAgreesWithTwiliosCalculator compares with the counts that
// testdata/segments.js wrote with sms-segments-calculator 1.3.0.
func TestMeasureAgreesWithTwiliosCalculator(t *testing.T) {
	f, err := os.Open("testdata/segments.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	n := 0
	for ; lines.Scan(); n++ {
		var want struct {
			Text, Encoding  string
			Units, Segments int
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		got := Measure(want.Text)
		if got != (Segments{want.Encoding, want.Units, want.Segments}) {
			t.Errorf("Measure(%q) = %+v, want %s %d %d", want.Text, got, want.Encoding, want.Units, want.Segments)
		}
	}
	if err := lines.Err(); err != nil || n < 1000 {
		t.Fatalf("read %d texts, %v; want at least 1000", n, err)
	}
}

func TestSimplify(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain stays":                       {"It's fine", "It's fine"},
		"curly quotes":                      {"It’s “fine”", `It's "fine"`},
		"dashes and ellipsis":               {"Mon–Fri — soon…", "Mon-Fri - soon..."},
		"no-break spaces":                   {"116\u00a0123\u202f!", "116 123 !"},
		"direction marks go where all runs": {"Call \u2066116 123\u2069 or \u200e999\u200e", "Call 116 123 or 999"},
		"letters decide: nothing changes":   {"Está “bien”…", "Está “bien”…"},
		"Arabic keeps its isolates":         {"اتصل \u2066116 123\u2069…", "اتصل \u2066116 123\u2069…"},
		"Persian keeps its joiner":          {"می‌خواهم", "می‌خواهم"},
		"never dearer":                      {strings.Repeat("…", 60), strings.Repeat("…", 60)},
	} {
		if got := Simplify(tt.in); got != tt.want {
			t.Errorf("%s: Simplify(%q) = %q, want %q", name, tt.in, got, tt.want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		text string
		max  int
		want bool
	}{
		{strings.Repeat("a", 160), 1, true},
		{strings.Repeat("a", 161), 1, false},
		{strings.Repeat("a", 159) + "’", 1, true}, // as it is sent
		{strings.Repeat("ж", 70), 1, true},
		{strings.Repeat("ж", 71), 1, false},
		{strings.Repeat("a", 1601), 100, false}, // Twilio's limit
	} {
		if got := Fit(tt.text, tt.max); got != tt.want {
			t.Errorf("Fit(%d runes, %d) = %v", len([]rune(tt.text)), tt.max, got)
		}
	}
}

// slowly counts by writing the segments out, one character at a time.
func slowly(text string) Segments {
	const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	const extension = "\f^{}\\[~]|€"
	var pieces [][]int // what may not be divided, in units
	encoding, alone, part, units := GSM7, 160, 153, 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(extension, r):
			pieces = append(pieces, []int{0x1b, int(r)})
		case strings.ContainsRune(basic, r):
			pieces = append(pieces, []int{int(r)})
		default:
			encoding, alone, part = UCS2, 70, 67
		}
	}
	if encoding == UCS2 {
		pieces = nil
		for rest := text; rest != ""; {
			size, _ := cluster(rest)
			var whole []int
			for _, u := range utf16.Encode([]rune(rest[:size])) {
				whole = append(whole, int(u))
			}
			if len(whole) <= part {
				pieces = append(pieces, whole)
			} else {
				for _, r := range rest[:size] {
					pieces = append(pieces, make([]int, len(utf16.Encode([]rune{r}))))
				}
			}
			rest = rest[size:]
		}
	}
	segments := [][]int{nil}
	for _, p := range pieces {
		units += len(p)
		if len(segments[len(segments)-1])+len(p) > part {
			segments = append(segments, nil)
		}
		segments[len(segments)-1] = append(segments[len(segments)-1], p...)
	}
	if units <= alone {
		segments = segments[:1]
	}
	return Segments{encoding, units, len(segments)}
}

func FuzzMeasure(f *testing.F) {
	f.Add("hello {world} €")
	f.Add(strings.Repeat("ж", 66) + "🙂" + strings.Repeat("e\u0301", 70))
	f.Add(strings.Repeat("a\u0301", 40) + strings.Repeat("\u0301", 80))
	f.Add("\xff\xfe")
	f.Add(strings.Repeat("[", 81) + "\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := Measure(text), slowly(text); got != want {
			t.Errorf("Measure(%q) = %+v, slowly %+v", text, got, want)
		}
		simple := Simplify(text)
		if simple != text && Measure(simple).Encoding != GSM7 {
			t.Errorf("Simplify(%q) = %q, which is not GSM-7", text, simple)
		}
	})
}

func BenchmarkMeasure(b *testing.B) {
	for name, text := range map[string]string{
		"English": strings.Repeat("call us any time ", 20),
		"Arabic":  strings.Repeat("اتصل بنا في أي ", 20),
		"Hindi":   strings.Repeat("आप अकेले नहीं ", 20),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Measure(text)
			}
		})
	}
}
