package triage

import "unicode/utf8"

// vocabulary knows the words of all patterns, and their misspellings. What an
// archive writes as values of their own has names in capitals.
type vocabulary struct {
	words       table // and beginnings and ends of words
	about       []about
	Sets        int            // how many sets of words there are
	exact       grouped[int32] // by word: the sets that it is in, twice their number; 1 more: typos are taken for it
	endings     grouped[int32] // by beginning: the sets that words with any ending are in
	beginnings  grouped[int32] // by end: the sets that words with any beginning are in
	stems       sieve          // of beginnings
	tails       sieve          // of ends, read backwards
	Longest     int            // bytes of the longest beginning
	LongestTail int            // bytes of the longest end
	Clitics     []string
	near        grouped[int32] // by hash of a word or of it without one letter: the words
}

// about is what else there is to say of a word.
type about uint8

const (
	isKnown  about = 1 << iota // a word that is nobody's misspelling
	isFiller                   // may stand between the words of any pattern
	isLoose                    // typos are taken for it
)

// unknown is the number of a word that the vocabulary does not have.
const unknown = -1

// known gives the number of a word, unknown if it has none, and whether it is a
// word as it stands: neither the misspelling of another nor one with a prefix.
func (v *vocabulary) known(word []byte) (id int32, right bool) {
	id, ok := v.words.find(word)
	if !ok {
		return unknown, false
	}
	return id, len(v.exact.under(id)) > 0 || v.is(id, isKnown)
}

// lookup appends the sets that a word belongs to, some of them twice; id and
// right are what known says of it.
func (v *vocabulary) lookup(dst []int32, word []byte, id int32, right bool, edits *[]byte) []int32 {
	if right {
		for _, set := range v.exact.under(id) {
			dst = append(dst, set>>1)
		}
	}
	h := start
	for n, c := range word[:min(len(word)-1, v.Longest)] {
		if h = h.add(c); n > 0 && v.stems.has(h) && utf8.RuneStart(word[n+1]) {
			if id, ok := v.words.hashed(h, word[:n+1]); ok {
				dst = append(dst, v.endings.under(id)...)
			}
		}
	}
	h = start
	for n := len(word) - 1; n > 0 && n >= len(word)-v.LongestTail; n-- {
		if h = h.add(word[n]); n < len(word)-1 && v.tails.has(h) && utf8.RuneStart(word[n]) {
			if id, ok := v.words.find(word[n:]); ok {
				dst = append(dst, v.beginnings.under(id)...)
			}
		}
	}
	if right {
		return dst
	}
	for _, c := range v.Clitics {
		if len(word) >= len(c)+4 && string(word[:len(c)]) == c {
			if id, ok := v.words.find(word[len(c):]); ok {
				for _, set := range v.exact.under(id) {
					dst = append(dst, set>>1)
				}
			}
		}
	}
	if len(dst) > 0 {
		return dst
	}
	return v.misspelt(dst, word, edits)
}

// is tells whether something holds of the word of a number.
func (v *vocabulary) is(number int32, what about) bool {
	return number != unknown && v.about[number]&what != 0
}

// sieve holds back most of what is not in a set: the table would be asked for
// every beginning and end of every word.
type sieve []uint64

func newSieve() sieve { return make(sieve, 1<<12) }

func (s sieve) has(h fnv) bool { return s[h>>6&(1<<12-1)]&(1<<(h&63)) != 0 }

func (s sieve) add(h fnv) { s[h>>6&(1<<12-1)] |= 1 << (h & 63) }
