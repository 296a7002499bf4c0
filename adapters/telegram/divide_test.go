package telegram

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
	"porchlight/flows"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"nothing", " \n ", 10, nil},
		{"fits", "one two", 7, []string{"one two"}},
		{"at a space", "one two three", 9, []string{"one two", "three"}},
		{"at the limit", "one two three", 7, []string{"one two", "three"}},
		{"at a sentence", "Come in. We are here now", 18, []string{"Come in.", "We are here now"}},
		{"not at a sentence too early", "Yes. We are here and we stay", 20, []string{"Yes. We are here and", "we stay"}},
		{"at a line", "Come here.\nWe are. Open now", 20, []string{"Come here.", "We are. Open now"}},
		{"at a paragraph", "First one\nsecond\n\nthird\nfourth", 26, []string{"First one\nsecond", "third\nfourth"}},
		{"Arabic sentence", "مرحبا بك؟ نحن هنا الآن", 15, []string{"مرحبا بك؟", "نحن هنا الآن"}},
		{"Chinese sentence", "你好欢迎。我们在这里", 7, []string{"你好欢迎。", "我们在这里"}},
		{"endless word", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"emoji count two", "👋👋👋", 4, []string{"👋👋", "👋"}},
		{"accents stay", "cafe\u0301s", 4, []string{"caf", "e\u0301s"}},
		{"families stay", "x👩‍👩‍👧", 8, []string{"x", "👩‍👩‍👧"}},
		{"flags stay", "🇺🇦🇬🇧", 6, []string{"🇺🇦", "🇬🇧"}},
		{"skin stays", "abc👋🏽", 6, []string{"abc", "👋🏽"}},
		{"numbers stay", "Call \u2066116 123\u2069 now", 13, []string{"Call", "\u2066116 123\u2069 now"}},
		{"a character over the limit", "e" + strings.Repeat("\u0301", 5), 4, []string{"e" + strings.Repeat("\u0301", 3), "\u0301\u0301"}},
		{"wider than the limit", "👋", 1, []string{"👋"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := split(tt.text, tt.limit); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Small limits reach every kind of cut. What a person sees as one character,
// and a number in its isolate, is whole in one part.
func TestSplitKeepsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(16, 60).Draw(t, "limit")
		text := adaptertest.Text(limit).Draw(t, "text")
		parts := split(text, limit)
		for _, whole := range []string{"\u2066116 123\u2069", "👋🏽", "👩‍👩‍👧‍👦", "🇺🇦", "क्षेत्र", "e\u0301"} {
			n := 0
			for _, p := range parts {
				n += strings.Count(p, whole)
			}
			if whole == "क्षेत्र" { // may be parted between its syllables
				continue
			}
			if want := strings.Count(text, whole); n != want {
				t.Fatalf("%q stands %d times in %q, %d times in the parts %q", whole, want, text, n, parts)
			}
		}
		for _, p := range parts {
			if units(p) > limit || !utf8.ValidString(p) {
				t.Fatalf("%d units, valid %v: %q", units(p), utf8.ValidString(p), p)
			}
		}
	})
}

func TestDivide(t *testing.T) {
	c, _ := newBotAPI(t).open()
	pin := &flows.Pin{Name: "Library", Address: "Mill Lane"}
	press := &bot.Press{Query: "1", Message: "2"}
	button := flows.Choice{Key: "1", Ref: "menu.find", Label: "Find help"}
	word := flows.Choice{Key: "MENU", Label: "go back"}
	arabic := flows.Choice{Key: "MENU", Label: "القائمة"}
	long := strings.TrimSpace(strings.Repeat("word ", 1000))
	type out = bot.Outbound
	tests := []struct {
		name string
		m    out
		want []out
	}{
		{"nothing", out{}, nil},
		{"text, buttons and words", out{Text: "Hello", Choices: []flows.Choice{button, word, arabic}, Press: press},
			[]out{{Text: "Hello\n\nMENU go back\n\u200fMENU القائمة", Choices: []flows.Choice{button}, Press: press}}},
		{"long: the first answers the press, the last has the buttons", out{Text: long, Choices: []flows.Choice{button}, Press: press},
			[]out{{Text: long[:4094], Press: press}, {Text: long[4095:], Choices: []flows.Choice{button}}}},
		{"text and place", out{Text: "Here it is", Pin: pin, Choices: []flows.Choice{button}, Press: press},
			[]out{{Text: "Here it is", Press: press}, {Pin: pin, Choices: []flows.Choice{button}}}},
		{"a place alone", out{Pin: pin, Choices: []flows.Choice{button}, Press: press},
			[]out{{Pin: pin, Choices: []flows.Choice{button}, Press: press}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.m.To, tt.m.Lane, tt.m.Language = amina, bot.Reply, "en"
			for i := range tt.want {
				tt.want[i].To, tt.want[i].Lane, tt.want[i].Language = amina, bot.Reply, "en"
			}
			got := c.Divide(tt.m)
			if string(mustJSON(t, got)) != string(mustJSON(t, tt.want)) {
				t.Errorf("\n got %s\nwant %s", mustJSON(t, got), mustJSON(t, tt.want))
			}
			for i, part := range got {
				if again := c.Divide(part); len(again) != 1 || string(mustJSON(t, again[0])) != string(mustJSON(t, part)) {
					t.Errorf("part %d divides again: %s", i, mustJSON(t, again))
				}
			}
		})
	}
}

// What Divide makes, the server takes, to the longest text.
func TestDividedIsTaken(t *testing.T) {
	api := newBotAPI(t)
	c, _ := api.open()
	text := strings.Repeat("Дякую 👩‍👩‍👧‍👦 مرحبا. ", 2000)
	parts := c.Divide(bot.Outbound{To: amina, Text: text, Choices: []flows.Choice{{Label: "Menu", Ref: "menu"}}})
	for i, part := range parts {
		if _, err := c.Send(t.Context(), part); err != nil {
			t.Fatalf("part %d of %d: %v", i, len(parts), err)
		}
	}
	if len(api.took()) != len(parts) || len(parts) < 10 {
		t.Errorf("%d parts, %d calls", len(parts), len(api.took()))
	}
}
