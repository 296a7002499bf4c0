package triage

import (
	"cmp"
	"iter"
	"slices"
)

// together looks for a pattern of which all parts are there, where no other was
// found. best is returned where there is none.
func (m *matcher) together(s *scratch, best finding) finding {
	m.gatherParts(s)
	for whole, places := range m.complete(s) {
		p := &m.patterns[whole]
		if p.kind != call {
			continue
		}
		if first, last, ok := m.meet(s, places, whole+1, p.parts, nil); ok {
			if f := (finding{crisis: p.what, language: m.Languages[p.language], first: int(first), last: int(last), how: partsOfPattern}); f.before(best) {
				best = f
			}
		}
	}
	return best
}

// gatherParts keeps of the parts that were found those of patterns of which all
// parts were, in the order of the patterns.
func (m *matcher) gatherParts(s *scratch) {
	s.met = extend(s.met, len(m.patterns))
	for _, h := range s.parts {
		part := m.patterns[h.pattern].part
		s.met[h.pattern-int32(part)] |= 1 << (part - 1)
	}
	for i, h := range s.parts {
		whole := h.pattern - int32(m.patterns[h.pattern].part)
		if s.met[whole] != 1<<m.patterns[whole].parts-1 || m.excused(s, h) {
			s.parts[i].last = -1
		}
	}
	for _, h := range s.parts {
		s.met[h.pattern-int32(m.patterns[h.pattern].part)] = 0
	}
	s.parts = slices.DeleteFunc(s.parts, func(h hit) bool { return h.last < 0 })
	slices.SortFunc(s.parts, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
	})
	s.parts = slices.Compact(s.parts)
}

// complete gives each pattern of which all parts were gathered, and those parts.
func (m *matcher) complete(s *scratch) iter.Seq2[int32, []hit] {
	return func(yield func(int32, []hit) bool) {
		for i := 0; i < len(s.parts); {
			whole := s.parts[i].pattern - int32(m.patterns[s.parts[i].pattern].part)
			end := i
			for end < len(s.parts) && s.parts[end].pattern <= whole+int32(m.patterns[whole].parts) {
				end++
			}
			if !yield(whole, s.parts[i:end]) {
				return
			}
			i = end
		}
	}
}

// meet chooses a place of each of n parts from the one with the number part on,
// so that none overlaps another or one of those chosen, and all are near each
// other. It gives where they begin and end together.
func (m *matcher) meet(s *scratch, places []hit, part int32, n int8, chosen []hit) (first, last int32, ok bool) {
	if n == 0 {
		first, last = chosen[0].first, chosen[0].last
		for _, h := range chosen[1:] {
			first, last = min(first, h.first), max(last, h.last)
		}
		near := int32(reach)
		if s.tokens[first].piece {
			near *= 2
		}
		return first, last, last-first < near
	}
	tried := 0
	for _, h := range places {
		if h.pattern != part || slices.ContainsFunc(chosen, func(o hit) bool { return o.first <= h.last && h.first <= o.last }) {
			continue
		}
		if first, last, ok = m.meet(s, places, part+1, n-1, append(chosen, h)); ok {
			return first, last, true
		}
		if tried++; tried == maxPlaces {
			break
		}
	}
	return 0, 0, false
}
