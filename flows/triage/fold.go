package triage

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// headAndTail is how many runes are read from the beginning and from the end
// of a message: work stays bounded whatever is sent.
const headAndTail = 2000

// token is one word of a message in its folded form.
type token struct {
	start, end int  // in message.buf
	from, to   int  // in the text
	breaks     bool // a sentence begins here
	line       bool // a line begins here
	piece      bool // part of a word, of a script that is written without spaces
}

// message is a text cut into folded words.
type message struct {
	buf    []byte
	tokens []token
}

// begins tells whether a sentence or a line begins with word i.
func (m *message) begins(i int) bool { return m.tokens[i].breaks || m.tokens[i].line }

func (m *message) word(i int) []byte { return m.buf[m.tokens[i].start:m.tokens[i].end] }

// read folds and cuts a text. The tokens in joined are written together with
// the word that follows.
func (m *message) read(text string, joined map[string]bool) {
	m.buf, m.tokens = m.buf[:0], m.tokens[:0]
	head, tail := bounds(text)
	c := cutter{m: m, joined: joined, breaks: true}
	c.cut(text[:head], 0)
	if tail > head {
		c.breaks = true
	}
	c.cut(text[tail:], tail)
}

// bounds gives the end of the head and the beginning of the tail that are read.
func bounds(text string) (head, tail int) {
	if len(text) <= 2*headAndTail {
		return len(text), len(text)
	}
	for n := 0; n < headAndTail && head < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[head:])
		head += size
	}
	tail = len(text)
	for n := 0; n < headAndTail && tail > head; n++ {
		_, size := utf8.DecodeLastRuneInString(text[head:tail])
		tail -= size
	}
	return head, tail
}

type cutter struct {
	m      *message
	joined map[string]bool
	open   bool // a token is being written
	join   bool // the last token waits for the next to be joined to it
	breaks bool // the next token begins a sentence
	line   bool // and a line
	last   rune // last rune written in the open token
	points int  // sentence points in a row

	piece [8]rune

	unspaced bool // the last letter is of a script without spaces
	stacks   bool // Burmese: the next letter stands below the last
	follows  bool // Burmese: the letter belongs to the syllable before it
}

func (c *cutter) cut(text string, offset int) {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		c.follows = isBurmese(r) && (c.stacks || closesSyllable(text[i+size:]))
		c.stacks = r == virama
		c.rune(r, offset+i, offset+i+size)
		i += size
	}
	c.close()
}

func (c *cutter) rune(r rune, from, to int) {
	switch class := classify(r); class {
	case dropped:
	case point:
		c.close()
		if c.points++; c.points == 1 {
			c.breaks = true
		} else if r == '.' {
			c.breaks = len(c.m.tokens) == 0 // "..." is a pause, not an end
		}
	case space:
		c.close()
		c.line = c.line || r == '\n'
	default:
		c.points = 0
		if unspaced := class == single; unspaced != c.unspaced {
			c.close() // "吃了20片": a number or Latin word within Chinese
			c.unspaced = unspaced
		}
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			c.letter(r, false, from, to)
			return
		}
		for _, f := range fold(c.piece[:0], r) {
			c.letter(f, class == single && !unicode.IsMark(r) && !c.follows, from, to)
		}
	}
}

func (c *cutter) letter(r rune, alone bool, from, to int) {
	if c.open && alone {
		c.close()
	}
	m := c.m
	if !c.open {
		c.open, c.last = true, 0
		if c.join && !c.breaks {
			m.tokens[len(m.tokens)-1].to = to
		} else {
			m.tokens = append(m.tokens, token{start: len(m.buf), end: len(m.buf), from: from, to: to, breaks: c.breaks, line: c.line, piece: alone})
		}
		c.join, c.breaks, c.line = false, false, false
	}
	t := &m.tokens[len(m.tokens)-1]
	t.to = to
	if r == c.last && (r < '0' || r > '9') {
		return // a stretched letter counts once: "heeelp"; and so "kill" is "kil" on both sides
	}
	m.buf = utf8.AppendRune(m.buf, r)
	t.end, c.last = len(m.buf), r
}

func (c *cutter) close() {
	if !c.open {
		return
	}
	c.open = false
	c.join = len(c.joined) > 0 && c.joined[string(c.m.word(len(c.m.tokens)-1))]
}

// Burmese is written without spaces and cut into syllables: a consonant closes
// the syllable before it under the asat, and follows a virama below another.
const (
	burmeseDot = 0x1037 // the short tone; typed before the asat, after it, or not at all
	virama     = 0x1039
	asat       = 0x103A
)

func isBurmese(r rune) bool { return 0x1000 <= r && r <= 0x102A || r == 0x103F }

// closesSyllable tells whether what follows a consonant makes it the end of
// its syllable.
func closesSyllable(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	if r == burmeseDot {
		r, _ = utf8.DecodeRuneInString(rest[size:])
	}
	return r == asat
}

type runeClass uint8

const (
	space   runeClass = iota
	point             // ends a sentence
	dropped           // not seen at all
	letter
	single // a letter of a script that has no spaces between words: a word of its own, or a syllable in Burmese
)

// classify says what a rune does to the words around it.
func classify(r rune) runeClass {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return letter
		case r == '.' || r == '!' || r == '?' || r == ';':
			return point
		case r == '\'' || r == '`':
			return dropped
		}
		return space
	}
	switch r {
	case '؟', '۔', '。', '！', '？', '।', '።', '။', '؛':
		return point
	case '’', '‘', 'ʼ', 'ʻ', '´', '′', '＇', 'ʾ', 'ʿ', 'ˈ', 'ʹ', '‛', 'ـ', 'ء':
		return dropped // apostrophes in any form, tatweel, hamza on the line
	case utf8.RuneError, '၊':
		return space
	}
	switch {
	case 0x400 <= r && r < 0x482, 0x48A <= r && r < 0x530, 0x622 <= r && r < 0x64B:
		return letter // the quick way for Cyrillic and Arabic
	case isDroppedMark(r) || unicode.Is(unicode.Cf, r):
		return dropped
	case r >= 0xE00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return single
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return letter
	}
	return space
}

// isDroppedMark tells the marks that people leave out (accents, harakat, the
// sign that makes a digit a key) from those that are letters, as in Devanagari.
func isDroppedMark(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r <= 0x36F, 0x483 <= r && r <= 0x489, 0x591 <= r && r <= 0x5C7, 0x610 <= r && r <= 0x61A,
		0x64B <= r && r <= 0x65F, r == 0x670, 0x6D6 <= r && r <= 0x6DC, 0x6DF <= r && r <= 0x6E4,
		r == 0x6E7, r == 0x6E8, r == burmeseDot, 0x6EA <= r && r <= 0x6ED, 0x8D3 <= r && r <= 0x8FF, 0x135D <= r && r <= 0x135F,
		0x1AB0 <= r && r <= 0x1AFF, 0x1DC0 <= r && r <= 0x1DFF, 0x20D0 <= r && r <= 0x20FF,
		0xFE00 <= r && r <= 0xFE0F, 0xFE20 <= r && r <= 0xFE2F:
		return true
	}
	return false
}

// fold gives the letters that a letter is compared as: NFKD without the
// dropped marks, lower case whatever the locale, one form for the letters that
// Arabic, Persian and Kurdish keyboards write differently, ASCII digits.
func fold(dst []rune, r rune) []rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(dst, r)
	}
	var enc [utf8.UTFMax]byte
	n := utf8.EncodeRune(enc[:], r)
	d := norm.NFKD.Properties(enc[:n]).Decomposition()
	if len(d) == 0 {
		return append(dst, plain(r))
	}
	for len(d) > 0 {
		r, size := utf8.DecodeRune(d)
		d = d[size:]
		if c := classify(r); c == letter || c == single {
			dst = append(dst, plain(r))
		}
	}
	return dst
}

func plain(r rune) rune {
	if r > unicode.MaxASCII && unicode.IsDigit(r) {
		return digit(r)
	}
	if 0x1200 <= r && r < 0x1380 {
		return plainEthiopic(r)
	}
	switch r {
	case 'ı':
		return 'i'
	case 'ى', 'ی', 'ې', 'ۍ', 'ێ', 'ے':
		return 'ي'
	case 'ک', 'ڪ':
		return 'ك'
	case 'ة', 'ە', 'ہ', 'ھ', 'ۃ':
		return 'ه'
	case 'ۆ', 'ۇ':
		return 'و'
	case 'ٱ':
		return 'ا'
	case 'ڕ':
		return 'ر'
	case 'ڵ':
		return 'ل'
	case 'ł', 'Ł':
		return 'l'
	case 'đ', 'Đ', 'ð', 'Ð', 'ɗ', 'Ɗ':
		return 'd'
	case 'ø', 'Ø':
		return 'o'
	case 'ß', 'ẞ':
		return 's'
	case 'æ', 'Æ':
		return 'e'
	case 'œ', 'Œ':
		return 'o'
	case 'ɓ', 'Ɓ':
		return 'b'
	case 'ƙ', 'Ƙ':
		return 'k'
	case 'ə', 'Ə':
		return 'e'
	case 'ґ', 'Ґ':
		return 'г'
	case '裏': // forms of one character that differ from place to place
		return '裡'
	case '着':
		return '著'
	case '爲':
		return '為'
	case '説':
		return '說'
	case '麽':
		return '麼'
	case '臺':
		return '台'
	}
	return unicode.ToLower(r)
}

// plainEthiopic gives one letter for those that Amharic reads alike and that
// both Amharic and Tigrinya write for one another: the series of ሀ ሐ ኀ ኸ, ሰ ሠ,
// አ ዐ and ጸ ፀ, and the first and fourth orders of ሀ and አ. The rows of
// Unicode's block hold the orders of a letter in the same sequence.
func plainEthiopic(r rune) rune {
	switch order := r & 7; r - order {
	case 'ሀ', 'ሐ', 'ኀ', 'ኸ':
		if order == 3 { // ሃ
			order = 0
		}
		return 'ሀ' + order
	case 'ሠ':
		return 'ሰ' + order
	case 'አ', 'ዐ':
		if order == 3 { // ኣ
			order = 0
		}
		return 'አ' + order
	case 'ፀ':
		return 'ጸ' + order
	}
	return r
}

// each folds a text and calls do with each of its words.
func (m *message) each(text string, do func(word string)) {
	m.read(text, nil)
	for i := range m.tokens {
		do(string(m.word(i)))
	}
}

// phrase folds a text to its words with single spaces between.
func (m *message) phrase(text string) string {
	m.read(text, nil)
	out := make([]byte, 0, len(m.buf)+len(m.tokens))
	for i := range m.tokens {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, m.word(i)...)
	}
	return string(out)
}

// words folds a text and gives its words.
func words(text string) []string {
	var m message
	var out []string
	m.each(text, func(w string) { out = append(out, w) })
	return out
}

// phrase folds a text to its words with single spaces between.
func phrase(text string) string { return new(message).phrase(text) }
