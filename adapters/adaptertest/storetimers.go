package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

func (st *storeTest) due(t *testing.T, p bot.Partition, now time.Time, n int) ([]string, []bot.DueTimer, time.Time) {
	t.Helper()
	due, next, err := st.b.Due(st.ctx, p, now, n)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range due {
		names = append(names, d.Name)
	}
	return names, due, next
}

func timers(t *testing.T, st *storeTest) {
	start := st.clock.Now()
	in := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	var id bot.PersonID
	st.update(t, st.a, amina, "m1", func(p *bot.Person) {
		id = p.ID
		p.Timers = []bot.Timer{{Name: "late", Due: in(9), Data: "late data"}, {Name: "first", Due: in(1), Data: "first data"},
			{Name: "moved", Due: in(1), Data: "old"}, {Name: "never", Due: in(2)}, {Name: "with|bar", Due: in(3)}}
	})
	_, early, _ := st.due(t, id.Partition, in(1), 10)
	st.update(t, st.b, amina, "m2", func(p *bot.Person) {
		if len(p.Timers) > 0 {
			t.Errorf("a turn begins with timers to set: %v", p.Timers)
		}
		p.Timers = []bot.Timer{{Name: "moved", Due: in(5), Data: "new"}}
		p.Cancelled = []string{"never", "unheard of"}
	})
	for _, one := range []struct {
		now  time.Time
		n    int
		want string
		next time.Time
	}{
		{start, 10, "", in(1)},
		{in(1), 10, "first", in(3)},
		{in(9), 10, "first with|bar moved late", time.Time{}},
		{in(9), 2, "first with|bar", in(5)},
		{in(9), 0, "", in(1)},
	} {
		names, _, next := st.due(t, id.Partition, one.now, one.n)
		if strings.Join(names, " ") != one.want || !next.Equal(one.next) {
			t.Errorf("due at %v: %v, next %v; want %v, %v", one.now.Sub(start), names, next, one.want, one.next)
		}
	}
	st.clock.Pass(9 * time.Minute)
	_, due, _ := st.due(t, id.Partition, st.clock.Now(), 10)
	var fired []string
	for _, d := range slices.Concat(early, due, due) { // "moved" stands in early with its old time
		on := []Backend{st.a, st.b}[len(fired)%2]
		err := on.Fire(st.ctx, d, func(p *bot.Person) error {
			if d.Person != id || p.Address != amina || len(p.Timers) != 1 {
				return fmt.Errorf("%s fires with %+v", d.Name, p)
			}
			fired = append(fired, d.Name+"="+p.Timers[0].Data)
			if d.Name == "late" {
				p.Timers = append(p.Timers, bot.Timer{Name: "late", Due: in(20), Data: "again"})
			}
			p.Outbox = append(p.Outbox, say(amina, bot.Bulk, d.Name))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(fired, ", "); got != "first=first data, with|bar=, moved=new, late=late data" {
		t.Errorf("fired %s", got)
	}
	if got := texts(st.read(t, id.Partition, bot.Bulk)); strings.Join(got, " ") != "first with|bar moved late" {
		t.Errorf("kept by timers: %v", got)
	}
	if names, _, next := st.due(t, id.Partition, in(19), 10); len(names) > 0 || !next.Equal(in(20)) {
		t.Errorf("after all fired: %v, next %v", names, next)
	}
}

func lostTimers(t *testing.T, st *storeTest) {
	ran := false
	gone := bot.DueTimer{Person: st.person(t, amina).ID, Name: "none", Due: st.clock.Now()}
	if err := st.a.Fire(st.ctx, gone, func(*bot.Person) error { ran = true; return nil }); err != nil || ran {
		t.Errorf("a timer that is not there fired: %v, %v", ran, err)
	}
	// An error of the turn leaves the timer where it is.
	st.update(t, st.a, amina, "", func(p *bot.Person) {
		p.Timers = []bot.Timer{{Name: "x", Due: st.clock.Now()}}
	})
	_, due, _ := st.due(t, gone.Person.Partition, st.clock.Now(), 1)
	wrong := fmt.Errorf("wrong")
	if err := st.a.Fire(st.ctx, due[0], func(*bot.Person) error { return wrong }); err != wrong {
		t.Errorf("the error of the turn is lost: %v", err)
	}
	if names, _, _ := st.due(t, gone.Person.Partition, st.clock.Now(), 9); len(names) != 1 {
		t.Errorf("after a failed turn: %v", names)
	}
}

func erased(t *testing.T, st *storeTest) {
	var id bot.PersonID
	st.update(t, st.a, amina, "m1", func(p *bot.Person) {
		id = p.ID
		p.Session.State = "home"
		p.Timers = []bot.Timer{{Name: "x", Due: st.clock.Now(), Data: "d"}, {Name: "y", Due: st.clock.Now().Add(time.Hour)}}
		for i := range 3 {
			p.Outbox = append(p.Outbox, say(amina, bot.Bulk, fmt.Sprint(i)), say(amina, bot.Reply, fmt.Sprint(i)))
		}
	})
	// Somebody else of the same partition keeps what is theirs.
	var other bot.Address
	for i := 0; ; i++ {
		other = bot.Address{Channel: "sms", ID: fmt.Sprint(i)}
		if st.person(t, other).ID.Partition == id.Partition {
			break
		}
	}
	st.update(t, st.a, other, "m2", func(p *bot.Person) {
		p.Outbox = []bot.Outbound{say(other, bot.Bulk, "theirs")}
		p.Timers = []bot.Timer{{Name: "x", Due: st.clock.Now().Add(time.Minute)}}
	})
	st.update(t, st.b, amina, "forget", func(p *bot.Person) {
		p.Erased = true
		p.Outbox = []bot.Outbound{say(amina, bot.Reply, "goodbye")}
	})
	if _, ok, err := st.a.Look(st.ctx, id); ok || err != nil {
		t.Errorf("still kept: %v, %v", ok, err)
	}
	if got := texts(st.read(t, id.Partition, bot.Bulk)); !slices.Equal(got, []string{"theirs"}) {
		t.Errorf("bulk lane: %v", got)
	}
	if got := texts(st.read(t, id.Partition, bot.Reply)); !slices.Equal(got, []string{"goodbye"}) {
		t.Errorf("reply lane: %v", got)
	}
	if _, due, _ := st.due(t, id.Partition, st.clock.Now().Add(2*time.Hour), 9); len(due) != 1 || due[0].Person == id {
		t.Errorf("timers: %v", due)
	}
	ran := false
	st.update(t, st.a, amina, "forget", func(*bot.Person) { ran = true })
	if ran {
		t.Error("a repeat of the message that erased begins anew")
	}
	if p := st.person(t, amina); !p.New {
		t.Errorf("known after being erased: %+v", p)
	}
}
