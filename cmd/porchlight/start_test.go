package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/locales"
)

// BenchmarkStart starts `porchlight serve` with every language that ships, and
// tells after how long /readyz says so, and the processor time and the program's
// memory then. It starts once before, so that what is made of the words files
// is kept, as it is from the second start on.
//
//	go test -run '^$' -bench Start -benchtime 5x ./cmd/porchlight
func BenchmarkStart(b *testing.B) {
	program := filepath.Join(b.TempDir(), "porchlight")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	catalog, err := locales.Load(locales.FS)
	if err != nil {
		b.Fatal(err)
	}
	d := &deployment{t: b, command: program, redis: adaptertest.Redis(b), networks: standIns(b), client: &http.Client{Timeout: 15 * time.Second}}
	d.configure()
	for _, setting := range d.env {
		if dir, ok := strings.CutPrefix(setting, "PORCHLIGHT_ORG="); ok {
			all := strings.Replace(org, "languages: [en, ar]", "languages: ["+strings.Join(catalog.Languages(), ", ")+"]", 1)
			if err := os.WriteFile(filepath.Join(dir, "org.yaml"), []byte(all), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	d.start()
	d.end()
	var ready, used time.Duration
	var memory float64
	for b.Loop() {
		began := time.Now()
		d.start()
		ready, used = ready+time.Since(began), used+d.processor()
		memory += d.resident()
		d.end()
	}
	n := float64(b.N)
	b.ReportMetric(float64(ready.Milliseconds())/n, "ready-ms")
	b.ReportMetric(float64(used.Milliseconds())/n, "cpu-ms")
	b.ReportMetric(memory/n, "MiB")
	b.ReportMetric(0, "ns/op")
}
