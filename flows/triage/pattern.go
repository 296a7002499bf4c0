package triage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pattern is one phrase of a words file, as the sequences of elements that it
// stands for.
type pattern struct {
	crisis   Crisis // empty: harmless
	language string
	line     line
	paths    [][]element
}

// element is one step of a path.
type element struct {
	kind  elementKind
	words []string // for oneOf: folded words, sorted; a * at the end: any ending; a = in front: no typos
}

type elementKind uint8

const (
	oneOf    elementKind = iota // a word
	gap                         // up to gapWords words
	begin                       // a sentence begins
	finish                      // a sentence ends
	gapWords = 3
	maxPaths = 2000
)

// parsePattern reads the notation that the package comment describes.
func parsePattern(text string, joined map[string]bool) (pattern, error) {
	p := pattern{paths: [][]element{nil}}
	rest := strings.TrimSpace(strings.ReplaceAll(text, "...", "…"))
	for rest != "" {
		var choices [][]element
		var err error
		switch {
		case strings.HasPrefix(rest, "…"):
			choices, rest = [][]element{{{kind: gap}}}, rest[len("…"):]
		case rest[0] == '^':
			choices, rest = [][]element{{{kind: begin}}}, rest[1:]
		case rest[0] == '$':
			choices, rest = [][]element{{{kind: finish}}}, rest[1:]
		case rest[0] == '(':
			inside, after, closed := strings.Cut(rest[1:], ")")
			if !closed || strings.Contains(inside, "(") {
				return p, fmt.Errorf("the ( in %q is not closed before the next", text)
			}
			choices, err = alternatives(strings.Split(inside, "|"), joined)
			rest = after
		default:
			end := strings.IndexAny(rest, "(^$…")
			if end < 0 {
				end = len(rest)
			}
			// A run of plain words is cut as a message is, so that prefixes join.
			choices, err = alternatives([]string{rest[:end]}, joined)
			rest = rest[end:]
		}
		if err != nil {
			return p, fmt.Errorf("%w in %q", err, text)
		}
		var longer [][]element
		for _, path := range p.paths {
			for _, c := range choices {
				longer = append(longer, append(slices.Clone(path), c...))
			}
		}
		if p.paths = longer; len(p.paths) > maxPaths {
			return p, fmt.Errorf("%q stands for more than %d phrases: split it", text, maxPaths)
		}
		rest = strings.TrimLeft(rest, " ")
	}
	for _, path := range p.paths {
		if err := checkPath(path); err != nil {
			return p, fmt.Errorf("%w in %q", err, text)
		}
	}
	return p, nil
}

func checkPath(path []element) error {
	n := 0
	for i, e := range path {
		last := i == len(path)-1
		switch {
		case e.kind == oneOf:
			n++
		case e.kind == gap && (n == 0 || last || path[i+1].kind != oneOf):
			return errors.New("… does not stand between words")
		case e.kind == begin && i > 0:
			return errors.New("^ does not stand at the beginning")
		case e.kind == finish && !last:
			return errors.New("$ does not stand at the end")
		}
	}
	if n == 0 {
		return errors.New("a way through without any word")
	}
	return nil
}

// alternatives turns alternatives into elements: those of one word become one
// element, the others a sequence each.
func alternatives(texts []string, joined map[string]bool) ([][]element, error) {
	var single []string
	var out [][]element
	for _, text := range texts {
		if strings.ContainsAny(text, "|)") {
			return nil, errors.New("a | or ) without its (")
		}
		seq := []element{}
		for _, w := range patternWords(text, joined) {
			seq = append(seq, element{words: []string{w}})
		}
		if len(seq) == 1 {
			single = append(single, seq[0].words[0])
			continue
		}
		out = append(out, seq)
	}
	if len(single) > 0 {
		slices.Sort(single)
		out = append(out, []element{{words: slices.Compact(single)}})
	}
	return out, nil
}

// patternWords folds plain words of a pattern, keeping = and * with their word.
func patternWords(text string, joined map[string]bool) []string {
	var m message
	m.read(text, joined)
	out := make([]string, len(m.tokens))
	for i, t := range m.tokens {
		w := string(m.word(i))
		if t.from > 0 && text[t.from-1] == '=' {
			w = "=" + w
		}
		if t.to < len(text) && text[t.to] == '*' {
			w += "*"
		}
		out[i] = w
	}
	return out
}
