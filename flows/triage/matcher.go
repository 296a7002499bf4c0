package triage

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// matcher finds the patterns of all languages in one pass over the words of a
// message. Every element of a pattern is a set of words; sets are numbered,
// patterns are paths of a tree over those numbers, and of each word only the
// sets that it belongs to are looked up.
type matcher struct {
	vocabulary vocabulary
	nodes      []node
	root       []int32 // by set: the node after a first word; 0: none
	sentence   []int32 // the same, for patterns that begin a sentence
	patterns   []*pattern
}

// node is what has been read of one or several patterns.
type node struct {
	edges []edge
	gap   int32 // node that waits out a gap; 0: none
	ends  []end
}

type edge struct{ set, to int32 }

type end struct {
	pattern int32
	finish  bool // only where a sentence ends
}

// search is the working memory of a find.
type search struct {
	sets   []int32 // of the present word
	mark   []int32 // by set: the word that last belonged to it, counted from 1
	states []state
	next   []state
	hits   []hit
	edits  []byte
}

type state struct {
	node  int32
	start int32 // the pattern's first word
	left  int8  // words of the gap that may still pass
}

type hit struct{ pattern, first, last int32 }

// maxStates and maxHits bound the work on hostile messages; real ones need a
// few dozen.
const (
	maxStates = 2000
	maxHits   = 200
)

// finding is the crisis that goes before the others in a message.
type finding struct {
	crisis      Crisis
	language    string
	first, last int // words
}

func newMatcher(files []*wordsFile) *matcher {
	m := &matcher{nodes: make([]node, 1)}
	v := &m.vocabulary
	v.init()
	for _, f := range files {
		for i := range f.patterns {
			m.add(&f.patterns[i])
		}
		for _, key := range []string{"fillers", "polite"} {
			for _, l := range f.lists[key] {
				if w := words(l.text); len(w) == 1 {
					v.fillers[w[0]] = true
				}
			}
		}
		for _, l := range f.lists["prefixes"] {
			v.clitics = append(v.clitics, phrase(l.text))
		}
		for _, key := range []string{"known", "common"} {
			for _, l := range f.lists[key] {
				v.addKnown(l.text)
			}
		}
		for _, text := range slices.Concat(f.sample, f.latin) {
			v.addKnown(text)
		}
	}
	v.index()
	m.root = grow(m.root, len(v.sets))
	m.sentence = grow(m.sentence, len(v.sets))
	return m
}

func (m *matcher) add(p *pattern) {
	id := int32(len(m.patterns))
	m.patterns = append(m.patterns, p)
	for _, path := range p.paths {
		first := &m.root
		at := int32(0)
		finishes := false
		for _, e := range path {
			switch e.kind {
			case begin:
				first = &m.sentence
			case finish:
				finishes = true
			case gap:
				if m.nodes[at].gap == 0 {
					m.nodes = append(m.nodes, node{})
					m.nodes[at].gap = int32(len(m.nodes) - 1)
				}
				at = m.nodes[at].gap
			case oneOf:
				set := m.vocabulary.set(e.words)
				if at == 0 {
					*first = grow(*first, int(set)+1)
					if (*first)[set] == 0 {
						m.nodes = append(m.nodes, node{})
						(*first)[set] = int32(len(m.nodes) - 1)
					}
					at = (*first)[set]
					continue
				}
				at = m.follow(at, set)
			}
		}
		m.nodes[at].ends = append(m.nodes[at].ends, end{id, finishes})
	}
}

func (m *matcher) follow(at, set int32) int32 {
	for _, e := range m.nodes[at].edges {
		if e.set == set {
			return e.to
		}
	}
	to := int32(len(m.nodes))
	m.nodes = append(m.nodes, node{})
	m.nodes[at].edges = append(m.nodes[at].edges, edge{set, to})
	return to
}

// find gives the crisis of a message; none if every phrase of one is part of
// something harmless.
func (m *matcher) find(s *scratch) finding {
	s.states, s.hits = s.states[:0], s.hits[:0]
	s.mark = grow(s.mark[:0], len(m.vocabulary.sets))
	clear(s.mark)
	for i := range s.tokens {
		word := s.word(i)
		s.sets = m.vocabulary.lookup(s.sets[:0], word, &s.edits)
		unique := s.sets[:0]
		for _, set := range s.sets {
			if s.mark[set] != int32(i+1) {
				s.mark[set] = int32(i + 1)
				unique = append(unique, set)
			}
		}
		s.sets = unique
		m.step(s, i, m.vocabulary.fillers[string(word)])
	}
	return m.judge(s)
}

// step moves every begun pattern over word i.
func (m *matcher) step(s *scratch, i int, filler bool) {
	breaks := s.tokens[i].breaks
	s.next = s.next[:0]
	for _, st := range s.states {
		n := &m.nodes[st.node]
		if breaks && st.left > 0 && st.left < gapWords {
			continue // a gap does not reach into another sentence
		}
		for _, e := range n.edges {
			if s.mark[e.set] == int32(i+1) {
				m.enter(s, e.to, st.start, i)
			}
		}
		switch {
		case filler:
			s.next = append(s.next, st)
		case st.left > 0 && !breaks:
			st.left--
			s.next = append(s.next, st)
		}
	}
	for _, set := range s.sets {
		if to := m.root[set]; to != 0 {
			m.enter(s, to, int32(i), i)
		}
		if to := m.sentence[set]; to != 0 && breaks {
			m.enter(s, to, int32(i), i)
		}
	}
	if len(s.next) > maxStates {
		s.next = s.next[:maxStates]
	}
	s.states, s.next = s.next, s.states
}

// enter records that a pattern has been read up to word i.
func (m *matcher) enter(s *scratch, to, start int32, i int) {
	n := &m.nodes[to]
	if len(n.edges) > 0 {
		s.next = append(s.next, state{node: to, start: start})
	}
	if n.gap != 0 {
		s.next = append(s.next, state{node: n.gap, start: start, left: gapWords})
	}
	for _, e := range n.ends {
		if e.finish && i+1 < len(s.tokens) && !s.tokens[i+1].breaks {
			continue
		}
		if len(s.hits) < maxHits {
			s.hits = append(s.hits, hit{e.pattern, start, int32(i)})
		}
	}
}

// judge drops the hits that something harmless overlaps, then those that a
// longer one overlaps, which says more exactly what it is ("my husband hits"
// and "hits my little son"), and of the others chooses the most pressing kind,
// and of that kind the longest.
func (m *matcher) judge(s *scratch) finding {
	var best finding
	for _, h := range s.hits {
		p := m.patterns[h.pattern]
		if p.crisis == "" && best.crisis == "" {
			best.language = p.language // an idiom, too, tells whose language it is
		}
		if p.crisis == "" || m.yields(s, h) {
			continue
		}
		f := finding{p.crisis, p.language, int(h.first), int(h.last)}
		a, b := slices.Index(severity(), f.crisis), slices.Index(severity(), best.crisis)
		if best.crisis == "" || a < b || a == b && f.last-f.first > best.last-best.first {
			best = f
		}
	}
	return best
}

// yields tells whether a hit gives way to another.
func (m *matcher) yields(s *scratch, h hit) bool {
	if m.excused(s, h) {
		return true
	}
	for _, o := range s.hits {
		if o.first <= h.last && h.first <= o.last && o.last-o.first > h.last-h.first && !m.excused(s, o) {
			return true
		}
	}
	return false
}

// excused tells whether something harmless overlaps a hit.
func (m *matcher) excused(s *scratch, h hit) bool {
	for _, o := range s.hits {
		if m.patterns[o.pattern].crisis == "" && o.first <= h.last && h.first <= o.last {
			return true
		}
	}
	return false
}

// grow gives a slice of at least n elements, the new ones zero.
func grow(s []int32, n int) []int32 {
	if len(s) >= n {
		return s
	}
	return append(s, make([]int32, n-len(s))...)
}

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
	near    map[uint32][]int32 // by hash of a word or of it without one letter: places in list
	list    []string
}

func (v *vocabulary) init() {
	v.setID, v.exact, v.loose, v.endings = map[string]int32{}, map[string][]int32{}, map[string][]int32{}, map[string][]int32{}
	v.known, v.fillers, v.near = map[string]bool{}, map[string]bool{}, map[uint32][]int32{}
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

func (v *vocabulary) addKnown(text string) {
	for _, w := range words(text) {
		v.known[w] = true
	}
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
