package triage

import "unicode/utf8"

// vocabulary knows the words of all patterns, and their misspellings.
type vocabulary struct {
	ids         map[string]int32 // number of a word, or of the beginning or end of words
	words       []string         // by number
	about       []about
	sets        int            // how many sets of words there are
	exact       grouped[int32] // by word: the sets that it is in, twice their number; 1 more: typos are taken for it
	endings     grouped[int32] // by beginning: the sets that words with any ending are in
	beginnings  grouped[int32] // by end: the sets that words with any beginning are in
	stems       sieve          // of beginnings
	tails       sieve          // of ends, read backwards
	longest     int            // bytes of the longest beginning
	longestTail int            // bytes of the longest end
	clitics     []string
	near        grouped[int32] // by hash of a word or of it without one letter: the words
}

// about is what else there is to say of a word.
type about uint8

const (
	isKnown  about = 1 << iota // a word that is nobody's misspelling
	isFiller                   // may stand between the words of any pattern
	isLoose                    // typos are taken for it
)

// lookup appends the sets that a word belongs to, and tells whether it is a
// filler.
func (v *vocabulary) lookup(dst []int32, word []byte, edits *[]byte) (sets []int32, filler bool) {
	right := false
	if id, ok := v.ids[string(word)]; ok {
		exact := v.exact.under(id)
		for _, set := range exact {
			dst = append(dst, set>>1)
		}
		filler = v.about[id]&isFiller != 0
		right = len(exact) > 0 || v.about[id]&isKnown != 0
	}
	h := start
	for n, c := range word[:min(len(word)-1, v.longest)] {
		if h = h.add(c); n > 0 && v.stems.has(h) && utf8.RuneStart(word[n+1]) {
			if id, ok := v.ids[string(word[:n+1])]; ok {
				dst = append(dst, v.endings.under(id)...)
			}
		}
	}
	h = start
	for n := len(word) - 1; n > 0 && n >= len(word)-v.longestTail; n-- {
		if h = h.add(word[n]); n < len(word)-1 && v.tails.has(h) && utf8.RuneStart(word[n]) {
			if id, ok := v.ids[string(word[n:])]; ok {
				dst = append(dst, v.beginnings.under(id)...)
			}
		}
	}
	if right {
		return dst, filler
	}
	for _, c := range v.clitics {
		if len(word) >= len(c)+4 && string(word[:len(c)]) == c {
			if id, ok := v.ids[string(word[len(c):])]; ok {
				for _, set := range v.exact.under(id) {
					dst = append(dst, set>>1)
				}
			}
		}
	}
	if len(dst) > 0 {
		return dst, filler
	}
	return v.misspelt(dst, word, edits), filler
}

// lexicon is what newMatcher has been given besides the patterns.
func (v *vocabulary) lexicon() lexicon {
	out := lexicon{clitics: v.clitics}
	for id, w := range v.words {
		if v.about[id]&isKnown != 0 {
			out.known = append(out.known, w)
		}
		if v.about[id]&isFiller != 0 {
			out.fillers = append(out.fillers, w)
		}
	}
	return out
}

// fnv is FNV-1a, byte by byte.
type fnv uint32

const start fnv = 2166136261

func (h fnv) add(c byte) fnv { return (h ^ fnv(c)) * 16777619 }

// sieve holds back most of what is not in a set: the map would be asked for
// every beginning and end of every word.
type sieve [1 << 12]uint64

func (s *sieve) has(h fnv) bool { return s[h>>6&(1<<12-1)]&(1<<(h&63)) != 0 }

func (s *sieve) add(h fnv) { s[h>>6&(1<<12-1)] |= 1 << (h & 63) }
