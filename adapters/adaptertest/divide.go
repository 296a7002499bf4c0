package adaptertest

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"porchlight/bot"
	"porchlight/flows"
)

// divide holds for every message: no words are lost, none change places, each
// part fits, choices stand only on the last part, and everything goes to the
// same person in the same lane.
func divide(t *testing.T, n Network) {
	c := n.Open(t, "http://127.0.0.1:1") // Divide does no I/O
	same := func(s string) string {
		if n.Same != nil {
			s = n.Same(s)
		}
		return squeeze(s)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := bot.Outbound{
			To:       n.To,
			Lane:     rapid.SampledFrom(bot.Lanes[:]).Draw(t, "lane"),
			Text:     Text(n.Limit).Draw(t, "text"),
			Language: rapid.SampledFrom([]string{"", "en", "ar", "uk"}).Draw(t, "language"),
			Choices:  rapid.SliceOfN(choice(), 0, 8).Draw(t, "choices"),
		}
		before := slices.Clone(m.Choices)
		parts := c.Divide(m)
		if !slices.Equal(before, m.Choices) {
			t.Fatal("Divide changed the message it was given")
		}
		var text strings.Builder
		for i, p := range parts {
			if p.To != m.To || p.Lane != m.Lane || p.Language != m.Language {
				t.Fatalf("part %d has another address, lane or language", i)
			}
			if got := n.Units(p.Text); got > n.Limit {
				t.Fatalf("part %d has %d units, the network takes %d", i, got, n.Limit)
			}
			if squeeze(p.Text) == "" {
				t.Fatalf("part %d has no words", i)
			}
			if len(p.Choices) > 0 && i < len(parts)-1 {
				t.Fatalf("part %d of %d has choices: they belong on the last", i, len(parts))
			}
			text.WriteString(p.Text)
		}
		got, want := squeeze(text.String()), same(m.Text)
		if !strings.HasPrefix(got, want) {
			t.Fatalf("words were lost or changed places:\n got %q\nwant %q first", got, want)
		}
		rest := got[len(want):]
		for _, ch := range m.Choices {
			if len(parts) > 0 && slices.Contains(parts[len(parts)-1].Choices, ch) {
				continue
			}
			_, after, ok := strings.Cut(rest, same(ch.Key))
			if ok {
				_, after, ok = strings.Cut(after, same(ch.Label))
			}
			if !ok {
				t.Fatalf("choice %+v is neither a button nor in the text after it: %q", ch, rest)
			}
			rest = after
		}
	})
}

// squeeze leaves white space out: where a text is cut, it may go.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// Text draws texts as a conversation has them: sentences and paragraphs in
// several scripts, numbers kept in one direction, emoji of many parts, words
// without an end. Some are longer than limit, most are not. A text has at
// least one word.
func Text(limit int) *rapid.Generator[string] {
	word := rapid.SampledFrom([]string{
		"help", "near", "you", "café", "cafe\u0301", "\u2066116 123\u2069", "\u2066+44 800 111\u2069", "مرحبا", "اليوم",
		"дякую", "ñandú", "€5", "[a]{b}", "👋🏽", "👩‍👩‍👧‍👦", "🇺🇦", "क्षेत्र", "ไทย", "日本語", "«так»", "x",
	})
	endless := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(word.Draw(t, "part"), rapid.IntRange(1, limit).Draw(t, "times")%(limit/4+2)+1)
	})
	gap := rapid.SampledFrom([]string{" ", " ", " ", " ", ". ", "! ", "؟ ", "。", "\n", "\n\n", " - "})
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 40).Draw(t, "words") {
			if rapid.IntRange(0, 60).Draw(t, "endless") == 0 {
				b.WriteString(endless.Draw(t, "word"))
			} else {
				b.WriteString(word.Draw(t, "word"))
			}
			b.WriteString(gap.Draw(t, "gap"))
		}
		if rapid.IntRange(0, 3).Draw(t, "long") == 0 { // said again and again, past the limit
			return strings.Repeat(b.String(), rapid.IntRange(1, 2*limit/b.Len()+2).Draw(t, "times"))
		}
		return b.String()
	})
}

func choice() *rapid.Generator[flows.Choice] {
	return rapid.Custom(func(t *rapid.T) flows.Choice {
		return flows.Choice{
			Key:   rapid.SampledFrom([]string{"1", "2", "13", "A", "MENU", "LANG"}).Draw(t, "key"),
			Ref:   rapid.SampledFrom([]string{"", "menu.find", "groups.item.2"}).Draw(t, "ref"),
			Label: rapid.SampledFrom([]string{"Find help near you", "Groups", "القائمة", "Мова", "日本語"}).Draw(t, "label"),
		}
	})
}
