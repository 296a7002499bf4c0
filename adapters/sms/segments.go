package sms

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The encodings in which a text travels.
const (
	GSM7 = "GSM-7" // 3GPP TS 23.038 default alphabet with its extension table
	UCS2 = "UCS-2" // UTF-16, for everything the default alphabet lacks
)

// What a message holds, in septets and in UTF-16 units: alone, and as a part
// of several, where six octets go to the header that joins the parts.
const (
	gsmAlone, gsmPart = 160, 153
	ucsAlone, ucsPart = 70, 67
)

// Segments is how a text travels and what it costs.
type Segments struct {
	Encoding string // GSM7 or UCS2
	Units    int    // septets in GSM-7, UTF-16 units in UCS-2
	Segments int    // what networks count, limit and charge; at least 1
}

// Measure counts a text as Twilio's own calculator does: an escaped
// character, a surrogate pair or a letter with its marks is never divided
// between two segments. It measures the text as it is; Simplify may make it cheaper.
func Measure(text string) Segments {
	units, over := 0, 0
	for i, r := range text {
		n := septets(r)
		if n == 0 {
			return measureUCS2(text, i, units-over)
		}
		units += n
		over += n - 1
	}
	if units <= gsmAlone {
		return Segments{GSM7, units, 1}
	}
	segments, used := 1, 0
	for _, r := range text {
		n := septets(r)
		if used+n > gsmPart {
			segments, used = segments+1, 0
		}
		used += n
	}
	return Segments{GSM7, units, segments}
}

// measureUCS2 goes on where Measure met a character that GSM-7 lacks, with
// the UTF-16 units before it.
func measureUCS2(text string, at, units int) Segments {
	for _, r := range text[at:] {
		units += unitsOf(r)
	}
	if units <= ucsAlone {
		return Segments{UCS2, units, 1}
	}
	segments, used := 1, 0
	put := func(n int) {
		if used+n > ucsPart {
			segments, used = segments+1, 0
		}
		used += n
	}
	for rest := text; rest != ""; {
		size, n := cluster(rest)
		if n <= ucsPart {
			put(n)
		} else { // more marks than a segment holds: they are divided
			for _, r := range rest[:size] {
				put(unitsOf(r))
			}
		}
		rest = rest[size:]
	}
	return Segments{UCS2, units, segments}
}

// Fit reports whether a text, simplified where that helps, can be sent as one
// message of at most max segments.
func Fit(text string, max int) bool {
	text = Simplify(text)
	return Measure(text).Segments <= max && utf16Len(text) <= maxUnits
}

// Simplify replaces typographic punctuation that GSM-7 lacks by its plain
// form and drops direction marks, when the whole text then fits GSM-7 and
// costs no more; any other text it returns unchanged. It never touches a
// letter. Direction marks can go because no script of GSM-7 runs right to left.
func Simplify(text string) string {
	change := false
	for _, r := range text {
		if septets(r) == 0 {
			if _, ok := plainForm(r); !ok {
				return text
			}
			change = true
		}
	}
	if !change {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if plain, ok := plainForm(r); ok && septets(r) == 0 {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	if plain := b.String(); Measure(plain).Segments <= Measure(text).Segments {
		return plain
	}
	return text
}

// plainForm is what stands in GSM-7 for a mark that says the same.
func plainForm(r rune) (string, bool) {
	switch r {
	case '‘', '’', '‚', '‛', '′', 'ʼ', 'ʻ', '‹', '›', '`', '´':
		return "'", true
	case '“', '”', '„', '‟', '″', '«', '»':
		return `"`, true
	case '‐', '‑', '‒', '–', '—', '―', '−', '•':
		return "-", true
	case '…':
		return "...", true
	case '\t', '\u00a0', '\u2002', '\u2003', '\u2004', '\u2005', '\u2006', '\u2007', '\u2008', '\u2009', '\u200a', '\u202f', '\u205f', '\u3000':
		return " ", true
	case '\u2028', '\u2029':
		return "\n", true
	case '\u00ad', '\u200b', '\u2060', '\ufeff', // soft hyphen, zero widths
		'\u061c', '\u200e', '\u200f', // direction marks
		'\u202a', '\u202b', '\u202c', '\u202d', '\u202e', // embeddings
		'\u2066', '\u2067', '\u2068', '\u2069': // isolates
		return "", true
	}
	return "", false
}

// septets is how many septets a character takes in GSM-7, 0 when it has none
// (3GPP TS 23.038, tables 6.2.1 and 6.2.1.1).
func septets(r rune) int {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= ' ' && r <= '?':
		return 1
	}
	switch r {
	case '@', '_', '\n', '\r', '¡', '£', '¤', '¥', '§', '¿', 'Ä', 'Å', 'Æ', 'Ç', 'É', 'Ñ', 'Ö', 'Ø', 'Ü', 'ß',
		'à', 'ä', 'å', 'æ', 'è', 'é', 'ì', 'ñ', 'ò', 'ö', 'ø', 'ù', 'ü',
		'Γ', 'Δ', 'Θ', 'Λ', 'Ξ', 'Π', 'Σ', 'Φ', 'Ψ', 'Ω':
		return 1
	case '\f', '[', '\\', ']', '^', '{', '|', '}', '~', '€':
		return 2
	}
	return 0
}

func unitsOf(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

func utf16Len(text string) (n int) {
	for _, r := range text {
		n += unitsOf(r)
	}
	return n
}

// cluster is the length in bytes and in UTF-16 units of what a reader sees as
// the first character of a text: a letter with its marks, a joined emoji, a
// flag. It follows the parts of UAX #29 that living languages use.
func cluster(text string) (size, units int) {
	base, size := utf8.DecodeRuneInString(text)
	units = unitsOf(base)
	if isPlain(base) && (size == len(text) || isPlain(firstRune(text[size:]))) {
		return size, units
	}
	if unicode.IsControl(base) || isFormat(base) {
		return size, units
	}
	last, flag := base, isFlag(base)
	for size < len(text) {
		r, n := utf8.DecodeRuneInString(text[size:])
		switch {
		case extends(r):
		case last == '\u200d' && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r)):
		case flag && isFlag(r):
		case unicode.Is(unicode.Hangul, last) && isJamoTail(r):
		default:
			return size, units
		}
		flag = false
		size, units, last = size+n, units+unitsOf(r), r
	}
	return size, units
}

// isPlain knows at a glance the commonest characters that never join another
// by themselves; it only saves the search in the tables.
func isPlain(r rune) bool {
	return r >= ' ' && r < 0x7f || r >= 0xc0 && r < 0x300 || r >= 'Α' && r < 0x483 || // Latin, Greek, Cyrillic
		r >= 'ء' && r <= 'ي' || r >= 'ٱ' && r <= 'ۓ' || // Arabic
		r >= 'አ' && r <= 'ፚ' || r >= 0x4e00 && r <= 0x9fff // Ethiopic, Chinese
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// extends reports whether a character belongs to the one before it.
func extends(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r == '\u200c' || r == '\u200d' || r == 'ำ' || r == 'ຳ':
		return true
	case unicode.Is(unicode.Mc, r):
		return !standsAlone(r)
	}
	return unicode.In(r, unicode.Mn, unicode.Me) || r >= 0x1f3fb && r <= 0x1f3ff
}

// standsAlone names the spacing marks, most of them Burmese and Shan, that
// UAX #29 leaves out of the letter before them.
func standsAlone(r rune) bool {
	switch {
	case r == 0x102b, r == 0x102c, r == 0x1038, r == 0x1083, r == 0x108f, r == 0xaa7b, r == 0xaa7d,
		r == 0x1a61, r == 0x1a63, r == 0x1a64,
		r >= 0x1062 && r <= 0x1064, r >= 0x1067 && r <= 0x106d, r >= 0x1087 && r <= 0x108c, r >= 0x109a && r <= 0x109c:
		return true
	}
	return false
}

func isFormat(r rune) bool {
	return r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

func isFlag(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

func isJamoTail(r rune) bool {
	return r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff
}
