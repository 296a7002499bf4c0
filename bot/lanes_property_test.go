package bot

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Any interleaving of what is kept, what networks answer, of pauses, of lost
// and regained partitions: each person's messages leave in order within a
// lane, one at a time, each exactly once, and in the end all have left.
func TestScheduleKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		networks := []*network{testNetwork("sms", 3), testNetwork("telegram", 5)}
		networks[1].pace = pace{every: time.Second, burst: rapid.IntRange(1, 3).Draw(t, "burst")}
		l := newLedger(rapid.IntRange(1, 6).Draw(t, "window"), networks...)
		now := noon
		var flying []*item
		var unacked []EntryRef
		last := map[string]int{} // by person, partition and lane
		sent, dropped := map[string]bool{}, map[string]bool{}
		kept := 0
		take := func(n *network, c class) {
			it, _ := l.take(n, c, 1, now)
			if it == nil {
				return
			}
			for _, other := range flying {
				if other.contact.address == it.contact.address {
					t.Fatalf("two messages of %v are in flight", it.contact.address)
				}
			}
			if it.Message.Text == "" || sent[it.Message.Text] {
				t.Fatalf("message %q leaves again", it.Message.Text)
			}
			flying = append(flying, it)
		}
		land := func(i int, ok bool, pause time.Duration) {
			it := flying[i]
			flying = append(flying[:i:i], flying[i+1:]...)
			if !ok {
				l.again(it, now.Add(pause), now)
				return
			}
			key := fmt.Sprint(it.contact.address, it.Partition, it.Lane)
			serial, _ := strconv.Atoi(it.Message.Text)
			if last[key] > serial {
				t.Fatalf("%s: %d leaves after %d", key, serial, last[key])
			}
			last[key] = serial
			sent[it.Message.Text] = true
			l.finish(it, now)
			unacked = append(unacked, it.EntryRef)
		}
		// A read may be answered long after it was made.
		type answer struct {
			at    cursor
			found []Entry
			full  bool
		}
		var answers []answer
		actions := map[string]func(*rapid.T){
			"keep": func(t *rapid.T) {
				p := Partition(rapid.IntRange(0, 1).Draw(t, "partition"))
				n := rapid.SampledFrom(networks).Draw(t, "network")
				lane := rapid.SampledFrom(Lanes[:]).Draw(t, "lane")
				for range rapid.IntRange(1, 9).Draw(t, "messages") {
					kept++
					l.keep(p, lane, n.name, fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "who")))
				}
			},
			"read": func(t *rapid.T) {
				for _, at := range l.reads(class(rapid.IntRange(0, 1).Draw(t, "class")), 2) {
					n := max(1, l.window/2)
					found := l.after(at, n)
					answers = append(answers, answer{at, found, len(found) == n})
				}
			},
			"answer": func(t *rapid.T) {
				if len(answers) > 0 {
					a := answers[0]
					answers = answers[1:]
					if rapid.IntRange(0, 9).Draw(t, "fails") == 0 {
						l.unread(a.at)
					} else {
						l.read(a.at, a.found, a.full, now)
					}
				}
			},
			"take": func(t *rapid.T) {
				take(rapid.SampledFrom(networks).Draw(t, "network"), class(rapid.IntRange(0, 1).Draw(t, "class")))
			},
			"land": func(t *rapid.T) {
				if len(flying) > 0 {
					i := rapid.IntRange(0, len(flying)-1).Draw(t, "which")
					land(i, rapid.Bool().Draw(t, "ok"), time.Duration(rapid.IntRange(0, 3).Draw(t, "pause"))*time.Second)
				}
			},
			"block": func(t *rapid.T) { // whoever has a message in flight has blocked the bot
				if len(flying) > 0 {
					refs := l.dropBulk(flying[0].contact, nil)
					for _, ref := range refs {
						dropped[string(ref.ID)] = true
					}
					unacked = append(unacked, refs...)
				}
			},
			"acknowledge": func(*rapid.T) {
				l.done(unacked...)
				unacked = nil
			},
			"lose": func(t *rapid.T) { l.lose(Partition(rapid.IntRange(0, 1).Draw(t, "partition"))) },
			"gain": func(t *rapid.T) { l.gain(Partition(rapid.IntRange(0, 1).Draw(t, "partition"))) },
			"pass": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "ms")) * time.Millisecond)
				l.wake(now)
				l.cool(now)
			},
		}
		often := []string{"keep", "read", "answer", "take", "take", "take", "land", "land", "pass"}
		seldom := []string{"block", "acknowledge", "lose", "gain", "gain"}
		l.gain(0)
		l.gain(1)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			do := often
			if rapid.IntRange(0, 9).Draw(t, "seldom") == 0 {
				do = seldom
			}
			actions[rapid.SampledFrom(do).Draw(t, "do")](t)
		}

		l.gain(0)
		l.gain(1)
		for _, a := range answers {
			l.read(a.at, a.found, a.full, now)
		}
		for range 10 * (kept + 1) {
			now = now.Add(time.Second)
			l.wake(now)
			l.fill(now)
			for _, n := range networks {
				take(n, aboveBulk)
				take(n, bulkOnly)
			}
			for len(flying) > 0 {
				land(0, true, 0)
			}
			l.done(unacked...)
			unacked = nil
		}
		l.cool(now.Add(time.Hour))
		if len(sent)+len(dropped) != kept {
			t.Fatalf("%d sent and %d dropped of %d kept", len(sent), len(dropped), kept)
		}
		if len(l.held) != 0 || len(l.people) != 0 {
			t.Fatalf("%d entries and %d people are remembered though nothing is left to send", len(l.held), len(l.people))
		}
		for p, feeds := range l.feeds {
			for lane := range feeds {
				for _, sh := range feeds[lane].shares {
					if sh.held != 0 || sh.waiting != 0 || sh.late {
						t.Fatalf("partition %d lane %d: the share is %+v though nothing is held", p, lane, sh)
					}
				}
			}
		}
	})
}

// The local window holds whatever the order of asking and spending.
func TestWindowHoldsInEverySlidingSecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{limit: rapid.IntRange(1, 20).Draw(t, "limit"), per: time.Second}
		w.reserve = rapid.IntRange(0, w.limit-1).Draw(t, "reserve")
		now := noon
		var all []spending
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 700).Draw(t, "ms")) * time.Millisecond)
			c := class(rapid.IntRange(0, 1).Draw(t, "class"))
			if room := w.room(c, now); room > 0 {
				n := rapid.IntRange(1, room).Draw(t, "units")
				w.spend(n, now)
				all = append(all, spending{now, n})
			}
			used := 0
			for _, s := range all {
				if now.Sub(s.at) < w.per {
					used += s.units
				}
			}
			if used > w.limit {
				t.Fatalf("%d within a second, limit %d", used, w.limit)
			}
			if room := w.room(aboveBulk, now); room != w.limit-used {
				t.Fatalf("room for %d, want %d", room, w.limit-used)
			}
		}
	})
}
