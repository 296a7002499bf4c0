package bot_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

// most is the largest number of units handed over within any second.
func most(sent []sending, cost func(sending) int) (peak int) {
	slices.SortFunc(sent, func(a, b sending) int { return a.at.Compare(b.at) })
	for i := range sent {
		units := 0
		for _, m := range sent[i:] {
			if m.at.Sub(sent[i].at) < time.Second {
				units += cost(m)
			}
		}
		peak = max(peak, units)
	}
	return peak
}

func one(sending) int { return 1 }

func TestRateHoldsInEverySlidingSecondOverTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 10}}
		defer l.run()()
		l.cfg.Owner = "two"
		defer l.run()()
		time.Sleep(4 * time.Second) // both have their share
		for i := range 60 {
			l.store.keep("sms", fmt.Sprint("p", i), bot.Reply, fmt.Sprint(i))
			time.Sleep(time.Duration(i%7) * 9 * time.Millisecond)
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if n := len(ch.log()); n != 60 {
			t.Fatalf("%d of 60 sent: the rate is not used", n)
		}
		if n := most(ch.log(), one); n != 10 {
			t.Errorf("%d within one second, want the whole rate of 10 and no more", n)
		}
	})
}

func TestAReplyOvertakesBulkByTheReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 10}}
		for i := range 2000 {
			l.store.keep("sms", fmt.Sprint("p", i), bot.Bulk, "bulk")
		}
		defer l.run()()
		for i := range 5 {
			time.Sleep(1390 * time.Millisecond)
			kept := time.Now()
			text := fmt.Sprint("reply", i)
			l.store.keep("sms", fmt.Sprint("p", 1000+i), bot.Reply, text)
			synctest.Wait()
			last := ch.log()[len(ch.log())-1]
			if last.text != text || !last.at.Equal(kept) {
				t.Errorf("reply %d did not leave at once: last was %q", i, last.text)
			}
		}
		if n := most(ch.log(), one); n > 10 {
			t.Errorf("%d within one second", n)
		}
		if n := len(ch.log()); n < 50 {
			t.Errorf("only %d sent in seven seconds", n)
		}
	})
}

func TestRateCountsSegments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		cost := map[string]int{"short": 1, "long": 3, "endless": 40}
		ch.cost = func(m bot.Outbound) int { return cost[m.Text] }
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 10}}
		defer l.run()()
		texts := []string{"long", "short", "long", "long", "endless", "short"}
		for i := range 60 {
			l.store.keep("sms", fmt.Sprint("p", i), bot.Reply, texts[i%len(texts)])
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if n := len(ch.log()); n != 60 {
			t.Errorf("%d of 60 sent", n)
		}
		if n := most(ch.log(), func(m sending) int { return min(cost[m.text], 10) }); n > 10 {
			t.Errorf("%d segments within one second", n)
		}
	})
}

func TestAChatIsPacedButMayBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("telegram", nil)
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"telegram": {PerSecond: 30, ChatEvery: time.Second, ChatBurst: 3}}
		defer l.run()()
		begin := time.Now()
		for i := range 3 {
			l.store.keep("telegram", "bulky", bot.Bulk, fmt.Sprint("b", i))
			l.store.keep("telegram", "urgent", bot.Urgent, fmt.Sprint("u", i))
		}
		for i := range 5 {
			l.store.keep("telegram", "chatty", bot.Reply, fmt.Sprint("r", i))
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		at := map[string]time.Duration{}
		for _, m := range ch.log() {
			at[m.text] = m.at.Sub(begin)
		}
		want := map[string]time.Duration{
			"b0": 0, "b1": time.Second, "b2": 2 * time.Second,
			"u0": 0, "u1": 0, "u2": 0,
			"r0": 0, "r1": 0, "r2": 0, "r3": time.Second, "r4": 2 * time.Second,
		}
		for text, when := range want {
			if got, ok := at[text]; !ok || got != when {
				t.Errorf("%s after %v, want %v", text, got, when)
			}
		}
	})
}

func TestASlowNetworkFullOfBulkNeverHoldsACrisisReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(ctx context.Context, m bot.Outbound, _ int) error {
			if m.Lane == bot.Urgent {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {Workers: 8}}
		for i := range 100 {
			l.store.keep("sms", fmt.Sprint("b", i), bot.Bulk, "bulk")
			l.store.keep("sms", fmt.Sprint("r", i), bot.Reply, "reply")
		}
		defer l.run()()
		time.Sleep(time.Second)
		kept := time.Now()
		l.store.keep("sms", "ada", bot.Urgent, "crisis")
		synctest.Wait()
		if log := ch.log(); len(log) != 1 || log[0].text != "crisis" || !log[0].at.Equal(kept) {
			t.Errorf("sent: %v", log)
		}
	})
}

// The window of a feed fills with the messages of a network that crawls; those
// of another behind them in the same lane must not wait for it.
func TestASlowNetworkHoldsNoOtherNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, fast := newScript("sms", nil), newScript("telegram", nil)
		l := newLine(t, slow, fast)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 2}}
		l.cfg.Window = 8
		for i := range 200 {
			l.store.keep("sms", fmt.Sprint("s", i%50), bot.Bulk, fmt.Sprint(i))
		}
		for i := range 200 {
			l.store.keep("telegram", fmt.Sprint("t", i%50), bot.Bulk, fmt.Sprint(i))
		}
		defer l.run()()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := len(fast.log()); n != 200 {
			t.Errorf("%d of 200 sent on the fast network", n)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, ch := range []*script{slow, fast} {
			if n := len(ch.log()); n != 200 || l.store.left() != 0 {
				t.Errorf("%s: %d of 200 sent, %d left", ch.name, n, l.store.left())
			}
			last := map[string]int{}
			for _, m := range ch.log() {
				var n int
				fmt.Sscan(m.text, &n)
				if before, ok := last[m.who]; ok && before >= n {
					t.Fatalf("%s: %d left after %d", ch.name, n, before)
				}
				last[m.who] = n
			}
		}
	})
}
