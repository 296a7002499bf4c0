package triage

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// judged is a sentence and the evidence of it.
type judged struct {
	evidence
	call, plain, beside bool
	none                bool // no evidence at all
}

func (j judged) found() bool {
	is, _ := j.isCall()
	return is && !j.none
}

// judge gathers the evidence of the sentences of testdata/fit, and of some that
// stand beside each other.
func judge(t *testing.T) (all []judged) {
	r := builtin(t)
	for _, tag := range shipped(t) {
		for _, one := range beside(sentences(t, "fit", tag)) {
			s := r.begin(one.text)
			found := r.Matcher.find(s)
			command, _ := r.Commands.read(s, "", one.text)
			if command.Command == "" {
				command = r.Commands.pattern(s, r.Matcher, "")
			}
			var reading Reading
			reading.Language, reading.Confidence = r.Guesser.guess(s, one.text, Hint{}, found.language)
			signs, weight := r.listen(s, found, reading)
			if found.crisis == 0 {
				found = signs
			}
			all = append(all, judged{
				evidence: r.evidenceOf(s, found, weight), call: one.crisis != "", plain: one.kind == "plain", beside: one.at.line == 0,
				none: found.crisis == 0 || found.how == noPattern && command.Command != "",
			})
			r.scratch.Put(s)
		}
	}
	return all
}

// beside adds to sentences others in which a harmless one stands before or after:
// who asks for help may ask for something else in the same message, and a long
// message is no call for being long.
func beside(all []example) []example {
	random := rand.New(rand.NewPCG(1, 1))
	var harmless, some []example
	for _, s := range all {
		if s.crisis == "" && s.kind != "stop" {
			harmless = append(harmless, s)
		}
		if s.kind != "stop" && s.kind != "first-contact" {
			some = append(some, s)
		}
	}
	for _, s := range some {
		both := []string{harmless[random.IntN(len(harmless))].text, s.text}
		random.Shuffle(2, func(i, j int) { both[i], both[j] = both[j], both[i] })
		s.at, s.text = line{}, both[0]+[]string{" ", ", ", ". "}[random.IntN(3)]+both[1]
		all = append(all, s)
	}
	return all
}

// TestWeights holds what the weights of evidence give on testdata/fit: sentences
// of strangers that neither words files nor examples were made better with, most
// of them written to be mistaken. With -v it prints which weights would suit
// them best.
func TestWeights(t *testing.T) {
	all := judge(t)
	for how, name := range []string{"noPattern", "partsOfPattern", "wholePattern"} {
		some := slices.DeleteFunc(slices.Clone(all), func(j judged) bool { return int(j.how) != how || j.none })
		t.Logf("%s, of %d sentences: %.2f", name, len(some), fit(some))
	}
	var plain, indirect, alarms, beside share
	for _, j := range all {
		switch {
		case j.beside && j.call:
			beside.count(j.found())
		case j.beside:
		case !j.call:
			alarms.count(j.found())
		case j.plain:
			plain.count(j.found())
		default:
			indirect.count(j.found())
		}
	}
	if plain.value() < 0.88 || indirect.value() < 0.75 || beside.value() < 0.82 || alarms.value() > 0.13 {
		t.Error("words, examples or weights have become worse at telling calls for help: the figures are with -v")
	}
	t.Logf("found: plain %v, indirect %v, beside something harmless %v; false alarms %v", plain, indirect, beside, alarms)
}

// fit gives the weights with which the evidence tells calls from other messages
// best: a logistic regression, by Newton's way.
func fit(all []judged) (w [4]float64) {
	for range 30 {
		var slope [4]float64
		var bend [4][4]float64
		for i := range slope {
			slope[i], bend[i][i] = -0.3*w[i], 0.3 // what little is known of pulls little
		}
		for _, j := range all {
			terms, sum := j.terms(), 0.0
			for i, x := range terms {
				sum += w[i] * x
			}
			likely := 1 / (1 + math.Exp(-sum))
			is := 0.0
			if j.call {
				is = 1
			}
			for i, x := range terms {
				slope[i] += (is - likely) * x
				for k, y := range terms {
					bend[i][k] += likely * (1 - likely) * x * y
				}
			}
		}
		for i, x := range solve(bend, slope) {
			w[i] += x
		}
	}
	return w
}

// solve gives the x of a·x = b.
func solve(a [4][4]float64, b [4]float64) [4]float64 {
	for i := range a {
		for k := range a {
			if k != i {
				by := a[k][i] / a[i][i]
				for c := range a {
					a[k][c] -= by * a[i][c]
				}
				b[k] -= by * b[i]
			}
		}
	}
	for i := range b {
		b[i] /= a[i][i]
	}
	return b
}
