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
	const few = 0.5 // added to every count: what a small sample lacks may still occur
	g.grams = map[uint64]int32{}
	var weights []filed[weight]
	totals := make([][4]float64, len(texts))
	var kinds [4]float64
	var light, bare []rune
	var counts, seen []int32 // by row, of one way; the rows that are not zero
	for i, parts := range texts {
		count := func(light []rune, times int32) {
			for _, r := range light {
				g.ways[i].letters[r] = true
			}
			groups(light, func(gram uint64, n int) {
				row, known := g.grams[gram]
				if !known {
					row = int32(len(g.grams))
					g.grams[gram] = row
					kinds[n]++
					counts = append(counts, 0)
				}
				if counts[row] == 0 {
					seen = append(seen, row)
				}
				counts[row] += times
				totals[i][n] += float64(times)
			})
		}
		for _, text := range parts {
			light, bare = lighten(light[:0], text), lighten(bare[:0], m.phrase(text))
			if slices.Equal(light, bare) { // and most are
				count(light, 2)
				continue
			}
			count(light, 1)
			count(bare, 1)
		}
		for _, row := range seen {
			// log((count + few) / all) less what absent has: log(few / all)
			w := math.Log((float64(counts[row]) + few) / few)
			weights = append(weights, filed[weight]{row, weight{float32(w), uint8(i)}})
			counts[row] = 0
		}
		seen = seen[:0]
	}
	g.weights = group(len(g.grams), weights)
	g.absent = make([][4]float64, len(texts))
	for i := range texts {
		for n := 1; n <= 3; n++ {
			g.absent[i][n] = math.Log(few / (totals[i][n] + few*kinds[n]))
		}
	}
}
