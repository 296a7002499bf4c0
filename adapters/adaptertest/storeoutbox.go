package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"porchlight/bot"
)

func attempts(t *testing.T, st *storeTest) {
	var id bot.PersonID
	st.update(t, st.a, amina, "", func(p *bot.Person) {
		id = p.ID
		for _, lane := range bot.Lanes {
			p.Outbox = append(p.Outbox, say(amina, lane, "1"), say(amina, lane, "2"))
		}
	})
	entries := st.read(t, id.Partition, bot.Reply)
	for want := 1; want <= 3; want++ {
		if got, err := []Backend{st.a, st.b}[want%2].Tried(st.ctx, entries[1].EntryRef); err != nil || got != want {
			t.Errorf("attempt %d is %d, %v", want, got, err)
		}
	}
	for _, lane := range bot.Lanes {
		want := []int{0, 0}
		if lane == bot.Reply {
			want[1] = 3
		}
		for i, e := range st.read(t, id.Partition, lane) {
			if e.Tried != want[i] {
				t.Errorf("%s lane, entry %d: tried %d times", lane, i, e.Tried)
			}
		}
	}
	if err := st.a.Done(st.ctx, []bot.EntryRef{entries[1].EntryRef}); err != nil {
		t.Fatal(err)
	}
	if got, err := st.a.Tried(st.ctx, entries[1].EntryRef); err != nil || got != 1 {
		t.Errorf("the count of what is done is kept: %d, %v", got, err)
	}
}

func statuses(t *testing.T, st *storeTest) {
	advance := func(to bot.Address, id string, status bot.Status) bool {
		news, err := st.a.Advance(st.ctx, bot.Delivery{To: to, ID: id, Status: status, At: st.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		st.a, st.b = st.b, st.a
		return news
	}
	telegram := bot.Address{Channel: "telegram", ID: amina.ID}
	for i, one := range []struct {
		to     bot.Address
		id     string
		status bot.Status
		news   bool
	}{
		{amina, "a", bot.Accepted, true}, {amina, "a", bot.Accepted, false}, {amina, "a", bot.Delivered, true},
		{amina, "a", bot.Sent, false}, {amina, "a", bot.Delivered, false}, {amina, "a", bot.Failed, false},
		{amina, "b", bot.Failed, true}, {amina, "b", bot.Delivered, false}, {telegram, "b", bot.Sent, true},
	} {
		if got := advance(one.to, one.id, one.status); got != one.news {
			t.Errorf("line %d: %s to %d is news: %v", i, one.id, one.status, got)
		}
	}
}

func leases(t *testing.T, st *storeTest) {
	const ttl = 600 * time.Millisecond
	lease := func(on Backend, owner string) []bot.Partition {
		t.Helper()
		held, err := on.Lease(st.ctx, owner, ttl)
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	apart := func(a, b []bot.Partition) {
		t.Helper()
		for _, p := range a {
			if slices.Contains(b, p) {
				t.Fatalf("partition %d is held twice", p)
			}
		}
	}
	pass := func() {
		if st.server.Pass != nil {
			st.clock.Pass(ttl / 4)
			st.server.Pass(ttl / 4)
		}
	}
	// Both at once, from nothing.
	for range 10 {
		var held [2][]bot.Partition
		var work sync.WaitGroup
		for i, on := range []Backend{st.a, st.b} {
			work.Go(func() {
				var err error
				if held[i], err = on.Lease(st.ctx, []string{"one", "two"}[i], time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		apart(held[0], held[1])
		for i, on := range []Backend{st.a, st.b} {
			if err := on.Release(st.ctx, []string{"one", "two"}[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if held := lease(st.a, "one"); len(held) != 64 {
		t.Fatalf("alone it holds %d of 64", len(held))
	}
	var one, two []bot.Partition
	Eventually(t, "two processes share", func() bool {
		two = lease(st.b, "two")
		apart(one, two)
		one = lease(st.a, "one")
		apart(one, two)
		pass()
		return len(one) == 32 && len(two) == 32
	})
	Eventually(t, "the partitions of a process that died are taken over", func() bool {
		pass()
		one = lease(st.a, "one")
		return len(one) == 64
	})
	if err := st.a.Release(st.ctx, "one"); err != nil {
		t.Fatal(err)
	}
	if two = lease(st.b, "two"); len(two) != 64 {
		t.Errorf("after a release the other holds %d", len(two))
	}
}

func (st *storeTest) allow(t rapidOrTest, n int, list ...bot.Rate) (int, time.Duration) {
	t.Helper()
	granted, wait, err := st.a.Allow(st.ctx, list, n)
	if err != nil {
		t.Fatal(err)
	}
	st.a, st.b = st.b, st.a // the processes take turns
	return granted, wait
}

type rapidOrTest interface {
	Helper()
	Fatal(...any)
}

func rates(t *testing.T, st *storeTest) {
	sender := bot.Rate{Key: "sender", Limit: 5, Per: time.Second}
	chat := bot.Rate{Key: "chat", Limit: 2, Per: 3 * time.Second}
	bulk := bot.Rate{Key: "sender", Limit: 5, Per: time.Second, Reserve: 2}
	for i, one := range []struct {
		pass    time.Duration
		n       int
		list    []bot.Rate
		granted int
		wait    time.Duration
	}{
		{0, 2, []bot.Rate{sender}, 2, 0},
		{300 * time.Millisecond, 2, []bot.Rate{bulk}, 1, 700 * time.Millisecond},
		{0, 4, []bot.Rate{sender, chat}, 2, 3 * time.Second},
		{0, 1, []bot.Rate{sender}, 0, 700 * time.Millisecond},
		{699 * time.Millisecond, 1, []bot.Rate{sender}, 0, time.Millisecond},
		{time.Millisecond, 1, []bot.Rate{chat, sender}, 0, 2300 * time.Millisecond}, // and nothing is taken of sender
		{0, 3, []bot.Rate{sender}, 2, 300 * time.Millisecond},
		{0, 1, []bot.Rate{bulk}, 0, 300 * time.Millisecond},
		{300 * time.Millisecond, 9, []bot.Rate{bulk}, 1, 700 * time.Millisecond},
		{0, 0, []bot.Rate{sender}, 0, 0},
		{0, 7, nil, 7, 0},
		{0, 1, []bot.Rate{{Key: "closed", Limit: 1, Per: time.Second, Reserve: 1}}, 0, time.Second},
	} {
		st.clock.Pass(one.pass)
		if granted, wait := st.allow(t, one.n, one.list...); granted != one.granted || wait != one.wait {
			t.Errorf("line %d: %d granted, wait %v; want %d, %v", i, granted, wait, one.granted, one.wait)
		}
	}
}

// ratesInAnyWindow compares with the definition: a message may leave when no
// window that ends with it holds more than the limit.
func ratesInAnyWindow(t *testing.T, st *storeTest) {
	check := 0
	rapid.Check(t, func(t *rapid.T) {
		check++
		list := make([]bot.Rate, rapid.IntRange(1, 3).Draw(t, "rates"))
		for i := range list {
			list[i] = bot.Rate{Key: fmt.Sprintf("%d.%d", check, i), Limit: rapid.IntRange(1, 9).Draw(t, "limit"),
				Per: time.Duration(rapid.IntRange(1, 40).Draw(t, "per")) * time.Millisecond}
		}
		sent := make([][]time.Time, len(list))
		fits := func(n int, at time.Time, list []bot.Rate) bool {
			for i, r := range list {
				within := 0
				for _, s := range sent[i] {
					if at.Sub(s) < r.Per {
						within++
					}
				}
				if within+n > r.Limit-r.Reserve {
					return false
				}
			}
			return true
		}
		for range rapid.IntRange(1, 12).Draw(t, "calls") {
			st.clock.Pass(time.Duration(rapid.IntRange(0, 20).Draw(t, "pass")) * time.Millisecond)
			n := rapid.IntRange(1, 5).Draw(t, "n")
			now := st.clock.Now()
			asked := slices.Clone(list)
			if rapid.Bool().Draw(t, "bulk") {
				asked[0].Reserve = rapid.IntRange(0, asked[0].Limit-1).Draw(t, "reserve")
			}
			granted, wait := st.allow(t, n, asked...)
			want := n
			for !fits(want, now, asked) && want > 0 {
				want--
			}
			if granted != want {
				t.Fatalf("%d granted of %d, want %d", granted, n, want)
			}
			for i := range list {
				for range granted {
					sent[i] = append(sent[i], now)
				}
			}
			if granted < n && (fits(1, now.Add(wait-time.Microsecond), asked) || !fits(1, now.Add(wait), asked)) {
				t.Fatalf("wait %v is not when the next may leave", wait)
			}
			if granted == n && wait != 0 {
				t.Fatalf("all granted, and wait %v", wait)
			}
		}
	})
}

func pauses(t *testing.T, st *storeTest) {
	r := bot.Rate{Key: "sender", Limit: 5, Per: time.Second}
	other := bot.Rate{Key: "other", Limit: 5, Per: time.Second}
	for _, d := range []time.Duration{3 * time.Second, time.Second, -time.Second} {
		if err := st.b.Pause(st.ctx, "sender", st.clock.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	if granted, wait := st.allow(t, 1, other, r); granted != 0 || wait != 3*time.Second {
		t.Errorf("paused: %d granted, wait %v", granted, wait)
	}
	if granted, _ := st.allow(t, 5, other); granted != 5 {
		t.Errorf("another sender is granted %d of 5", granted)
	}
	st.clock.Pass(3 * time.Second)
	if granted, _ := st.allow(t, 5, r); granted != 5 {
		t.Errorf("after the pause %d are granted", granted)
	}
}

func wake(t *testing.T, st *storeTest) {
	own, others := st.a.Wake(st.ctx), st.b.Wake(st.ctx)
	for _, woken := range []<-chan bot.Partition{own, others} {
		told := map[bot.Partition]bool{}
		timeout := time.After(30 * time.Second)
		for len(told) < 64 {
			select {
			case p := <-woken:
				told[p] = true
			case <-timeout:
				t.Fatalf("at the beginning %d of 64 partitions are told", len(told))
			}
		}
	}
	for i := range 3 {
		var id bot.PersonID
		from := bot.Address{Channel: "sms", ID: strings.Repeat("1", i+1)}
		st.update(t, st.a, from, "", func(p *bot.Person) {
			id = p.ID
			if i == 0 {
				p.Timers = []bot.Timer{{Name: "x", Due: st.clock.Now()}}
			} else {
				p.Outbox = []bot.Outbound{say(from, bot.Reply, "hello")}
			}
		})
		for _, woken := range []<-chan bot.Partition{own, others} {
			timeout := time.After(30 * time.Second)
			for told := false; !told; {
				select {
				case p := <-woken:
					told = p == id.Partition
				case <-timeout:
					t.Fatalf("nobody is told of partition %d", id.Partition)
				}
			}
		}
	}
}
