package triage

import (
	"strings"
	"unicode/utf8"
)

// vocabulary knows the words of all patterns, and their misspellings.
type vocabulary struct {
	sets    []string           // what makes the set, for building
	setID   map[string]int32   // by its words
	exact   map[string][]int32 // sets of a word
	loose   map[string][]int32 // the same, without the sets that take no typos
	endings map[string][]int32 // sets of a beginning of a word
	longest int                // bytes of the longest beginning
	known   map[string]bool    // words that are nobody's misspelling
	fillers map[string]bool
	clitics []string
	list    []string         // words that may be misspelt
	near    map[uint32]int32 // by hash of a word or of it without one letter: the last of links
	links   []link
}

// link is a word of the list and the link before it with the same hash.
type link struct{ word, before int32 }

// init makes room for the words of so many patterns.
func (v *vocabulary) init(patterns int) {
	v.setID, v.exact, v.loose = make(map[string]int32, patterns), make(map[string][]int32, patterns), make(map[string][]int32, patterns)
	v.endings, v.known, v.fillers = map[string][]int32{}, make(map[string]bool, patterns), map[string]bool{}
}

// set numbers a set of words.
func (v *vocabulary) set(ws []string) int32 {
	key := strings.Join(ws, " ")
	if id, ok := v.setID[key]; ok {
		return id
	}
	id := int32(len(v.sets))
	v.sets = append(v.sets, key)
	v.setID[key] = id
	for _, w := range ws {
		w, typos := strings.TrimPrefix(w, "="), !strings.HasPrefix(w, "=")
		if stem, ok := strings.CutSuffix(w, "*"); ok {
			v.endings[stem] = append(v.endings[stem], id)
			v.longest = max(v.longest, len(stem))
			w = stem
		}
		v.exact[w] = append(v.exact[w], id)
		if typos {
			v.loose[w] = append(v.loose[w], id)
		}
	}
	return id
}

func (v *vocabulary) addKnown(text string, m *message) {
	m.each(text, func(w string) { v.known[w] = true })
}

// lookup appends the sets that a word belongs to.
func (v *vocabulary) lookup(dst []int32, word []byte, edits *[]byte) []int32 {
	sets, ok := v.exact[string(word)]
	dst = append(dst, sets...)
	for n := min(len(word)-1, v.longest); n >= 2; n-- {
		if utf8.RuneStart(word[n]) {
			dst = append(dst, v.endings[string(word[:n])]...)
		}
	}
	if ok || v.known[string(word)] {
		return dst
	}
	for _, c := range v.clitics {
		if len(word) >= len(c)+4 && string(word[:len(c)]) == c {
			dst = append(dst, v.exact[string(word[len(c):])]...)
		}
	}
	if len(dst) > 0 {
		return dst
	}
	return v.misspelt(dst, word, edits)
}
