package triage

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
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

// crowd is a layer of 32 languages: the six five times over and two more, under
// other tags. It is worse than 32 real ones, for every word is a word of five.
func crowd(t testing.TB) (fs.FS, []string) {
	t.Helper()
	layer, tags := fstest.MapFS{}, []string{}
	for n := range 32 {
		old := few()[n%6]
		data, err := os.ReadFile("../../locales/" + old + ".words.yaml")
		if err != nil {
			t.Fatal(err)
		}
		tag := fmt.Sprintf("q%c%c", 'a'+n/26, 'a'+n%26)
		layer[tag+".words.yaml"] = &fstest.MapFile{Data: bytes.Replace(data, []byte("\nlanguage: "+old), []byte("\nlanguage: "+tag), 1)}
		tags = append(tags, tag)
	}
	return layer, tags
}

func BenchmarkRead32(b *testing.B) {
	layer, tags := crowd(b)
	r, err := Load(tags, layer)
	if err != nil {
		b.Fatal(err)
	}
	messages := tableMessages(b)
	for i := 0; b.Loop(); i++ {
		r.Read(messages[i%len(messages)], Hint{AppLanguage: "en", Country: "GB"})
	}
}

func BenchmarkLoad32(b *testing.B) {
	layer, tags := crowd(b)
	for b.Loop() {
		if _, err := Load(tags, layer); err != nil {
			b.Fatal(err)
		}
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
