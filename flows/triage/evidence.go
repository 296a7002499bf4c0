package triage

import "math"

// evidence is what speaks for a call for help, and against it.
type evidence struct {
	how     how
	around  float64 // what the examples say of where it was found, see classifier.sense
	near    float64 // and of its nearest words
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
	noPattern:      {-3.63, 0.69, 0.16, 1.72, 0.72, 0},
	partsOfPattern: {1.19, 0.55, 0.12, 1.7, -0.65, 0},
	wholePattern:   {-0.34, 0.74, 0.26, 1.24, -0.24, 3.19},
}

// enough is the least sum that is taken for a call for help. To miss one is worse
// than to show numbers once too often, and what somebody wrote into a words file
// is doubted last. Chosen so that about two of a hundred harmless messages of
// testdata/eval are taken for a call, most of which were written to be mistaken.
var enough = [3]float64{noPattern: -0.1, partsOfPattern: -0.1, wholePattern: -0.9}

// fewSigns is how little signs may weigh where there is no pattern, however much
// it reads like a call: what nothing names is not one, a name or a date least.
const fewSigns = 0.5

// sure is the sum from which on it is answered as one.
const sure = 1

// What stands around a whole pattern speaks against it no more than so much: who
// asks for help may ask first where the library is.
const mostAgainst = -1

// covers is how much of its sentence a pattern must be to be a call whatever else
// there is: what stands in a words file is understood when somebody writes that.
const covers = 0.65

// terms are what the weights belong to.
func (e evidence) terms() [6]float64 {
	return [6]float64{1, e.around, e.near, e.signs, math.Log(float64(e.words + 1)), e.covered}
}

// isCall tells whether it is a call for help, and whether that is sure.
func (e evidence) isCall() (is, isSure bool) {
	if e.how == wholePattern && e.covered >= covers {
		return true, true
	}
	if e.how == noPattern && e.signs < fewSigns {
		return false, false
	}
	sum := e.sum()
	return sum >= enough[e.how], sum >= sure
}

func (e evidence) sum() (sum float64) {
	for i, term := range e.terms() {
		sum += weights[e.how][i] * term
	}
	return sum
}

// weigh tells whether a message that has been through find is a call for help,
// and whether that is unsure. found is what patterns say, so what else is known
// of the message.
func (r *Reader) weigh(s *scratch, found finding, so Reading) (call finding, unsure bool) {
	if found.crisis == 0 && so.Command != "" {
		return finding{}, false
	}
	in := ""
	if so.Confidence >= 0.5 {
		in = so.Language
	}
	f, e := r.gather(s, found, in)
	if f.crisis == 0 {
		return finding{}, false
	}
	is, isSure := e.isCall()
	if !r.Calls.knows(family(f.language)) { // only patterns and signs tell
		is, isSure = e.how != noPattern || e.signs >= 1, e.how != noPattern
	}
	if !is {
		return finding{}, false
	}
	return f, !isSure
}

// gather gives what may be a call for help in a message in a language, or in any
// if it is empty, and the evidence of it. found is what patterns say.
func (r *Reader) gather(s *scratch, found finding, language string) (finding, evidence) {
	if len(s.tokens) == 0 {
		return finding{}, evidence{}
	}
	signs, weight := r.Matcher.gather(s, language)
	e := evidence{how: wholePattern, signs: float64(weight), words: min(len(s.tokens), s.window())}
	switch {
	case found.crisis == 0:
		found, e.how = signs, noPattern
	case found.parts:
		e.how = partsOfPattern
	default:
		e.covered = float64(found.last-found.first+1) / float64(s.sentence(found))
	}
	if !r.Calls.knows(family(found.language)) {
		return found, e
	}
	// A saying or a command beside what a pattern found is understood already, and
	// says nothing of the rest.
	r.Calls.read(s, func(i int) bool {
		return e.how != noPattern && (i < found.first || i > found.last) && r.Matcher.isHarmless(s, i)
	})
	if e.how == noPattern {
		e.around = r.Calls.most(s, 0, len(s.tokens), s.window())
		e.near = r.Calls.most(s, 0, len(s.tokens), s.window()/2)
		return found, e
	}
	e.around = r.Calls.most(s, found.first, found.last+1, s.window())
	e.near = r.Calls.within(s, max(0, found.first-2), min(len(s.tokens), found.last+3))
	if e.how == wholePattern {
		e.around = max(e.around, mostAgainst)
	}
	return found, e
}

// sentence gives how many words the sentences have in which a finding stands.
func (m *message) sentence(f finding) int {
	from, to := f.first, f.last+1
	for from > 0 && !m.tokens[from].breaks {
		from--
	}
	for to < len(m.tokens) && !m.tokens[to].breaks {
		to++
	}
	return to - from
}
