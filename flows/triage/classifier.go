package triage

import (
	"bytes"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// classifier tells how much a message reads like the calls for help among the
// examples, and how little like the others. It is a logistic regression over
// words, pairs of words and groups of letters, hashed; it knows nothing of
// patterns. What they find and what it says is weighed together, see evidence.
type classifier struct {
	Families []string // of the languages of which there are enough examples of calls
	Bias     float32
	Unit     float32
	weights  []int8 // by feature, in units
}

// slots is how many features are told apart. Four times as many read no
// better.
const slots = 1 << 21

// A message is read in windows of so many words, which overlap by half, or twice
// as many pieces of a script without spaces: a call for help is not outvoted by
// what stands around it.
const windowWords = 20

// A word is read by itself, with the one before it and with the one before that.
const nearby = 3

// mostAgainst is the most that one word may say against a call for help: who laughs
// or says thanks may need it.
const mostAgainst = -2

// knows tells whether there were enough examples of calls in a family of languages.
func (c *classifier) knows(family string) bool { return slices.Contains(c.Families, family) }

// read sums up the words of a message, without those to skip and without numbers:
// who leaves one to be called back on may be in danger, or may not.
func (c *classifier) read(s *scratch, skip func(i int) bool) {
	s.heard.of = append(s.heard.of[:0], 0)
	for apart := range s.heard.sums {
		s.heard.sums[apart] = append(s.heard.sums[apart][:0], 0)
	}
	for i := range s.tokens {
		of := s.heard.of[i]
		var sums [nearby]float32
		if !skip(i) && !s.isNumber(i) {
			of++
			s.features = s.message.features(s.features[:0], i)
			sums[0] = max(c.sum(s.features), mostAgainst)
			for apart := 1; apart < min(nearby, i+1); apart++ {
				if !skip(i - apart) {
					s.features = s.message.together(s.features[:0], i, apart)
					sums[apart] = c.sum(s.features)
				}
			}
		}
		s.heard.of = append(s.heard.of, of)
		for apart, sum := range sums {
			s.heard.sums[apart] = append(s.heard.sums[apart], s.heard.sums[apart][i]+sum)
		}
	}
}

// heard is what the words of a message say, each element of what stands before a word.
type heard struct {
	of   []int             // how many words were read
	sums [nearby][]float32 // what they say by themselves, and with the one that stands so far before them
}

// within gives how much the words of a message that has been read, from one to
// before another, are like a call for help: above zero if more than not.
func (c *classifier) within(s *scratch, from, to int) float64 {
	sum := float32(0)
	for apart, sums := range s.heard.sums {
		sum += sums[to] - sums[min(from+apart, to)]
	}
	return float64(c.Bias + sum*damping(s.heard.of[to]-s.heard.of[from]))
}

// most gives the most that a window of so many words says, or a sentence that is no
// longer, of those that overlap the words from one to before another.
func (c *classifier) most(s *scratch, first, end, window int) float64 {
	best := math.Inf(-1)
	for from := 0; ; from += window / 2 {
		to := min(from+window, len(s.tokens))
		if from < end && first < to {
			best = max(best, c.within(s, from, to))
		}
		if to == len(s.tokens) {
			break
		}
	}
	from := 0
	for to := 1; to <= len(s.tokens); to++ {
		if to < len(s.tokens) && !s.begins(to) {
			continue
		}
		if from < end && first < to && fewWords <= to-from && to-from <= window {
			best = max(best, c.within(s, from, to))
		}
		from = to
	}
	return best
}

// fewWords is how many words a sentence must have to be read by itself.
const fewWords = 3

func (c *classifier) sum(features []uint32) (sum float32) {
	for _, f := range features {
		sum += float32(c.weights[f])
	}
	return sum * c.Unit
}

// window is how many words of the message a window holds.
func (s *scratch) window() int {
	if s.tokens[0].piece {
		return 2 * windowWords
	}
	return windowWords
}

// damping is by what a sum over so many words is multiplied: a longer message
// says more, but not in proportion.
func damping(words int) float32 { return float32(1 / math.Sqrt(float64(max(1, words)))) }

// features appends the features of a word: itself, and its groups of two to five
// letters, among them where it begins and ends.
func (m *message) features(to []uint32, i int) []uint32 {
	word := m.word(i)
	to = append(to, feature(hash(word).add(' ')))
	to = groupsOfLetters(to, start.add('<'), 1, word)
	for len(word) > 0 {
		to = groupsOfLetters(to, start, 0, word)
		_, n := utf8.DecodeRune(word)
		word = word[n:]
	}
	return to
}

// together appends the features that a word makes with the one that stands so
// far before it: how both begin and, side by side, both whole.
func (m *message) together(to []uint32, i, apart int) []uint32 {
	before, word := m.word(i-apart), m.word(i)
	if apart == 1 {
		to = append(to, feature(hash(before).add(' ').follow(word)))
	}
	return append(to, feature(hash(opening(before)).add(byte(apart)).follow(opening(word))))
}

// opening gives the first four letters of a word.
func opening(word []byte) []byte {
	at := 0
	for range 4 {
		_, n := utf8.DecodeRune(word[at:])
		at += n
	}
	return word[:at]
}

// groupsOfLetters appends the groups that begin where word does, after the
// letters that h is the hash of.
func groupsOfLetters(to []uint32, h fnv, letters int, word []byte) []uint32 {
	for at := 0; letters < 5; {
		if at == len(word) {
			return append(to, feature(h.add('>')))
		}
		_, n := utf8.DecodeRune(word[at:])
		h = h.follow(word[at : at+n])
		at += n
		if letters++; letters > 1 {
			to = append(to, feature(h))
		}
	}
	return to
}

// isNumber tells whether there is a digit in a word.
func (m *message) isNumber(i int) bool {
	return bytes.ContainsAny(m.word(i), "0123456789")
}

// feature is where a hash is filed. FNV leaves its high bits to be mixed in.
func feature(h fnv) uint32 {
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	return uint32(h) & (slots - 1)
}

// How the classifier learns: AdaGrad, so many times over the examples, in steps
// that begin so large. What is seen in one example alone is not learnt.
const (
	rounds   = 8
	stepSize = 0.1
)

// manyCalls is how many examples of calls a family of languages must have for the
// classifier to be listened to there: of few it knows only that most messages are
// none.
const manyCalls = 50

// sample is an example as the classifier learns from it.
type sample struct {
	features []uint32
	words    int
	tag      string
	isCall   bool
}

// samplesOf prepares examples, by tag. What is seen in one alone is left out.
func samplesOf(examples map[string][]example, joined map[string]bool) (all []sample) {
	seen := make([]uint8, slots)
	var m message
	for _, tag := range slices.Sorted(maps.Keys(examples)) {
		for _, e := range examples[tag] {
			m.read(e.text, joined)
			one := sample{tag: tag, isCall: e.crisis != ""}
			for i := range m.tokens {
				if m.isNumber(i) {
					continue
				}
				one.words++
				one.features = m.features(one.features, i)
				for apart := 1; apart < min(nearby, i+1); apart++ {
					one.features = m.together(one.features, i, apart)
				}
			}
			if one.words == 0 {
				continue
			}
			slices.Sort(one.features)
			all = append(all, one)
			for i, f := range one.features {
				if (i == 0 || one.features[i-1] != f) && seen[f] < 2 {
					seen[f]++
				}
			}
		}
	}
	for i := range all {
		all[i].features = slices.DeleteFunc(all[i].features, func(f uint32) bool { return seen[f] < 2 })
	}
	return all
}

// learn makes a classifier of examples, by tag. Of the same ones it makes the
// same, always.
func learn(examples map[string][]example, joined map[string]bool) (c classifier) {
	if len(examples) == 0 {
		return c
	}
	samples := samplesOf(examples, joined)
	calls := map[string]int{} // by family of languages
	harmless := map[string][]sample{}
	for _, one := range samples {
		if one.isCall {
			calls[family(one.tag)]++
		} else {
			harmless[one.tag] = append(harmless[one.tag], one)
		}
	}
	for kin, n := range calls {
		if n >= manyCalls {
			c.Families = append(c.Families, kin)
		}
	}
	slices.Sort(c.Families)
	learnt := make([]struct{ weight, steps float32 }, slots) // steps: the squares of its slopes so far
	random := rand.New(rand.NewPCG(1, 1))
	var both []uint32
	for range rounds {
		random.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		for _, one := range samples {
			// Every other one is read beside a harmless one, as messages are that ask for
			// something else, too.
			if others := harmless[one.tag]; len(others) > 0 && random.IntN(2) == 0 {
				other := others[random.IntN(len(others))]
				both = append(append(both[:0], one.features...), other.features...)
				one.features, one.words = both, one.words+other.words
			}
			sum, less := float32(0), damping(one.words)
			for _, f := range one.features {
				sum += learnt[f].weight
			}
			wrong := likely(c.Bias + sum*less)
			if one.isCall {
				wrong--
			}
			c.Bias -= wrong * stepSize / 30
			wrong *= less
			for _, f := range one.features {
				l := &learnt[f]
				l.steps += wrong * wrong
				l.weight -= stepSize * wrong / float32(math.Sqrt(float64(l.steps)+1e-8))
			}
		}
	}
	weights := make([]float32, slots)
	for f, l := range learnt {
		weights[f] = l.weight
	}
	c.pack(weights)
	return c
}

// pack keeps weights in a byte each: finer ones read no better, and take four
// times the memory.
func (c *classifier) pack(weights []float32) {
	c.Unit = math.SmallestNonzeroFloat32
	for _, w := range weights {
		c.Unit = max(c.Unit, w/math.MaxInt8, -w/math.MaxInt8)
	}
	c.weights = make([]int8, len(weights))
	for f, w := range weights {
		c.weights[f] = int8(math.Round(float64(w / c.Unit)))
	}
}

// likely is how likely something is of which x is the logarithm of the odds.
func likely(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }
