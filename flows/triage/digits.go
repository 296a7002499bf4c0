package triage

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Digits writes the decimal digits of every script as 0 to 9 and leaves all
// else as it is.
func Digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && unicode.IsDigit(r) {
			return digit(r)
		}
		return r
	}, text)
}

// digit gives the ASCII digit of a decimal digit. Unicode keeps the ten digits
// of a script together, in order, and its tables begin each run at a zero.
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

// MenuKey reads the answer to a menu: "1" to "99" or "A" to "Z", however it is
// written ("2.", "(2)", "#2", "٢", "２", a keycap), and empty for anything else.
func MenuKey(text string) string {
	if len(text) > 64 {
		return ""
	}
	key := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && (isDroppedMark(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		switch unicode.ToUpper(r) { // what a Cyrillic keyboard has in place of the letter that was shown
		case 'А':
			return 'A'
		case 'В':
			return 'B'
		case 'С':
			return 'C'
		case 'Е':
			return 'E'
		}
		return r
	}, text)
	key = strings.TrimFunc(Digits(norm.NFKC.String(key)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '+'
	})
	key = strings.ToUpper(key)
	if len(key) == 1 && 'A' <= key[0] && key[0] <= 'Z' {
		return key
	}
	if len(key) == 0 || len(key) > 2 || strings.Trim(key, "0123456789") != "" {
		return ""
	}
	return strings.TrimLeft(key, "0")
}

// isZero tells a zero alone, however often: the way to the numbers that needs
// no language.
func isZero(m *message) bool {
	if len(m.tokens) == 0 || len(m.tokens) > 3 {
		return false
	}
	return strings.Trim(string(m.buf), "0") == ""
}
