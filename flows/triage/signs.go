package triage

import "slices"

// signs tell of calls for help by circumstances: many words come together of
// which the patterns of one danger are made. What is written every day weighs
// little.
type signs struct {
	Dangers  []danger
	Enough   []float32      // by danger: how much many signs of it weigh
	everyday grouped[uint8] // by word: the families of languages in which it is written every day
}

// danger is a kind of crisis, by its place in severity, from 1, in one family of
// languages, by its place in the matcher's.
type danger struct{ Crisis, Family uint8 }

// How much a word weighs as a sign, one that is written every day, how much more
// one that goes on with a pattern begun before it, and how much those of one
// danger weigh together that are many, within a window, where a words file does
// not say otherwise. Finer weights, by how often a word is in patterns
// and in everyday, were tried and told calls for help no better from other
// messages.
const (
	rareSign     = 1.0
	everydaySign = 0.2
	onwardSign   = 0.7
	enoughSigns  = 5.0
)

// stride is how many elements of onward hold the bits of one word, one for each danger.
func (g *signs) stride() int { return (len(g.Dangers) + 63) / 64 }

// noteOnward notes that word i goes on with a pattern of a danger.
func (g *signs) noteOnward(s *scratch, i int, danger int32) {
	s.onward[i*g.stride()+int(danger/64)] |= 1 << (danger % 64)
}

// isOnward tells whether word i goes on with a pattern of a danger.
func (g *signs) isOnward(s *scratch, i int, danger uint16) bool {
	return s.onward[i*g.stride()+int(danger/64)]&(1<<(danger%64)) != 0
}

// tally is what speaks for a danger so far.
type tally struct {
	weight      float32
	first, last int // words
}

// gather gives the danger that the words of a message are most signs of, and
// what they weigh, 1 being many; no danger if there is no sign at all. Of the
// message, which has been through find, the language is known, or empty: it may
// be any.
func (m *matcher) gather(s *scratch, language string) (best finding, most float32) {
	kin := slices.Index(m.Families, family(language))
	if language != "" && kin < 0 {
		return finding{}, 0
	}
	for begin := 0; begin < len(s.tokens); begin += s.window() / 2 {
		end := min(begin+s.window(), len(s.tokens))
		if f, share := m.gatherFrom(s, begin, end, kin); share > most {
			best, most = f, share
		}
		if end == len(s.tokens) {
			break
		}
	}
	return best, most
}

// gatherFrom gives the danger that the words from begin to end are most signs of,
// in the family of languages kin, or in any if it is -1; and what they weigh, 1
// being enough.
func (m *matcher) gatherFrom(s *scratch, begin, end, kin int) (best finding, most float32) {
	s.tally = slices.Grow(s.tally[:0], len(m.Signs.Dangers))[:len(m.Signs.Dangers)]
	clear(s.tally)
	for i := begin; i < end; i++ {
		if m.isHarmless(s, i) {
			continue
		}
		from := int32(0)
		if i > 0 {
			from = s.upTo[i-1]
		}
		everyday := m.everyday(s.ids[i])
		for _, d := range s.seen[from:s.upTo[i]] {
			if kin >= 0 && int(m.Signs.Dangers[d].Family) != kin {
				continue
			}
			t := &s.tally[d]
			if t.weight == 0 {
				t.first = i
			}
			t.last = i
			if slices.Contains(everyday, m.Signs.Dangers[d].Family) {
				t.weight += everydaySign
			} else {
				t.weight += rareSign
			}
			if m.Signs.isOnward(s, i, d) {
				t.weight += onwardSign
			}
		}
	}
	for d, t := range s.tally {
		if share := t.weight / m.Signs.Enough[d]; share > most {
			most = share
			best = finding{crisis: m.Signs.Dangers[d].Crisis, language: m.Families[m.Signs.Dangers[d].Family], first: t.first, last: t.last}
		}
	}
	return best, most
}

// isHarmless tells whether a word is part of a saying that takes a crisis away, or
// of a command.
func (m *matcher) isHarmless(s *scratch, i int) bool {
	covers := func(h hit) bool {
		k := m.patterns[h.pattern].kind
		return int(h.first) <= i && i <= int(h.last) && (k == harmless || k == command)
	}
	return slices.ContainsFunc(s.hits, covers) || slices.ContainsFunc(s.parts, covers)
}

// everyday gives the families of languages in which a word is written every day.
func (m *matcher) everyday(word int32) []uint8 {
	if word == unknown {
		return nil
	}
	return m.Signs.everyday.under(word)
}
