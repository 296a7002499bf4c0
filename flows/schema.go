package flows

import (
	"maps"
	"slices"
)

// Vocabulary lists, sorted, what may stand after those keys of a flow file
// that take only certain words; "when" is that of skip and choices.
// docs/flow.schema.json and docs/flows.md have the same words.
func Vocabulary() map[string][]string {
	return map[string][]string{
		"ask":  {"place"},
		"card": sorted(cards),
		"do":   sorted(actions),
		"list": sorted(lists),
		"pick": sorted(picks),
		"when": sorted(conditions),
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
