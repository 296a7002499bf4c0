package triage

import "slices"

// grouped is lists of values in one piece of memory, each under its number.
type grouped[T any] struct {
	from []int32 // where a list begins; it ends where the next does
	all  []T
}

// under gives the list of a number.
func (g *grouped[T]) under(n int32) []T { return g.all[g.from[n]:g.from[n+1]] }

// add appends a list under the next number.
func (g *grouped[T]) add(list []T) {
	if len(g.from) == 0 {
		g.from = append(g.from, 0)
	}
	g.all = append(g.all, list...)
	g.from = append(g.from, int32(len(g.all)))
}

// filed is a value and the number of the list that it belongs to.
type filed[T any] struct {
	under int32
	value T
}

// group makes n lists, each in the order that its values come in.
func group[T any](n int, values []filed[T]) grouped[T] {
	g := grouped[T]{from: make([]int32, n+1), all: make([]T, len(values))}
	for _, v := range values {
		g.from[v.under]++
	}
	end := int32(0)
	for i, count := range g.from {
		end += count
		g.from[i] = end
	}
	for _, v := range slices.Backward(values) { // from the end of each list to its beginning
		g.from[v.under]--
		g.all[g.from[v.under]] = v.value
	}
	return g
}
