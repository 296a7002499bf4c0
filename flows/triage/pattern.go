package triage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pattern is one phrase of a words file.
type pattern struct {
	kind     kind
	what     uint8 // which crisis or command, see origin
	language string
	line     line
	segments []segment
	begins   bool      // only where a sentence begins
	finishes bool      // only where a sentence ends
	parts    []pattern // all of them, in any order; then it has no segments
}

// segment is a step of a pattern: a gap, or one of several sequences of words,
// an empty one among them if the step may be left out.
type segment struct {
	gap     bool
	choices [][]anyOf
}

// anyOf is one word, any of a few: folded, sorted; a * at the end: any
// ending; a * in front: any beginning; a = before all: no typos.
type anyOf []string

// A gap lets three words pass. What Chinese and Burmese are cut into is about
// half a word.
const (
	gapRoom   = 6
	wordRoom  = 2
	pieceRoom = 1
)

// Parts of a pattern that come in any order stand near each other in a
// message: within so many words, or twice as many pieces of words. Of each part
// the first few places are looked at.
const (
	maxParts  = 3
	reach     = 30
	maxPlaces = 8
)

// notation reads the patterns of a language; its memory is used again for the
// next one. What stands in brackets comes again and again, and is read once.
type notation struct {
	message
	joined map[string]bool
	done   map[string][][]anyOf // by how it is written
	same   map[string]string    // words by themselves
	key    []byte
}

func newNotation(joined map[string]bool) *notation {
	return &notation{joined: joined, done: map[string][][]anyOf{}, same: map[string]string{}}
}

// isNotation tells a pattern from a phrase that is meant as it stands.
func isNotation(text string) bool {
	return strings.ContainsAny(text, "(*=^$&") || strings.Contains(text, "…")
}

// sign gives where the next sign of notation stands, the end if there is none.
func sign(text string) int {
	at := len(text)
	if i := strings.IndexAny(text, "(^$"); i >= 0 {
		at = i
	}
	if i := strings.Index(text[:at], "…"); i >= 0 {
		at = i
	}
	return at
}

// parse reads the notation that the package comment describes.
func (n *notation) parse(text string) (whole pattern, err error) {
	if !strings.Contains(text, "&") {
		return n.inOrder(text)
	}
	for part := range strings.SplitSeq(text, "&") {
		p, err := n.inOrder(part)
		if err != nil {
			return whole, err
		}
		whole.parts = append(whole.parts, p)
	}
	if len(whole.parts) > maxParts {
		return whole, fmt.Errorf("more than %d parts with & between in %q", maxParts, text)
	}
	return whole, nil
}

func (n *notation) inOrder(text string) (pattern, error) {
	var p pattern
	rest := strings.TrimSpace(strings.ReplaceAll(text, "...", "…"))
	if strings.HasPrefix(rest, "^") {
		p.begins, rest = true, rest[1:]
	}
	if strings.HasSuffix(rest, "$") {
		p.finishes, rest = true, rest[:len(rest)-1]
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var s segment
		var err error
		switch {
		case strings.HasPrefix(rest, "…"):
			s.gap, rest = true, rest[len("…"):]
		case rest[0] == '^' || rest[0] == '$':
			return p, fmt.Errorf("^ stands only at the beginning of a pattern and $ at its end, not within %q", text)
		case rest[0] == '(':
			inside, after, closed := strings.Cut(rest[1:], ")")
			if !closed || strings.Contains(inside, "(") {
				return p, fmt.Errorf("the ( in %q is not closed before the next", text)
			}
			s.choices, err = n.alternatives(inside, "|")
			rest = after
		default:
			end := sign(rest)
			// A run of plain words is cut as a message is, so that prefixes join.
			// It is one alternative: there is no ( in it.
			s.choices, err = n.alternatives(rest[:end], "(")
			rest = rest[end:]
		}
		if err != nil {
			return p, fmt.Errorf("%w in %q", err, text)
		}
		p.segments = append(p.segments, s)
	}
	return p, p.check(text)
}

// size is how many nodes the pattern takes in the matcher, and how many words
// or sets of words it is written with.
func (p *pattern) size() (nodes, steps int) {
	for i := range p.parts {
		n, s := p.parts[i].size()
		nodes, steps = nodes+n, steps+s
	}
	for _, s := range p.segments {
		nodes++
		for _, seq := range s.choices {
			nodes += max(0, len(seq)-1)
			steps += len(seq)
		}
	}
	return nodes, steps
}

func (p *pattern) check(text string) error {
	any := false // a word has been read whichever way is taken
	for i, s := range p.segments {
		if s.gap && (!any || i == len(p.segments)-1 || p.segments[i+1].gap) {
			return fmt.Errorf("… does not stand between words in %q", text)
		}
		any = any || !s.gap && !slices.ContainsFunc(s.choices, func(c []anyOf) bool { return len(c) == 0 })
	}
	if !any {
		return fmt.Errorf("every word of %q may be left out", text)
	}
	return nil
}

// alternatives turns alternatives, with a sign between them, into sequences of
// words: those of one word together become one sequence.
func (n *notation) alternatives(text, between string) ([][]anyOf, error) {
	if out, ok := n.done[text]; ok {
		return out, nil
	}
	if strings.ContainsAny(text, ")^$") || strings.Contains(text, "…") || between != "|" && strings.Contains(text, "|") {
		return nil, errors.New("a | or ) without its (, or a sign that does not work between ( and ),")
	}
	single := make(anyOf, 0, 1+strings.Count(text, between))
	var out [][]anyOf
	for one := range strings.SplitSeq(text, between) {
		n.message.read(one, n.joined)
		switch words := len(n.tokens); {
		case words == 0 && strings.TrimSpace(one) != "": // it would let the whole step be left out
			return nil, errors.New("a sign without letters, such as an emoji, where a word should be:")
		case words == 1:
			single = append(single, n.written(one, 0))
		default:
			seq := make([]anyOf, words)
			all := make([]string, words)
			for i := range seq {
				all[i] = n.written(one, i)
				seq[i] = all[i : i+1 : i+1]
			}
			out = append(out, seq)
		}
	}
	if len(single) > 0 {
		slices.Sort(single)
		out = append(out, []anyOf{slices.Compact(single)})
	}
	n.done[text] = out
	return out, nil
}

// written gives a folded word of a piece of a pattern with the = and * that it
// is written with.
func (n *notation) written(text string, i int) string {
	t := n.tokens[i]
	n.key = n.key[:0]
	from := t.from
	if from > 0 && text[from-1] == '*' {
		from--
	}
	if from > 0 && text[from-1] == '=' {
		from--
	}
	n.key = append(n.key, text[from:t.from]...)
	n.key = append(n.key, n.word(i)...)
	if t.to < len(text) && text[t.to] == '*' {
		n.key = append(n.key, '*')
	}
	w, ok := n.same[string(n.key)]
	if !ok {
		w = string(n.key)
		n.same[w] = w
	}
	return w
}
