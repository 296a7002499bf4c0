package triage

import (
	"slices"
	"strings"
)

// matcher finds the patterns of all languages in one pass over the words of a
// message. Every step of a pattern takes one of a set of words; sets are
// numbered, a pattern is a small automaton over those numbers, and of each word
// of a message only the sets that it belongs to are looked up.
type matcher struct {
	vocabulary vocabulary
	nodes      []node
	root       [][]int32 // by set: the nodes after a first word
	sentence   [][]int32 // the same, for patterns that begin a sentence
	patterns   []origin
}

// origin is whose pattern it is.
type origin struct {
	crisis   Crisis  // empty: harmless, or a command
	command  Command // empty: none
	language string
	line     line
}

func (o *origin) harmless() bool { return o.crisis == "" && o.command == "" }

// node is what has been read of a pattern. Node 0 is none.
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
	patterns, nodes := 0, 1
	for _, f := range files {
		patterns += len(f.patterns)
		for i := range f.patterns {
			nodes += f.patterns[i].size()
		}
	}
	m := &matcher{nodes: make([]node, 1, nodes), patterns: make([]origin, 0, patterns)}
	v := &m.vocabulary
	v.init(patterns)
	var word message
	for _, f := range files {
		for i := range f.patterns {
			m.add(&f.patterns[i])
		}
		for _, key := range []string{"fillers", "polite"} {
			for _, l := range f.lists[key] {
				if word.read(l.text, nil); len(word.tokens) == 1 {
					v.fillers[string(word.word(0))] = true
				}
			}
		}
		for _, l := range f.lists["prefixes"] {
			v.clitics = append(v.clitics, phrase(l.text))
		}
		for _, key := range []string{"known", "common"} {
			for _, l := range f.lists[key] {
				v.addKnown(l.text, &word)
			}
		}
		for _, text := range slices.Concat(f.sample, f.latin) {
			v.addKnown(text, &word)
		}
	}
	v.index()
	m.root, m.sentence = extend(m.root, len(v.sets)), extend(m.sentence, len(v.sets))
	return m
}

// add builds the automaton of a pattern.
func (m *matcher) add(p *pattern) {
	m.patterns = append(m.patterns, origin{p.crisis, p.command, p.language, p.line})
	from := []int32{0}           // where the pattern may stand before a segment; 0: not begun
	waits := map[int32][]int32{} // where it stood before the gap that a node waits out
	for _, s := range p.segments {
		after := m.node()
		next := []int32{after}
		if s.gap {
			for _, f := range from {
				m.nodes[f].gap = after
			}
			waits[after] = from
			from = next
			continue
		}
		for _, seq := range s.choices {
			if len(seq) == 0 {
				next = append(next, from...)
				continue
			}
			at := from
			for i, set := range seq {
				to := after
				if i < len(seq)-1 {
					to = m.node()
				}
				m.connect(p, at, m.vocabulary.set(set), to)
				at = []int32{to}
			}
		}
		from = next
	}
	for i := 0; i < len(from); i++ {
		f := from[i]
		if before := waits[f]; before != nil { // all that follows the gap is left out: so is the gap
			from = append(from, before...)
			continue
		}
		m.nodes[f].ends = append(m.nodes[f].ends, end{int32(len(m.patterns) - 1), p.finishes})
	}
}

func (m *matcher) node() int32 {
	m.nodes = append(m.nodes, node{})
	return int32(len(m.nodes) - 1)
}

func (m *matcher) connect(p *pattern, from []int32, set, to int32) {
	for _, f := range from {
		switch {
		case f != 0:
			m.nodes[f].edges = append(m.nodes[f].edges, edge{set, to})
		case p.begins:
			m.sentence = extend(m.sentence, int(set)+1)
			m.sentence[set] = append(m.sentence[set], to)
		default:
			m.root = extend(m.root, int(set)+1)
			m.root[set] = append(m.root[set], to)
		}
	}
}

// find gives the crisis of a message; none if every phrase of one is part of
// something harmless.
func (m *matcher) find(s *scratch) finding {
	s.states, s.hits = s.states[:0], s.hits[:0]
	s.mark = extend(s.mark[:0], len(m.vocabulary.sets))
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
		for _, to := range m.root[set] {
			m.enter(s, to, int32(i), i)
		}
		for _, to := range m.sentence[set] {
			if breaks {
				m.enter(s, to, int32(i), i)
			}
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
		p := &m.patterns[h.pattern]
		if p.command != "" {
			continue
		}
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
		if m.patterns[o.pattern].command == "" && o.first <= h.last && h.first <= o.last && o.last-o.first > h.last-h.first && !m.excused(s, o) {
			return true
		}
	}
	return false
}

// excused tells whether something harmless overlaps a hit. A saying of another
// language excuses only what it contains as a whole: it must not silence a
// call for help that it merely touches.
func (m *matcher) excused(s *scratch, h hit) bool {
	own := family(m.patterns[h.pattern].language)
	for _, o := range s.hits {
		harmless := &m.patterns[o.pattern]
		if !harmless.harmless() || o.first > h.last || h.first > o.last {
			continue
		}
		if family(harmless.language) == own || o.first <= h.first && h.last <= o.last {
			return true
		}
	}
	return false
}

// family is a language without its place or script: Dari and Persian, or both
// ways of writing Chinese, share their sayings.
func family(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return base
}

// extend gives a slice of at least n elements, those added zero.
func extend[T any](s []T, n int) []T {
	if len(s) >= n {
		return s
	}
	if n <= cap(s) {
		return s[:n]
	}
	return append(s, make([]T, n-len(s))...)
}
