package locales

import "testing"

func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load(FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBuiltIn holds the texts that ship to what check asks of them.
func TestBuiltIn(t *testing.T) {
	c := load(t)
	for _, f := range c.Faults("en") {
		t.Error(f)
	}
}
