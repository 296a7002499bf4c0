package triage

import (
	"bytes"
	"unicode/utf8"
)

// A word of typoLetters or more may have one letter wrong, missing, added or
// swapped with its neighbour. Shorter words have too many neighbours: with
// four letters, "kill" would be found in "bill", "hill" and "kiln".
const (
	typoLetters = 5
	maxLetters  = 24 // longer words are not looked at for typos
)

// index prepares the search for misspellings: every word of the patterns is
// filed under itself and under itself without each of its letters. A word that
// is one edit away shares one of these with it (the symmetric deletes of
// SymSpell).
func (v *vocabulary) index() {
	letters := 0
	for id := range v.about {
		letters += v.lettersForTypos(int32(id))
	}
	all := make([]filed[int32], 0, letters)
	var buf []byte
	for id := range v.about {
		if v.lettersForTypos(int32(id)) == 0 {
			continue
		}
		deletes(v.words.word(int32(id)), &buf, func(h fnv) {
			all = append(all, filed[int32]{int32(h >> 1), int32(id)})
		})
	}
	rows := 1
	for rows < len(all) {
		rows *= 2
	}
	for i := range all {
		all[i].under &= int32(rows - 1)
	}
	v.near = group(rows, all)
}

// lettersForTypos is how many letters a word has for which typos are looked for,
// 0 for other words.
func (v *vocabulary) lettersForTypos(id int32) int {
	w := v.words.word(id)
	if n := utf8.RuneCount(w); v.about[id]&isLoose != 0 && n >= typoLetters && n <= maxLetters && !alone(w) {
		return n
	}
	return 0
}

// alone tells a word of a script without spaces, which is one syllable: with
// one letter changed it is nearly always another.
func alone(w []byte) bool {
	r, _ := utf8.DecodeRune(w)
	return classify(r) == single
}

// misspelt appends the sets of the words that this one may stand for.
func (v *vocabulary) misspelt(dst []int32, word []byte, buf *[]byte) []int32 {
	if n := utf8.RuneCount(word); n < typoLetters-1 || n > maxLetters {
		return dst
	}
	deletes(word, buf, func(h fnv) {
		for _, id := range v.near.under(int32(h>>1) & int32(len(v.near.from)-2)) {
			if !oneEdit(word, v.words.word(id)) {
				continue
			}
			for _, set := range v.exact.under(id) {
				if set&1 != 0 {
					dst = append(dst, set>>1)
				}
			}
		}
	})
	return dst
}

// deletes calls do with the hash of a word and of the word without each of its
// letters but the first.
func deletes(word []byte, buf *[]byte, do func(fnv)) {
	do(hash(word))
	_, first := utf8.DecodeRune(word)
	for i := first; i < len(word); {
		_, size := utf8.DecodeRune(word[i:])
		*buf = append(append((*buf)[:0], word[:i]...), word[i+size:]...)
		do(hash(*buf))
		i += size
	}
}

// oneEdit tells whether one letter wrong, missing, added or swapped makes b of
// a; the first letters must agree.
func oneEdit(a, b []byte) bool {
	ra, na := utf8.DecodeRune(a)
	rb, nb := utf8.DecodeRune(b)
	if ra != rb {
		return false
	}
	a, b = a[na:], b[nb:]
	for len(a) > 0 && len(b) > 0 {
		ra, na = utf8.DecodeRune(a)
		rb, nb = utf8.DecodeRune(b)
		if ra != rb {
			break
		}
		a, b = a[na:], b[nb:]
	}
	if len(a) == 0 || len(b) == 0 {
		return utf8.RuneCount(a)+utf8.RuneCount(b) <= 1
	}
	if bytes.Equal(a[na:], b[nb:]) || bytes.Equal(a[na:], b) || bytes.Equal(a, b[nb:]) {
		return true // wrong, added, missing
	}
	ra2, na2 := utf8.DecodeRune(a[na:])
	rb2, nb2 := utf8.DecodeRune(b[nb:])
	return ra == rb2 && rb == ra2 && na2 > 0 && nb2 > 0 && bytes.Equal(a[na+na2:], b[nb+nb2:])
}
