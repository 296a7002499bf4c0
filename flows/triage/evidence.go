package triage

import (
	"math"
	"slices"
)

// evidence is what speaks for a call for help, and against it.
type evidence struct {
	how     how
	around  float64 // what the examples say of the window that it was found in
	near    float64 // and of the words beside it; without a pattern, of the half window that says most
	signs   float64 // what the signs weigh, 1 being many
	words   int     // of the message, as far as a window goes
	covered float64 // how much of its sentence a pattern is, 0 to 1
}

// how is how a call for help was found.
type how int

const (
	noPattern how = iota // by signs and examples
	partsOfPattern
	wholePattern
)

// weights say what each piece of evidence counts for, in the order of terms: their
// sum is about the logarithm of the odds that it is a call for help. They come
// from testdata/fit, where nearly half of the messages are one and most of the
// others sound like it; TestWeights prints them.
var weights = [3][6]float64{
	noPattern:      {-2.99, 0.67, 0.18, 1.88, 0.41, 0},
	partsOfPattern: {1.99, 0.53, 0.12, 2.07, -1.1, 0},
	wholePattern:   {0.68, 0.51, 0.2, 1.45, -0.63, 3.08},
}

// enough is the least sum that is taken for a call for help where no whole pattern
// is found. It was chosen by the totals of testdata/eval.
const enough = -0.1

// fewSigns is how little signs may weigh where there is no pattern, however much
// it reads like a call: what nothing names is not one, a name or a date least.
const fewSigns = 0.5

// sure is the sum from which on it is answered as one.
const sure = 1

// covers is how much of its sentence a pattern must be to be a sure call whatever
// else there is: what stands in a words file is understood when somebody writes that.
const covers = 0.65

// terms are what the weights belong to.
func (e evidence) terms() [6]float64 {
	return [6]float64{1, e.around, e.near, e.signs, math.Log(float64(e.words + 1)), e.covered}
}

// isCall tells whether it is a call for help, and whether that is sure. A whole
// pattern always is one: calls stand beside thanks, jokes and questions about the
// library, and whatever may overrule what somebody said plainly will do so one day.
func (e evidence) isCall() (is, isSure bool) {
	sum := e.sum()
	switch e.how {
	case wholePattern:
		return true, sum >= sure || e.covered >= covers
	case partsOfPattern:
		return sum >= enough, sum >= sure
	default:
		return sum >= enough && e.signs >= fewSigns, sum >= sure && e.signs >= fewSigns
	}
}

func (e evidence) sum() (sum float64) {
	for i, term := range e.terms() {
		sum += weights[e.how][i] * term
	}
	return sum
}

// weigh tells what of a message that has been through find is a call for help,
// and whether that is unsure. found is what patterns say, and reading what else is
// known of the message.
func (r *Reader) weigh(s *scratch, found finding, reading Reading) (call finding, unsure bool) {
	if found.crisis == 0 && reading.Command != "" || len(s.tokens) == 0 {
		return finding{}, false
	}
	signs, weight := r.listen(s, found, reading)
	some := s.found
	if found.crisis == 0 {
		some = []finding{signs}
	} else if found.how == partsOfPattern {
		some = []finding{found}
	}
	sure := false
	for _, f := range some {
		if f.crisis == 0 {
			continue
		}
		e := r.evidenceOf(s, f, weight)
		is, isSure := e.isCall()
		if !r.Calls.knows(family(f.language)) { // only patterns and signs tell
			is, isSure = e.how != noPattern || e.signs >= 1, e.how != noPattern
		}
		if is && (isSure && !sure || isSure == sure && f.goesBefore(call)) {
			call, sure = f, isSure
		}
	}
	return call, call.crisis != 0 && !sure
}

// listen reads what signs and examples say of a message.
func (r *Reader) listen(s *scratch, found finding, reading Reading) (signs finding, weight float32) {
	if len(r.Calls.Families) > 0 {
		// A saying or a command beside what patterns found is understood already, and
		// says nothing of the rest.
		r.Calls.read(s, func(i int) bool {
			return found.crisis != 0 && !s.isFound(i) && r.Matcher.isHarmless(s, i)
		})
	}
	in := ""
	if reading.Confidence >= 0.5 {
		in = reading.Language
	}
	return r.Matcher.gather(s, in)
}

// isFound tells whether a word is part of a whole pattern of a call.
func (s *search) isFound(i int) bool {
	return slices.ContainsFunc(s.found, func(f finding) bool { return f.first <= i && i <= f.last })
}

// evidenceOf gives the evidence of a finding in a message that has been listened
// to, in which signs have a weight.
func (r *Reader) evidenceOf(s *scratch, f finding, signs float32) evidence {
	e := evidence{how: f.how, signs: float64(signs), words: min(len(s.tokens), s.window())}
	if f.how == wholePattern {
		e.covered = float64(f.last-f.first+1) / float64(s.sentence(f))
	}
	if !r.Calls.knows(family(f.language)) {
		return e
	}
	if f.how == noPattern {
		e.around = r.Calls.most(s, 0, len(s.tokens), s.window())
		e.near = r.Calls.most(s, 0, len(s.tokens), s.window()/2)
		return e
	}
	e.around = r.Calls.most(s, f.first, f.last+1, s.window())
	e.near = r.Calls.within(s, max(0, f.first-2), min(len(s.tokens), f.last+3))
	return e
}

// sentence gives how many words, other than numbers, the sentences have in which a
// finding stands.
func (m *message) sentence(f finding) int {
	from, to := f.first, f.last+1
	for from > 0 && !m.tokens[from].breaks {
		from--
	}
	for to < len(m.tokens) && !m.tokens[to].breaks {
		to++
	}
	words := 0
	for i := from; i < to; i++ {
		if !m.isNumber(i) {
			words++
		}
	}
	return max(1, words)
}
