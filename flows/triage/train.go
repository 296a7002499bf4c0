package triage

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// lesson is what a guesser is to learn.
type lesson struct {
	texts     [][]string         // by way
	words     map[string][]uint8 // the ways in which a word is frequent
	elsewhere map[string]bool    // words that are frequent in languages that are not offered
}

// vocabulary gives the words of the lesson.
func (l *lesson) vocabulary() []string {
	return slices.AppendSeq(slices.Sorted(maps.Keys(l.words)), maps.Keys(l.elsewhere))
}

// newGuesser prepares a guesser of the languages of tags from their words files.
// Of the other files it keeps which words are frequent there: what is known
// elsewhere and not here is a sign that the message is in a language that is
// not offered.
func newGuesser(files []*wordsFile, examples map[string][]example, tags []string) (*guesser, *lesson) {
	g := &guesser{Tags: tags, Names: make(map[string]string, 4*len(files)), Countries: countries(tags)}
	learn := &lesson{words: map[string][]uint8{}, elsewhere: map[string]bool{}}
	var m message
	for _, f := range files {
		for _, l := range f.lists["names"] {
			if p := m.phrase(l.text); g.Names[p] == "" {
				g.Names[p] = f.tag
			}
		}
		if !slices.Contains(tags, f.tag) {
			continue
		}
		for _, text := range [][]string{f.sample, f.latin} {
			if len(text) == 0 {
				continue
			}
			g.Ways = append(g.Ways, way{f.tag, mainScript(strings.Join(text, " "))})
			learn.texts = append(learn.texts, slices.Clone(text))
		}
	}
	for _, f := range files {
		g.Names[m.phrase(f.tag)] = f.tag
		if !slices.Contains(tags, f.tag) {
			for _, l := range f.lists["common"] {
				m.each(l.text, func(w string) { learn.elsewhere[w] = true })
			}
			continue
		}
		for i := range g.Ways {
			if g.Ways[i].Language == f.tag {
				learn.texts[i] = append(learn.texts[i], learn.addWords(f, uint8(i), g.Ways[i].Script, &m)...)
				learn.addExamples(i, g.Ways[i], examples[f.tag], &m)
			}
		}
	}
	return g, learn
}

// addWords takes in the words of a language that are written in the script of
// the way, and gives them as text to learn letters from.
func (l *lesson) addWords(f *wordsFile, way uint8, in script, m *message) []string {
	var out []string
	for key, lines := range f.lists {
		if key != "common" && key != "names" && key != "polite" && !strings.HasPrefix(key, "commands.") {
			continue
		}
		for _, line := range lines {
			if mainScript(line.text) != in {
				continue
			}
			out = append(out, line.text)
			if isNotation(line.text) {
				continue // its words are of any language that the command is said in
			}
			m.each(line.text, func(w string) {
				if !slices.Contains(l.words[w], way) {
					l.words[w] = append(l.words[w], way)
				}
			})
		}
	}
	slices.Sort(out)
	return out
}

// frequent is how often a word must be in the examples of a language to tell it.
const frequent = 15

// addExamples takes in the examples of a way: their letters, and the words that
// are frequent in them.
func (l *lesson) addExamples(i int, w way, examples []example, m *message) {
	count := map[string]int{}
	for _, e := range examples {
		if e.language == w.Language && mainScript(e.text) == w.Script {
			l.texts[i] = append(l.texts[i], e.text)
			m.each(e.text, func(word string) { count[word]++ })
		}
	}
	for _, word := range slices.Sorted(maps.Keys(count)) {
		if count[word] >= frequent && !slices.Contains(l.words[word], uint8(i)) {
			l.words[word] = append(l.words[word], uint8(i))
		}
	}
}

// know files the words of the lesson under their numbers in the vocabulary.
func (g *guesser) know(learn *lesson, words *table) {
	var all []filed[uint8]
	for w, ways := range learn.words {
		id, _ := words.find([]byte(w))
		for _, way := range ways {
			all = append(all, filed[uint8]{id, way})
		}
	}
	g.words, g.elsewhere = group(words.len(), all), make([]bool, words.len())
	for w := range learn.elsewhere {
		id, _ := words.find([]byte(w))
		g.elsewhere[id] = true
	}
}

// train counts groups of letters as they are written and as they are when
// marks are left out, and turns the counts into weights.
func (g *guesser) train(texts [][]string) {
	const few = 0.5 // added to every count: what a small sample lacks may still occur
	var m message
	rows := map[uint64]int32{}
	var weights []filed[weight]
	totals := make([][4]float64, len(texts))
	var kinds [4]float64
	var light, bare []rune
	var counts, seen []int32 // by row, of one way; the rows that are not zero
	for i, parts := range texts {
		count := func(light []rune, times int32) {
			groups(light, func(gram uint64, n int) {
				row, known := rows[gram]
				if !known {
					row = int32(len(rows))
					rows[gram] = row
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
	byRow := group(len(rows), weights)
	g.weights, g.grams = byRow.all, make([]gram, room(len(rows)))
	for letters, row := range rows {
		at := spread(letters, len(g.grams))
		for g.grams[at].letters != 0 {
			at = (at + 1) & (len(g.grams) - 1)
		}
		g.grams[at] = gram{letters, byRow.from[row], byRow.from[row+1]}
	}
	g.absent = make([][4]float64, len(texts))
	for i := range texts {
		for n := 1; n <= 3; n++ {
			g.absent[i][n] = math.Log(few / (totals[i][n] + few*kinds[n]))
		}
	}
}
