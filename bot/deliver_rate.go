package bot

import (
	"iter"
	"time"
)

// class divides the lanes by the budget they use: bulk leaves the reserve to
// the others.
type class uint8

const (
	aboveBulk class = iota
	bulkOnly
)

func classOf(l Lane) class {
	if l == Bulk {
		return bulkOnly
	}
	return aboveBulk
}

func (c class) lanes() []Lane {
	if c == bulkOnly {
		return Lanes[Bulk:]
	}
	return Lanes[:Bulk]
}

// network is what the schedule knows of one channel: who stands in line, how
// much is in flight, and what may still be sent.
type network struct {
	name    string
	index   int
	workers int
	pace    pace
	cost    func(Outbound) int
	lines   [len(Lanes)]line
	flying  [len(Lanes)]int
	window  window
	class   [2]budget
	paused  time.Time // the network asked for quiet until then
	breaker breaker
}

// room is how many more messages of the lane may be in flight: an eighth of
// the workers is kept for urgent ones, and bulk has half of them at most.
func (n *network) room(l Lane) int {
	flying := n.flying[Urgent] + n.flying[Reply] + n.flying[Bulk]
	if n.breaker.tripped() {
		return 1 - flying
	}
	free := n.workers - flying
	if l > Urgent {
		free -= max(1, n.workers/8)
	}
	if l == Bulk {
		free = min(free, n.workers/2-n.flying[Bulk])
	}
	return free
}

// quiet is until when nothing may be sent at all.
func (n *network) quiet() time.Time {
	if n.breaker.until.After(n.paused) {
		return n.breaker.until
	}
	return n.paused
}

// budget is what a class may send without asking again.
type budget struct {
	rates  []Rate
	credit int
	asking int       // units asked for and not yet answered
	later  time.Time // no use asking before
}

// window counts what this process has sent within the last Per, so that the
// rate holds in every sliding window also when the store's answer was late.
type window struct {
	limit   int // 0: no limit
	reserve int
	per     time.Duration
	sent    []spending // oldest first
	used    int
}

type spending struct {
	at    time.Time
	units int
}

// room is how many units the class may still send now.
func (w *window) room(c class, now time.Time) int {
	gone := 0
	for _, s := range w.sent {
		if s.at.Add(w.per).After(now) {
			break
		}
		w.used -= s.units
		gone++
	}
	if gone > 0 {
		w.sent = w.sent[:copy(w.sent, w.sent[gone:])]
	}
	if c == bulkOnly {
		return w.limit - w.reserve - w.used
	}
	return w.limit - w.used
}

// next is when room grows; zero when nothing was sent lately.
func (w *window) next() time.Time {
	if len(w.sent) == 0 {
		return time.Time{}
	}
	return w.sent[0].at.Add(w.per)
}

func (w *window) spend(units int, now time.Time) {
	if w.limit == 0 {
		return
	}
	w.used += units
	if last := len(w.sent) - 1; last >= 0 && w.sent[last].at.Equal(now) {
		w.sent[last].units += units
		return
	}
	w.sent = append(w.sent, spending{now, units})
}

// pace is how fast one chat may be written to: replies up to burst at once and
// then one every interval, announcements one every interval, urgent messages
// without waiting. A chat belongs to one partition and that to one process, so
// its pace needs no store.
type pace struct {
	every time.Duration
	burst int
}

// allows is when a message of the lane may leave, given when the chat's pace
// is fully recovered.
func (p pace) allows(recovered time.Time, l Lane) time.Time {
	switch {
	case p.every == 0 || l == Urgent:
		return time.Time{}
	case l == Reply:
		return recovered.Add(-time.Duration(p.burst-1) * p.every)
	}
	return recovered
}

// sent is when the pace is recovered after one more message.
func (p pace) sent(recovered, now time.Time) time.Time {
	if recovered.Before(now) {
		recovered = now
	}
	return recovered.Add(p.every)
}

// breaker keeps a network that answers nobody from being asked at full speed:
// after several failures in a row one message at a time probes it, with
// growing pauses. Any answer closes it.
type breaker struct {
	failures int // in a row
	until    time.Time
}

const (
	breakerTrips = 8
	breakerFirst = time.Second
	breakerMost  = 10 * time.Second // what a crisis reply waits at most once the network is back
)

func (b *breaker) tripped() bool { return b.failures >= breakerTrips }

// failed counts a failure and reports whether a new pause begins.
func (b *breaker) failed(now time.Time, jitter float64) bool {
	if b.tripped() && now.Before(b.until) {
		return false // was in flight when the pause began
	}
	b.failures++
	if !b.tripped() {
		return false
	}
	pause := breakerFirst << min(b.failures-breakerTrips, 8)
	b.until = now.Add(jittered(min(pause, breakerMost), jitter))
	return true
}

func (b *breaker) answered() { *b = breaker{} }

// jittered is d, a fifth more or less; random is within [0, 1).
func jittered(d time.Duration, random float64) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*random))
}

// line is a first-in, first-out list of queues.
type line struct {
	queues []*queue
	head   int
}

func (l *line) push(q *queue) {
	if l.head > 32 && l.head > len(l.queues)/2 {
		n := copy(l.queues, l.queues[l.head:])
		clear(l.queues[n:])
		l.queues, l.head = l.queues[:n], 0
	}
	l.queues = append(l.queues, q)
}

func (l *line) peek() *queue {
	if l.head == len(l.queues) {
		return nil
	}
	return l.queues[l.head]
}

func (l *line) pop() {
	l.queues[l.head] = nil
	if l.head++; l.head == len(l.queues) {
		l.queues, l.head = l.queues[:0], 0
	}
}

func (l *line) all() iter.Seq[*queue] {
	return func(yield func(*queue) bool) {
		for _, q := range l.queues[l.head:] {
			if !yield(q) {
				return
			}
		}
	}
}
