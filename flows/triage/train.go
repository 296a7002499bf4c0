package triage

import (
	"math"
	"slices"
	"strings"
)

// newGuesser learns the languages of tags from their words files. Of the other
// files it keeps which words are frequent there: what is known elsewhere and
// not here is a sign that the message is in a language that is not offered.
func newGuesser(files []*wordsFile, tags []string) *guesser {
	g := &guesser{
		words: map[string][]uint8{}, elsewhere: map[string]bool{}, offered: map[string]bool{}, tags: tags,
		names: make(map[string]string, 4*len(files)), countries: countries(tags),
	}
	for _, tag := range tags {
		g.offered[tag] = true
	}
	var m message
	var texts [][]string
	for _, f := range files {
		for _, l := range f.lists["names"] {
			if p := m.phrase(l.text); g.names[p] == "" {
				g.names[p] = f.tag
			}
		}
		if !g.offered[f.tag] {
			continue
		}
		for _, text := range [][]string{f.sample, f.latin} {
			if len(text) == 0 {
				continue
			}
			g.ways = append(g.ways, way{f.tag, mainScript(strings.Join(text, " ")), map[rune]bool{}})
			texts = append(texts, slices.Clone(text))
		}
	}
	for _, f := range files {
		g.names[m.phrase(f.tag)] = f.tag
		if !g.offered[f.tag] {
			for _, l := range f.lists["common"] {
				m.each(l.text, func(w string) { g.elsewhere[w] = true })
			}
			continue
		}
		for i := range g.ways {
			if g.ways[i].language == f.tag {
				texts[i] = append(texts[i], g.addWords(f, i, &m)...)
			}
		}
	}
	g.train(texts, &m)
	return g
}

// addWords takes in the words of the language that are written in the script
// of the way, and gives them as text to learn letters from.
func (g *guesser) addWords(f *wordsFile, way int, m *message) []string {
	var out []string
	for key, lines := range f.lists {
		if key != "common" && key != "names" && key != "polite" && !strings.HasPrefix(key, "commands.") {
			continue
		}
		for _, l := range lines {
			if mainScript(l.text) != g.ways[way].script {
				continue
			}
			out = append(out, l.text)
			m.each(l.text, func(w string) {
				if !slices.Contains(g.words[w], uint8(way)) {
					g.words[w] = append(g.words[w], uint8(way))
				}
			})
		}
	}
	slices.Sort(out)
	return out
}

// train counts groups of letters as they are written and as they are when
// marks are left out, and turns the counts into weights.
func (g *guesser) train(texts [][]string, m *message) {
	letters := 0
	for _, parts := range texts {
		for _, text := range parts {
			letters += len(text)
		}
	}
	ways := len(texts)
	g.grams = make(map[uint64]int32, letters/8)
	counts := make([]float32, 0, letters/8*ways) // by row of a group, then by way
	totals := make([][4]float64, ways)
	kinds := [4]float64{}
	var light []rune
	for i, parts := range texts {
		for _, text := range parts {
			for _, form := range []string{text, m.phrase(text)} {
				light = lighten(light[:0], form)
				for _, r := range light {
					g.ways[i].letters[r] = true
				}
				groups(light, func(gram uint64, n int) {
					row, known := g.grams[gram]
					if !known {
						row = int32(len(g.grams))
						g.grams[gram] = row
						kinds[n]++
						counts = extend(counts, len(counts)+ways)
					}
					counts[int(row)*ways+i]++
					totals[i][n]++
				})
			}
		}
	}
	const few = 0.5 // added to every count: what a small sample lacks may still occur
	absent := make([][4]float32, ways)
	for i := range texts {
		for n := 1; n <= 3; n++ {
			absent[i][n] = float32(math.Log(few / (totals[i][n] + few*kinds[n])))
		}
	}
	g.weights = slices.Clip(counts)
	for gram, row := range g.grams {
		n := length(gram)
		for i := range texts {
			w := &g.weights[int(row)*ways+i]
			if *w == 0 {
				*w = absent[i][n]
				continue
			}
			*w = float32(math.Log((float64(*w) + few) / (totals[i][n] + few*kinds[n])))
		}
	}
}
