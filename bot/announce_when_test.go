package bot

import (
	"testing"
	"time"
)

// What was typed never stops the program, and what is read of it is a minute
// that the clock of the place shows, within what can be meant.
func FuzzReadWhen(f *testing.F) {
	for _, text := range []string{"2026-11-25 18:30", "25.11. 18.30", "11/25 6:05", "18:30", "٢٠٢٦-١١-٢٥ ١٨:٣٠", "0000-00-00 00:00", "29.2. 9:00", "9999-12-31T23:59", "\u200e2026-11-25 18:30\u200e", "::", ""} {
		f.Add(text, false)
		f.Add(text, true)
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, london)
	f.Fuzz(func(t *testing.T, text string, monthFirst bool) {
		at, ok := readWhen(text, now, monthFirst)
		switch {
		case !ok && !at.IsZero():
			t.Errorf("%q is not read, and yet is %v", text, at)
		case ok && (at.Location() != london || at.Second() != 0 || at.Year() > 9999):
			t.Errorf("%q is %v", text, at)
		}
	})
}
