package triage

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"porchlight/locales"
)

// BenchmarkRead reads the messages of testdata, of all languages, one after the
// other. It tells how many one core reads in a second of its own time, which
// other work on the machine does not lower as it lowers what passes by a clock.
func BenchmarkRead(b *testing.B) {
	r := builtin(b)
	messages := everyday(b)
	b.ReportAllocs()
	before := processor(b)
	for i := 0; b.Loop(); i++ {
		r.Read(messages[i%len(messages)], Hint{AppLanguage: "en", Country: "GB"})
	}
	b.ReportMetric(float64(b.N)/(processor(b)-before).Seconds(), "messages/cpu-s")
}

// processor is how much processor time this process has taken.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
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

// BenchmarkLoad makes a reader of the words of all languages; BenchmarkOpen takes
// one that was kept. Both in processor time, with the memory that stays in use.
func BenchmarkLoad(b *testing.B) {
	benchmarkLoad(b, func() (*Reader, error) { return Load(shipped(b), locales.FS) })
}

func BenchmarkOpen(b *testing.B) {
	builtin(b)
	benchmarkLoad(b, func() (*Reader, error) { return builtin(b), nil })
}

func benchmarkLoad(b *testing.B, load func() (*Reader, error)) {
	b.ReportAllocs()
	before := processor(b)
	var r *Reader
	var err error
	for b.Loop() {
		if r, err = load(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processor(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(stays(r), "MB-live")
}

// stays is the memory in use while keep is, in MB.
func stays(keep any) float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(keep)
	return float64(m.HeapAlloc) / 1e6
}

// tableMessages are those of the tables that tests hold word for word.
func tableMessages(t testing.TB) []string { return messagesOf(t, "testdata/*.tsv") }

// everyday are those of all languages: the examples, too.
func everyday(t testing.TB) []string {
	return append(tableMessages(t), messagesOf(t, "../../locales/*"+examplesEnd)...)
}

func messagesOf(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of messages: %v", len(files), err)
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
