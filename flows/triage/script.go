package triage

import "unicode"

// script is a family of letters.
type script uint8

// The scripts of the languages that people are expected to write; what is in
// none of them is other, and is told apart by its letters alone.
const (
	other script = iota
	latin
	cyrillic
	arabic
	ethiopic
	han
	devanagari
	bengali
	gurmukhi
	gujarati
	tamil
	myanmar
	hangul
	hebrew
	georgian
	greek
	thai
	scriptCount
)

func scriptOf(r rune) script {
	switch {
	case r < 0x250, 0x1E00 <= r && r < 0x1F00:
		return latin
	case 0x370 <= r && r < 0x400:
		return greek
	case 0x400 <= r && r < 0x530:
		return cyrillic
	case 0x590 <= r && r < 0x600:
		return hebrew
	case 0x600 <= r && r < 0x780, 0x8A0 <= r && r < 0x900, 0xFB50 <= r && r < 0xFE00, 0xFE70 <= r && r < 0xFF00:
		return arabic
	case 0x900 <= r && r < 0x980:
		return devanagari
	case 0x980 <= r && r < 0xA00:
		return bengali
	case 0xA00 <= r && r < 0xA80:
		return gurmukhi
	case 0xA80 <= r && r < 0xB00:
		return gujarati
	case 0xB80 <= r && r < 0xC00:
		return tamil
	case 0xE00 <= r && r < 0xE80:
		return thai
	case 0x1000 <= r && r < 0x10A0, 0xAA60 <= r && r < 0xAA80:
		return myanmar
	case 0x10A0 <= r && r < 0x1100:
		return georgian
	case 0x1100 <= r && r < 0x1200, 0xAC00 <= r && r < 0xD7B0:
		return hangul
	case 0x1200 <= r && r < 0x13A0, 0x2D80 <= r && r < 0x2DE0:
		return ethiopic
	case unicode.Is(unicode.Han, r):
		return han
	}
	return other
}

// mainScript is the script of most letters of a text.
func mainScript(text string) script {
	var n [scriptCount]int
	best := other
	for _, r := range text {
		if unicode.IsLetter(r) {
			if s := scriptOf(r); s < scriptCount {
				if n[s]++; n[s] > n[best] {
					best = s
				}
			}
		}
	}
	return best
}
