package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"porchlight/flows"
	"porchlight/locales"
)

// Bot looks after conversations: what comes in is kept together with what is
// to go out, in one turn.
type Bot struct {
	store    Store
	machine  *flows.Machine
	channels map[string]Channel
	clock    Clock
	log      *slog.Logger
	meter    Meter
	timers   chan timerSet
	workers  map[Address]Worker
	staff    []Worker // in the order of the organisation's file
	handoff  HandoffTimes
	zone     *time.Location
	newID    func() string

	announcing Announcing
	board      Board
	quiet      Quiet
	announces  chan struct{}
	dates      Dates
	dated      chan struct{}
	revisions  revisions
	caller     Caller
}

// Config is what a bot works with.
type Config struct {
	Store    Store
	Machine  *flows.Machine
	Channels []Channel
	Workers  []Worker
	Handoff  HandoffTimes
	Announcing
	Board  Board         // where announcements are kept; nil: there are none
	Dates  Dates         // where changes of dates of groups are kept; nil: nobody can change any
	Quiet  Quiet         // nil: announcements come at any time
	Caller Caller        // nil: nobody is called
	Clock  Clock         // nil: the system's
	Log    *slog.Logger  // nil: slog.Default
	Meter  Meter         // nil: nothing is counted
	NewID  func() string // names handoffs, by at least 10 letters and digits; nil: at random
}

// New makes a bot.
func New(c Config) *Bot {
	orElse(&c.Clock, Clock(systemClock{}))
	orElse(&c.Log, slog.Default())
	orElse(&c.Meter, Meter(noMeter{}))
	if c.NewID == nil {
		c.NewID = newID
	}
	b := &Bot{
		store: c.Store, machine: c.Machine, channels: map[string]Channel{}, clock: c.Clock, log: c.Log, meter: c.Meter,
		timers: make(chan timerSet, 64), workers: map[Address]Worker{}, staff: c.Workers, handoff: c.Handoff, zone: c.Machine.Org.Zone, newID: c.NewID, caller: c.Caller,
		board: c.Board, quiet: c.Quiet, announcing: c.Announcing, announces: make(chan struct{}, 1),
		dates: c.Dates, dated: make(chan struct{}, 1), revisions: revisions{soon: map[Partition]int64{}, done: map[Partition]int64{}},
	}
	for _, ch := range c.Channels {
		b.channels[ch.Name()] = ch
	}
	for _, w := range c.Workers {
		b.workers[w.Address] = w
	}
	return b
}

// newID names a handoff at random. Its alias is never a word: it has a digit.
func newID() string {
	for {
		if id := rand.Text()[:10]; strings.ContainsAny(id[:4], "234567") {
			return id
		}
	}
}

// Receive takes one thing a person did a step further and keeps the outcome:
// nil means kept, so that the adapter may tell the network so. A repeated
// message is kept already. The error wraps ErrAway when the store cannot be
// reached and the network should deliver again.
func (b *Bot) Receive(ctx context.Context, m Inbound) error {
	channel, ok := b.channels[m.From.Channel]
	if !ok {
		return fmt.Errorf("receive: no channel %q is configured", m.From.Channel)
	}
	var kept *turn
	for {
		board, err := b.readBoard(ctx, m)
		if err == nil {
			err = b.readReminders(ctx, m, board)
		}
		if err == nil {
			kept, err = b.receive(ctx, m, channel, board)
		}
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		break
	}
	if kept != nil {
		kept.keep()
	}
	b.meter.Count("porchlight_received_total", "channel", m.From.Channel)
	return nil
}

// receive is one attempt at a turn, with what was read for it of the board.
// Nothing kept and no error: it was kept before.
func (b *Bot) receive(ctx context.Context, m Inbound, channel Channel, board *boardView) (kept *turn, err error) {
	err = b.store.Update(ctx, m.From, m.ID, func(p *Person) error {
		t := b.turn(p, channel, m.From.Channel+" "+string(m.ID))
		now := t.in.Now
		t.in, t.press, t.media = m.Input, m.Press, m.Media
		t.in.Now, t.in.Channel = now, m.From.Channel
		switch t.in.Kind {
		case flows.Blocked:
			p.Reach = Unreachable
		case flows.Stop:
			p.Reach = NetworkStop
		default:
			p.Reach = Reachable // whoever writes can be reached
		}
		t.board = board
		if w, ok := b.workers[p.Address]; !ok || !t.atDesk(w) && !t.announces(w) && !t.revises(w) {
			t.step()
		}
		if t.moved {
			return errMoved
		}
		if p.Reach != Reachable { // nobody is to wait for somebody who is gone
			t.unreached()
		}
		kept = t
		return nil
	})
	return kept, err
}

// roster is who could be offered somebody now, in the organisation's order.
func (b *Bot) roster(ctx context.Context) ([]Listener, error) {
	now := b.clock.Now()
	var roster []Listener
	for _, w := range b.staff {
		if !w.Is("listener") {
			continue
		}
		p, ok, err := b.store.LookAt(ctx, w.Address)
		if err != nil {
			return nil, err
		}
		l := Listener{Worker: w, OnCall: true}
		if w.Hours != nil {
			l.OnCall, l.Next = w.Hours(now)
		}
		if ok && (p.Desk != nil && p.Desk.OffCall || p.Reach != Reachable) {
			l.OnCall, l.Next = false, time.Time{} // nobody knows when they come back
		}
		roster = append(roster, l)
	}
	return roster, nil
}

// Uncovered lists the organisation's languages that nobody on call speaks now.
func (b *Bot) Uncovered(ctx context.Context) ([]string, error) {
	roster, err := b.roster(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, tag := range b.machine.Org.Languages {
		if !slices.ContainsFunc(roster, func(l Listener) bool { return l.OnCall && slices.Contains(l.Worker.Languages, tag) }) {
			out = append(out, tag)
		}
	}
	return out, nil
}

// warnUncovered tells the operator which languages nobody on call speaks now.
func (b *Bot) warnUncovered(ctx context.Context) {
	if !b.machine.Org.Listeners {
		return
	}
	missing, err := b.Uncovered(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		b.log.Warn("it cannot be seen who is on call", "error", err)
	case len(missing) > 0:
		b.log.Warn("nobody on call speaks some of the organisation's languages", "languages", missing)
	}
}

// channelName is how a language calls a channel.
func (b *Bot) channelName(l *locales.Locale, channel string) string {
	return l.Text("channel."+channel, nil)
}
