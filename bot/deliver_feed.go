package bot

import "time"

// feed is one lane of one partition: how far it was read, and how much of it
// is in memory. Every network has its share of a feed: when one is slow or
// away, its messages are passed over and read again once it has room, so that
// they never hold another network's.
type feed struct {
	partition Partition
	lane      Lane
	after     EntryID // read to here, but for those passed over
	more      bool    // there may be more to read
	queued    bool    // in schedule.toRead
	reading   bool
	lost      bool // the partition is another process's now
	shares    []share
	vanished  map[EntryID]struct{} // removed from the outbox while a read was under way
}

// share is what a feed holds of one network.
type share struct {
	held    int     // in memory, not yet final
	waiting int     // of those: behind a later attempt
	late    bool    // entries after the id behind were passed over
	behind  EntryID // with late
}

// cursor is a place from which to read on.
type cursor struct {
	feed    *feed
	after   EntryID
	network int // whose passed-over entries to fetch; everyone: the feed itself
}

const everyone = -1

// gain starts to read a partition from its beginning.
func (s *schedule) gain(p Partition) {
	if s.feeds[p] != nil {
		return
	}
	feeds := new([len(Lanes)]feed)
	for l := range feeds {
		feeds[l] = feed{partition: p, lane: Lane(l), more: true, shares: make([]share, len(s.networks))}
	}
	s.feeds[p] = feeds
	for l := range feeds {
		s.queueRead(&feeds[l])
	}
}

// lose forgets all of a partition that is not in flight or sent already.
func (s *schedule) lose(p Partition) {
	feeds := s.feeds[p]
	if feeds == nil {
		return
	}
	delete(s.feeds, p)
	for l := range feeds {
		feeds[l].lost = true
	}
	for ref, it := range s.held {
		if ref.Partition == p && !it.final && it.contact.flying != it {
			delete(s.held, ref)
			it.contact.queues[ref.Lane].cut(p)
			if it.contact.empty() {
				s.forget(it.contact)
			}
		}
	}
}

// cut removes a partition's messages from the queue.
func (q *queue) cut(p Partition) {
	var kept, last *item
	for it := q.head; it != nil; it = it.next {
		if it.Partition == p {
			continue
		}
		if last == nil {
			kept = it
		} else {
			last.next = it
		}
		last = it
	}
	if last != nil {
		last.next = nil
	}
	if q.head != kept {
		q.due = time.Time{}
	}
	q.head, q.tail = kept, last
}

// stir notes that a partition may have something new.
func (s *schedule) stir(p Partition) {
	feeds := s.feeds[p]
	if feeds == nil {
		return
	}
	for l := range feeds {
		feeds[l].more = true
		s.queueRead(&feeds[l])
	}
}

// queueRead lines the feed up to be read if there is something for which there is room.
func (s *schedule) queueRead(f *feed) {
	if f.queued || f.reading || f.lost {
		return
	}
	if _, ok := s.cursor(f); !ok {
		return
	}
	f.queued = true
	c := classOf(f.lane)
	s.toRead[c] = append(s.toRead[c], f)
}

// cursor is where to read the feed next; false when there is no need or no room.
func (s *schedule) cursor(f *feed) (cursor, bool) {
	for i := range f.shares {
		if sh := &f.shares[i]; sh.late && sh.roomy(s.window/2) {
			return cursor{f, sh.behind, i}, true
		}
	}
	if !f.more {
		return cursor{}, false
	}
	for i := range f.shares {
		if sh := &f.shares[i]; !sh.late && sh.roomy(s.window/2) {
			return cursor{f, f.after, everyone}, true
		}
	}
	return cursor{}, false
}

// roomy reports whether fewer than window messages of the share are ready and
// memory is left for those that are not.
func (sh *share) roomy(window int) bool {
	return sh.held-sh.waiting < max(window, 1) && sh.held < hardWindow*max(window, 1)
}

// reads takes up to n feeds of the class to be read at once, urgent ones first.
func (s *schedule) reads(c class, n int) (cursors []cursor) {
	for _, lane := range c.lanes() {
		left := s.toRead[c][:0]
		for _, f := range s.toRead[c] {
			if f.lane != lane || len(cursors) == n {
				left = append(left, f)
				continue
			}
			f.queued = false
			if at, ok := s.cursor(f); ok && !f.lost {
				f.reading = true
				f.more = f.more && at.network != everyone // what is kept from now on stirs it again
				cursors = append(cursors, at)
			}
		}
		clear(s.toRead[c][len(left):])
		s.toRead[c] = left
	}
	return cursors
}

// unread ends a read that failed; the feed is read again.
func (s *schedule) unread(at cursor) {
	at.feed.reading = false
	at.feed.vanished = nil
	at.feed.more = at.feed.more || at.network == everyone
	s.queueRead(at.feed)
}

// read takes in what was read from a cursor; full says that there may be more.
func (s *schedule) read(at cursor, entries []Entry, full bool, now time.Time) {
	f := at.feed
	f.reading = false
	if f.lost {
		return
	}
	if at.network == everyone {
		f.more = f.more || full
		for _, e := range entries {
			s.offer(f, e, f.after, now)
			f.after = e.ID
		}
	} else {
		s.catchUp(at, entries, full, now)
	}
	f.vanished = nil
	s.queueRead(f)
}

// catchUp takes in what was passed over of one network. No other read of the
// feed was under way, so when nothing is left to read, nothing was missed.
func (s *schedule) catchUp(at cursor, entries []Entry, full bool, now time.Time) {
	sh := &at.feed.shares[at.network]
	sh.late = false
	for _, e := range entries {
		if n := s.byName[e.Message.To.Channel]; n != nil && n.index == at.network {
			s.offer(at.feed, e, sh.behind, now)
			if sh.late {
				return
			}
		}
		sh.behind = e.ID
	}
	sh.late = full
}

// offer holds an entry, or passes it over when its network's share is full.
// Entries of a network that is switched off stay in the outbox.
func (s *schedule) offer(f *feed, e Entry, before EntryID, now time.Time) {
	n := s.byName[e.Message.To.Channel]
	if n == nil || s.held[e.EntryRef] != nil {
		return
	}
	if _, gone := f.vanished[e.ID]; gone {
		return
	}
	sh := &f.shares[n.index]
	if sh.late {
		return
	}
	if !sh.roomy(s.window) {
		sh.late, sh.behind = true, before
		return
	}
	s.add(f, e, n, now)
}

// vanish notes that an entry was removed while a read may still bring it.
func (f *feed) vanish(id EntryID) {
	if !f.reading {
		return
	}
	if f.vanished == nil {
		f.vanished = make(map[EntryID]struct{})
	}
	f.vanished[id] = struct{}{}
}
