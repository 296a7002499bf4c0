package bot

import (
	"context"
	"fmt"
	"log/slog"

	"porchlight/flows"
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
}

// Config is what a bot works with.
type Config struct {
	Store    Store
	Machine  *flows.Machine
	Channels []Channel
	Clock    Clock        // nil: the system's
	Log      *slog.Logger // nil: slog.Default
	Meter    Meter        // nil: nothing is counted
}

// New makes a bot.
func New(c Config) *Bot {
	orElse(&c.Clock, Clock(systemClock{}))
	orElse(&c.Log, slog.Default())
	orElse(&c.Meter, Meter(noMeter{}))
	b := &Bot{
		store: c.Store, machine: c.Machine, channels: map[string]Channel{}, clock: c.Clock, log: c.Log, meter: c.Meter,
		timers: make(chan timerSet, 64),
	}
	for _, ch := range c.Channels {
		b.channels[ch.Name()] = ch
	}
	return b
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
	in := m.Input
	in.Now, in.Channel = b.clock.Now(), m.From.Channel
	var partition Partition
	var timers []Timer
	err := b.store.Update(ctx, m.From, m.ID, func(p *Person) error {
		switch in.Kind {
		case flows.Blocked:
			p.Reach = Unreachable
		case flows.Stop:
			p.Reach = NetworkStop
		default:
			p.Reach = Reachable // whoever writes can be reached
		}
		b.step(p, channel, in, m.Press)
		partition, timers = p.ID.Partition, p.Timers
		return nil
	})
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	b.watch(partition, timers)
	b.meter.Count("porchlight_received_total", "channel", m.From.Channel)
	return nil
}

// step runs the machine and notes in the person what is to happen.
func (b *Bot) step(p *Person, channel Channel, in flows.Input, press *Press) {
	session, effects := b.machine.Step(p.Session, in)
	p.Session = session
	for _, effect := range effects {
		switch e := effect.(type) {
		case flows.Say:
			m := Outbound{To: p.Address, Lane: lane(e.Urgency), Text: e.Text, Language: e.Language, Choices: e.Choices, Pin: e.Pin}
			if press != nil {
				m.Press = &Press{Query: press.Query}
				if e.Replace {
					m.Press.Message = press.Message
				}
				press = nil // one message acknowledges the press
			}
			p.Outbox = append(p.Outbox, channel.Divide(m)...)
		case flows.Remind:
			p.Timers = append(p.Timers, Timer{Name: e.Name, Due: e.At, Data: e.Data})
		case flows.Unremind:
			p.Cancelled = append(p.Cancelled, e.Name)
		case flows.Forget:
			p.Erased = true
		}
	}
}

func lane(u flows.Urgency) Lane {
	switch u {
	case flows.Crisis:
		return Urgent
	case flows.Unasked:
		return Bulk
	default:
		return Reply
	}
}
