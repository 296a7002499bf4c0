package triage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pattern is one phrase of a words file.
type pattern struct {
	crisis   Crisis // empty: harmless
	language string
	line     line
	segments []segment
	begins   bool // only where a sentence begins
	finishes bool // only where a sentence ends
}

// segment is a step of a pattern: a gap, or one of several sequences of words,
// an empty one among them if the step may be left out.
type segment struct {
	gap     bool
	choices [][]anyOf
}

// anyOf is one word, any of a few: folded, sorted; a * at the end: any
// ending; a = in front: no typos.
type anyOf []string

// gapWords is how many words a gap lets pass.
const gapWords = 3

// parsePattern reads the notation that the package comment describes.
func parsePattern(text string, joined map[string]bool) (pattern, error) {
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
			s.choices, err = alternatives(strings.Split(inside, "|"), joined)
			rest = after
		default:
			end := strings.IndexAny(rest, "(^$…")
			if end < 0 {
				end = len(rest)
			}
			// A run of plain words is cut as a message is, so that prefixes join.
			s.choices, err = alternatives([]string{rest[:end]}, joined)
			rest = rest[end:]
		}
		if err != nil {
			return p, fmt.Errorf("%w in %q", err, text)
		}
		p.segments = append(p.segments, s)
	}
	return p, p.check(text)
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

// alternatives turns alternatives into sequences of words: those of one word
// together become one sequence.
func alternatives(texts []string, joined map[string]bool) ([][]anyOf, error) {
	var single anyOf
	var out [][]anyOf
	for _, text := range texts {
		if strings.ContainsAny(text, "|)^$…") {
			return nil, errors.New("a | or ) without its (, or a sign that does not work between ( and ),")
		}
		ws := patternWords(text, joined)
		if len(ws) == 1 {
			single = append(single, ws[0])
			continue
		}
		seq := make([]anyOf, len(ws))
		for i, w := range ws {
			seq[i] = anyOf{w}
		}
		out = append(out, seq)
	}
	if len(single) > 0 {
		slices.Sort(single)
		out = append(out, []anyOf{slices.Compact(single)})
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
