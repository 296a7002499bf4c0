package locales

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// Display is one line of right-to-left text as it stands on a screen, read
// from left to right, marks and all. It shows what becomes of a number that
// was not isolated.
func Display(line string) (string, error) {
	var p bidi.Paragraph
	if _, err := p.SetString(line, bidi.DefaultDirection(bidi.RightToLeft)); err != nil {
		return "", err
	}
	o, err := p.Order()
	if err != nil {
		return "", err
	}
	// Without explicit embeddings such a paragraph has two levels only, so the
	// runs from last to first are the visual order.
	var shown strings.Builder
	for i := o.NumRuns() - 1; i >= 0; i-- {
		run := o.Run(i)
		runes := []rune(run.String())
		if run.Direction() == bidi.RightToLeft {
			slices.Reverse(runes)
		}
		shown.WriteString(string(runes))
	}
	return shown.String(), nil
}

// Begin is Line where s begins with a foreign word and goes on in the language:
// many phones would lay out the whole line by its first letter. Elsewhere it
// is s: a mark that is not needed takes the place of a letter.
func (l *Locale) Begin(s string) string {
	foreign := false
	for _, r := range s {
		switch p, _ := bidi.LookupRune(r); p.Class() {
		case bidi.L:
			foreign = true
		case bidi.R, bidi.AL:
			if foreign {
				return l.Line(s)
			}
			return s
		}
	}
	return s
}

// BeginLines is Begin for each line of s.
func (l *Locale) BeginLines(s string) string {
	if !l.RTL {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = l.Begin(line)
	}
	return strings.Join(lines, "\n")
}
