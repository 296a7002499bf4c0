package triage

import (
	"math"
	"slices"
)

// guesser tells the language of short texts. It adds up three kinds of
// evidence for every way of writing that the words files show (a language in
// its own letters, or in Latin ones): frequent words, the letters and groups
// of two and three letters in its sample, and what is known of the person.
type guesser struct {
	Ways      []way
	Tags      []string
	Names     map[string]string // tag by folded name or tag
	Countries map[string]string // by ISO 3166
	words     grouped[uint8]    // by number in the matcher's vocabulary: the ways in which a word is frequent
	elsewhere []bool            // by the same: frequent in a language that is not offered
	grams     []gram            // as the slots of a table are; one without letters is free
	weights   []weight
	absent    [][4]float64 // by way and length: log of how likely a group is that its sample lacks
}

// gram is a group of letters, and where its weights stand.
type gram struct {
	letters  uint64
	from, to int32
}

// weight is the log of how much likelier a group of letters is in a way than
// one that its sample lacks.
type weight struct {
	log float32
	way uint8
}

// way is one language in one script.
type way struct {
	Language string
	Script   script
}

// How much the kinds of evidence weigh, in nats. Groups of letters overlap, so
// that their sum would be far too sure of itself. Chosen by trying them on
// testdata; they are judgements, not measurements.
const (
	gramWeight    = 0.25
	fewLetters    = 10 // of fewer letters the groups count for less
	wordWeight    = 2.5
	crisisWeight  = 3
	chosenWeight  = 3
	appWeight     = 1.5
	countryWeight = 1
)

// guess gives the likeliest language of those offered. found is the language
// of a crisis phrase in the message, or empty.
func (g *guesser) guess(s *scratch, text string, h Hint, found string) (string, float64) {
	head, tail := bounds(text)
	s.light = lighten(s.light[:0], text[:head])
	s.light = lighten(s.light, text[tail:])
	s.scores = s.scores[:0]
	for range g.Ways {
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
		ways := g.frequent(s.ids[i])
		if len(ways) > 0 {
			known++
		}
		for _, w := range ways {
			s.scores[w] += wordWeight
		}
	}
	share := gramWeight * min(1, float64(letters)/fewLetters)
	var met [4]int // groups that any sample has, by length
	groups(s.light, func(gram uint64, n int) {
		if weights := g.weigh(gram); len(weights) > 0 {
			met[n]++
			for _, w := range weights {
				s.scores[w.way] += share * float64(w.log)
			}
		}
	})
	found = g.match(found) // of a language that is not offered it tells nothing of those that are
	chosen, app, country := g.match(h.Chosen), g.match(h.AppLanguage), g.Countries[h.Country]
	best := -1
	for i, w := range g.Ways {
		for n, times := range met {
			s.scores[i] += share * float64(times) * g.absent[i][n]
		}
		if w.Language == found {
			s.scores[i] += crisisWeight
		}
		if w.Language == chosen {
			s.scores[i] += chosenWeight
		}
		if w.Language == app {
			s.scores[i] += appWeight
		}
		if w.Language == country {
			s.scores[i] += countryWeight
		}
		if scripts[w.Script]*4 < letters {
			s.scores[i] = math.Inf(-1)
		} else if best < 0 || s.scores[i] > s.scores[best] {
			best = i
		}
	}
	if best < 0 {
		return g.fallback(h), 0
	}
	return g.Ways[best].Language, g.confidence(s, best, letters, known, met[3], found, chosen)
}

// confidence is how likely the best way is beside the others, less what speaks
// for a language that is not known at all.
func (g *guesser) confidence(s *scratch, best, letters, known, groupsKnown int, found, chosen string) float64 {
	tag := g.Ways[best].Language
	same, all := 0.0, 0.0
	for i, w := range g.Ways {
		p := math.Exp(s.scores[i] - s.scores[best])
		all += p
		if w.Language == tag {
			same += p
		}
	}
	posterior := same / all
	foreign, groupsAll := 0, 0
	for _, r := range s.light {
		if r != ' ' && !g.writes(best, r) && scriptOf(r) != han { // no sample holds all the characters of Chinese
			foreign++
		}
	}
	for i := 2; i < len(s.light); i++ {
		if s.light[i-1] != ' ' {
			groupsAll++
		}
	}
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
	if abroad := g.abroad(s); found == "" && abroad > 0 && 2*abroad >= known {
		ceiling = min(ceiling, 0.45)
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
		for _, w := range g.frequent(s.ids[i]) {
			if g.Ways[w].Language == tag {
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

// frequent gives the ways in which a word of the vocabulary is frequent.
func (g *guesser) frequent(word int32) []uint8 {
	if word == unknown {
		return nil
	}
	return g.words.under(word)
}

// abroad gives how many words only languages know that are not offered.
func (g *guesser) abroad(s *scratch) int {
	n := 0
	for i := range s.tokens {
		if id := s.ids[i]; id != unknown && g.elsewhere[id] && len(g.frequent(id)) == 0 {
			n++
		}
	}
	return n
}

// weigh gives the weights of a group of letters.
func (g *guesser) weigh(letters uint64) []weight {
	for at := spread(letters, len(g.grams)); g.grams[at].letters != 0; at = (at + 1) & (len(g.grams) - 1) {
		if g.grams[at].letters == letters {
			return g.weights[g.grams[at].from:g.grams[at].to]
		}
	}
	return nil
}

// spread is where to look first for a group of letters, of size places, a power
// of two.
func spread(letters uint64, size int) int {
	const golden = 0x9E3779B97F4A7C15 // 2^64 through the golden ratio, as Knuth has it
	return int(letters*golden>>32) & (size - 1)
}

// writes tells whether a letter is in what a way was learnt from.
func (g *guesser) writes(way int, letter rune) bool {
	return slices.ContainsFunc(g.weigh(uint64(letter)), func(w weight) bool { return int(w.way) == way })
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
