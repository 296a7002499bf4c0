package locales

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// TestIDs compares isID with the form that it is meant to be.
func TestIDs(t *testing.T) {
	form := regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$`)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(
			rapid.StringMatching(`[a-z0-9_.-]{0,8}`),
			rapid.StringMatching(`([a-z0-9][a-z0-9_-]{0,2}\.){0,3}[a-z][a-z0-9_-]?`),
			rapid.String(),
		).Draw(t, "id")
		if got, want := isID(id), form.MatchString(id); got != want {
			t.Fatalf("isID(%q) is %v", id, got)
		}
	})
}
