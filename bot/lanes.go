package bot

import (
	"container/heap"
	"time"
)

// The schedule decides which message may leave next. It is plain data: no
// goroutines, no clock, no I/O; the Deliverer feeds it what was read and tells
// it what became of what it handed out.
//
// The order it keeps:
//   - At most one message of a person is in flight.
//   - Within a lane, a person's messages leave in the order they were kept; a
//     message that waits for its next attempt holds those behind it.
//   - Between lanes there is no order but urgency: an urgent message overtakes
//     the same person's replies and announcements, also those of the same
//     turn. What must stay in order goes in one lane.
//   - A lane in which a person's message waits does not hold that person's
//     other lanes.
//   - Between people of one lane: first come, first served, one message a turn.
type schedule struct {
	window   int // ready messages held of one network in one feed
	networks []*network
	byName   map[string]*network
	feeds    map[Partition]*[len(Lanes)]feed
	toRead   [2][]*feed // feeds worth reading: above bulk, bulk
	held     map[EntryRef]*item
	people   map[Address]*contact
	waiting  waiting
	cooling  []*contact // nothing to send, but a pace to remember
}

// hardWindow times the window is the most that a feed holds of one network
// when messages wait for a later attempt and so do not count as ready.
const hardWindow = 8

// item is one entry in memory: queued, in flight, or sent and not yet removed
// from the outbox. As long as it is held, reading it again changes nothing.
type item struct {
	Entry
	feed    *feed
	contact *contact
	next    *item
	cost    int
	asleep  bool       // counted as waiting in its feed
	final   bool       // needs no further attempt, only removal
	settled *SendError // the network has refused it for good; the person is still to be marked
}

// contact is one address with what waits to be sent to it.
type contact struct {
	address Address
	network *network
	flying  *item
	queues  [len(Lanes)]queue
	paced   time.Time // when the chat's pace is fully recovered
	cools   bool      // in schedule.cooling
}

// queue is what one person is to be sent in one lane, oldest first.
type queue struct {
	contact    *contact
	lane       Lane
	head, tail *item
	due        time.Time // not before
	state      queueState
	wakes      time.Time // while it is asleep
}

type queueState uint8

const (
	idle   queueState = iota
	inLine            // in its network's line
	asleep            // in schedule.waiting
)

// waiting orders queues by when they are due.
type waiting []*queue

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].wakes.Before(w[j].wakes) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(q any)        { *w = append(*w, q.(*queue)) }
func (w *waiting) Pop() any {
	last := len(*w) - 1
	q := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return q
}

func newSchedule(window int, networks ...*network) *schedule {
	s := &schedule{
		window:   window,
		networks: networks,
		byName:   make(map[string]*network, len(networks)),
		feeds:    make(map[Partition]*[len(Lanes)]feed),
		held:     make(map[EntryRef]*item),
		people:   make(map[Address]*contact),
	}
	for i, n := range networks {
		n.index = i
		s.byName[n.name] = n
	}
	return s
}

// add queues an entry that was read, behind what its person already has in
// its lane.
func (s *schedule) add(f *feed, e Entry, n *network, now time.Time) {
	c := s.people[e.Message.To]
	if c == nil {
		c = &contact{address: e.Message.To, network: n}
		for l := range c.queues {
			c.queues[l].contact, c.queues[l].lane = c, Lane(l)
		}
		s.people[e.Message.To] = c
	}
	it := &item{Entry: e, feed: f, contact: c, cost: n.cost(e.Message)}
	s.held[e.EntryRef] = it
	f.shares[n.index].held++
	q := &c.queues[e.Lane]
	if q.head == nil {
		q.head, q.tail = it, it
	} else {
		q.tail.next = it
		q.tail = it
	}
	if q.state == asleep {
		it.setAsleep(true)
	}
	s.place(q, now)
}

// place puts an idle queue where it belongs: in line, or waiting until it may.
func (s *schedule) place(q *queue, now time.Time) {
	if q.state != idle || q.head == nil || q.contact.flying != nil {
		return
	}
	if at := q.ready(); at.After(now) {
		q.state, q.wakes = asleep, at
		q.setAsleep(true)
		heap.Push(&s.waiting, q)
		return
	}
	q.state = inLine
	q.contact.network.lines[q.lane].push(q)
}

// ready is when the queue's head may leave at the earliest.
func (q *queue) ready() time.Time {
	at := q.contact.network.pace.allows(q.contact.paced, q.lane)
	if q.due.After(at) {
		return q.due
	}
	return at
}

// wake puts queues that have waited long enough in line.
func (s *schedule) wake(now time.Time) {
	for len(s.waiting) > 0 && !s.waiting[0].wakes.After(now) {
		q := heap.Pop(&s.waiting).(*queue)
		q.state = idle
		q.setAsleep(false)
		s.place(q, now)
	}
}

// nextWake is when wake has something to do; zero: nothing waits.
func (s *schedule) nextWake() time.Time {
	if len(s.waiting) == 0 {
		return time.Time{}
	}
	return s.waiting[0].wakes
}

// take hands out the network's next message of the class, most urgent lane
// first, if a worker is free for it and its cost is within budget. dry says
// that nothing more of the class is ready, so that no budget need be kept.
func (s *schedule) take(n *network, c class, budget int, now time.Time) (next *item, dry bool) {
	dry = true
	for _, lane := range c.lanes() {
		q := s.front(n, lane, now)
		if q == nil {
			continue
		}
		dry = false
		if n.room(lane) < 1 {
			continue
		}
		it := q.head
		if it.cost > budget {
			return nil, false
		}
		n.lines[lane].pop()
		q.state = idle
		q.unlink()
		q.due = time.Time{}
		q.contact.flying = it
		q.contact.paced = n.pace.sent(q.contact.paced, now)
		n.flying[lane]++
		return it, false
	}
	return nil, dry
}

// front is the first queue in the lane's line that may send now.
func (s *schedule) front(n *network, lane Lane, now time.Time) *queue {
	line := &n.lines[lane]
	for {
		q := line.peek()
		if q == nil {
			return nil
		}
		if q.head != nil && q.contact.flying == nil && !q.ready().After(now) {
			return q
		}
		line.pop()
		q.state = idle
		s.place(q, now)
	}
}

// want is what the class's ready messages cost for which workers are free.
func (n *network) want(c class, now time.Time) (units int) {
	taken := 0
	for _, lane := range c.lanes() {
		room := n.room(lane) - taken
		for q := range n.lines[lane].all() {
			if room < 1 {
				break
			}
			if q.head != nil && q.contact.flying == nil && !q.ready().After(now) {
				units += q.head.cost
				taken++
				room--
			}
		}
	}
	return units
}

// finish ends an attempt after which the item needs no other. It stays held
// until removed, so that it is not sent again.
func (s *schedule) finish(it *item, now time.Time) {
	s.land(it)
	s.close(it)
	s.placeAll(it.contact, now)
}

// again ends an attempt after which the item is to be tried from a time on,
// still before all that its person has in its lane. It reports false when the
// item's partition is another process's now: then it is forgotten.
func (s *schedule) again(it *item, due, now time.Time) bool {
	s.land(it)
	feeds := s.feeds[it.Partition]
	if feeds == nil {
		delete(s.held, it.EntryRef)
		s.placeAll(it.contact, now)
		return false
	}
	if f := &feeds[it.Lane]; it.feed != f { // lost, and ours again
		it.feed = f
		f.shares[it.contact.network.index].held++
	}
	q := &it.contact.queues[it.Lane]
	it.next = q.head
	if q.head = it; q.tail == nil {
		q.tail = it
	}
	q.due = due
	s.placeAll(it.contact, now)
	return true
}

// dropBulk ends everything that the person is to be sent in the bulk lane and
// appends the entries to remove to refs.
func (s *schedule) dropBulk(c *contact, refs []EntryRef) []EntryRef {
	q := &c.queues[Bulk]
	for q.head != nil {
		it := q.head
		q.unlink()
		it.setAsleep(false)
		s.close(it)
		refs = append(refs, it.EntryRef)
	}
	return refs
}

// removed forgets items that the outbox no longer has.
func (s *schedule) removed(refs []EntryRef) {
	for _, ref := range refs {
		delete(s.held, ref)
		if feeds := s.feeds[ref.Partition]; feeds != nil {
			feeds[ref.Lane].vanish(ref.ID)
		}
	}
}

// cool forgets people to whom nothing is to be sent and whose pace has recovered.
func (s *schedule) cool(now time.Time) {
	left := s.cooling[:0]
	for _, c := range s.cooling {
		switch {
		case !c.empty():
			c.cools = false
		case c.paced.After(now):
			left = append(left, c)
		default:
			s.forget(c)
		}
	}
	clear(s.cooling[len(left):])
	s.cooling = left
}

func (s *schedule) land(it *item) {
	it.contact.flying = nil
	it.contact.network.flying[it.Lane]--
}

// close gives the item's place in its feed to another.
func (s *schedule) close(it *item) {
	it.final = true
	it.Message = Outbound{} // what was said is not kept longer than needed
	f := it.feed
	f.shares[it.contact.network.index].held--
	s.queueRead(f)
}

func (s *schedule) placeAll(c *contact, now time.Time) {
	for l := range c.queues {
		s.place(&c.queues[l], now)
	}
	switch {
	case !c.empty() || c.cools:
	case c.paced.After(now):
		c.cools = true
		s.cooling = append(s.cooling, c)
	default:
		s.forget(c)
	}
}

// forget removes a contact, unless the address has got another one meanwhile.
func (s *schedule) forget(c *contact) {
	if s.people[c.address] == c {
		delete(s.people, c.address)
	}
}

func (c *contact) empty() bool {
	return c.flying == nil && c.queues[Urgent].head == nil && c.queues[Reply].head == nil && c.queues[Bulk].head == nil
}

func (q *queue) unlink() {
	it := q.head
	if q.head = it.next; q.head == nil {
		q.tail = nil
	}
	it.next = nil
}

func (q *queue) setAsleep(w bool) {
	for it := q.head; it != nil; it = it.next {
		it.setAsleep(w)
	}
}

func (it *item) setAsleep(w bool) {
	if it.asleep == w {
		return
	}
	it.asleep = w
	share := &it.feed.shares[it.contact.network.index]
	if w {
		share.waiting++
	} else {
		share.waiting--
	}
}
