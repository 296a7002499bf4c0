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

// features is how many features are told apart. Four times as many read no
// better.
const features = 1 << 20

// A message is read in windows of so many words, which overlap by half, or twice
// as many pieces of a script without spaces: a call for help is not outvoted by
// what stands around it.
const window = 20

// knows tells whether there were enough examples of calls in a family of languages.
func (c *classifier) knows(family string) bool { return slices.Contains(c.Families, family) }

// read sums up the words of a message, without those to skip and without numbers:
// who leaves one to be called back on may be in danger, or may not.
func (c *classifier) read(s *scratch, skip func(i int) bool) {
	s.words, s.pairs = append(s.words[:0], 0), append(s.pairs[:0], 0)
	for i := range s.tokens {
		word, pair := float32(0), float32(0)
		if !skip(i) && !s.isNumber(i) {
			s.features = s.message.features(s.features[:0], i)
			word = c.sum(s.features)
			if i > 0 && !skip(i-1) {
				pair = float32(c.weights[s.message.pair(i)]) * c.Unit
			}
		}
		s.words, s.pairs = append(s.words, s.words[i]+word), append(s.pairs, s.pairs[i]+pair)
	}
}

// within gives how much the words of a message that has been read, from one to
// before another, are like a call for help: above zero if more than not.
func (c *classifier) within(s *scratch, from, to int) float64 {
	return float64(c.Bias + (s.words[to]-s.words[from]+s.pairs[to]-s.pairs[from+1])*damping(to-from))
}

// most gives the most that a window of so many words says of those that overlap
// the words from one to before another.
func (c *classifier) most(s *scratch, first, end, window int) float64 {
	best := math.Inf(-1)
	for from := 0; ; from += window / 2 {
		to := min(from+window, len(s.tokens))
		if from < end && first < to {
			best = max(best, c.within(s, from, to))
		}
		if to == len(s.tokens) {
			return best
		}
	}
}

func (c *classifier) sum(features []uint32) (sum float32) {
	for _, f := range features {
		sum += float32(c.weights[f])
	}
	return sum * c.Unit
}

// window is how many words of the message a window holds.
func (s *scratch) window() int {
	if s.tokens[0].piece {
		return 2 * window
	}
	return window
}

// damping is by what a sum over so many words is multiplied: a longer message
// says more, but not in proportion.
func damping(words int) float32 { return float32(1 / math.Sqrt(float64(words))) }

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

// pair gives the feature that a word makes with the one before it.
func (m *message) pair(i int) uint32 {
	return feature(hash(m.word(i - 1)).add(' ').follow(m.word(i)))
}

// feature is where a hash is filed. FNV leaves its high bits to be mixed in.
func feature(h fnv) uint32 {
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	return uint32(h) & (features - 1)
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

// learn makes a classifier of examples, by tag. Of the same ones it makes the
// same, always.
func learn(examples map[string][]example, joined map[string]bool) (c classifier) {
	if len(examples) == 0 {
		return c
	}
	type sample struct {
		features []uint32
		damping  float32
		is       bool
	}
	var samples []sample
	calls := map[string]int{} // by family of languages
	seen := make([]uint8, features)
	var m message
	for _, tag := range slices.Sorted(maps.Keys(examples)) {
		for _, e := range examples[tag] {
			m.read(e.text, joined)
			if len(m.tokens) == 0 {
				continue
			}
			if e.crisis != "" {
				calls[family(tag)]++
			}
			l := sample{damping: damping(len(m.tokens)), is: e.crisis != ""}
			for i := range m.tokens {
				if m.isNumber(i) {
					continue
				}
				l.features = m.features(l.features, i)
				if i > 0 {
					l.features = append(l.features, m.pair(i))
				}
			}
			slices.Sort(l.features)
			samples = append(samples, l)
			for i, f := range l.features {
				if (i == 0 || l.features[i-1] != f) && seen[f] < 2 {
					seen[f]++
				}
			}
		}
	}
	for kin, n := range calls {
		if n >= manyCalls {
			c.Families = append(c.Families, kin)
		}
	}
	slices.Sort(c.Families)
	for i := range samples {
		samples[i].features = slices.DeleteFunc(samples[i].features, func(f uint32) bool { return seen[f] < 2 })
	}
	weights := make([]float32, features)
	steps := make([]float32, features) // by feature: the squares of its slopes so far
	random := rand.New(rand.NewPCG(1, 1))
	for range rounds {
		random.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		for _, l := range samples {
			sum := float32(0)
			for _, f := range l.features {
				sum += weights[f]
			}
			wrong := likely(c.Bias + sum*l.damping)
			if l.is {
				wrong--
			}
			c.Bias -= wrong * stepSize / 10
			wrong *= l.damping
			for _, f := range l.features {
				steps[f] += wrong * wrong
				weights[f] -= stepSize * wrong / float32(math.Sqrt(float64(steps[f])+1e-8))
			}
		}
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
