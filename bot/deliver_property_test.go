package bot_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"porchlight/bot"
)

// Whatever networks and the store do short of a lost lease, each message is
// taken by its network exactly once, each person's in order within a lane, one
// at a time, and within the rate.
func TestDeliveryKeepsItsPromises(t *testing.T) {
	type step struct {
		who, channel string
		lane         bot.Lane
		pause        time.Duration
		away         bool
	}
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
			return step{
				who:     fmt.Sprint("p", rapid.IntRange(0, 5).Draw(t, "who")),
				channel: rapid.SampledFrom([]string{"sms", "telegram"}).Draw(t, "channel"),
				lane:    rapid.SampledFrom(bot.Lanes[:]).Draw(t, "lane"),
				pause:   time.Duration(rapid.SampledFrom([]int{0, 0, 0, 10, 300}).Draw(t, "pause")) * time.Millisecond,
				away:    rapid.IntRange(0, 19).Draw(t, "away") == 0,
			}
		}), 1, 60).Draw(rt, "steps")
		answers := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "", "", "slow", "transient", "unnamed", "throttled", "misconfigured", "hang", "panic"}), 1, 40).Draw(rt, "answers")
		window := rapid.SampledFrom([]int{4, 16, 8192}).Draw(rt, "window")

		var faults []string
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int64
			answer := func(ctx context.Context, _ bot.Outbound, attempt int) error {
				what := answers[int(asked.Add(1))%len(answers)]
				if attempt > 4 {
					return nil
				}
				switch what {
				case "slow":
					time.Sleep(700 * time.Millisecond)
				case "transient", "misconfigured":
					return fails(bot.Failure(what))
				case "throttled":
					return &bot.SendError{Failure: bot.Throttled, RetryAfter: 2 * time.Second}
				case "unnamed":
					return fmt.Errorf("no route to host")
				case "hang":
					<-ctx.Done()
					return ctx.Err()
				case "panic":
					panic("a fault")
				}
				return nil
			}
			channels := []*script{newScript("sms", answer), newScript("telegram", answer)}
			l := newLine(t, channels[0], channels[1])
			l.cfg.Window, l.cfg.SendTimeout = window, time.Second
			l.cfg.Sweep = 10 * time.Second // hours pass: look less often
			l.cfg.Rates = map[string]bot.ChannelRate{"sms": {PerSecond: 5, Workers: 4}, "telegram": {ChatEvery: time.Second, ChatBurst: 2}}
			stopOne := l.run()
			l.cfg.Owner = "two"
			stopTwo := l.run()
			time.Sleep(10 * time.Second) // both have their share
			for i, s := range steps {
				l.store.keep(s.channel, s.who, s.lane, fmt.Sprintf("%03d", i))
				if s.away {
					l.store.away.Store(true)
					time.Sleep(2 * time.Second)
					l.store.away.Store(false)
					time.Sleep(3 * time.Second) // the leases live on
				}
				time.Sleep(s.pause)
			}
			for end := time.Now().Add(6 * time.Hour); l.store.left() > 0 && time.Now().Before(end); {
				time.Sleep(10 * time.Second)
			}
			stopOne()
			stopTwo()
			if n := l.store.left(); n != 0 {
				faults = append(faults, fmt.Sprint(n, " messages never left"))
			}
			seen, last := map[string]bool{}, map[string]string{}
			for _, ch := range channels {
				if ch.overlaps > 0 {
					faults = append(faults, "two messages of a person were in flight")
				}
				for _, m := range ch.log() {
					if seen[m.text] {
						faults = append(faults, "sent twice: "+m.text)
					}
					seen[m.text] = true
					lane := fmt.Sprint(ch.name, m.who, m.lane)
					if last[lane] > m.text {
						faults = append(faults, fmt.Sprintf("%s: %s after %s", lane, m.text, last[lane]))
					}
					last[lane] = m.text
				}
			}
			if len(seen) != len(steps) {
				faults = append(faults, fmt.Sprintf("%d of %d sent", len(seen), len(steps)))
			}
			if n := most(channels[0].log(), one); n > 5 {
				faults = append(faults, fmt.Sprint(n, " within one second"))
			}
		})
		if len(faults) > 0 {
			rt.Fatal(faults)
		}
	})
}
