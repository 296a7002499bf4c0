package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/redis"
	"porchlight/bot"
)

// script is what each of many people writes, and how each answer begins.
var script = []struct{ says, hears string }{
	{"hello", "Welcome to Riverside"}, {"GROUPS", "Groups this week"}, {"LEARN", "Good to know"}, {"FIND", "What do you need"},
}

// crowd holds many conversations at once. Like the networks it delivers a
// message again until it is accepted, and only then a person's next.
type crowd struct {
	d      *deployment
	people []string
	all    sync.WaitGroup
	ctx    context.Context
}

func gather(d *deployment, people int) *crowd {
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*patience)
	d.t.Cleanup(cancel)
	c := &crowd{d: d, ctx: ctx}
	for n := range people {
		if n%2 == 0 {
			c.people = append(c.people, fmt.Sprintf("+4477009%05d", n))
		} else {
			c.people = append(c.people, strconv.Itoa(7391900000+n))
		}
	}
	return c
}

// write begins all conversations.
func (c *crowd) write() {
	for _, who := range c.people {
		c.all.Go(func() {
			for i := range script {
				if !c.deliver(who, i) {
					c.d.t.Errorf("message %d of a person was never accepted", i)
					return
				}
			}
		})
	}
}

func (c *crowd) deliver(who string, i int) bool {
	for {
		var got int
		if strings.HasPrefix(who, "+") {
			got = c.d.text(who, fmt.Sprintf("SM%d-%s", i, who), script[i].says)
		} else {
			id, _ := strconv.ParseInt(who, 10, 64)
			got = c.d.telegram(written(id%1_000_000+int64(i+1)*1_000_000, id, "en", script[i].says))
		}
		switch got {
		case http.StatusOK:
			return true
		case 0, http.StatusServiceUnavailable:
		default:
			c.d.t.Errorf("a message is answered %d", got)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-c.ctx.Done():
			return false
		}
	}
}

// received is how often each answer arrived: "person|beginning".
func (c *crowd) received() map[string]int {
	c.d.networks.mu.Lock()
	defer c.d.networks.mu.Unlock()
	count := map[string]int{}
	for who, messages := range c.d.networks.sent {
		for _, m := range messages {
			count[answered(who, m.Text)]++
		}
	}
	return count
}

func answered(who, text string) string {
	for _, s := range script {
		if strings.HasPrefix(text, s.hears) {
			return who + "|" + s.hears
		}
	}
	return who + "|" + text
}

// waiting is what stands in the outbox while no program runs.
func (c *crowd) waiting() (keys []string) {
	t := c.d.t
	store, err := redis.Open(t.Context(), redis.Options{URL: c.d.redis.URL, Keys: [][]byte{deploymentKey}})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for p := range 64 {
		for _, lane := range bot.Lanes {
			entries, err := store.Read(t.Context(), bot.Partition(p), lane, "", 10_000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				keys = append(keys, answered(e.Message.To.ID, e.Message.Text))
			}
		}
	}
	return keys
}

// check holds that every accepted message was answered, in order, and twice
// only what had not left the outbox when a program was killed.
func (c *crowd) check(again map[string]int) (twice int) {
	for _, who := range c.people {
		next := 0
		for _, m := range c.d.networks.all(who) {
			if next < len(script) && strings.HasPrefix(m.Text, script[next].hears) {
				next++
			}
		}
		if next < len(script) {
			c.d.t.Errorf("of %s's %d messages %d were answered in order", who, len(script), next)
		}
	}
	for key, n := range c.received() {
		if n > 1 {
			twice += n - 1
		}
		if n > 1+again[key] {
			c.d.t.Errorf("%q was sent %d times, and stood in the outbox at %d crashes", key, n, again[key])
		}
	}
	if got, want := len(c.received()), len(c.people)*len(script); got != want {
		c.d.t.Errorf("%d different answers to %d messages", got, want)
	}
	return twice
}

// answeredAll waits until everybody has the last answer.
func (c *crowd) answeredAll() {
	c.d.t.Helper()
	c.all.Wait()
	last := script[len(script)-1].hears
	done := 0 // people known to have it
	c.d.networks.wait("everybody is answered", func() bool {
		for ; done < len(c.people); done++ {
			sent := c.d.networks.sent[c.people[done]]
			if len(sent) == 0 || !strings.HasPrefix(sent[len(sent)-1].Text, last) {
				return false
			}
		}
		return true
	})
}

// inFlight is the most that one crash may send twice: what 32 workers of each
// of two channels had handed over, and as much again that was about to be
// removed from the outbox.
const inFlight = 2 * 2 * 32

// TestServeCrashes kills the program three times in the middle of 300
// conversations: what it had accepted is answered, and only what was in flight
// is sent twice.
func TestServeCrashes(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	c := gather(d, 300)
	again := map[string]int{}
	c.write()
	for crash := range 3 {
		// From some message on the networks keep their answers to themselves,
		// so that something is in flight for certain.
		from, held := 150+crash*300, 0
		d.networks.alter(func() {
			d.networks.hold = func() bool {
				if d.networks.total >= from && held < 16 {
					held++
					return true
				}
				return false
			}
		})
		d.networks.wait("something is in flight", func() bool { return held == 16 })
		d.kill()
		d.networks.alter(func() { d.networks.hold = nil })
		for _, key := range c.waiting() {
			again[key]++
		}
		d.start()
	}
	c.answeredAll()
	twice := c.check(again)
	t.Logf("%d answers, %d sent twice", len(c.people)*len(script), twice)
	if twice < 3*16 || twice > 3*inFlight {
		t.Errorf("%d were sent twice; at least 16 of each of three crashes were in flight, at most %d", twice, inFlight)
	}
	d.tellsNothing("Good to know", "What do you need")
}

// TestServeRedisCrashes kills Redis three times in the middle of 300
// conversations. The program is still there and knows what it has sent.
func TestServeRedisCrashes(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	c := gather(d, 300)
	c.write()
	for crash := range 3 {
		d.networks.wait("traffic", func() bool { return d.networks.total >= 150+crash*300 })
		d.redis.Kill()
		adaptertest.Eventually(t, "the program knows", func() bool { return d.get("/readyz") == http.StatusServiceUnavailable })
		d.redis.Restart()
	}
	c.answeredAll()
	if twice := c.check(nil); twice > 0 {
		t.Errorf("%d answers were sent twice although the program never ended", twice)
	}
	d.tellsNothing("Good to know", "What do you need")
}
