package triage

import (
	"slices"
	"strings"
)

// commands knows the words that work everywhere, in every language.
type commands struct {
	Words  map[string][]meaning // by folded phrase
	Polite map[string]bool
	Names  map[string]string          // tag by folded name of a language
	Around map[string]map[string]bool // by family of languages: words that may be around the parts of a command
	// How many words the longest phrase has, and the longest of LANG.
	Longest, LongestLang int
}

type meaning struct {
	Command  Command
	Language string
}

// maxCommandWords bounds what can be a command: longer messages are sentences.
const maxCommandWords = 16

// isShort tells whether a message can be a command, by the room that its words
// take in a gap.
func (s *scratch) isShort() bool {
	room := 0
	for _, t := range s.tokens {
		if t.piece {
			room += pieceRoom
		} else {
			room += wordRoom
		}
	}
	return room <= maxCommandWords*wordRoom
}

func newCommands(files []*wordsFile) *commands {
	c := &commands{Words: map[string][]meaning{}, Polite: map[string]bool{}, Names: map[string]string{}, Around: map[string]map[string]bool{}}
	_, keys, _ := listKeys()
	for _, f := range files {
		for _, key := range keys {
			for _, l := range f.lists["commands."+key] {
				if isNotation(l.text) {
					continue // the matcher finds it
				}
				p := phrase(l.text)
				size := 1 + strings.Count(p, " ")
				c.Longest = max(c.Longest, size)
				if key == string(Lang) {
					c.LongestLang = max(c.LongestLang, size)
				}
				c.Words[p] = append(c.Words[p], meaning{Command(key), f.tag})
			}
		}
		for _, l := range f.lists["polite"] {
			for _, w := range words(l.text) {
				c.Polite[w] = true
			}
		}
		kin := family(f.tag)
		if c.Around[kin] == nil {
			c.Around[kin] = map[string]bool{}
		}
		for _, l := range f.lists["around"] {
			for _, w := range words(l.text) {
				c.Around[kin][w] = true
			}
		}
		for _, l := range f.lists["names"] {
			c.name(l.text, f.tag)
		}
	}
	for _, f := range files { // a tag is always its own
		c.Names[phrase(f.tag)] = f.tag
	}
	return c
}

func (c *commands) name(text, tag string) {
	p := phrase(text)
	if _, taken := c.Names[p]; !taken {
		c.Names[p] = tag
	}
}

// read gives the command that a message is as a whole, in which language, and
// what LANG asks for.
func (c *commands) read(s *scratch, chosen, text string) (meaning, string) {
	first, last := 0, len(s.tokens)
	if last == 0 || !s.isShort() {
		return meaning{}, ""
	}
	if m := c.whole(s, first, last, chosen); m.Command != "" {
		return m, ""
	}
	// LANG HI: a language's tag may be a polite word of another.
	if m, tag := c.named(s, first, last, chosen); tag != "" {
		return m, tag
	}
	for first < last && c.Polite[string(s.word(first))] {
		first++
	}
	for last > first && c.Polite[string(s.word(last-1))] {
		last--
	}
	if m := c.whole(s, first, last, chosen); m.Command != "" {
		return m, ""
	}
	return c.lang(s, first, last, chosen, text)
}

// pattern gives the command whose pattern the matcher found to be the whole
// message, polite words apart.
func (c *commands) pattern(s *scratch, m *matcher, chosen string) (best meaning) {
	if !s.isShort() {
		return best
	}
	for _, h := range s.hits {
		p := &m.patterns[h.pattern]
		if p.kind == command && (best.Command == "" || m.Languages[p.language] == chosen) && c.onlyPolite(s, 0, int(h.first)) && c.onlyPolite(s, int(h.last)+1, len(s.tokens)) {
			best = meaning{everyCommand()[p.what], m.Languages[p.language]}
		}
	}
	if best.Command == "" {
		best = c.inParts(s, m, chosen)
	}
	return best
}

// commandShare is how much of a message the parts of a command must be, with
// polite words, fillers and what its language says around them: "stop &
// messages" is a wish to be left alone, "my sister cannot stop reading old
// messages" is not.
const commandShare = 0.6

// inParts gives the command of which all parts are in the message and make up
// most of it.
func (c *commands) inParts(s *scratch, m *matcher, chosen string) (best meaning) {
	for whole, places := range m.complete(s) {
		p := &m.patterns[whole]
		if p.kind != command || best.Command != "" && m.Languages[p.language] != chosen {
			continue
		}
		told, around := 0, c.Around[m.Families[p.family]]
		for i := range s.tokens {
			in := slices.ContainsFunc(places, func(h hit) bool { return int(h.first) <= i && i <= int(h.last) })
			if in || c.Polite[string(s.word(i))] || m.Vocabulary.is(s.ids[i], isFiller) || around[string(s.word(i))] {
				told++
			}
		}
		if _, _, ok := m.meet(s, places, whole+1, p.parts, nil); ok && float64(told) >= commandShare*float64(len(s.tokens)) {
			best = meaning{everyCommand()[p.what], m.Languages[p.language]}
		}
	}
	return best
}

func (c *commands) onlyPolite(s *scratch, first, last int) bool {
	for ; first < last; first++ {
		if !c.Polite[string(s.word(first))] {
			return false
		}
	}
	return true
}

// cutAddress leaves out the @botname that Telegram writes behind a command in
// a group.
func (m *message) cutAddress(text string) {
	if len(m.tokens) == 0 || m.tokens[0].from == 0 || text[m.tokens[0].from-1] != '/' {
		return
	}
	for i, t := range m.tokens {
		if t.from == 0 || text[t.from-1] != '@' {
			continue
		}
		end := i + 1 // the name may hold _, which parts words
		for end < len(m.tokens) && !strings.ContainsAny(text[m.tokens[end-1].to:m.tokens[end].from], " \t\n") {
			end++
		}
		m.tokens = append(m.tokens[:i], m.tokens[end:]...)
		return
	}
}

// whole gives the command that the words first to last are together.
func (c *commands) whole(s *scratch, first, last int, chosen string) meaning {
	best, rank := meaning{}, -1
	if last-first > c.Longest {
		return best
	}
	for _, m := range c.Words[string(s.join(first, last))] {
		r := 0
		switch m.Language {
		case chosen:
			r = 2
		case everywhere:
			r = 1
		}
		if r > rank {
			best, rank = m, r
		}
	}
	return best
}

// lang reads LANG with a language behind it. A name that no language bears is
// passed on as it was typed, but only behind a bare LANG: "language school" is
// not a command.
func (c *commands) lang(s *scratch, first, last int, chosen, text string) (meaning, string) {
	if m, tag := c.named(s, first, last, chosen); tag != "" {
		return m, tag
	}
	if cut := last - 1; cut > first && string(s.join(first, cut)) == string(Lang) {
		if m := c.whole(s, first, cut, chosen); m.Command == Lang {
			return m, text[s.tokens[cut].from:s.tokens[cut].to]
		}
	}
	return meaning{}, ""
}

// named reads LANG with a name that a language bears.
func (c *commands) named(s *scratch, first, last int, chosen string) (meaning, string) {
	for cut := min(last-1, first+c.LongestLang); cut > first; cut-- {
		if m := c.whole(s, first, cut, chosen); m.Command == Lang {
			if tag, ok := c.Names[string(s.join(cut, last))]; ok {
				return m, tag
			}
		}
	}
	return meaning{}, ""
}

// join writes words with single spaces between.
func (s *scratch) join(first, last int) []byte {
	s.key = s.key[:0]
	for i := first; i < last; i++ {
		if i > first {
			s.key = append(s.key, ' ')
		}
		s.key = append(s.key, s.word(i)...)
	}
	return s.key
}
