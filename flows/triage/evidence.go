package triage

import (
	"slices"
	"sync"
)

// evidence is what speaks for a call for help, and against it.
type evidence struct {
	how      how
	doubtful bool    // found by a pattern that is
	around   float64 // what the examples say of the window that it was found in
	signs    float64 // what the signs weigh, 1 being many
	covered  float64 // how much of its sentence a pattern is, 0 to 1
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
var weights = [3][4]float64{
	noPattern:      {-2.13, 0.91, 1.2, 0},
	partsOfPattern: {-0.71, 0.81, 0.64, 0},
	wholePattern:   {-1.77, 0.62, 0.71, 6.29},
}

// enough is the least sum that is taken for a call for help where no whole pattern
// is found. It was chosen by the totals of testdata/eval.
const enough = -0.5

// fewSigns is how little signs may weigh where there is no pattern, however much
// it reads like a call: what nothing names is not one, a name or a date least.
const fewSigns = 0.25

// sure is the sum from which on it is answered as one.
const sure = 1

// covers is how much of its sentence a pattern must be to be a sure call whatever
// else there is: what stands in a words file is understood when somebody writes that.
const covers = 0.65

// A doubtful pattern is overruled by a sum below doubted only: it takes more to
// leave out what was said than to do without. Where it is a good part of its
// sentence ("father stroke" is said in haste), below doubtedOfFew.
const (
	doubted      = -1
	goodPart     = 0.3
	doubtedOfFew = -1.5
)

// terms are what the weights belong to.
func (e evidence) terms() [4]float64 {
	return [4]float64{1, e.around, e.signs, e.covered}
}

// isCall tells whether it is a call for help, and whether that is sure. A whole
// pattern always is one unless it is doubtful and little of what is said: calls
// stand beside thanks, jokes and questions about the library, and
// whatever may overrule what somebody said plainly will do so one day.
func (e evidence) isCall() (is, isSure bool) {
	sum := e.sum()
	is, isSure = sum >= enough, sum >= sure
	switch {
	case e.how == noPattern && e.signs < fewSigns:
		return false, false
	case e.how == wholePattern && e.covered >= covers:
		return true, true
	case e.how == wholePattern:
		return !e.doubtful || sum >= doubted || e.covered >= goodPart && sum >= doubtedOfFew, isSure
	}
	return is, isSure
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
			return r.isAside(s, i) || found.crisis != 0 && !s.isFound(i) && r.Matcher.isHarmless(s, i)
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
	e := evidence{how: f.how, doubtful: f.doubtful, signs: float64(signs)}
	if f.how == wholePattern {
		e.covered = float64(f.last-f.first+1) / float64(r.sentence(s, f))
	}
	if !r.Calls.knows(family(f.language)) {
		return e
	}
	if f.how == noPattern {
		e.around = r.Calls.most(s, 0, len(s.tokens), s.window())
		return e
	}
	e.around = r.Calls.most(s, f.first, f.last+1, s.window())
	if f.doubtful { // what stands near weighs more, so that a call is not hidden in a story
		e.around = max(e.around, r.Calls.most(s, f.first, f.last+1, s.window()/2))
	}
	return e
}

// sentence gives how many words the sentences have in which a finding stands, but
// for numbers and what is said aside.
func (r *Reader) sentence(s *scratch, f finding) int {
	from, to := f.first, f.last+1
	for from > 0 && !s.begins(from) {
		from--
	}
	for to < len(s.tokens) && !s.begins(to) {
		to++
	}
	words := 0
	for i := from; i < to; i++ {
		if f.first <= i && i <= f.last || !s.isNumber(i) && !r.isAside(s, i) {
			words++
		}
	}
	return words
}

// isAside tells whether a word says nothing of danger: who is polite or laughs may
// be in it.
func (r *Reader) isAside(s *scratch, i int) bool { return r.Aside[string(s.word(i))] }

// doubt notes which patterns the examples contradict: those that are found in more
// messages of nobody in danger than in calls for help. To doubt more of them, all
// that were found in one other message for nine calls or in fewer than three calls,
// spared a third of the false alarms, and lost "is the office open today i took
// poison".
func (r *Reader) doubt(examples map[string][]example) {
	type count struct{ calls, harmless int32 }
	counts := make([]count, len(r.Matcher.patterns))
	var all sync.WaitGroup
	var one sync.Mutex
	for _, some := range examples {
		all.Go(func() {
			var met []int32
			for _, e := range some {
				s := r.begin(e.text)
				r.Matcher.find(s)
				met = met[:0]
				for _, h := range s.hits {
					if r.Matcher.patterns[h.pattern].kind == call && !slices.Contains(met, h.pattern) && !r.Matcher.yields(s, h) {
						met = append(met, h.pattern)
					}
				}
				r.scratch.Put(s)
				one.Lock()
				for _, p := range met {
					if e.crisis != "" {
						counts[p].calls++
					} else {
						counts[p].harmless++
					}
				}
				one.Unlock()
			}
		})
	}
	all.Wait()
	for i, n := range counts {
		r.Matcher.patterns[i].doubtful = n.calls < n.harmless
	}
}
