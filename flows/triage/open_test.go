package triage

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"porchlight/locales"
)

// TestMain gives the tests a folder for what is made of the words files that
// ship, so that it is made once.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "words")
	if err != nil {
		panic(err)
	}
	folder = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var folder string

// TestOpen reads messages of all languages with what was made of the words files
// and with what was kept of it.
func TestOpen(t *testing.T) {
	made, err := Load(shipped(t), locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "a", "b")
	for _, which := range []string{"first", "second"} {
		r, err := Open(dir, shipped(t), locales.FS)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range shipped(t) {
			if r.Review(tag) != made.Review(tag) {
				t.Fatalf("the %s time the review of %s is %v", which, tag, r.Review(tag))
			}
		}
		for i, text := range everyday(t) {
			if i%4 != 0 {
				continue // enough of each
			}
			for _, h := range []Hint{{}, {Chosen: "so", AppLanguage: "ar-EG", Country: "GB"}} {
				if got, want := r.Read(text, h), made.Read(text, h); got != want {
					t.Fatalf("the %s time %q is %+v, not %+v", which, text, got, want)
				}
			}
			if got, want := r.Mentions(text), made.Mentions(text); got != want {
				t.Fatalf("the %s time %q mentions suicide: %v, not %v", which, text, got, want)
			}
		}
	}
}

// small is a layer with one word for one command.
func small(stop string) fstest.MapFS {
	return fstest.MapFS{"en.words.yaml": {Data: []byte("language: en\nreview: {state: drafted}\ncommands: {stop: [" + stop + "]}\n")}}
}

// opened opens a small layer, and holds that it understands its word.
func opened(t *testing.T, dir, stop string, tags ...string) {
	t.Helper()
	r, err := Open(dir, tags, small(stop))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Read(stop, Hint{}); got.Command != Stop {
		t.Fatalf("%q: %+v", stop, got)
	}
}

func kept(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestOpenDamaged damages what was kept, everywhere: it is made anew.
func TestOpenDamaged(t *testing.T) {
	dir := t.TempDir()
	opened(t, dir, "halt", "en")
	name := kept(t, dir)[0]
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	key := [32]byte(good)
	for at := 0; at < len(good); at++ {
		if at >= 2*headSize {
			at += len(good) / 500 // the head byte by byte, of the rest some
		}
		if at >= len(good) {
			break
		}
		for _, bad := range [][]byte{append(append(bytes.Clone(good[:at]), good[at]^0x20), good[at+1:]...), good[:at], append(bytes.Clone(good), 0)} {
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := openKept(name, key); err == nil && !bytes.Equal(bad, good) {
				t.Fatalf("what was damaged at byte %d is used", at)
			}
		}
	}
	opened(t, dir, "halt", "en")
	if again, err := os.ReadFile(name); err != nil || len(again) != len(good) {
		t.Errorf("it was not kept anew: %d bytes, %v", len(again), err)
	}
}

// TestOpenOthers holds that other words and other languages are other files, of
// which the last few stay.
func TestOpenOthers(t *testing.T) {
	dir := t.TempDir()
	for i, stop := range []string{"halt", "cease", "desist", "enough", "quit"} {
		opened(t, dir, stop, "en")
		opened(t, dir, stop)
		found := kept(t, dir)
		if want := min(2*(i+1), 8); len(found) != want {
			t.Fatalf("%d files are kept, not %d", len(found), want)
		}
		for _, name := range found { // time passes
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			before := info.ModTime().Add(-time.Hour)
			if err := os.Chtimes(name, before, before); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestOpenNowhere opens words where nothing can be kept.
func TestOpenNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	opened(t, filepath.Join(file, "folder"), "halt", "en")
	opened(t, "", "halt", "en")
	if _, err := Open(t.TempDir(), nil, fstest.MapFS{"en.words.yaml": {Data: []byte("language: yy\n")}}); err == nil {
		t.Error("faults are kept to itself")
	}
	if _, err := Open(t.TempDir(), nil, fstest.MapFS{}); err == nil {
		t.Error("no words file at all is not an error")
	}
}
