package triage

import "testing"

func TestMentions(t *testing.T) {
	r := builtin(t)
	for text, want := range map[string]bool{
		"Suicide prevention evening at the library, Thursday 18:00":      true,
		"A talk for parents about self-harm.":                            true,
		"We remember a neighbour who took her own life.":                 true,
		"i want to kill myself":                                          true,
		"The welcome cafe is closed this Friday.":                        false,
		"Self help group for newcomers, no harm in looking in":           false,
		"Take your own cup with you. Life is better with tea.":           false,
		"A year in her own words: a reading about life in a new country": false,
	} {
		if r.Mentions(text) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}
