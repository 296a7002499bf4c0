package sms

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"porchlight/bot"
)

// maxUnits is the longest body that Twilio takes, in UTF-16 units.
const maxUnits = 1600

// Plain is a message as a plain phone shows it: the text, then one line a
// choice, what to type before what it does. A pin adds nothing: its address
// stands in the text.
func Plain(m bot.Outbound) string {
	return render(m).text
}

// Divide turns a message into texts of at most max segments and 1,600
// characters each, in order, choices as lines. It breaks after paragraphs,
// lines, sentences or words, in that order of preference, never inside a
// phone number or a direction-isolated run, and never between what to type
// and what it does, unless one of these alone is too long. No part carries a
// counter: the bot sends in order, parts end where a thought ends, and
// "(1/2)" reads as a choice and turns around in right-to-left text. Nothing
// to say gives nothing to send.
func Divide(m bot.Outbound, max int) []bot.Outbound {
	var parts []bot.Outbound
	for _, part := range render(m).split(max) {
		parts = append(parts, bot.Outbound{To: m.To, Lane: m.Lane, Text: Simplify(part), Language: m.Language})
	}
	return parts
}

// span is a range of bytes of a text.
type span struct{ start, end int }

// body is a message as text.
type body struct {
	text string
	menu int    // where the choices begin
	keys []span // each choice's key with the first word of its label
}

// render writes text and choices.
func render(m bot.Outbound) body {
	text := strings.TrimSpace(m.Text)
	if text == "" && m.Pin != nil {
		text = strings.TrimSpace(m.Pin.Name + "\n" + m.Pin.Address)
	}
	if len(m.Choices) == 0 {
		return body{text: text, menu: len(text)}
	}
	var b strings.Builder
	b.WriteString(text)
	if text != "" {
		b.WriteByte('\n')
	}
	menu := b.Len()
	var keys []span
	for i, c := range m.Choices {
		if i > 0 {
			b.WriteByte('\n')
		}
		start, label := b.Len(), strings.TrimSpace(c.Label)
		b.WriteString(c.Key)
		if c.Key != "" && label != "" {
			b.WriteByte(' ')
			first := strings.IndexFunc(label, unicode.IsSpace)
			if first < 0 {
				first = len(label)
			}
			keys = append(keys, span{start, b.Len() + first})
		}
		b.WriteString(label)
	}
	return body{b.String(), menu, keys}
}

// How good a place is to break at.
const (
	word = iota
	sentence
	line
	paragraph
)

// gap is a place to break: one piece ends, the next begins, and what is
// between them is white.
type gap struct {
	end, next int
	rank      int
}

// split cuts a text into pieces that fit, keeping together what belongs
// together where that fits at all.
func (b body) split(max int) []string {
	fits := func(s string) bool { return Fit(s, max) }
	text := b.text
	if text == "" {
		return nil
	}
	if fits(text) {
		return []string{text}
	}
	var pieces []string
	start := 0
	free, all := b.gaps()
	for start < len(text) {
		cut, ok := best(text, start, free, fits)
		if !ok {
			cut, ok = best(text, start, all, fits)
		}
		if !ok {
			end := start + longest(text[start:], fits)
			cut = gap{end: end, next: end}
		}
		pieces = append(pieces, text[start:cut.end])
		start = cut.next
	}
	return pieces
}

// best is the gap after start to break at, ok when some piece fits. A
// paragraph's end is worth a piece that is only a third full, and so on down.
func best(text string, start int, gaps []gap, fits func(string) bool) (gap, bool) {
	first := sort.Search(len(gaps), func(i int) bool { return gaps[i].end > start })
	n := sort.Search(len(gaps)-first, func(i int) bool {
		end := gaps[first+i].end
		return end-start > 4*maxUnits || !fits(text[start:end])
	})
	if n == 0 {
		return gap{}, false
	}
	within := gaps[first : first+n]
	last := within[n-1]
	if last.end == len(text) {
		return last, true
	}
	for rank := paragraph; rank > word; rank-- {
		for i := n - 1; i >= 0 && within[i].end-start >= (last.end-start)/3; i-- {
			if within[i].rank >= rank {
				return within[i], true
			}
		}
	}
	return last, true
}

// longest is how many bytes of a word too long for a piece fit, never
// dividing a letter from its marks; at least one character.
func longest(text string, fits func(string) bool) int {
	ends := func(next func(string) int) []int {
		var ends []int
		for at := 0; at < len(text) && len(ends) < maxUnits; ends = append(ends, at) {
			at += next(text[at:])
		}
		return ends
	}
	fitting := func(ends []int) int {
		return sort.Search(len(ends), func(i int) bool { return !fits(text[:ends[i]]) })
	}
	letters := ends(func(s string) int { size, _ := cluster(s); return size })
	if n := fitting(letters); n > 0 {
		return letters[n-1]
	}
	// One letter with more marks than a piece holds.
	runes := ends(func(s string) int { _, size := utf8.DecodeRuneInString(s); return size })
	return runes[max(fitting(runes), 1)-1]
}

// gaps lists where a text may be broken, and where it may be when nothing is
// held together. The text's end is the last of both.
func (b body) gaps() (free, all []gap) {
	text := b.text
	held := append(wholes(text), b.keys...)
	before := rune(0) // the last character that is not a closing mark
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		next := i + size
		g, found := gap{}, false
		switch {
		case isBlank(r):
			newlines := 0
			for next = i; next < len(text); next += size {
				if r, size = utf8.DecodeRuneInString(text[next:]); !isBlank(r) {
					break
				}
				if r == '\n' {
					newlines++
				}
			}
			g, found = gap{i, next, word}, true
			switch {
			case newlines > 1 || newlines == 1 && next == b.menu:
				g.rank = paragraph
			case newlines == 1:
				g.rank = line
			case endsSentence(before):
				g.rank = sentence
			}
		case strings.ContainsRune("。！？", r): // written without spaces
			g, found = gap{next, next, sentence}, true
		case strings.ContainsRune("、，；：", r):
			g, found = gap{next, next, word}, true
		}
		if found {
			all = append(all, g)
		}
		if !unicode.In(r, unicode.Pe, unicode.Pf, unicode.Cf) && r != '"' && r != '\'' {
			before = r
		}
		i = next
	}
	if n := len(all); n > 0 && all[n-1].end == len(text) {
		all = all[:n-1]
	}
	all = append(all, gap{len(text), len(text), paragraph})
	for _, g := range all {
		inside := false
		for _, h := range held {
			inside = inside || h.start < g.end && g.next < h.end
		}
		if !inside {
			free = append(free, g)
		}
	}
	return free, all
}

// isBlank is white space that may end a line.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) && r != '\u00a0' && r != '\u2007' && r != '\u202f'
}

func endsSentence(r rune) bool { return strings.ContainsRune(".!?…؟۔।॥։።፧။។", r) }

// wholes finds what must not be broken: phone numbers written in groups, and
// runs between direction marks, which work only in pairs.
func wholes(text string) []span {
	var held []span
	for i, r := range text {
		end := 0
		switch {
		case r == '\u200e' || r == '\u200f':
			if len(held) == 0 || held[len(held)-1].end <= i {
				end = markedEnd(text, i)
			}
		case r >= '\u202a' && r <= '\u202e' && r != '\u202c', r >= '\u2066' && r <= '\u2068':
			end = isolateEnd(text, i)
		case r == '+' || r == '(' || unicode.IsDigit(r):
			if len(held) == 0 || held[len(held)-1].end <= i {
				end = numberEnd(text, i)
			}
		}
		if end > i {
			held = append(held, span{i, end})
		}
	}
	return held
}

// numberEnd is where the groups of digits that begin at i end: digits joined
// by one space, dot, hyphen or slash, or by brackets.
func numberEnd(text string, i int) int {
	end := i
	last := rune('0')
	for j, r := range text[i:] {
		switch {
		case unicode.IsDigit(r):
			end = i + j + utf8.RuneLen(r)
		case j == 0:
		case strings.ContainsRune(" -./()\u00a0\u2007\u202f\u2010\u2011", r) && (unicode.IsDigit(last) || last == ')' || r == '('):
		default:
			return end
		}
		last = r
	}
	return end
}

// markedEnd is where the run ends that direction marks at i and after it
// embrace, or 0: such a run is short, on one line and not written right to left.
func markedEnd(text string, i int) int {
	mark, size := utf8.DecodeRuneInString(text[i:])
	runes := 0
	for j, r := range text[i+size:] {
		if r == mark {
			return i + size + j + size
		}
		if runes++; runes > 60 || r == '\n' || unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko) && !unicode.IsDigit(r) {
			return 0
		}
	}
	return 0
}

// isolateEnd is where the isolate or embedding that begins at i is closed,
// or 0 when its line does not close it.
func isolateEnd(text string, i int) int {
	depth := 0
	for j, r := range text[i:] {
		switch {
		case r == '\n':
			return 0
		case r >= '\u202a' && r <= '\u202e' && r != '\u202c', r >= '\u2066' && r <= '\u2068':
			depth++
		case r == '\u202c', r == '\u2069':
			if depth--; depth == 0 {
				return i + j + utf8.RuneLen(r)
			}
		}
	}
	return 0
}
