package triage

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// lexicon is what a matcher knows besides its patterns.
type lexicon struct {
	known, fillers, clitics []string
	everyday                map[string][]string // by family of languages
	enough                  map[string]float32  // the same
}

// readLexicon gathers the lexicon of all languages.
func readLexicon(files []*wordsFile) (all lexicon) {
	var m message
	all.everyday, all.enough = map[string][]string{}, map[string]float32{}
	for _, f := range files {
		for _, key := range []string{"fillers", "polite"} {
			for _, l := range f.lists[key] {
				if m.read(l.text, nil); len(m.tokens) == 1 {
					all.fillers = append(all.fillers, string(m.word(0)))
				}
			}
		}
		for _, l := range f.lists["prefixes"] {
			all.clitics = append(all.clitics, m.phrase(l.text))
		}
		kin := family(f.tag)
		if f.enough != 0 && (all.enough[kin] == 0 || f.enough < all.enough[kin]) {
			all.enough[kin] = f.enough
		}
		know := func(word string) {
			all.known = append(all.known, word)
			all.everyday[kin] = append(all.everyday[kin], word)
		}
		for _, l := range f.lists["known"] {
			m.each(l.text, func(word string) { all.known = append(all.known, word) })
		}
		for _, key := range []string{"common", "everyday"} {
			for _, l := range f.lists[key] {
				m.each(l.text, know)
			}
		}
		for _, text := range slices.Concat(f.sample, f.latin) {
			m.each(text, know)
		}
	}
	return all
}

// builder is a matcher while it is built.
type builder struct {
	*matcher
	ids      map[string]int32 // of words, beginnings and ends
	words    []string
	setID    map[string]int32 // by what makes the set
	dangers  map[danger]uint16
	signs    map[filed[uint16]]bool // by set: the dangers whose patterns use it
	numbered map[*string]int32      // the same, by where the set stands: notation gives many patterns the same
	key      []byte
	exact    []filed[int32]
	endings  []filed[int32]
	starts   []filed[int32] // by end: the sets that words with any beginning are in
	edges    []filed[edge]
	ends     []filed[end]
	root     []filed[int32]
	sentence []filed[int32]
	begun    map[edge]int32    // of one segment: the node after a set of words, by that and the node before
	waits    map[int32][]int32 // of one pattern: where it stood before the gap that a node waits out
}

// newMatcher makes the matcher of patterns. common are words that the guess of
// a language looks up in the same vocabulary.
func newMatcher(patterns []pattern, known lexicon, common []string) *matcher {
	nodes, steps := 1, 0
	for i := range patterns {
		n, s := patterns[i].size()
		nodes, steps = nodes+n, steps+s
	}
	b := builder{
		matcher:  &matcher{nodes: make([]node, 1, nodes+1), patterns: make([]origin, 0, len(patterns))},
		ids:      make(map[string]int32, steps/2),
		words:    make([]string, 0, steps/2),
		numbered: make(map[*string]int32, steps/2),
		setID:    make(map[string]int32, steps/3),
		exact:    make([]filed[int32], 0, 2*steps),
		edges:    make([]filed[edge], 0, steps),
		ends:     make([]filed[end], 0, 2*len(patterns)),
		begun:    map[edge]int32{},
		waits:    map[int32][]int32{},
		dangers:  map[danger]uint16{},
		signs:    map[filed[uint16]]bool{},
	}
	v := &b.Vocabulary
	v.about = make([]about, 0, steps/2)
	v.stems, v.tails = newSieve(), newSieve()
	for i := range patterns {
		b.add(&patterns[i])
	}
	for _, w := range known.known {
		v.about[b.word(w)] |= isKnown
	}
	for _, w := range known.fillers {
		v.about[b.word(w)] |= isFiller
	}
	for _, w := range common {
		b.word(w)
	}
	v.Clitics = known.clitics
	var everyday []filed[uint8]
	for kin, words := range known.everyday {
		number := place(&b.Families, kin)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			everyday = append(everyday, filed[uint8]{b.word(w), number})
		}
	}
	v.words = newTable(b.words)
	n := len(b.words)
	v.exact, v.endings, v.beginnings = group(n, b.exact), group(n, b.endings), group(n, b.starts)
	v.index()
	b.link()
	b.Signs = signs{make([]danger, len(b.dangers)), make([]float32, len(b.dangers)), group(n, everyday)}
	for d, n := range b.dangers {
		b.Signs.Dangers[n], b.Signs.Enough[n] = d, enoughSigns
		if e := known.enough[b.Families[d.Family]]; e != 0 {
			b.Signs.Enough[n] = e
		}
	}
	b.begin()
	b.bySet.sentence, b.bySet.dangers = group(v.Sets, b.sentence), group(v.Sets, slices.Collect(maps.Keys(b.signs)))
	b.meetWords()
	return b.matcher
}

// place gives the number of a name, which is added if it is new.
func place(names *[]string, name string) uint8 {
	at := slices.Index(*names, name)
	if at < 0 {
		at = len(*names)
		*names = append(*names, name)
	}
	return uint8(at)
}

// word numbers a word.
func (b *builder) word(w string) int32 {
	id, ok := b.ids[w]
	if !ok {
		id = int32(len(b.words))
		b.ids[w] = id
		b.words, b.Vocabulary.about = append(b.words, w), append(b.Vocabulary.about, 0)
	}
	return id
}

// set numbers a set of words.
func (b *builder) set(ws anyOf) int32 {
	id, ok := b.numbered[&ws[0]]
	if !ok {
		id = b.newSet(ws)
		b.numbered[&ws[0]] = id
	}
	return id
}

func (b *builder) newSet(ws anyOf) int32 {
	const takesTypos, takesEndings, takesBeginnings = 1, 2, 4
	b.key = b.key[:0]
	for _, w := range ws {
		var as uint32
		w, exactly := strings.CutPrefix(w, "=")
		if !exactly {
			as |= takesTypos
		}
		w, tail := strings.CutPrefix(w, "*")
		if tail {
			as |= takesBeginnings
		}
		w, stem := strings.CutSuffix(w, "*")
		if stem {
			as |= takesEndings
		}
		b.key = binary.LittleEndian.AppendUint32(b.key, uint32(b.word(w))<<3|as)
	}
	if id, ok := b.setID[string(b.key)]; ok {
		return id
	}
	v := &b.Vocabulary
	id := int32(v.Sets)
	v.Sets++
	b.setID[string(b.key)] = id
	for rest := b.key; len(rest) > 0; rest = rest[4:] {
		made := binary.LittleEndian.Uint32(rest)
		word := int32(made >> 3)
		if made&takesEndings != 0 {
			b.endings = append(b.endings, filed[int32]{word, id})
			v.Longest = max(v.Longest, len(b.words[word]))
			v.stems.add(hash([]byte(b.words[word])))
		}
		if made&takesBeginnings != 0 {
			b.starts = append(b.starts, filed[int32]{word, id})
			v.LongestTail = max(v.LongestTail, len(b.words[word]))
			h := start
			for _, c := range slices.Backward([]byte(b.words[word])) {
				h = h.add(c)
			}
			v.tails.add(h)
		}
		if made&takesTypos != 0 {
			v.about[word] |= isLoose
			b.exact = append(b.exact, filed[int32]{word, id<<1 | 1})
		} else {
			b.exact = append(b.exact, filed[int32]{word, id << 1})
		}
	}
	return id
}

// add builds the automaton of a pattern, or one of each of its parts.
func (b *builder) add(p *pattern) {
	at := origin{kind: p.kind, what: p.what, language: place(&b.Languages, p.language), family: place(&b.Families, family(p.language)), parts: int8(len(p.parts))}
	b.patterns = append(b.patterns, at)
	if at.parts == 0 {
		b.build(p)
	}
	for i := range p.parts {
		at.parts, at.part = 0, int8(i+1)
		b.patterns = append(b.patterns, at)
		b.build(&p.parts[i])
	}
}

// build builds the automaton of what was added last.
func (b *builder) build(p *pattern) {
	clear(b.waits)
	from := []int32{0} // where the pattern may stand before a segment; 0: not begun
	for _, s := range p.segments {
		after := b.node()
		next := []int32{after}
		if s.gap {
			b.patterns[len(b.patterns)-1].gap = true
			for _, f := range from {
				b.nodes[f].gap = after
			}
			b.waits[after] = from
			from = next
			continue
		}
		clear(b.begun)
		for _, seq := range s.choices {
			if len(seq) == 0 {
				next = append(next, from...)
				continue
			}
			at, behind := from, int32(0)
			for i, set := range seq {
				id := b.set(set)
				b.sign(id)
				if i == len(seq)-1 {
					b.connect(p, at, id, after)
					break
				}
				// What begins with the same words is begun once: one state of a
				// reading, not hundreds.
				to, ok := b.begun[edge{id, behind}]
				if !ok {
					to = b.node()
					b.begun[edge{id, behind}] = to
					b.connect(p, at, id, to)
				}
				at, behind = []int32{to}, to
			}
		}
		from = next
	}
	for i := 0; i < len(from); i++ {
		f := from[i]
		if before := b.waits[f]; before != nil { // all that follows the gap is left out: so is the gap
			from = append(from, before...)
			continue
		}
		b.ends = append(b.ends, filed[end]{f, end{int32(len(b.patterns) - 1), b.patterns[len(b.patterns)-1].part != 0, p.finishes}})
	}
}

// link gives each node its edges and ends.
func (b *builder) link() {
	n := len(b.nodes)
	edges, ends := group(n, b.edges), group(n, b.ends)
	b.nodes = append(b.nodes, node{})
	for i := range b.nodes {
		at := &b.nodes[i]
		at.set, at.edges, at.ends = -1, int32(len(b.matcher.edges)), ends.from[i]
		if i == n {
			break
		}
		for _, e := range edges.under(int32(i)) {
			if at.set < 0 {
				at.set, at.to = e.set, e.to
			} else {
				b.matcher.edges = append(b.matcher.edges, e)
			}
		}
	}
	b.matcher.ends = ends.all
}

// begin says what begins with each set, and what is found with it alone: most
// parts of patterns are, and a word may be in hundreds of them.
func (b *builder) begin() {
	var root []filed[first]
	var wholes []filed[end]
	for _, r := range b.root {
		n := &b.nodes[r.value]
		f := first{gap: n.gap}
		if n.set >= 0 {
			f.to = r.value
		}
		if f != (first{}) {
			root = append(root, filed[first]{r.under, f})
		}
		for _, e := range b.matcher.ends[n.ends:b.nodes[r.value+1].ends] {
			wholes = append(wholes, filed[end]{r.under, e})
		}
	}
	sets := b.Vocabulary.Sets
	b.bySet.root, b.bySet.wholes = group(sets, root), group(sets, wholes)
}

// meetWords says of every known word what all its sets lead to, so that a
// reading has it in one place.
func (b *builder) meetWords() {
	var o present
	var edits []byte
	m, w := b.matcher, &b.byWord
	for id := range b.words {
		word := m.Vocabulary.words.word(int32(id))
		o.sets = o.sets[:0]
		if id, right := m.Vocabulary.known(word); right {
			o.sets = m.Vocabulary.lookup(o.sets, word, id, right, &edits)
		}
		m.lead(&o)
		m.setsOf.add(o.sets)
		w.root.add(o.root)
		w.wholes.add(o.wholes)
		w.sentence.add(o.sentence)
		w.dangers.add(o.dangers)
	}
}

// sign notes that a set of words is used by the pattern that was added last.
func (b *builder) sign(set int32) {
	if d := b.danger(); d != 0 {
		b.signs[filed[uint16]{set, uint16(d - 1)}] = true
	}
}

// danger gives the danger of the pattern that was added last, counted from 1; 0
// if it is of none.
func (b *builder) danger() int32 {
	p := &b.patterns[len(b.patterns)-1]
	if p.kind != call {
		return 0
	}
	d := danger{p.what, p.family}
	if _, ok := b.dangers[d]; !ok {
		b.dangers[d] = uint16(len(b.dangers))
	}
	return int32(b.dangers[d]) + 1
}

func (b *builder) node() int32 {
	b.nodes = append(b.nodes, node{danger: b.danger()})
	return int32(len(b.nodes) - 1)
}

func (b *builder) connect(p *pattern, from []int32, set, to int32) {
	for _, f := range from {
		switch {
		case f != 0:
			b.edges = append(b.edges, filed[edge]{f, edge{set, to}})
		case p.begins:
			b.sentence = append(b.sentence, filed[int32]{set, to})
		default:
			b.root = append(b.root, filed[int32]{set, to})
		}
	}
}
