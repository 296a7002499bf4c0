package bot

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
	// After sends once on the channel when d has passed.
	After(d time.Duration) <-chan time.Time
}

// Meter counts and measures for whoever operates the program. Labels are
// pairs of a name and a value and name nobody.
type Meter interface {
	Count(name string, labels ...string)
	Observe(name string, seconds float64, labels ...string)
}

// Priced is a Channel that counts what a message costs of its rate, such as
// the segments of a text message. Of a Channel that is not, each costs one.
type Priced interface {
	Cost(m Outbound) int
}

// Cursor is a place in a partition's lane.
type Cursor struct {
	Partition Partition
	Lane      Lane
	After     EntryID
}

// LanesReader is an Outbox that reads several lanes in one round trip: for
// each cursor what Read would give, in the same order.
type LanesReader interface {
	ReadLanes(ctx context.Context, from []Cursor, n int) ([][]Entry, error)
}

// ChannelRate is how fast one channel may send. Without PerSecond the store is
// not asked, and a pause that the network asked of another process is not seen.
type ChannelRate struct {
	PerSecond int           // units (see Priced) of this sender in any second, over all processes; 0: no limit
	Reserve   int           // how many of those are kept from bulk; 0: a fifth, and always one when there are two
	ChatEvery time.Duration // one message a chat in this time; 0: no limit
	ChatBurst int           // so many replies may leave at once before ChatEvery counts; 0: one
	Workers   int           // messages in flight at once; 0: 32
}

// DeliveryConfig is what a Deliverer works with. Store, Channels and Owner are
// required.
type DeliveryConfig struct {
	Store interface {
		Store
		Outbox
	}
	Channels    []Channel
	Board       Board                  // where announcements are kept; nil: there are none
	Quiet       Quiet                  // nil: announcements come at any time
	Rates       map[string]ChannelRate // by the channel's name
	Owner       string                 // names this process among those that share the outbox
	Clock       Clock                  // nil: the system's
	Random      func() float64         // within [0, 1), for jitter; nil: math/rand
	Log         *slog.Logger           // nil: slog.Default
	Meter       Meter                  // nil: nothing is counted
	LeaseTTL    time.Duration          // how long a crashed process's entries wait at most; 0: 5 s
	SendTimeout time.Duration          // of one attempt; 0: 15 s
	Grace       time.Duration          // for what is in flight when Run is to end; 0: 10 s
	Sweep       time.Duration          // how often missed wakes are healed; 0: 1 s
	Window      int                    // ready messages in memory of each channel and lane; 0: 8192
}

// Deliverer takes what turns have left in the outbox to the networks.
type Deliverer struct {
	DeliveryConfig
	log      *slog.Logger
	meter    Meter
	schedule *schedule
	senders  []*sender
	held     atomic.Pointer[[]Partition]

	announced announced

	mail struct {
		sync.Mutex
		posts  []func(now time.Time)
		signal chan struct{}
	}

	// All below belongs to the goroutine of Run.
	now       time.Time
	next      time.Time // when something is due without a post
	ending    bool
	io        context.Context // of calls to the store; outlives Run's until what is in flight has ended
	sending   context.Context
	leasing   bool
	leaseNext time.Time
	leaseEnd  time.Time
	swept     time.Time
	sweeps    int
	reading   [2]bool
	unacked   []EntryRef // sent or dropped, still to be removed
	tallies   []Tally    // of announcements, still to be added
	acking    bool
	reads     call
	allows    call
	dones     call
	warned    map[string]time.Time // when a warning was last written
}

// sender is one channel with its workers.
type sender struct {
	*network
	channel Channel
	jobs    chan *item
	labels  [len(Lanes)][]string
}

// NewDeliverer makes a deliverer; Run starts it.
func NewDeliverer(cfg DeliveryConfig) *Deliverer {
	orElse(&cfg.Clock, Clock(systemClock{}))
	orElse(&cfg.LeaseTTL, 5*time.Second)
	orElse(&cfg.SendTimeout, 15*time.Second)
	orElse(&cfg.Grace, 10*time.Second)
	orElse(&cfg.Sweep, time.Second)
	orElse(&cfg.Window, 8192)
	orElse(&cfg.Log, slog.Default())
	orElse(&cfg.Meter, Meter(noMeter{}))
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	d := &Deliverer{DeliveryConfig: cfg, log: cfg.Log, meter: cfg.Meter, warned: make(map[string]time.Time)}
	d.reads.name, d.allows.name, d.dones.name = "read", "allow", "done"
	d.mail.signal = make(chan struct{}, 1)
	d.held.Store(new([]Partition))
	networks := make([]*network, len(cfg.Channels))
	for i, ch := range cfg.Channels {
		networks[i] = newNetwork(ch, cfg.Rates[ch.Name()])
		s := &sender{network: networks[i], channel: ch, jobs: make(chan *item, networks[i].workers)}
		for _, l := range Lanes {
			s.labels[l] = []string{"channel", ch.Name(), "lane", l.String()}
		}
		d.senders = append(d.senders, s)
	}
	d.schedule = newSchedule(cfg.Window, networks...)
	return d
}

// rateMargin widens each second of a rate, so that what leaves within the rate
// here also arrives within it when one message travels faster than another.
const rateMargin = 50 * time.Millisecond

func newNetwork(ch Channel, r ChannelRate) *network {
	orElse(&r.Workers, 32)
	orElse(&r.ChatBurst, 1)
	if r.Reserve == 0 && r.PerSecond > 1 {
		r.Reserve = max(1, r.PerSecond/5)
	}
	r.Reserve = min(r.Reserve, max(0, r.PerSecond-1)) // bulk is never shut out
	n := &network{
		name:    ch.Name(),
		workers: max(2, r.Workers),
		pace:    pace{every: r.ChatEvery, burst: r.ChatBurst},
		window:  window{limit: r.PerSecond, reserve: r.Reserve, per: time.Second + rateMargin},
		cost:    func(Outbound) int { return 1 },
	}
	rate := Rate{Key: n.name, Limit: r.PerSecond, Per: n.window.per}
	n.class[aboveBulk].rates = []Rate{rate}
	rate.Reserve = r.Reserve
	n.class[bulkOnly].rates = []Rate{rate}
	if priced, ok := ch.(Priced); ok && r.PerSecond > 0 {
		n.cost = func(m Outbound) int { // at most what a second grants, or it would wait for ever
			most := r.PerSecond
			if m.Lane == Bulk {
				most -= r.Reserve
			}
			return max(1, min(priced.Cost(m), most))
		}
	}
	return n
}

// Partitions are those that this process holds at the moment.
func (d *Deliverer) Partitions() []Partition { return *d.held.Load() }

// Run delivers until ctx ends; then it finishes what is in flight, within
// Grace, removes it from the outbox and gives up its partitions. It is to be
// called once.
func (d *Deliverer) Run(ctx context.Context) error {
	var stopIO, stopSending context.CancelFunc
	d.io, stopIO = context.WithCancel(context.WithoutCancel(ctx))
	defer stopIO()
	d.sending, stopSending = context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	for _, s := range d.senders {
		for range s.workers {
			go d.work(s)
		}
		defer close(s.jobs)
	}
	go d.listen(ctx)

	var timer <-chan time.Time
	var armed, deadline time.Time
	done := ctx.Done()
	for {
		d.handle()
		d.pump()
		if d.ending {
			if d.quiet() {
				break
			}
			if !d.now.Before(deadline) {
				d.log.Error("delivery ends before the networks have answered; what is in flight may be sent twice", "sending", d.flying(), "sent", len(d.unacked))
				break
			}
			d.by(deadline)
		}
		if timer == nil || d.next.Before(armed) {
			armed = d.next
			timer = d.Clock.After(max(0, armed.Sub(d.now)))
		}
		select {
		case <-d.mail.signal:
		case <-timer:
			timer = nil
		case <-done:
			done, d.ending = nil, true
			deadline = d.Clock.Now().Add(d.Grace)
		}
	}
	stopSending()
	release, cancel := context.WithTimeout(d.io, d.LeaseTTL)
	defer cancel()
	if err := d.Store.Release(release, d.Owner); err != nil {
		d.log.Warn("leases were not released; other processes take over when they expire", "error", err)
	}
	d.held.Store(new([]Partition))
	return nil
}

// post hands what a goroutine has found to the goroutine of Run.
func (d *Deliverer) post(f func(now time.Time)) {
	d.mail.Lock()
	d.mail.posts = append(d.mail.posts, f)
	d.mail.Unlock()
	select {
	case d.mail.signal <- struct{}{}:
	default:
	}
}

// handle does what was posted since it was last called.
func (d *Deliverer) handle() {
	d.mail.Lock()
	posts := d.mail.posts
	d.mail.posts = nil
	d.mail.Unlock()
	d.now = d.Clock.Now()
	for _, f := range posts {
		f(d.now)
	}
}

// pump begins all that can be begun now and notes when more can be.
func (d *Deliverer) pump() {
	d.next = d.now.Add(d.Sweep)
	d.lease()
	d.acknowledge()
	if d.ending {
		return
	}
	d.sweep()
	d.schedule.wake(d.now)
	for _, s := range d.senders {
		d.dispatch(s)
	}
	for c := range d.reading {
		d.read(class(c))
	}
	d.by(d.schedule.nextWake())
}

// by notes that something is due at a time; zero is never.
func (d *Deliverer) by(t time.Time) {
	if !t.IsZero() && t.Before(d.next) {
		d.next = t
	}
}

// sweepParts spreads a sweep over its time, so that it never keeps a wake waiting.
const sweepParts = 8

// sweep looks where a wake may have been missed.
func (d *Deliverer) sweep() {
	if next := d.swept.Add(d.Sweep / sweepParts); d.now.Before(next) {
		d.by(next)
		return
	}
	d.swept = d.now
	d.sweeps++
	for p := range d.schedule.feeds {
		if int(p)%sweepParts == d.sweeps%sweepParts {
			d.schedule.stir(p)
		}
	}
	d.schedule.cool(d.now)
}

func (d *Deliverer) flying() (n int) {
	for _, s := range d.senders {
		for _, l := range s.flying {
			n += l
		}
	}
	return n
}

// quiet reports whether nothing is under way any more.
func (d *Deliverer) quiet() bool {
	return d.flying() == 0 && len(d.unacked) == 0 && !d.acking && !d.leasing
}

func orElse[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

type noMeter struct{}

func (noMeter) Count(string, ...string)            {}
func (noMeter) Observe(string, float64, ...string) {}
