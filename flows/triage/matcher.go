package triage

import (
	"slices"
	"strings"
)

// matcher finds the patterns of all languages in one pass over the words of a
// message. Every step of a pattern takes one of a set of words; sets are
// numbered, a pattern is a small automaton over those numbers, and of each word
// of a message only the sets that it belongs to are looked up. A node is what
// has been read of a pattern; node 0 is none.
type matcher struct {
	Vocabulary vocabulary
	Languages  []string // of the patterns
	Families   []string // and theirs
	nodes      []node   // and one more, where the last ends
	edges      []edge
	ends       []end
	patterns   []origin
	Signs      signs
	bySet      leads
	byWord     leads          // the same of every known word: of all its sets together
	setsOf     grouped[int32] // by word
}

// leads says what there is to do where a set of words, or a word, is met.
type leads struct {
	root     grouped[first]  // what begins with it
	wholes   grouped[end]    // what is found with that one word
	sentence grouped[int32]  // nodes, of patterns that begin a sentence
	dangers  grouped[uint16] // those whose patterns use it, see signs
}

// origin is whose pattern it is.
type origin struct {
	kind     kind
	what     uint8 // of a call: its place in severity, from 1; of a command: its place in everyCommand
	language uint8 // in Languages
	family   uint8 // in Families
	parts    int8  // of how many parts it is, which follow it
	part     int8  // which part it is, from 1; 0: a whole
	gap      bool  // may pass over words
	doubtful bool  // a call that examples contradict, see Reader.doubt
}

// kind is what a pattern is for.
type kind uint8

const (
	harmless kind = iota
	call
	command
	mention
)

// node is the set of words that leads on from it, and where to; where more such
// edges and its ends begin, which end where those of the next node do; the node
// that waits out a gap after it; and the danger of whose patterns it is, counted
// from 1. -1: no set, 0: no node, no danger. All of it stands together because a
// reading looks at hundreds of nodes, all over the memory.
type node struct{ set, to, edges, ends, gap, danger int32 }

// first is the node after a first word, 0 if nothing leads on from it, and the
// node that waits out a gap after it.
type first struct{ to, gap int32 }

type edge struct{ set, to int32 }

type end struct {
	pattern int32
	part    bool // of a pattern
	finish  bool // only where a sentence ends
}

// search is the working memory of a find.
type search struct {
	ids    []int32 // by word: its number in the vocabulary
	here   present
	own    present  // the memory for a word that is not known
	seen   []uint16 // the dangers of all words, one after the other
	upTo   []int32  // by word: where its dangers end in seen
	onward []uint64 // by word: a bit for each danger, that the word goes on with one of its patterns
	mark   []uint64 // a bit for each set: the present word belongs to it
	states []state
	next   []state
	hits   []hit
	parts  []hit     // of parts of patterns
	found  []finding // of whole patterns of calls for help
	met    []uint8   // by pattern: a bit for each part that is there
	tally  []tally   // by danger
	edits  []byte
}

// present is the present word: the sets that it belongs to, and what they lead to.
type present struct {
	sets     []int32
	root     []first
	wholes   []end
	sentence []int32
	dangers  []uint16
}

type state struct {
	node  int32
	start int32 // the pattern's first word
	gap   bool  // waits a gap out
	left  int8  // room of the gap for words to pass
}

type hit struct{ pattern, first, last int32 }

// maxStates, maxHits and maxPartHits bound the work on hostile messages. Of real
// ones half need up to a hundred states, one of a thousand a thousand.
const (
	maxStates   = 3000
	maxHits     = 200
	maxPartHits = 4000
)

// finding is the crisis that goes before the others in a message.
type finding struct {
	crisis      uint8 // its place in severity, from 1; 0: none
	language    string
	first, last int // words
	how         how
	doubtful    bool // as its pattern is
}

// before tells whether a crisis is more pressing than that of another finding.
func (f finding) before(other finding) bool {
	return other.crisis == 0 || f.crisis < other.crisis
}

// goesBefore tells whether a finding is more pressing than another, or as pressing
// and longer.
func (f finding) goesBefore(other finding) bool {
	return f.before(other) || f.crisis == other.crisis && f.last-f.first > other.last-other.first
}

// kind gives the crisis by its name, empty if there is none.
func (f finding) kind() Crisis {
	if f.crisis == 0 {
		return ""
	}
	return severity()[f.crisis-1]
}

// find gives the crisis of a message; none if every phrase of one is part of
// something harmless.
func (m *matcher) find(s *scratch) finding {
	s.states, s.hits, s.parts, s.found = s.states[:0], s.hits[:0], s.parts[:0], s.found[:0]
	s.seen, s.upTo, s.ids = s.seen[:0], s.upTo[:0], s.ids[:0]
	s.mark = extend(s.mark, m.Vocabulary.Sets/64+1)
	s.onward = slices.Grow(s.onward[:0], len(s.tokens)*m.Signs.stride())[:len(s.tokens)*m.Signs.stride()]
	clear(s.onward)
	for i := range s.tokens {
		id := m.meetWord(s, i)
		s.ids = append(s.ids, id)
		s.seen = append(s.seen, s.here.dangers...)
		s.upTo = append(s.upTo, int32(len(s.seen)))
		for _, set := range s.here.sets {
			s.mark[set/64] |= 1 << (set % 64)
		}
		m.step(s, i, m.Vocabulary.is(id, isFiller))
		for _, set := range s.here.sets {
			s.mark[set/64] = 0
		}
	}
	return m.judge(s)
}

// meetWord looks up word i, and gives its number.
func (m *matcher) meetWord(s *scratch, i int) int32 {
	id, right := m.Vocabulary.known(s.word(i))
	if right {
		w := &m.byWord
		s.here = present{m.setsOf.under(id), w.root.under(id), w.wholes.under(id), w.sentence.under(id), w.dangers.under(id)}
		return id
	}
	o := &s.own
	o.sets = m.Vocabulary.lookup(o.sets[:0], s.word(i), id, right, &s.edits)
	m.lead(o)
	s.here = *o
	return id
}

// lead fills in what the sets of a word lead to.
func (m *matcher) lead(o *present) {
	o.root, o.wholes, o.sentence, o.dangers = o.root[:0], o.wholes[:0], o.sentence[:0], o.dangers[:0]
	slices.Sort(o.sets)
	o.sets = slices.Compact(o.sets)
	for _, set := range o.sets {
		o.root = append(o.root, m.bySet.root.under(set)...)
		o.wholes = append(o.wholes, m.bySet.wholes.under(set)...)
		o.sentence = append(o.sentence, m.bySet.sentence.under(set)...)
		for _, d := range m.bySet.dangers.under(set) {
			if !slices.Contains(o.dangers, d) {
				o.dangers = append(o.dangers, d)
			}
		}
	}
}

// step moves every begun pattern over word i.
func (m *matcher) step(s *scratch, i int, filler bool) {
	breaks, room := s.tokens[i].breaks, int8(wordRoom)
	if s.tokens[i].piece {
		room = pieceRoom
	}
	s.next = s.next[:0]
	for _, st := range s.states {
		if breaks && st.gap && st.left < gapRoom {
			continue // a gap does not reach into another sentence
		}
		n, next := &m.nodes[st.node], &m.nodes[st.node+1]
		if n.set >= 0 && s.has(n.set) {
			m.enter(s, n.to, st.start, i)
		}
		for _, e := range m.edges[n.edges:next.edges] {
			if s.has(e.set) {
				m.enter(s, e.to, st.start, i)
			}
		}
		switch {
		case filler:
			s.next = append(s.next, st)
		case st.left >= room && !breaks:
			st.left -= room
			s.next = append(s.next, st)
		}
	}
	for _, e := range s.here.wholes {
		m.meetEnd(s, e, int32(i), i)
	}
	for _, f := range s.here.root {
		s.goOn(f.to, f.gap, int32(i))
	}
	if breaks {
		for _, to := range s.here.sentence {
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
	n, next := &m.nodes[to], &m.nodes[to+1]
	if n.danger != 0 && int(start) != i {
		m.Signs.noteOnward(s, i, n.danger-1)
	}
	on := to
	if n.set < 0 {
		on = 0
	}
	s.goOn(on, n.gap, start)
	for _, e := range m.ends[n.ends:next.ends] {
		m.meetEnd(s, e, start, i)
	}
}

// goOn waits for what leads on from a node, and for what comes after the gap
// that another waits out; 0: from none.
func (s *scratch) goOn(to, gap, start int32) {
	if to != 0 {
		s.next = append(s.next, state{node: to, start: start})
	}
	if gap != 0 {
		s.next = append(s.next, state{node: gap, start: start, gap: true, left: gapRoom})
	}
}

// has tells whether the present word belongs to a set.
func (s *scratch) has(set int32) bool { return s.mark[set/64]&(1<<(set%64)) != 0 }

// meetEnd records that the end of a pattern has been read with word i.
func (m *matcher) meetEnd(s *scratch, e end, start int32, i int) {
	if e.finish && i+1 < len(s.tokens) && !s.tokens[i+1].breaks {
		return
	}
	hits, most := &s.hits, maxHits
	if e.part {
		hits, most = &s.parts, maxPartHits
	}
	if len(*hits) < most {
		*hits = append(*hits, hit{e.pattern, start, int32(i)})
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
		if p.kind == harmless && best.crisis == 0 {
			best.language = m.Languages[p.language] // an idiom, too, tells whose language it is
		}
		if p.kind != call || m.yields(s, h) {
			continue
		}
		f := finding{crisis: p.what, language: m.Languages[p.language], first: int(h.first), last: int(h.last), how: wholePattern, doubtful: p.doubtful}
		if !slices.Contains(s.found, f) {
			s.found = append(s.found, f)
		}
		if f.goesBefore(best) {
			best = f
		}
	}
	if best.crisis == 0 {
		return m.together(s, best)
	}
	s.parts = s.parts[:0]
	return best
}

// yields tells whether a hit gives way to another.
func (m *matcher) yields(s *scratch, h hit) bool {
	if m.excused(s, h) {
		return true
	}
	for _, o := range s.hits {
		if m.patterns[o.pattern].kind == call && o.first <= h.last && h.first <= o.last && o.last-o.first > h.last-h.first && !m.excused(s, o) {
			return true
		}
	}
	return false
}

// excused tells whether something harmless overlaps a hit. A saying of another
// language, or one that passes over words, excuses only what it contains as a
// whole: it must not silence a call for help that it merely touches. None goes on
// in the next sentence: "I want to die. Thanks for the class".
func (m *matcher) excused(s *scratch, h hit) bool {
	own := m.patterns[h.pattern].family
	for _, o := range s.hits {
		p := &m.patterns[o.pattern]
		if p.kind != harmless || o.first > h.last || h.first > o.last || s.goesOn(o) {
			continue
		}
		if p.family == own && !p.gap || o.first <= h.first && h.last <= o.last {
			return true
		}
	}
	return false
}

// goesOn tells whether a sentence or a line begins within a hit.
func (s *scratch) goesOn(h hit) bool {
	for i := h.first + 1; i <= h.last; i++ {
		if s.begins(int(i)) {
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
