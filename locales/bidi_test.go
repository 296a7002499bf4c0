package locales

import (
	"strings"
	"testing"
	"time"
)

// display is Display, which must succeed.
func display(t *testing.T, s string) string {
	t.Helper()
	line, err := Display(s)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestIsolate(t *testing.T) {
	numbers := []string{"116 123", "13 11 14", "0800 111 0 111", "+442079460000", "1-800-950-6264", "85258", "9-8-8", "(020) 7946 0000", "SHOUT", "https://giveusashout.org"}
	sentences := []string{
		"اتصل على %، مجاني ليلا ونهارا.", // Arabic
		"ساماريتانز: %",
		"به % زنگ بزنید، رایگان، شب و روز.", // Dari
		"کلمه را به % پیام کنید (%) یا %",
		"1 %، ۱۸:۰۰",
	}
	for _, tag := range []string{"ar", "fa-AF"} {
		l := &Locale{Tag: tag, RTL: true}
		for _, n := range numbers {
			for _, s := range sentences {
				line := display(t, strings.ReplaceAll(s, "%", l.Isolate(n)))
				if got := strings.Count(line, n); got != strings.Count(s, "%") {
					t.Errorf("%s in %q displays as %q", n, s, line)
				}
			}
		}
	}
	// The test itself must see what happens without the marks.
	for n, broken := range map[string]string{"116 123": "123 116", "+442079460000": "442079460000+", "1-800-950-6264": "6264-950-800-1"} {
		if line := display(t, strings.ReplaceAll(sentences[0], "%", n)); !strings.Contains(line, broken) {
			t.Errorf("%s without marks displays as %q, expected %q in it", n, line, broken)
		}
	}
}

func TestIsolateLeftToRight(t *testing.T) {
	l := &Locale{Tag: "en"}
	if got := l.Isolate("116 123"); got != "116 123" {
		t.Errorf("%q: an invisible mark halves what fits in a text message", got)
	}
	if got := (&Locale{RTL: true}).Isolate(""); got != "" {
		t.Errorf("%q isolates nothing", got)
	}
}

func TestBegin(t *testing.T) {
	ar := &Locale{Tag: "ar", RTL: true}
	for s, want := range map[string]string{
		"Men's workshop، الجمعة": "\u200fMen's workshop، الجمعة", "1 Walk، اليوم": "\u200f1 Walk، اليوم",
		"ورشة Men": "ورشة Men", "18:00": "18:00", "12 Mill Lane": "12 Mill Lane", "\u200f1 Walk، اليوم": "\u200f1 Walk، اليوم", "": "",
	} {
		if got := ar.Begin(s); got != want {
			t.Errorf("%q begins as %q", s, got)
		}
	}
	if got := ar.BeginLines("اليوم\nWalk اليوم"); got != "اليوم\n\u200fWalk اليوم" {
		t.Errorf("%q", got)
	}
	if got := (&Locale{Tag: "en"}).Begin("Walk"); got != "Walk" {
		t.Errorf("%q", got)
	}
}

// TestClockStaysTogether: the part of the day does not part from its hour when
// it is written in other letters than the text around it.
func TestClockStaysTogether(t *testing.T) {
	c, err := Load(FS)
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"ur": "\u200e5:00 PM\u200e", "ar": "5:00 م", "en": "17:00"} {
		if got := c.Locale(tag).Clock(time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("%s: %+q, want %+q", tag, got, want)
		}
	}
}
