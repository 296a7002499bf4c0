package triage

// table finds the number of a word. It holds no pointers, and so can lie in an
// archive.
type table struct {
	slots []slot
	from  []uint32 // by number: where a word begins in text; it ends where the next does
	text  []byte
}

// slot is a number, from 1, and the hash of its word; 0: free. The slot of a
// word is the first that is free from where its hash points.
type slot struct {
	hash   fnv
	number int32
}

// newTable numbers words by where they stand.
func newTable(words []string) table {
	t := table{slots: make([]slot, room(len(words))), from: make([]uint32, 1, len(words)+1)}
	for i, w := range words {
		t.text = append(t.text, w...)
		t.from = append(t.from, uint32(len(t.text)))
		h := hash([]byte(w))
		at := int(h) & (len(t.slots) - 1)
		for t.slots[at].number != 0 {
			at = (at + 1) & (len(t.slots) - 1)
		}
		t.slots[at] = slot{h, int32(i + 1)}
	}
	return t
}

// room is a power of two that leaves a quarter of the places free, or more.
func room(n int) int {
	size := 2
	for 3*size < 4*n {
		size *= 2
	}
	return size
}

// find gives the number of a word.
func (t *table) find(word []byte) (int32, bool) { return t.hashed(hash(word), word) }

// hashed is find for a word of which the hash is known.
func (t *table) hashed(h fnv, word []byte) (int32, bool) {
	for at := int(h) & (len(t.slots) - 1); ; at = (at + 1) & (len(t.slots) - 1) {
		s := t.slots[at]
		if s.number == 0 {
			return 0, false
		}
		if s.hash == h && string(t.word(s.number-1)) == string(word) {
			return s.number - 1, true
		}
	}
}

func (t *table) word(n int32) []byte { return t.text[t.from[n]:t.from[n+1]] }

func (t *table) len() int { return len(t.from) - 1 }

// fnv is FNV-1a, byte by byte.
type fnv uint32

const start fnv = 2166136261

func (h fnv) add(c byte) fnv { return (h ^ fnv(c)) * 16777619 }

// follow goes on with a hash over a word.
func (h fnv) follow(word []byte) fnv {
	for _, c := range word {
		h = h.add(c)
	}
	return h
}

func hash(b []byte) fnv { return start.follow(b) }
