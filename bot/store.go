package bot

import (
	"context"
	"errors"
	"time"

	"porchlight/flows"
)

// Person is one person's state during one turn, and what the turn produces.
// The store keeps all of it together, or nothing.
type Person struct {
	ID      PersonID
	Address Address
	New     bool // nothing was kept of this person before
	Session flows.Session
	Reach   Reach
	Handoff *Handoff // nil: the person has asked for nobody
	Desk    *Desk    // nil: the person is no listener, or one on call with an empty desk
	// nil: the person makes no announcement and follows none
	Outreach *Outreach
	Revising *Revising // nil: the person is no worker who is changing a date of a group

	Outbox    []Outbound // to be sent, in order
	Timers    []Timer    // to be set; one of the same Name replaces the earlier. With Fire, at first, the one that came
	Cancelled []string   // names of timers to remove
	Erased    bool       // remove everything about this person; only Outbox is still kept, until sent
}

// PersonID names a person inside the store: a keyed hash of the address, with
// the partition that holds it. It tells nothing without the key.
type PersonID struct {
	Partition Partition
	Hash      string
}

// Partition is one of a fixed number of parts into which people are divided.
type Partition uint16

// Reach is whether messages get to a person.
type Reach string

// The states of Reach.
const (
	Reachable   Reach = ""
	Unreachable Reach = "blocked"   // the person blocked the bot, or the handset is gone
	NetworkStop Reach = "opted-out" // the network itself holds an opt-out
	NoSuchDoor  Reach = "impossible"
)

// Timer is something due for one person at a time.
type Timer struct {
	Name string    // unique for the person; holds no words and no address
	Due  time.Time // to the millisecond
	Data string    // what flows.Input.Timer gets back; kept sealed
}

// DueTimer is a timer that has come, with the person it belongs to.
type DueTimer struct {
	Person PersonID
	Name   string
	Due    time.Time
}

// Store keeps people. An implementation is safe for use by many goroutines
// and many processes at once.
type Store interface {
	// Update runs fn alone for one person and keeps what fn leaves in Person
	// together or not at all. A message whose id was kept before changes
	// nothing and is no error: fn may have run, but nothing of it is kept.
	// fn has no effects of its own: it may run again when another process was
	// faster. An empty id is never a repeat. The error wraps ErrAway when the
	// store cannot be reached; then nothing was kept, or all of it was and the
	// repeat will be dropped.
	Update(ctx context.Context, from Address, id MessageID, fn func(*Person) error) error
	// Fire is Update for a timer that has come: the timer is removed with the
	// turn. A timer that is gone or was moved changes nothing.
	Fire(ctx context.Context, t DueTimer, fn func(*Person) error) error
	// Due lists timers of a partition that have come by now, earliest first,
	// and when the next after them comes (zero: none).
	Due(ctx context.Context, p Partition, now time.Time, n int) (due []DueTimer, next time.Time, err error)
	// Look reads one person without changing anything; ok is false when
	// nothing is kept.
	Look(ctx context.Context, id PersonID) (person Person, ok bool, err error)
	// LookAt is Look for an address.
	LookAt(ctx context.Context, a Address) (person Person, ok bool, err error)
	// Advance records a status of a message that a network took, and reports
	// whether it is news: a repeat or an older status is not.
	Advance(ctx context.Context, d Delivery) (news bool, err error)
}

// ErrAway is wrapped by every error of a store that cannot be reached.
var ErrAway = errors.New("the store is away")

// Outbox is the side of the store from which messages leave.
type Outbox interface {
	// Lease renews owner's partitions, takes free ones up to a fair share of
	// all that live owners have, gives up what exceeds it, and returns those
	// held until at least ttl from now. Nobody else holds them meanwhile.
	Lease(ctx context.Context, owner string, ttl time.Duration) ([]Partition, error)
	// Release gives up everything that owner holds.
	Release(ctx context.Context, owner string) error
	// Read lists entries of a partition's lane after an entry's id (empty:
	// from the start), oldest first, at most n.
	Read(ctx context.Context, p Partition, lane Lane, after EntryID, n int) ([]Entry, error)
	// Done removes entries that need no further attempt. Entries that are
	// gone already are no error.
	Done(ctx context.Context, done []EntryRef) error
	// Tried counts a failed attempt on an entry and returns how many there
	// were. The count survives the process.
	Tried(ctx context.Context, ref EntryRef) (int, error)
	// Allow asks for permission to send; see Rate. It returns how many of n
	// may be sent now, and, when that is fewer than n, how long until one more may.
	Allow(ctx context.Context, rates []Rate, n int) (granted int, wait time.Duration, err error)
	// Pause stops a sender (a Rate's Key) on every process until a time.
	Pause(ctx context.Context, key string, until time.Time) error
	// Wake tells, until ctx ends, which partitions have something new to send
	// or a new timer, on whichever process that was kept. It may tell too
	// often and, when the store was away, may miss one.
	Wake(ctx context.Context) <-chan Partition
}

// EntryID orders the entries of one partition's lane.
type EntryID string

// EntryRef names an entry of the outbox.
type EntryRef struct {
	Partition Partition
	Lane      Lane
	ID        EntryID
}

// Entry is one message waiting to be sent.
type Entry struct {
	EntryRef
	Person  PersonID
	Message Outbound
	Kept    time.Time // when the turn that wrote it was kept
	Tried   int       // failed attempts so far
}

// Rate is a limit that holds over every process: at most Limit within any
// window of Per. Reserve of them are kept back for lanes above bulk.
type Rate struct {
	Key     string // which sender or chat; holds no address
	Limit   int
	Per     time.Duration
	Reserve int // with a bulk message: how much of Limit is not for it
}
