package triage

import "testing"

// TestCommandPatterns: a pattern is a command only as the whole message, polite
// words apart, and never takes a call for help away.
func TestCommandPatterns(t *testing.T) {
	r := builtin(t)
	for text, want := range map[string]Command{
		"dont text me anymore":                          Stop,
		"Please do not message me again, thank you":     Stop,
		"take me off your list":                         Stop,
		"remove my number from your system please":      Stop,
		"my neighbours do not text me anymore at all":   "",
		"he will never call me again and I miss him":    "",
		"do not text me anymore after ten, only before": "",
	} {
		if got := r.Read(text, Hint{}); got.Command != want {
			t.Errorf("%q: %q, not %q", text, got.Command, want)
		}
	}
	if got := r.Read("dont text me anymore i want to die", Hint{}); got.Crisis != Suicide {
		t.Errorf("a call for help was lost: %+v", got)
	}
}
