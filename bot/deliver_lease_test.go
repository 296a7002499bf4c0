package bot_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

func TestACrashedProcessIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := newScript("sms", func(ctx context.Context, _ bot.Outbound, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		})
		l := newLine(t, hang)
		l.cfg.Grace = time.Nanosecond
		crash := l.run()
		for i := range 100 {
			l.store.keep("sms", fmt.Sprint("p", i%10), bot.Reply, fmt.Sprint("m", i))
		}
		synctest.Wait()
		held := l.store.leases
		l.store.leases = map[bot.Partition]lease{} // hidden, so that ending does not release them: a crash
		crash()
		l.store.leases = held

		ch := newScript("sms", nil)
		l.cfg.Channels, l.cfg.Owner, l.cfg.Grace = []bot.Channel{ch}, "two", 0
		defer l.run()()
		if n := len(ch.log()); n != 0 {
			t.Errorf("%d sent while another process held the lease", n)
		}
		time.Sleep(7 * time.Second)
		synctest.Wait()
		if n := len(ch.log()); n != 100 {
			t.Errorf("%d of 100 sent after the takeover", n)
		}
		if l.store.left() != 0 {
			t.Errorf("%d left", l.store.left())
		}
	})
}

func TestALostLeaseStopsSendingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 2}}
		defer l.run()()
		for i := range 100 {
			l.store.keep("sms", fmt.Sprint("p", i), bot.Reply, fmt.Sprint("m", i))
		}
		time.Sleep(1700 * time.Millisecond)
		l.store.mu.Lock()
		l.store.owners["other"] = time.Now().Add(time.Hour)
		for p := range bot.Partition(4) {
			l.store.leases[p] = lease{"other", time.Now().Add(10 * time.Second)}
		}
		l.store.mu.Unlock()
		time.Sleep(2 * time.Second) // renewal notices
		synctest.Wait()
		n := len(ch.log())
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := len(ch.log()); got != n {
			t.Errorf("%d sent after the lease was lost", got-n)
		}
		l.store.mu.Lock()
		delete(l.store.owners, "other")
		l.store.mu.Unlock()
		time.Sleep(70 * time.Second)
		synctest.Wait()
		seen := map[string]int{}
		for _, m := range ch.log() {
			seen[m.text]++
		}
		if len(seen) != 100 || len(ch.log()) != 100 {
			t.Errorf("%d messages in %d sendings, want 100 once each", len(seen), len(ch.log()))
		}
	})
}

func TestNothingIsSentWhenTheLeaseCannotBeRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(context.Context, bot.Outbound, int) error {
			time.Sleep(time.Second)
			return nil
		})
		l := newLine(t, ch)
		l.cfg.Rates = map[string]bot.ChannelRate{"sms": {Workers: 2}} // no rate, so the store need not be asked
		defer l.run()()
		for i := range 100 {
			l.store.keep("sms", fmt.Sprint("p", i), bot.Reply, fmt.Sprint("m", i))
		}
		synctest.Wait()
		l.store.away.Store(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		n := len(ch.log())
		if n == 0 {
			t.Error("nothing was sent while the lease was good")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(ch.log()); got > n+1 { // one was in flight
			t.Errorf("%d sent after the lease may have ended", got-n)
		}
		l.store.away.Store(false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := len(ch.log()); got != 100 || l.store.left() != 0 {
			t.Errorf("%d sendings of 100 messages, %d left: sent and not acknowledged is not sent again", got, l.store.left())
		}
	})
}

func TestWhatCannotBeAcknowledgedIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", nil)
		l := newLine(t, ch)
		defer l.run()()
		l.store.awayDone.Store(true)
		for i := range 50 {
			l.store.keep("sms", fmt.Sprint("p", i%5), bot.Reply, fmt.Sprint("m", i))
		}
		time.Sleep(time.Minute) // swept and read again many times
		synctest.Wait()
		if n, left := len(ch.log()), l.store.left(); n != 50 || left != 50 {
			t.Errorf("%d sent, %d left", n, left)
		}
		l.store.awayDone.Store(false)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n, left := len(ch.log()), l.store.left(); n != 50 || left != 0 {
			t.Errorf("once the store is back: %d sent, %d left", n, left)
		}
	})
}

func TestEndingFinishesWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(context.Context, bot.Outbound, int) error {
			time.Sleep(3 * time.Second)
			return nil
		})
		l := newLine(t, ch)
		stop := l.run()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		l.store.keep("sms", "ada", bot.Reply, "a2")
		synctest.Wait()
		begin := time.Now()
		stop()
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("ended after %v, want as long as the message took", took)
		}
		equal(t, "sent", ch.texts(), []string{"a1"})
		if n := l.store.left(); n != 1 {
			t.Errorf("%d left, want the one not begun", n)
		}
		if len(l.store.leases) != 0 {
			t.Error("the leases were not released")
		}
	})
}

func TestEndingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newScript("sms", func(ctx context.Context, _ bot.Outbound, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		})
		l := newLine(t, ch)
		l.cfg.Grace = 2 * time.Second
		stop := l.run()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		synctest.Wait()
		begin := time.Now()
		stop()
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("ended after %v", took)
		}
		if n := l.store.left(); n != 1 {
			t.Errorf("%d left", n)
		}
	})
}

func TestMarkingWaitsForTheStoreAndDoesNotSendAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l *line
		ch := newScript("sms", func(context.Context, bot.Outbound, int) error {
			l.store.away.Store(true)
			return fails(bot.Blocked)
		})
		l = newLine(t, ch)
		defer l.run()()
		l.store.keep("sms", "ada", bot.Reply, "a1")
		time.Sleep(2500 * time.Millisecond)
		l.store.away.Store(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := l.store.person("sms", "ada").Reach; got != bot.Unreachable {
			t.Errorf("reach %q", got)
		}
		if ch.tries("a1") != 1 || l.store.left() != 0 {
			t.Errorf("%d attempts, %d left", ch.tries("a1"), l.store.left())
		}
	})
}
