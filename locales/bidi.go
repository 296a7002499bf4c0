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
