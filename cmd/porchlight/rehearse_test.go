package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"porchlight/flows/pack"
)

var update = flag.Bool("update", false, "write down what is said now as what should be said")

// Every conversation of testdata/conversations goes as it is written there:
// one a flow and language, to be read by whoever speaks it.
func TestConversations(t *testing.T) {
	p, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	var write func(file, text string) error
	if *update {
		write = func(file, text string) error {
			return os.WriteFile(filepath.Join("testdata", file), []byte(text), 0o644)
		}
	}
	played, faults, err := rehearsal(t.Context(), p, os.DirFS("testdata"), write)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(p.Org.Languages) * len(p.Flows.Flows()); played < want-len(p.Org.Languages) {
		t.Errorf("%d conversations were played, want about one a flow and language: %d", played, want)
	}
	for _, f := range faults {
		if !*update {
			t.Error(f)
		}
	}
}
