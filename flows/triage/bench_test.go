package triage

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRead reads the messages of testdata one after the other: divide a
// second by its time to have the messages that one core reads in a second.
func BenchmarkRead(b *testing.B) {
	r := builtin(b)
	messages := tableMessages(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Read(messages[i%len(messages)], Hint{AppLanguage: "en", Country: "GB"})
	}
}

// BenchmarkReadMegabyte reads the longest message that a network lets through
// many times over: the work is bounded by what is read of it.
func BenchmarkReadMegabyte(b *testing.B) {
	r := builtin(b)
	text := strings.Repeat("i want to ", 100_000)
	for b.Loop() {
		r.Read(text, Hint{})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		builtin(b)
	}
}

func tableMessages(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if text, _, ok := strings.Cut(lines.Text(), "\t"); ok && !strings.HasPrefix(text, "#") {
				out = append(out, text)
			}
		}
		f.Close()
	}
	return out
}
