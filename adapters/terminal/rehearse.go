package terminal

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/locales"
)

// Stage is what a script is played on: a bot with screens for channels, whose
// clock the script moves. What turns leave in the outbox is delivered step by
// step, so that a script goes the same way each time.
type Stage struct {
	Bot        *bot.Bot
	Screens    []*Channel
	Outbox     bot.Outbox
	Board      bot.Board
	Partitions []bot.Partition
	Clock      *Clock
	Zone       *time.Location // in which the script's clock is read
}

// Clock is a clock that stands until it is set.
type Clock struct{ at atomic.Pointer[time.Time] }

// NewClock makes a clock that stands at a time.
func NewClock(at time.Time) *Clock {
	c := &Clock{}
	c.at.Store(&at)
	return c
}

// Now is the time to which the clock was set.
func (c *Clock) Now() time.Time { return *c.at.Load() }

// After never comes: what is due is looked for when the clock is set.
func (c *Clock) After(time.Duration) <-chan time.Time { return nil }

// Rehearse plays a script and compares what is said with what it says. It
// returns the script as it went, comments kept, to be looked at and kept, and
// an error that joins one *locales.Fault for each step that went otherwise.
func (st *Stage) Rehearse(ctx context.Context, file string, text string) (played string, faults []*locales.Fault, err error) {
	s, err := readScript(file, strings.NewReader(text), st.Zone)
	if err != nil {
		return "", nil, err
	}
	lines := strings.Split(text, "\n")
	var out strings.Builder
	next := 0 // the line to copy next
	for i, step := range s.steps {
		for ; next < step.line-1; next++ {
			keepComment(&out, lines[next])
		}
		fmt.Fprintln(&out, step.text)
		next = step.line
		got, err := st.play(ctx, s, i)
		if err != nil {
			return "", nil, &locales.Fault{File: file, Line: step.line, Wrong: err.Error(), Mend: "mend what was done, or the steps before it"}
		}
		for _, message := range got {
			fmt.Fprintln(&out, message)
		}
		if want := strings.Join(step.want, "\n"); want != strings.Join(got, "\n") {
			faults = append(faults, &locales.Fault{File: file, Line: step.line,
				Wrong: fmt.Sprintf("after %q came %q, the script says %q", step.text, strings.Join(got, "\n"), want),
				Mend:  "mend the words or the flow, or accept what came with: porchlight rehearse --write"})
		}
	}
	for ; next < len(lines); next++ {
		keepComment(&out, lines[next])
	}
	return strings.TrimRight(out.String(), "\n") + "\n", faults, nil
}

// keepComment copies what a script says about itself, not what was said in it.
func keepComment(out io.Writer, line string) {
	if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "person ") {
		fmt.Fprintln(out, line)
	}
}

// play does one step and gives the messages that followed, in the order in
// which they were printed.
func (st *Stage) play(ctx context.Context, s *script, i int) ([]string, error) {
	step := s.steps[i]
	var got []string
	for _, c := range st.Screens {
		c.observe(func(m bot.Outbound) { got = append(got, s.write(m)) })
	}
	if step.who == "" {
		st.Clock.at.Store(&step.clock)
	} else {
		p := s.people[step.who]
		in := step.input
		if in.Kind == flows.Pressed {
			ref, err := st.button(p.address, in.Choice)
			if err != nil {
				return nil, err
			}
			in.Choice = ref
		}
		id := bot.MessageID(s.file + "-" + strconv.Itoa(i))
		if err := st.Bot.Receive(ctx, bot.Inbound{ID: id, From: p.address, Input: in}); err != nil {
			return nil, err
		}
	}
	if err := st.settle(ctx); err != nil {
		return nil, err
	}
	return got, nil
}

// settle delivers what is to be sent and takes the timers that have come,
// until nothing is left to do.
func (st *Stage) settle(ctx context.Context) error {
	channels := map[string]bot.Channel{}
	for _, c := range append([]bot.Channel{st.Bot.Inside()}, st.channels()...) {
		channels[c.Name()] = c
	}
	for {
		var waiting []bot.Entry
		for _, lane := range bot.Lanes {
			for _, p := range st.Partitions {
				entries, err := st.Outbox.Read(ctx, p, lane, "", 100)
				if err != nil {
					return err
				}
				waiting = append(waiting, entries...)
			}
		}
		// Which partition somebody is in differs each time; who comes first does not.
		slices.SortStableFunc(waiting, func(a, b bot.Entry) int {
			return cmp.Or(strings.Compare(a.Message.To.Channel, b.Message.To.Channel), strings.Compare(a.Message.To.ID, b.Message.To.ID))
		})
		for _, e := range waiting {
			if _, err := channels[e.Message.To.Channel].Send(ctx, e.Message); err != nil {
				return err
			}
			if id := e.Message.Announcement; id != "" {
				if err := st.Board.Tally(ctx, []bot.Tally{{Partition: e.Partition, Announcement: id, Of: bot.TallySent, N: 1}}); err != nil {
					return err
				}
			}
			if err := st.Outbox.Done(ctx, []bot.EntryRef{e.EntryRef}); err != nil {
				return err
			}
		}
		if len(waiting) > 0 {
			continue
		}
		if err := st.Bot.SyncDates(ctx, st.Partitions); err != nil {
			return err
		}
		if err := st.Bot.SpreadNow(ctx, st.Partitions); err != nil {
			return err
		}
		sent := 0
		for _, p := range st.Partitions {
			spread, err := st.Outbox.Read(ctx, p, bot.Bulk, "", 1)
			if err != nil {
				return err
			}
			sent += len(spread)
		}
		for _, p := range st.Partitions {
			fired, err := st.Bot.Fire(ctx, p)
			if err != nil {
				return err
			}
			sent += fired
		}
		if sent == 0 {
			return nil
		}
	}
}

func (st *Stage) channels() (all []bot.Channel) {
	for _, c := range st.Screens {
		all = append(all, c)
	}
	return all
}

// button finds what a button carries that the person has been shown, the
// latest first.
func (st *Stage) button(to bot.Address, label string) (string, error) {
	for _, c := range st.Screens {
		if ref, ok := c.pressed(to, label); ok {
			return ref, nil
		}
	}
	return "", fmt.Errorf("no button [%s] was shown to this person", label)
}

var emptyLines = regexp.MustCompile(`\n\s*\n`)

// write is a message as a script has it: without its empty lines, which an
// editor would not keep.
func (s *script) write(m bot.Outbound) string {
	who := "?"
	for name, p := range s.people {
		if p.address == m.To {
			who = name
		}
	}
	return who + "< " + strings.ReplaceAll(emptyLines.ReplaceAllString(appearance(m), "\n"), "\n", "\n  ")
}
