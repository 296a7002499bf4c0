package bot

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func testNetwork(name string, workers int) *network {
	return &network{name: name, workers: workers, pace: pace{burst: 1}, cost: func(Outbound) int { return 1 }}
}

// ledger is an outbox for the schedule alone.
type ledger struct {
	*schedule
	lanes  map[Partition]*[len(Lanes)][]Entry
	serial int
}

func newLedger(window int, networks ...*network) *ledger {
	return &ledger{schedule: newSchedule(window, networks...), lanes: map[Partition]*[len(Lanes)][]Entry{}}
}

func (l *ledger) keep(p Partition, lane Lane, channel, who string) string {
	l.serial++
	text := strconv.Itoa(l.serial)
	if l.lanes[p] == nil {
		l.lanes[p] = new([len(Lanes)][]Entry)
	}
	l.lanes[p][lane] = append(l.lanes[p][lane], Entry{
		EntryRef: EntryRef{p, lane, EntryID(fmt.Sprintf("%06d", l.serial))},
		Message:  Outbound{To: Address{channel, who}, Lane: lane, Text: text},
	})
	l.stir(p)
	return text
}

// after is what a read from a cursor finds.
func (l *ledger) after(at cursor, n int) (found []Entry) {
	if lanes := l.lanes[at.feed.partition]; lanes != nil {
		for _, e := range lanes[at.feed.lane] {
			if e.ID > at.after && len(found) < n {
				found = append(found, e)
			}
		}
	}
	return found
}

// fill reads until nothing more is to be read.
func (l *ledger) fill(now time.Time) {
	for c := range l.toRead {
		for cursors := l.reads(class(c), 2); len(cursors) > 0; cursors = l.reads(class(c), 2) {
			for _, at := range cursors {
				n := max(1, l.window/2)
				found := l.after(at, n)
				l.read(at, found, len(found) == n, now)
			}
		}
	}
}

func (l *ledger) done(refs ...EntryRef) {
	for _, ref := range refs {
		lane := &l.lanes[ref.Partition][ref.Lane]
		for i, e := range *lane {
			if e.ID == ref.ID {
				*lane = append((*lane)[:i:i], (*lane)[i+1:]...)
				break
			}
		}
	}
	l.removed(refs)
}

func (l *ledger) next(t *testing.T, n *network, c class, now time.Time, want string) *item {
	t.Helper()
	it, _ := l.take(n, c, 1, now)
	got := ""
	if it != nil {
		got = it.Message.Text
	}
	if got != want {
		t.Errorf("next is %q, want %q", got, want)
	}
	return it
}

func TestLanesInOrderOfUrgency(t *testing.T) {
	n := testNetwork("sms", 32)
	l := newLedger(100, n)
	l.gain(0)
	bulk := l.keep(0, Bulk, "sms", "ada")
	reply := l.keep(0, Reply, "sms", "bo")
	own := l.keep(0, Reply, "sms", "ada")
	urgent := l.keep(0, Urgent, "sms", "ada")
	l.fill(noon)
	it := l.next(t, n, aboveBulk, noon, urgent)
	l.next(t, n, aboveBulk, noon, reply)
	l.next(t, n, aboveBulk, noon, "") // one of a person at a time
	l.next(t, n, bulkOnly, noon, "")
	l.finish(it, noon)
	it = l.next(t, n, aboveBulk, noon, own)
	l.again(it, noon.Add(time.Second), noon)
	it = l.next(t, n, bulkOnly, noon, bulk) // not held by the reply that waits
	l.finish(it, noon)
	l.next(t, n, aboveBulk, noon, "")
	if want := noon.Add(time.Second); !l.nextWake().Equal(want) {
		t.Errorf("wakes at %v, want %v", l.nextWake(), want)
	}
	l.wake(noon.Add(time.Second))
	l.next(t, n, aboveBulk, noon.Add(time.Second), own)
}

func TestWorkersAreKeptForUrgent(t *testing.T) {
	n := testNetwork("sms", 8)
	l := newLedger(100, n)
	l.gain(0)
	for i := range 20 {
		for _, lane := range Lanes {
			l.keep(0, lane, "sms", fmt.Sprint(lane, i))
		}
	}
	l.fill(noon)
	count := func(c class) (taken int) {
		for it, _ := l.take(n, c, 100, noon); it != nil; it, _ = l.take(n, c, 100, noon) {
			taken++
		}
		return taken
	}
	if got := count(bulkOnly); got != 4 {
		t.Errorf("bulk has %d of 8 workers, want 4", got)
	}
	if got := n.want(aboveBulk, noon); got != 4 {
		t.Errorf("asks for %d, want one for each of the 4 free workers", got)
	}
	if got := count(aboveBulk); got != 4 || n.flying[Urgent] != 4 {
		t.Errorf("%d more above bulk, of them %d urgent; want 4 urgent", got, n.flying[Urgent])
	}
}

func TestAReadUnderWayDoesNotBringBackWhatWasRemoved(t *testing.T) {
	n := testNetwork("sms", 8)
	l := newLedger(100, n)
	l.gain(0)
	text := l.keep(0, Reply, "sms", "ada")
	l.fill(noon)
	it := l.next(t, n, aboveBulk, noon, text)
	l.lose(0) // while it is in flight
	l.gain(0)
	var late []cursor
	for cursors := l.reads(aboveBulk, 9); len(cursors) > 0; cursors = l.reads(aboveBulk, 9) {
		late = append(late, cursors...)
	}
	var found [][]Entry
	for _, at := range late {
		found = append(found, l.after(at, 10)) // read before it was removed
	}
	l.finish(it, noon)
	l.done(it.EntryRef)
	for i, at := range late {
		l.read(at, found[i], false, noon) // known after
	}
	l.next(t, n, aboveBulk, noon, "")
	if len(l.held) != 0 {
		t.Error("it is held for ever")
	}
}

func TestAWakeDuringAReadIsNotLost(t *testing.T) {
	n := testNetwork("sms", 8)
	l := newLedger(100, n)
	l.gain(0)
	cursors := l.reads(aboveBulk, 9)
	text := l.keep(0, Reply, "sms", "ada") // the read has been answered: it found nothing
	for _, at := range cursors {
		l.read(at, nil, false, noon)
	}
	l.fill(noon)
	l.next(t, n, aboveBulk, noon, text)
}

func TestMemoryIsBounded(t *testing.T) {
	n := testNetwork("sms", 8)
	l := newLedger(10, n)
	l.gain(0)
	for i := range 1000 {
		l.keep(0, Bulk, "sms", fmt.Sprint(i))
	}
	l.fill(noon)
	if len(l.held) > 10 {
		t.Errorf("%d held, want at most 10 that are ready", len(l.held))
	}
	for range 1000 { // nobody can be reached: everyone is to be tried later
		if it, _ := l.take(n, bulkOnly, 1, noon); it != nil {
			l.again(it, noon.Add(time.Hour), noon)
			l.fill(noon)
		}
	}
	if len(l.held) > 10*hardWindow+10 {
		t.Errorf("%d held, want at most %d", len(l.held), 10*hardWindow+10)
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now := noon
	for range breakerTrips - 1 {
		if b.failed(now, 0.5) {
			t.Fatal("tripped early")
		}
	}
	pauses := []time.Duration{1, 2, 4, 8, 10, 10}
	for _, pause := range pauses {
		if !b.failed(now, 0.5) || !b.until.Equal(now.Add(pause*time.Second)) {
			t.Fatalf("pauses %v, want %d s", b.until.Sub(now), pause)
		}
		if b.failed(now, 0.5) {
			t.Fatal("what was in flight lengthens the pause")
		}
		now = b.until
	}
	b.answered()
	if b.tripped() {
		t.Fatal("an answer does not close it")
	}
}

// BenchmarkSchedule is one message through the schedule: read, handed out,
// finished, removed.
func BenchmarkSchedule(b *testing.B) {
	n := testNetwork("sms", 32)
	s := newSchedule(256, n)
	for p := range Partition(64) {
		s.gain(p)
	}
	s.reads(aboveBulk, 1000)
	entries := make([]Entry, 1024)
	for i := range entries {
		p := Partition(i % 64)
		entries[i] = Entry{
			EntryRef: EntryRef{p, Reply, EntryID(fmt.Sprintf("1700000000000-%d", i))},
			Message:  Outbound{To: Address{"sms", fmt.Sprint("+4477009", i)}, Lane: Reply, Text: "text"},
		}
	}
	refs := make([]EntryRef, 1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e := &entries[i%len(entries)]
		f := &s.feeds[e.Partition][Reply]
		f.reading = true
		s.read(cursor{f, f.after, everyone}, []Entry{*e}, false, noon)
		it, _ := s.take(n, aboveBulk, 1, noon)
		s.finish(it, noon)
		refs[0] = it.EntryRef
		s.removed(refs)
	}
}
