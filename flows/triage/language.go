package triage

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// guesser tells the language of short texts. It adds up three kinds of
// evidence for every way of writing that the words files show (a language in
// its own letters, or in Latin ones): frequent words, the letters and groups
// of two and three letters in its sample, and what is known of the person.
type guesser struct {
	ways      []way
	words     map[string][]uint8 // ways in which a word is frequent
	grams     map[uint64]int32   // row in weights
	weights   []float32          // rows of len(ways): log of how much likelier than on average
	offered   map[string]bool
	tags      []string
	names     map[string]string // tag by folded name or tag
	countries map[string]string // by ISO 3166
}

// way is one language in one script.
type way struct {
	language string
	script   script
	letters  map[rune]bool
}

// How much the kinds of evidence weigh, in nats. Groups of letters overlap, so
// that their sum would be far too sure of itself. Chosen by trying them on
// testdata; they are judgements, not measurements.
const (
	gramWeight    = 0.35
	fewLetters    = 10 // of fewer letters the groups count for less
	wordWeight    = 2.5
	crisisWeight  = 3
	chosenWeight  = 3
	appWeight     = 1.5
	countryWeight = 1
)

func newGuesser(files []*wordsFile, tags []string) *guesser {
	g := &guesser{words: map[string][]uint8{}, grams: map[uint64]int32{}, offered: map[string]bool{}, tags: tags, names: map[string]string{}}
	for _, tag := range tags {
		g.offered[tag] = true
	}
	var texts [][]string
	for _, f := range files {
		for _, text := range [][]string{f.sample, f.latin} {
			if len(text) == 0 {
				continue
			}
			g.ways = append(g.ways, way{f.tag, mainScript(strings.Join(text, " ")), map[rune]bool{}})
			texts = append(texts, slices.Clone(text))
		}
		for _, l := range f.lists["names"] {
			if p := phrase(l.text); g.names[p] == "" {
				g.names[p] = f.tag
			}
		}
	}
	for _, f := range files {
		g.names[phrase(f.tag)] = f.tag
		for i := range g.ways {
			if g.ways[i].language == f.tag {
				texts[i] = append(texts[i], g.addWords(f, i)...)
			}
		}
	}
	g.train(texts)
	g.countries = countries(tags)
	return g
}

// addWords takes in the words of the language that are written in the script
// of the way, and gives them as text to learn letters from.
func (g *guesser) addWords(f *wordsFile, way int) []string {
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
			for _, w := range words(l.text) {
				if !slices.Contains(g.words[w], uint8(way)) {
					g.words[w] = append(g.words[w], uint8(way))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// train counts groups of letters as they are written and as they are when
// marks are left out, and turns the counts into weights.
func (g *guesser) train(texts [][]string) {
	counts := make([]map[uint64]float64, len(texts))
	totals := make([][4]float64, len(texts))
	kinds := [4]float64{}
	for i, parts := range texts {
		counts[i] = map[uint64]float64{}
		for _, text := range parts {
			for _, form := range []string{text, phrase(text)} {
				light := lighten(nil, form)
				for _, r := range light {
					g.ways[i].letters[r] = true
				}
				groups(light, func(gram uint64, n int) {
					counts[i][gram]++
					totals[i][n]++
				})
			}
		}
		for gram := range counts[i] {
			if _, ok := g.grams[gram]; !ok {
				g.grams[gram] = int32(len(g.grams))
				kinds[length(gram)]++
			}
		}
	}
	const few = 0.5 // added to every count: what a small sample lacks may still occur
	g.weights = make([]float32, len(g.grams)*len(texts))
	for gram, row := range g.grams {
		n := length(gram)
		for i := range texts {
			p := (counts[i][gram] + few) / (totals[i][n] + few*kinds[n])
			g.weights[int(row)*len(texts)+i] = float32(math.Log(p))
		}
	}
}

// guess gives the likeliest language of those offered. found is the language
// of a crisis phrase in the message, or empty.
func (g *guesser) guess(s *scratch, text string, h Hint, found string) (string, float64) {
	head, tail := bounds(text)
	s.light = lighten(s.light[:0], text[:head])
	s.light = lighten(s.light, text[tail:])
	s.scores = s.scores[:0]
	for range g.ways {
		s.scores = append(s.scores, 0)
	}
	var scripts [scriptCount]int
	letters := 0
	for _, r := range s.light {
		if r != ' ' {
			scripts[scriptOf(r)]++
			letters++
		}
	}
	if letters == 0 {
		return g.fallback(h), 0
	}
	known := 0
	for i := range s.tokens {
		ways := g.words[string(s.word(i))]
		if len(ways) > 0 {
			known++
		}
		for _, w := range ways {
			s.scores[w] += wordWeight
		}
	}
	weight := gramWeight * min(1, float64(letters)/fewLetters)
	groups(s.light, func(gram uint64, _ int) {
		if row, ok := g.grams[gram]; ok {
			for i, w := range g.weights[int(row)*len(g.ways):][:len(g.ways)] {
				s.scores[i] += weight * float64(w)
			}
		}
	})
	chosen, app, country := g.match(h.Chosen), g.match(h.AppLanguage), g.countries[h.Country]
	best := -1
	for i, w := range g.ways {
		if w.language == found {
			s.scores[i] += crisisWeight
		}
		if w.language == chosen {
			s.scores[i] += chosenWeight
		}
		if w.language == app {
			s.scores[i] += appWeight
		}
		if w.language == country {
			s.scores[i] += countryWeight
		}
		if scripts[w.script]*4 < letters {
			s.scores[i] = math.Inf(-1)
		} else if g.offered[w.language] && (best < 0 || s.scores[i] > s.scores[best]) {
			best = i
		}
	}
	if best < 0 {
		return g.fallback(h), 0
	}
	return g.ways[best].language, g.confidence(s, best, letters, known, found, chosen)
}

// confidence is how likely the best way is beside the others, less what speaks
// for a language that is not known at all.
func (g *guesser) confidence(s *scratch, best, letters, known int, found, chosen string) float64 {
	tag := g.ways[best].language
	same, all := 0.0, 0.0
	for i, w := range g.ways {
		p := math.Exp(s.scores[i] - s.scores[best])
		all += p
		if w.language == tag {
			same += p
		}
	}
	posterior := same / all
	foreign, groupsKnown, groupsAll := 0, 0, 0
	for _, r := range s.light {
		if r != ' ' && !g.ways[best].letters[r] {
			foreign++
		}
	}
	groups(s.light, func(gram uint64, n int) {
		if n < 3 {
			return
		}
		groupsAll++
		if _, ok := g.grams[gram]; ok {
			groupsKnown++
		}
	})
	ceiling := 1.0
	if known == 0 && found == "" {
		// Names and unknown languages: letters alone, and the fewer the less sure.
		ceiling = 0.8 * (1 - math.Exp(-float64(letters)/10))
		if groupsAll > 0 {
			ceiling *= 0.4 + 0.6*float64(groupsKnown)/float64(groupsAll)
		}
	} else if found == "" {
		mine, own := g.count(s, tag)
		ceiling = 0.15 + 0.85*min(1, 2*float64(mine)/float64(len(s.tokens)))
		if own == 0 && len(s.tokens) <= 2 {
			ceiling = 0.45 // several languages share the word
		}
	}
	ceiling *= 1 - min(1, 3*float64(foreign)/float64(letters))
	if tag == chosen {
		ceiling = max(ceiling, 0.5)
	}
	return posterior * ceiling
}

// count gives how many words of a message a language knows, and how many of
// them no other does.
func (g *guesser) count(s *scratch, tag string) (mine, own int) {
	for i := range s.tokens {
		in, out := 0, 0
		for _, w := range g.words[string(s.word(i))] {
			if g.ways[w].language == tag {
				in = 1
			} else {
				out = 1
			}
		}
		mine += in
		own += in * (1 - out)
	}
	return mine, own
}

// fallback is the language of somebody who has written no letters.
func (g *guesser) fallback(h Hint) string {
	for _, tag := range []string{g.match(h.Chosen), g.match(h.AppLanguage)} {
		if tag != "" {
			return tag
		}
	}
	return ""
}

// match gives the offered tag that a BCP 47 tag means, or empty.
func (g *guesser) match(tag string) string {
	switch {
	case tag == "":
		return ""
	case g.offered[tag]:
		return tag
	}
	if known := g.names[strings.ToLower(tag)]; g.offered[known] {
		return known
	}
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if known := g.names[base]; g.offered[known] {
		return known
	}
	for _, t := range g.tags {
		if b, _, _ := strings.Cut(t, "-"); b == base {
			return t
		}
	}
	return ""
}

// countries gives the offered language that is likeliest in each country, by
// CLDR's likely subtags.
func countries(tags []string) map[string]string {
	out := map[string]string{}
	type key struct{ base, script string }
	offered := map[key]string{}
	for _, tag := range tags {
		b, s, _ := language.Make(tag).Raw()
		if s.String() == "Zzzz" {
			s, _ = language.Make(tag).Script()
		}
		if _, taken := offered[key{b.String(), s.String()}]; !taken {
			offered[key{b.String(), s.String()}] = tag
		}
	}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			region, err := language.ParseRegion(string([]rune{a, b}))
			if err != nil || !region.IsCountry() {
				continue
			}
			tag, err := language.Compose(language.Und, region)
			if err != nil {
				continue
			}
			base, _ := tag.Base()
			script, _ := tag.Script()
			if t, ok := offered[key{base.String(), script.String()}]; ok {
				out[region.String()] = t
			}
		}
	}
	return out
}

// lighten keeps the letters of a text in lower case, with one space between
// words and at both ends.
func lighten(dst []rune, text string) []rune {
	if len(dst) == 0 {
		dst = append(dst, ' ')
	}
	run := 0
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z':
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r < 0x80:
			if r == '\'' {
				continue
			}
			r = ' '
		case isDroppedMark(r):
			continue
		case unicode.IsLetter(r) || unicode.IsMark(r):
			r = unicode.ToLower(r)
		default:
			r = ' '
		}
		n := len(dst)
		switch {
		case dst[n-1] != r:
			run = 1
		case r == ' ':
			continue
		default:
			run++
		}
		switch {
		case run < 3:
			dst = append(dst, r)
		case run == 3: // no language writes a letter three times: it is stretched
			dst = dst[:n-1]
		}
	}
	if dst[len(dst)-1] != ' ' {
		dst = append(dst, ' ')
	}
	return dst
}

// groups calls do with each letter and each group of two and three, spaces at
// the ends of words included.
func groups(light []rune, do func(gram uint64, n int)) {
	for i, r := range light {
		c := uint64(r)
		if r != ' ' {
			do(c, 1)
		}
		if i >= 1 {
			do(uint64(light[i-1])<<21|c, 2)
		}
		if i >= 2 && light[i-1] != ' ' {
			do(uint64(light[i-2])<<42|uint64(light[i-1])<<21|c, 3)
		}
	}
}

// length is how many letters a group has.
func length(gram uint64) int {
	switch {
	case gram>>42 > 0:
		return 3
	case gram>>21 > 0:
		return 2
	}
	return 1
}
