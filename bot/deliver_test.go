package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

// line is a delivery under test, within a synctest bubble: time stands still
// until everything waits for it.
type line struct {
	t     *testing.T
	store *memory
	meter *meter
	log   *bytes.Buffer
	cfg   bot.DeliveryConfig
}

func newLine(t *testing.T, channels ...bot.Channel) *line {
	l := &line{t: t, store: newMemory(4), meter: &meter{}, log: &bytes.Buffer{}}
	l.cfg = bot.DeliveryConfig{
		Store: l.store, Channels: channels, Owner: "one", Meter: l.meter,
		Log:    slog.New(slog.NewTextHandler(l.log, nil)),
		Random: func() float64 { return 0.5 },
	}
	return l
}

// run starts a process; the returned function ends it and waits until it has.
func (l *line) run() (stop func()) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	ended := make(chan error)
	go func() { ended <- bot.NewDeliverer(l.cfg).Run(ctx) }()
	synctest.Wait()
	return func() {
		l.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			l.t.Errorf("Run: %v", err)
		}
	}
}

func fails(f bot.Failure) error { return &bot.SendError{Failure: f, Code: "42"} }

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestDeliversAtOnceAndRemoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		defer l.run()()
		kept := time.Now()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		synctest.Wait()
		equal(t, "sent", ch.texts(), []string{"a1"})
		if at := ch.log()[0].at; !at.Equal(kept) {
			t.Errorf("sent %v after it was kept: delivery waits for something other than the wake", at.Sub(kept))
		}
		if n := l.store.left(); n != 0 {
			t.Errorf("%d entries left in the outbox", n)
		}
	})
}

func TestHealsAMissedWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		l.store.deaf = true
		defer l.run()()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		equal(t, "sent", ch.texts(), []string{"a1"})
	})
}

func TestWhatAFailureMeans(t *testing.T) {
	unnamed := errors.New("connection reset")
	for _, test := range []struct {
		name    string
		err     error
		lane    bot.Lane
		after   time.Duration // how long to wait
		tries   int
		left    int
		reach   bot.Reach
		dropped string
		logged  string
	}{
		{name: "transient is tried again", err: fails(bot.Transient), lane: bot.Reply, after: 7 * time.Second, tries: 3, left: 1},
		{name: "an error without a name is transient", err: unnamed, lane: bot.Reply, after: 7 * time.Second, tries: 3, left: 1},
		{name: "urgent waits at most half a minute", err: fails(bot.Transient), lane: bot.Urgent, after: 3*time.Minute + 7*time.Second, tries: 9, left: 1},
		{name: "transient bulk expires", err: fails(bot.Transient), lane: bot.Bulk, after: 7 * time.Hour, tries: 41, dropped: "expired"},
		{name: "a transient reply expires after a day", err: fails(bot.Transient), lane: bot.Reply, after: 25 * time.Hour, tries: 149, dropped: "expired"},
		{name: "an urgent message expires after a day, and its person's side is told", err: fails(bot.Transient), lane: bot.Urgent, after: 25 * time.Hour, tries: 2883, dropped: "expired", logged: "urgent"},
		{name: "misconfigured is kept for more than a day", err: fails(bot.Misconfigured), lane: bot.Bulk, after: 25 * time.Hour, tries: 154, left: 1, logged: "until an operator acts"},
		{name: "blocked marks", err: fails(bot.Blocked), lane: bot.Reply, tries: 1, reach: bot.Unreachable, dropped: "blocked"},
		{name: "opted out marks", err: fails(bot.OptedOut), lane: bot.Reply, tries: 1, reach: bot.NetworkStop, dropped: "opted-out"},
		{name: "impossible marks", err: fails(bot.Impossible), lane: bot.Urgent, tries: 1, reach: bot.NoSuchDoor, dropped: "impossible", logged: "urgent"},
		{name: "refused is dropped and logged", err: fails(bot.Refused), lane: bot.Reply, tries: 1, dropped: "refused", logged: "code=42"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := newScript("sms", func(context.Context, bot.Outbound, int) error { return test.err })
				l := newLine(t, ch)
				l.cfg.Sweep, l.cfg.LeaseTTL = time.Hour, 3*time.Hour // days pass: look less often
				defer l.run()()
				l.store.keep("sms", "ada-address", test.lane, "a-text")
				time.Sleep(test.after)
				synctest.Wait()
				if got := ch.tries("a-text"); got != test.tries {
					t.Errorf("tried %d times, want %d", got, test.tries)
				}
				if got := l.store.left(); got != test.left {
					t.Errorf("%d left in the outbox, want %d", got, test.left)
				}
				if got := l.store.person("sms", "ada-address").Reach; got != test.reach {
					t.Errorf("reach %q, want %q", got, test.reach)
				}
				told := slices.ContainsFunc(l.store.person("sms", "ada-address").Timers, func(timer bot.Timer) bool { return timer.Name == "unreached" })
				if want := test.lane == bot.Urgent && test.dropped != ""; told != want {
					t.Errorf("somebody is to be told that it did not arrive: %v, want %v", told, want)
				}
				if test.dropped != "" && l.meter.of("porchlight_dropped_total", "channel", "sms", "lane", test.lane.String(), "reason", test.dropped) != 1 {
					t.Errorf("the drop was not counted: %v", l.meter.counts)
				}
				if log := l.log.String(); !strings.Contains(log, test.logged) || strings.Contains(log, "ada-address") || strings.Contains(log, "a-text") {
					t.Errorf("log: %s", log)
				}
				if lost := l.meter.of("porchlight_urgent_lost_total", "channel", "sms", "reason", test.dropped); (lost == 1) != (test.lane == bot.Urgent && test.dropped != "") {
					t.Errorf("urgent messages lost: %d", lost)
				}
			})
		})
	}
}

func TestRetryKeepsThePersonsOrderAndHoldsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(_ context.Context, m bot.Outbound, attempt int) error {
			if m.Text == "a1" && attempt < 3 {
				return fails(bot.Transient)
			}
			return nil
		})
		l := newLine(t, ch)
		defer l.run()()
		for _, m := range []string{"a1", "a2", "a3"} {
			l.store.keep("sms", "ada", bot.Reply, m)
		}
		l.store.keep("sms", "bo", bot.Reply, "b1")
		synctest.Wait()
		equal(t, "before the retry", ch.texts(), []string{"b1"})
		l.store.keep("sms", "ada", bot.Urgent, "a-crisis")
		synctest.Wait()
		equal(t, "a crisis overtakes", ch.texts(), []string{"b1", "a-crisis"})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		equal(t, "after the retry", ch.texts(), []string{"b1", "a-crisis", "a1", "a2", "a3"})
	})
}

func TestThrottledPausesEveryProcessForExactlyAsLongAsToldAndKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begin time.Time
		ch := newScript("sms", func(_ context.Context, m bot.Outbound, attempt int) error {
			if m.Text == "a1" && attempt == 1 {
				return &bot.SendError{Failure: bot.Throttled, RetryAfter: 7 * time.Second, Code: "429"}
			}
			return nil
		})
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 10}}
		defer l.run()()
		l.cfg.Owner = "two"
		defer l.run()()
		time.Sleep(4 * time.Second) // both have their share of the partitions
		begin = time.Now()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		synctest.Wait()
		for i := range 8 {
			l.store.keep("sms", fmt.Sprint("other", i), bot.Reply, fmt.Sprint("o", i))
		}
		l.store.keep("sms", "ada", bot.Reply, "a2")
		time.Sleep(7*time.Second - time.Millisecond)
		synctest.Wait()
		equal(t, "during the pause", ch.texts(), nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		sent := ch.texts()
		if len(sent) != 10 || slices.Index(sent, "a1") > slices.Index(sent, "a2") {
			t.Errorf("after the pause: %q", sent)
		}
		if at := ch.log()[0].at.Sub(begin); at != 7*time.Second {
			t.Errorf("went on after %v, want 7s", at)
		}
	})
}

func TestBulkIsForThoseWhoAgreeAtTheMomentOfSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		for _, who := range []string{"stopped", "blocked", "gone", "willing"} {
			l.store.keep("sms", who, bot.Bulk, who)
		}
		l.store.change("sms", "stopped", func(p *bot.Person) { p.Session.Stopped = true })
		l.store.change("sms", "blocked", func(p *bot.Person) { p.Reach = bot.Unreachable })
		l.store.erase("sms", "gone")
		l.store.keep("sms", "stopped2", bot.Reply, "goodbye") // asked for: sent all the same
		l.store.change("sms", "stopped2", func(p *bot.Person) { p.Session.Stopped = true })
		defer l.run()()
		sent := ch.texts()
		slices.Sort(sent)
		equal(t, "sent", sent, []string{"goodbye", "willing"})
		for _, reason := range []string{"stopped", "unreachable", "gone"} {
			if l.meter.of("porchlight_dropped_total", "channel", "sms", "lane", "bulk", "reason", reason) != 1 {
				t.Errorf("%s: not counted", reason)
			}
		}
		if l.store.left() != 0 {
			t.Error("dropped entries stay in the outbox")
		}
	})
}

func TestBlockedDropsTheRestOfThePersonsBulkAndMarksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(context.Context, bot.Outbound, int) error { return fails(bot.Blocked) })
		l := newLine(t, ch)
		for i := range 20 {
			l.store.keep("sms", "ada", bot.Bulk, fmt.Sprint("b", i))
		}
		defer l.run()()
		if n := ch.tries("b0"); n != 1 {
			t.Errorf("tried %d times", n)
		}
		if n := ch.tries("b1"); n != 0 {
			t.Error("the rest was tried although the person blocked the bot")
		}
		if n := l.store.updates.Load(); n != 1 {
			t.Errorf("marked %d times, want once", n)
		}
		if l.store.left() != 0 {
			t.Errorf("%d left", l.store.left())
		}
		l.store.keep("sms", "eve", bot.Reply, "bye")
		l.store.erase("sms", "eve")
		synctest.Wait()
		if l.store.updates.Load() != 1 {
			t.Error("marking brought back a person who was erased")
		}
	})
}

func TestAPanicIsContained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(_ context.Context, m bot.Outbound, attempt int) error {
			if attempt == 1 {
				panic("a fault in the adapter that names " + m.To.ID)
			}
			return nil
		})
		l := newLine(t, ch)
		defer l.run()()
		l.store.keep("sms", "ada-address", bot.Reply, "a1")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		equal(t, "sent", ch.texts(), []string{"a1"})
		if l.meter.of("porchlight_send_panics_total", "channel", "sms") != 1 {
			t.Error("the panic was not counted")
		}
		if strings.Contains(l.log.String(), "ada-address") {
			t.Errorf("the log names the person: %s", l.log)
		}
	})
}

func TestAnAttemptTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(ctx context.Context, _ bot.Outbound, attempt int) error {
			if attempt == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		l := newLine(t, ch)
		defer l.run()()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		time.Sleep(17 * time.Second) // 15 for the attempt, 1 for the pause
		synctest.Wait()
		equal(t, "sent", ch.texts(), []string{"a1"})
	})
}

func TestANetworkThatIsDownIsProbedNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down = true
		tries := 0
		ch := newScript("sms", nil)
		ch.answer = func(context.Context, bot.Outbound, int) error {
			ch.mu.Lock()
			defer ch.mu.Unlock()
			tries++
			if down {
				return fails(bot.Transient)
			}
			return nil
		}
		other := newScript("telegram", nil)
		l := newLine(t, ch, other)
		defer l.run()()
		for i := range 500 {
			l.store.keep("sms", fmt.Sprint("p", i), bot.Reply, fmt.Sprint("m", i))
		}
		l.store.keep("telegram", "tia", bot.Reply, "t1")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		equal(t, "the other network", other.texts(), []string{"t1"})
		ch.mu.Lock()
		if tries > 150 {
			t.Errorf("%d attempts in ten minutes on a network that is down", tries)
		}
		down = false
		ch.mu.Unlock()
		l.store.keep("sms", "ada", bot.Urgent, "crisis")
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if !slices.Contains(ch.texts(), "crisis") {
			t.Error("the crisis reply waits although the network is back")
		}
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if n := len(ch.texts()); n != 501 {
			t.Errorf("%d of 501 arrived after the network was back", n)
		}
	})
}
