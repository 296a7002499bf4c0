package triage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// program is this package itself: what another version of it has kept is not
// taken for what this one would make.
//
//go:embed *.go
var program embed.FS

// Open is Load, but keeps in a folder what it has made of the words files, and
// finds it there the next time, which is some hundred times faster and leaves
// the memory to be shared. It makes the folder where it is missing, and keeps
// in it what the last few words files gave. What cannot be kept, or was damaged,
// is made anew each time. The folder holds nothing but what is in the words
// files; "" keeps nothing.
func Open(folder string, tags []string, layers ...fs.FS) (*Reader, error) {
	if folder == "" {
		return Load(tags, layers...)
	}
	sources, err := readSources(layers)
	if err != nil {
		return nil, err
	}
	key, err := keyOf(tags, sources)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(folder, "words-"+hex.EncodeToString(key[:8]))
	if r, err := openKept(name, key); err == nil {
		return r, nil
	}
	r, _, err := build(tags, sources)
	if err != nil {
		return nil, err
	}
	if keep(r, name, key) == nil {
		if kept, err := openKept(name, key); err == nil {
			return kept, nil
		}
	}
	return r, nil
}

// keyOf tells apart whatever may make another reader.
func keyOf(tags []string, sources []*source) ([sha256.Size]byte, error) {
	h := sha256.New()
	fmt.Fprintln(h, tags, runtime.GOARCH, unicode.Version, norm.Version)
	err := fs.WalkDir(program, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := program.ReadFile(name)
		fmt.Fprintln(h, name, len(data))
		h.Write(data)
		return err
	})
	for _, s := range sources {
		fmt.Fprintln(h, s.name, len(s.data))
		h.Write(s.data)
	}
	return [sha256.Size]byte(h.Sum(nil)), err
}

// lay lays down, or takes up, the slices of a reader.
func (r *Reader) lay(a *archive) {
	m, v, g := r.Matcher, &r.Matcher.Vocabulary, r.Guesser
	lay(a, &v.words.slots)
	lay(a, &v.words.from)
	lay(a, &v.words.text)
	lay(a, &v.about)
	v.exact.lay(a)
	v.endings.lay(a)
	v.beginnings.lay(a)
	lay(a, &v.stems)
	lay(a, &v.tails)
	v.near.lay(a)
	lay(a, &m.nodes)
	lay(a, &m.edges)
	lay(a, &m.ends)
	lay(a, &m.patterns)
	m.bySet.lay(a)
	m.byWord.lay(a)
	m.setsOf.lay(a)
	m.Signs.everyday.lay(a)
	g.words.lay(a)
	lay(a, &g.elsewhere)
	lay(a, &g.grams)
	lay(a, &g.weights)
	lay(a, &g.absent)
	lay(a, &r.Calls.weights)
}

func (l *leads) lay(a *archive) {
	l.root.lay(a)
	l.wholes.lay(a)
	l.sentence.lay(a)
	l.dangers.lay(a)
}

func (g *grouped[T]) lay(a *archive) {
	lay(a, &g.from)
	lay(a, &g.all)
}

// A kept file is its key, a checksum of what follows, how long the small things
// are, those, and the archive.
const headSize = sha256.Size + 8 + 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// keep writes a reader to a file, whole or not at all, and removes the oldest
// files beside it.
func keep(r *Reader, name string, key [sha256.Size]byte) error {
	var small bytes.Buffer
	if err := gob.NewEncoder(&small).Encode(r); err != nil {
		return fmt.Errorf("keep words: %w", err)
	}
	for small.Len()%alignment != 0 {
		small.WriteByte(0)
	}
	var a archive
	r.lay(&a)
	length := binary.NativeEndian.AppendUint64(nil, uint64(small.Len()))
	sum := crc32.New(castagnoli)
	for _, part := range [][]byte{length, small.Bytes(), a.data} {
		sum.Write(part)
	}
	head := binary.NativeEndian.AppendUint64(key[:], uint64(sum.Sum32()))

	folder := filepath.Dir(name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("keep words: %w", err)
	}
	f, err := os.CreateTemp(folder, "words-new-*")
	if err != nil {
		return fmt.Errorf("keep words: %w", err)
	}
	for _, part := range [][]byte{head, length, small.Bytes(), a.data} {
		_, wrong := f.Write(part)
		err = cmp.Or(err, wrong)
	}
	err = cmp.Or(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("keep words: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return prune(folder)
}

// prune removes all files but those kept last.
func prune(folder string) error {
	const most = 8
	found, err := filepath.Glob(filepath.Join(folder, "words-*"))
	if err != nil {
		return fmt.Errorf("list kept words: %w", err)
	}
	age := func(name string) int64 {
		info, err := os.Stat(name)
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(age(b), age(a)), strings.Compare(a, b)) })
	for _, name := range found[min(most, len(found)):] {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old words: %w", err)
		}
	}
	return nil
}

var errDamaged = errors.New("not what was kept")

// openKept gives the reader that was kept in a file.
func openKept(name string, key [sha256.Size]byte) (*Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open kept words: %w", err)
	}
	defer f.Close()
	sum := crc32.New(castagnoli)
	head := make([]byte, headSize)
	if _, err := io.ReadFull(f, head); err != nil || !bytes.Equal(head[:len(key)], key[:]) {
		return nil, errDamaged
	}
	sum.Write(head[len(key)+8:])
	// Read apart from the use of it, so that only what is used stays in memory.
	if _, err := io.Copy(sum, f); err != nil || uint64(sum.Sum32()) != binary.NativeEndian.Uint64(head[len(key):]) {
		return nil, errDamaged
	}
	data, err := mapped(f)
	if err != nil {
		return nil, fmt.Errorf("open kept words: %w", err)
	}
	data = data[headSize:]
	length := binary.NativeEndian.Uint64(head[len(key)+8:])
	if length > uint64(len(data)) {
		return nil, errDamaged
	}
	r := &Reader{}
	if err := gob.NewDecoder(bytes.NewReader(data[:length])).Decode(r); err != nil {
		return nil, fmt.Errorf("read kept words: %w", err)
	}
	a := archive{data: data[length:], reading: true}
	if r.lay(&a); a.err != nil || a.at != len(a.data) {
		return nil, errDamaged
	}
	return r, nil
}
