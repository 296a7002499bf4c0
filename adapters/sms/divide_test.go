package sms

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"porchlight/bot"
	"porchlight/flows"
)

func TestPlain(t *testing.T) {
	menu := []flows.Choice{{Key: "1", Label: "Find help near you"}, {Key: "MENU", Ref: "menu", Label: "back to where you were"}}
	for name, tt := range map[string]struct {
		in   bot.Outbound
		want string
	}{
		"text alone":     {bot.Outbound{Text: " Welcome. \n"}, "Welcome."},
		"choices":        {bot.Outbound{Text: "Welcome.", Choices: menu}, "Welcome.\n1 Find help near you\nMENU back to where you were"},
		"only choices":   {bot.Outbound{Choices: menu[:1]}, "1 Find help near you"},
		"no key":         {bot.Outbound{Text: "a", Choices: []flows.Choice{{Label: "b"}}}, "a\nb"},
		"pin is in text": {bot.Outbound{Text: "Mill Lane Library", Pin: &flows.Pin{Name: "Library", Address: "Mill Lane"}}, "Mill Lane Library"},
		"only a pin":     {bot.Outbound{Pin: &flows.Pin{Name: "Library", Address: "Mill Lane"}}, "Library\nMill Lane"},
		"nothing":        {bot.Outbound{}, ""},
	} {
		if got := Plain(tt.in); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestDivide(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	for name, tt := range map[string]struct {
		in   bot.Outbound
		max  int
		want []string
	}{
		"nothing to say":              {bot.Outbound{Text: " \n"}, 1, nil},
		"fits":                        {bot.Outbound{Text: a(160)}, 1, []string{a(160)}},
		"after a paragraph":           {bot.Outbound{Text: a(60) + "\n\n" + a(50) + ". " + a(60)}, 1, []string{a(60), a(50) + ". " + a(60)}},
		"after a line":                {bot.Outbound{Text: a(60) + "\n" + a(70) + " " + a(60)}, 1, []string{a(60), a(70) + " " + a(60)}},
		"after a sentence":            {bot.Outbound{Text: a(60) + ". " + a(70) + " " + a(60)}, 1, []string{a(60) + ".", a(70) + " " + a(60)}},
		"after a question":            {bot.Outbound{Text: a(60) + "?” " + a(70) + " " + a(60)}, 1, []string{a(60) + `?"`, a(70) + " " + a(60)}},
		"after a word":                {bot.Outbound{Text: a(60) + " " + a(70) + " " + a(60)}, 1, []string{a(60) + " " + a(70), a(60)}},
		"not for a tiny piece":        {bot.Outbound{Text: "Hm. " + a(70) + " " + a(80) + " " + a(60)}, 1, []string{"Hm. " + a(70) + " " + a(80), a(60)}},
		"a word too long":             {bot.Outbound{Text: a(200)}, 1, []string{a(160), a(40)}},
		"Chinese":                     {bot.Outbound{Text: strings.Repeat("好", 39) + "。" + strings.Repeat("好", 49)}, 1, []string{strings.Repeat("好", 39) + "。", strings.Repeat("好", 49)}},
		"numbers whole":               {bot.Outbound{Text: a(150) + " 0800 111 0 111 " + a(5)}, 1, []string{a(150), "0800 111 0 111 " + a(5)}},
		"numbers end at a stop":       {bot.Outbound{Text: a(140) + " 85258. 999 " + a(20)}, 1, []string{a(140) + " 85258.", "999 " + a(20)}},
		"brackets and a plus":         {bot.Outbound{Text: a(150) + " +44 (20) 7946-0000 " + a(5)}, 1, []string{a(150), "+44 (20) 7946-0000 " + a(5)}},
		"native digits":               {bot.Outbound{Text: strings.Repeat("م", 64) + " ۱۱۶ ۱۲۳ " + a(5)}, 1, []string{strings.Repeat("م", 64), "۱۱۶ ۱۲۳ " + a(5)}},
		"isolates in pairs":           {bot.Outbound{Text: strings.Repeat("م", 60) + " \u2066SHOUT to 85258\u2069 م"}, 1, []string{strings.Repeat("م", 60), "\u2066SHOUT to 85258\u2069 م"}},
		"marks in pairs":              {bot.Outbound{Text: strings.Repeat("م", 60) + " \u200eSHOUT to 85258\u200e م"}, 1, []string{strings.Repeat("م", 60), "\u200eSHOUT to 85258\u200e م"}},
		"each part its encoding":      {bot.Outbound{Text: a(100) + " " + a(50) + ".\n\nжжж"}, 1, []string{a(100) + " " + a(50) + ".", "жжж"}},
		"simplified before it is cut": {bot.Outbound{Text: strings.Repeat("It’s ", 31) + "fine…"}, 1, []string{strings.Repeat("It's ", 30) + "It's", "fine..."}},
		"choices stay together": {
			bot.Outbound{Text: a(60) + " " + a(60), Choices: []flows.Choice{{Key: "1", Label: a(30)}, {Key: "2", Label: a(30)}}}, 1,
			[]string{a(60) + " " + a(60), "1 " + a(30) + "\n2 " + a(30)},
		},
		"a key is never alone": {
			bot.Outbound{Text: "a", Choices: []flows.Choice{{Key: "MENU", Label: a(155)}}}, 1,
			[]string{"a", "MENU " + a(155)},
		},
		"1,600 characters": {bot.Outbound{Text: a(1000) + " " + a(700)}, 99, []string{a(1000), a(700)}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.To, tt.in.Language, tt.in.Lane = bot.Address{Channel: "sms", ID: "+447700900123"}, "ar", bot.Bulk
			var got []string
			for _, part := range Divide(tt.in, tt.max) {
				if part.To != tt.in.To || part.Language != "ar" || part.Lane != bot.Bulk || part.Choices != nil || part.Pin != nil {
					t.Errorf("part %+v", part)
				}
				got = append(got, part.Text)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestDivideHolds draws messages of several languages with numbers of all
// kinds: no word is lost, each part fits, and every number is in one part.
func TestDivideHolds(t *testing.T) {
	numbers := []string{"116 123", "13 11 14", "0800 111 0 111", "+44 (20) 7946-0000", "\u2066116 123\u2069", "\u200e0800 111 0 111\u200e", "۱۱۶ ۱۲۳", "9-8-8"}
	words := []string{"call", "now", "It’s", "مرحبا", "می‌خواهم", "Допомога", "é", "क्षेत्र", "👩‍👩‍👧", "你好", "[x]", "€"}
	gaps := []string{" ", " ", " ", ". ", "؟ ", "\n", "\n\n", ", "}
	rapid.Check(t, func(t *rapid.T) {
		max := rapid.IntRange(1, 4).Draw(t, "max")
		var b strings.Builder
		var drawn []string
		for range rapid.IntRange(1, 150).Draw(t, "words") {
			if rapid.IntRange(0, 9).Draw(t, "number") == 0 {
				n := rapid.SampledFrom(numbers).Draw(t, "which")
				drawn = append(drawn, n)
				b.WriteString(" call: " + n + " or ") // so that no two numbers make one
			} else {
				b.WriteString(rapid.SampledFrom(words).Draw(t, "word"))
			}
			b.WriteString(rapid.SampledFrom(gaps).Draw(t, "gap"))
		}
		m := bot.Outbound{Text: b.String()}
		for i := range rapid.IntRange(0, 6).Draw(t, "choices") {
			m.Choices = append(m.Choices, flows.Choice{Key: string(rune('A' + i)), Label: strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 6).Draw(t, "label"), " ")})
		}
		var texts []string
		for _, part := range Divide(m, max) {
			if got := Measure(part.Text); got.Segments > max || utf16Len(part.Text) > 1600 {
				t.Fatalf("%q takes %+v of %d", part.Text, got, max)
			}
			texts = append(texts, part.Text)
		}
		all := plainest(strings.Join(texts, "\n"))
		if got, want := strings.Fields(all), strings.Fields(plainest(Plain(m))); !slices.Equal(got, want) {
			t.Fatalf("words\n%q\nbecame\n%q", want, got)
		}
		for _, n := range drawn {
			want := strings.Count(plainest(Plain(m)), plainest(n))
			got := 0
			for _, text := range texts {
				got += strings.Count(plainest(text), plainest(n))
			}
			if got != want {
				t.Fatalf("%q is whole %d times of %d in %q", n, got, want, texts)
			}
		}
		for _, c := range m.Choices {
			first := plainest(c.Key + " " + strings.Fields(c.Label)[0])
			if !strings.Contains(all, first) {
				t.Fatalf("%q was torn in %q", first, texts)
			}
		}
	})
}

// plainest replaces whatever Simplify may replace.
func plainest(text string) string {
	var b strings.Builder
	for _, r := range text {
		if plain, ok := plainForm(r); ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func FuzzDivide(f *testing.F) {
	f.Add("hello 116 123\n\n\u2066x\u2069 \u200e999\u200e", "1", "Find help", 1)
	f.Add(strings.Repeat("a\u0301", 200)+strings.Repeat("\u0301", 200), "MENU", "", 2)
	f.Add("\xff\u2066\u2066", "", "\u00a0", 1)
	f.Fuzz(func(t *testing.T, text, key, label string, max int) {
		if max = max%10 + 1; max < 1 || len(text) > 5000 {
			return
		}
		m := bot.Outbound{Text: text, Choices: []flows.Choice{{Key: key, Label: label}}}
		var got strings.Builder
		for _, part := range Divide(m, max) {
			if part.Text == "" || !Fit(part.Text, max) {
				t.Errorf("part %q takes %+v of %d", part.Text, Measure(part.Text), max)
			}
			got.WriteString(part.Text)
		}
		strip := func(s string) string { return strings.Join(strings.Fields(plainest(s)), "") }
		if strip(got.String()) != strip(Plain(m)) {
			t.Errorf("%q became %q", Plain(m), got.String())
		}
	})
}

func BenchmarkDivide(b *testing.B) {
	m := bot.Outbound{Text: "Welcome to Riverside. I am Porchlight, an automatic helper, not a person.", Choices: []flows.Choice{
		{Key: "1", Label: "Find help near you"}, {Key: "2", Label: "Groups this week"}, {Key: "3", Label: "Talk to someone"}, {Key: "4", Label: "Settings"}}}
	b.ReportAllocs()
	for b.Loop() {
		Divide(m, 3)
	}
}
