package telegram

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"

	"porchlight/bot"
	"porchlight/flows"
)

// Divide is the package's Divide.
func (*Channel) Divide(m bot.Outbound) []bot.Outbound { return Divide(m) }

// Divide turns m into Telegram's messages: texts of at most MaxText UTF-16
// units, then a message of its own for the place. Choices that carry nothing
// back are lines under the text, the others are buttons under the last
// message. The first message answers the press.
func Divide(m bot.Outbound) []bot.Outbound {
	var buttons []flows.Choice
	text := m.Text
	lines := 0
	for _, ch := range m.Choices {
		if ch.Ref != "" {
			buttons = append(buttons, ch)
			continue
		}
		if lines++; lines == 1 && text != "" {
			text += "\n"
		}
		text += "\n" + line(ch)
	}
	part := m
	part.Choices, part.Pin = nil, nil
	var parts []bot.Outbound
	for _, s := range split(text, MaxText) {
		part.Text = s
		parts = append(parts, part)
		part.Press = nil
	}
	if m.Pin != nil {
		part.Text, part.Pin = "", m.Pin
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		parts[len(parts)-1].Choices = buttons
	}
	return parts
}

// line writes a choice as text. Where the label runs from right to left, a
// mark makes the line do so: Telegram goes by a line's first letter, and keys are Latin.
func line(ch flows.Choice) string {
	s := strings.TrimSpace(ch.Key + " " + ch.Label)
	for _, r := range ch.Label {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL:
			return "\u200f" + s
		case bidi.L:
			return s
		}
	}
	return s
}

// units is a text's length in UTF-16 code units, as Telegram counts.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

func width(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// split parts a text so that each part has at most limit units: at a
// paragraph where one ends in the last half of the part, else at a line, a
// sentence, a space, and in a word only where nothing else is left; then
// between characters as people see them. What stands in a direction isolate,
// such as a phone number, stays together. White space at a cut goes.
func split(text string, limit int) []string {
	var parts []string
	for text = strings.TrimSpace(text); text != ""; {
		cut := fit(text, limit)
		if part := strings.TrimSpace(text[:cut]); part != "" {
			parts = append(parts, part)
		}
		text = strings.TrimSpace(text[cut:])
	}
	return parts
}

// fit gives the byte at which the first part of text ends.
func fit(text string, limit int) int {
	const paragraph, newline, sentence, space, character = 0, 1, 2, 3, 4
	var best [5]int // the last place of each kind at which text may be cut
	used, isolated, flags := 0, 0, 0
	var prev, before rune
	for i, r := range text {
		if isolated == 0 && i > 0 {
			switch {
			case prev == '\n' && before == '\n', strings.HasPrefix(text[i:], "\n\n"):
				best[paragraph] = i
			case prev == '\n', r == '\n':
				best[newline] = i
			case unicode.IsSpace(prev) && ends(before), unicode.IsSpace(r) && ends(prev), strings.ContainsRune("。！？", prev):
				best[sentence] = i
			case unicode.IsSpace(prev), unicode.IsSpace(r):
				best[space] = i
			}
			if !joined(prev, r, flags) {
				best[character] = i
			}
		}
		if used+width(r) > limit {
			for kind, at := range best {
				if at > 0 && (kind >= space || 2*units(text[:at]) >= limit) {
					return at
				}
			}
			// One character, or one isolate, larger than a message.
			if i > 0 {
				return i
			}
			return len(string(r))
		}
		used += width(r)
		switch {
		case r >= '\u2066' && r <= '\u2068': // LRI, RLI, FSI
			isolated++
		case r == '\u2069' && isolated > 0: // PDI
			isolated--
		case r == '\n': // an isolate ends with its line
			isolated = 0
		}
		if regional(r) {
			flags++
		} else {
			flags = 0
		}
		before, prev = prev, r
	}
	return len(text)
}

// ends reports a character that ends a sentence, in the scripts at hand.
func ends(r rune) bool { return strings.ContainsRune(".!?…؟۔։।።", r) }

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// joined reports that two characters show as one, after the rules of Unicode
// Standard Annex 29 that matter to people's names, words and emoji; flags is
// how many regional indicators stand right before next.
func joined(prev, next rune, flags int) bool {
	const joiner = '\u200d'
	switch {
	case prev == '\r' && next == '\n', next == joiner, prev == joiner:
		return true
	case unicode.Is(unicode.M, next): // accents, vowel signs, variation selectors
		return true
	case next >= 0x1F3FB && next <= 0x1F3FF, next >= 0xE0020 && next <= 0xE007F: // skin tones, flag tags
		return true
	case next == '\u2069' || next == '\u200f' || next == '\u200e': // never begin with what closes
		return true
	case virama(prev) && unicode.IsLetter(next): // conjuncts of Indic scripts
		return true
	case next >= 0x1160 && next <= 0x11FF: // Hangul vowels and finals
		return true
	}
	return regional(next) && flags%2 == 1
}

func virama(r rune) bool {
	switch r {
	case 0x094D, 0x09CD, 0x0A4D, 0x0ACD, 0x0B4D, 0x0C4D, 0x0D4D, 0x1039, 0x17D2:
		return true
	}
	return false
}
