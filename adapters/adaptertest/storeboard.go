package adaptertest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"porchlight/bot"
)

// hearer is somebody who may be told announcements.
func hearer(p *bot.Person, language string, topics ...string) {
	p.Session.Language, p.Session.Country, p.Session.Topics, p.Session.Stopped = language, "GB", topics, false
}

// counts adds up people by channel, language and topics.
func counts(t testing.TB, b bot.Board, st *storeTest) map[string]int {
	t.Helper()
	all, err := b.Segments(st.ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range all {
		got[s.Channel+" "+s.Language+" "+strings.Join(s.Topics, ",")] += s.People
	}
	return got
}

func same(t testing.TB, what string, got, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

// audience: the index follows every turn, and never counts anybody twice.
func audience(t *testing.T, st *storeTest) {
	guest := func(n int) bot.Address { return bot.Address{Channel: "sms", ID: fmt.Sprintf("+4477009001%02d", n)} }
	same(t, "an empty store", counts(t, st.a, st), map[string]int{})
	for n := range 20 {
		st.update(t, st.a, guest(n), "", func(p *bot.Person) { hearer(p, "en", "news") })
	}
	st.update(t, st.b, bot.Address{Channel: "telegram", ID: "700"}, "", func(p *bot.Person) { hearer(p, "ar", "women", "news") })
	st.update(t, st.b, bot.Address{Channel: "telegram", ID: "701"}, "", func(p *bot.Person) { p.Session.Language = "ar" })
	same(t, "subscribed", counts(t, st.b, st), map[string]int{"sms en news": 20, "telegram ar news,women": 1})

	st.update(t, st.b, guest(0), "", func(p *bot.Person) { hearer(p, "ar", "news") })
	st.update(t, st.a, guest(1), "", func(p *bot.Person) { p.Session.Stopped = true })
	st.update(t, st.a, guest(2), "", func(p *bot.Person) { p.Reach = bot.Unreachable })
	st.update(t, st.a, guest(3), "", func(p *bot.Person) { p.Erased = true })
	st.update(t, st.a, guest(4), "", func(p *bot.Person) { p.Session.State = "elsewhere" })
	same(t, "moved", counts(t, st.a, st), map[string]int{"sms en news": 16, "sms ar news": 1, "telegram ar news,women": 1})

	st.update(t, st.b, guest(1), "", func(p *bot.Person) { hearer(p, "en", "news") })
	st.update(t, st.b, guest(3), "", func(p *bot.Person) { hearer(p, "en", "news") })
	same(t, "back", counts(t, st.a, st), map[string]int{"sms en news": 18, "sms ar news": 1, "telegram ar news,women": 1})
}

// announcements: a change is kept whole, and none is lost to another process.
func announcements(t *testing.T, st *storeTest) {
	if _, ok, err := st.a.Announcement(st.ctx, "NONE"); ok || err != nil {
		t.Error(ok, err)
	}
	made := func(id string, after time.Duration, state bot.AnnouncementState) {
		t.Helper()
		_, err := st.a.ChangeAnnouncement(st.ctx, id, "made", "Samira", func(a *bot.Announcement) error {
			a.Made, a.State, a.Text = st.clock.Now().Add(after), state, map[string]string{"ar": "مرحبا"}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	made("A", 0, bot.AnnouncementReady)
	made("B", time.Second, bot.AnnouncementAsked)
	made("C", 2*time.Second, bot.AnnouncementRunning)
	if a, ok, err := st.b.Announcement(st.ctx, "A"); err != nil || !ok || a.Text["ar"] != "مرحبا" || !a.Made.Equal(st.clock.Now()) {
		t.Errorf("%+v, %v, %v", a, ok, err)
	}
	ids := func(all []bot.Announcement, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var out string
		for _, a := range all {
			out += a.ID
		}
		return out
	}
	if got := ids(st.b.Announcements(st.ctx, 2)); got != "CB" {
		t.Error("the latest: ", got)
	}
	if got := ids(st.b.OpenAnnouncements(st.ctx)); got != "AC" {
		t.Error("open: ", got)
	}
	refused := errors.New("refused")
	if _, err := st.a.ChangeAnnouncement(st.ctx, "A", "x", "", func(*bot.Announcement) error { return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	// In the middle of a change another process makes one.
	runs := 0
	got, err := st.a.ChangeAnnouncement(st.ctx, "A", "cancelled", "", func(a *bot.Announcement) error {
		if runs++; runs == 1 {
			if _, err := st.b.ChangeAnnouncement(st.ctx, "A", "began", "", func(a *bot.Announcement) error { a.Approved = "Idil"; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		a.State = bot.AnnouncementCancelled
		return nil
	})
	if err != nil || runs != 2 || got.Approved != "Idil" || got.State != bot.AnnouncementCancelled {
		t.Errorf("%+v after %d runs, %v", got, runs, err)
	}
	if got := ids(st.a.OpenAnnouncements(st.ctx)); got != "C" {
		t.Error("open after one was cancelled: ", got)
	}
}

// spreads: whoever asks, whenever, in whatever order: everybody of the
// audience is decided on once, and what was decided is in the lanes.
func spreads(t *testing.T, st *storeTest) {
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		id := fmt.Sprintf("R%d", round)
		want := map[string]string{} // by address, what is to be told
		places := map[bot.Partition]bool{}
		address := func(n int) bot.Address { return bot.Address{Channel: "sms", ID: fmt.Sprintf("+44%d.%d", round, n)} }
		everybody := rapid.IntRange(0, 30).Draw(t, "people")
		for n := range everybody {
			to := address(n)
			language := rapid.SampledFrom([]string{"en", "ar", "so"}).Draw(t, "language")
			if err := st.a.Update(st.ctx, to, "", func(p *bot.Person) error {
				hearer(p, language, "news")
				places[p.ID.Partition] = true
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if language != "so" {
				want[to.ID] = rapid.SampledFrom([]string{"told", "told", "told", "left", "later"}).Draw(t, "told")
			}
		}
		match := func(s bot.Segment) bool { return s.Language != "so" }
		putOff := map[string]bool{}
		decide := func(p bot.Person) bot.Told {
			of := want[p.Address.ID]
			switch {
			case of == "later" && !putOff[p.Address.ID]:
				putOff[p.Address.ID] = true
				return bot.Told{Later: st.clock.Now().Add(time.Minute)}
			case of == "left":
				return bot.Told{Left: "no-text"}
			}
			return bot.Told{Message: &bot.Outbound{To: p.Address, Lane: bot.Bulk, Text: id, Announcement: id}}
		}
		spread := func(n int) {
			for _, p := range slices.Sorted(maps.Keys(places)) {
				for {
					on := []Backend{st.a, st.b}[rapid.IntRange(0, 1).Draw(t, "process")]
					got, err := on.Spread(st.ctx, id, p, st.clock.Now(), n, 1<<20, match, decide)
					if err != nil {
						t.Fatal(err)
					}
					if got.End {
						break
					}
				}
			}
		}
		spread(rapid.IntRange(1, 5).Draw(t, "at once"))
		later := 0
		for _, of := range want {
			if of == "later" {
				later++
			}
		}
		progress, err := st.b.Progress(st.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if progress.Later != later {
			t.Fatalf("%d are told later, not %d", progress.Later, later)
		}
		st.clock.Pass(time.Minute)
		spread(3)
		got := map[string]int{}
		var refs []bot.EntryRef
		for p := range places {
			entries, err := st.b.Read(st.ctx, p, bot.Bulk, "", 10_000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Message.Announcement == id {
					got[e.Message.To.ID]++
					refs = append(refs, e.EntryRef)
				}
			}
		}
		queued := 0
		for who, of := range want {
			if of != "left" {
				queued++
			}
			if n := got[who]; n > 1 || (n == 1) != (of != "left") {
				t.Fatalf("%s, to be %s, stands in the lanes %d times", who, of, n)
			}
		}
		if progress, err = st.a.Progress(st.ctx, id); err != nil || progress.Queued != queued || progress.Later != 0 {
			t.Fatalf("%+v, %v; %d were written to", progress, err, queued)
		}
		if err := st.a.Done(st.ctx, refs); err != nil {
			t.Fatal(err)
		}
		for n := range everybody { // the next round begins with nobody
			if err := st.a.Update(st.ctx, address(n), "", func(p *bot.Person) error { p.Erased = true; return nil }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// fullLane: while enough waits to be sent nothing is added.
func fullLane(t *testing.T, st *storeTest) {
	st.update(t, st.a, amina, "", func(p *bot.Person) {
		hearer(p, "en", "news")
		for i := range 5 {
			p.Outbox = append(p.Outbox, say(amina, bot.Bulk, fmt.Sprint(i)))
		}
	})
	id := st.person(t, amina).ID
	everybody := func(bot.Segment) bool { return true }
	tell := func(p bot.Person) bot.Told {
		return bot.Told{Message: &bot.Outbound{To: p.Address, Lane: bot.Bulk, Text: "news", Announcement: "A"}}
	}
	got, err := st.a.Spread(st.ctx, "A", id.Partition, st.clock.Now(), 10, 5, everybody, tell)
	if err != nil || !got.Full || len(st.read(t, id.Partition, bot.Bulk)) != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = st.a.Spread(st.ctx, "A", id.Partition, st.clock.Now(), 10, 6, everybody, tell); err != nil || got.Full {
		t.Fatalf("%+v, %v", got, err)
	}
	entries := st.read(t, id.Partition, bot.Bulk)
	if len(entries) != 6 {
		t.Fatalf("%d entries", len(entries))
	}

	// Put off: out of the lane, and decided on again when it is time.
	if err := st.b.PutOff(st.ctx, entries[5], st.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := st.b.PutOff(st.ctx, entries[5], st.clock.Now().Add(time.Hour)); err != nil { // gone already
		t.Fatal(err)
	}
	p, err := st.a.Progress(st.ctx, "A")
	if err != nil || p.Queued != 0 || p.Later != 1 || len(st.read(t, id.Partition, bot.Bulk)) != 5 {
		t.Errorf("%+v, %v", p, err)
	}
	if got, err = st.a.Spread(st.ctx, "A", id.Partition, st.clock.Now(), 10, 100, everybody, tell); err != nil || !got.End || !got.Next.Equal(st.clock.Now().Add(time.Hour)) {
		t.Errorf("%+v, %v", got, err)
	}
	st.clock.Pass(time.Hour)
	if _, err = st.a.Spread(st.ctx, "A", id.Partition, st.clock.Now(), 10, 100, everybody, tell); err != nil || len(st.read(t, id.Partition, bot.Bulk)) != 6 {
		t.Error("what was put off is not told", err)
	}

	// Complete when all partitions were drawn up, nobody waits and nothing of it
	// stands in a lane.
	complete := func() bool {
		t.Helper()
		p, err := st.b.Progress(st.ctx, "A")
		if err != nil {
			t.Fatal(err)
		}
		return p.Complete
	}
	for p := range bot.Partition(64) {
		if complete() {
			t.Error("complete before everybody was decided on")
		}
		for got := (bot.Spreading{}); !got.End; {
			if got, err = st.b.Spread(st.ctx, "A", p, st.clock.Now(), 10, 100, everybody, tell); err != nil {
				t.Fatal(err)
			}
		}
	}
	if complete() {
		t.Error("complete while one is still to leave")
	}
	var refs []bot.EntryRef
	for _, e := range st.read(t, id.Partition, bot.Bulk) {
		refs = append(refs, e.EntryRef)
	}
	if err := st.a.Done(st.ctx, refs); err != nil {
		t.Fatal(err)
	}
	if !complete() {
		t.Error("sent, and not complete")
	}

	// Told again after it was not delivered, as often as there are pauses.
	pauses := []time.Duration{time.Minute, time.Hour}
	for n, want := range []bool{true, true, false, false} {
		if again, err := st.b.Again(st.ctx, "A", amina, st.clock.Now(), pauses); err != nil || again != want {
			t.Errorf("attempt %d: %v, %v", n, again, err)
		}
	}
	if p, err = st.a.Progress(st.ctx, "A"); err != nil || p.Later != 1 || p.Complete {
		t.Errorf("%+v, %v", p, err)
	}

	if err := st.a.Tally(st.ctx, []bot.Tally{
		{Partition: 3, Announcement: "A", Of: bot.TallySent, N: 4}, {Partition: 4, Announcement: "A", Of: bot.TallyFailed, Reason: "blocked", N: 1},
		{Announcement: "A", Of: bot.TallyDelivered, N: 1}, {Announcement: "A", Of: bot.TallyUndelivered, Reason: "30003", N: 1},
		{Announcement: "B", Of: bot.TallySent, N: 7},
	}); err != nil {
		t.Fatal(err)
	}
	if p, err = st.a.Progress(st.ctx, "A"); err != nil || p.Sent != 4-2 || p.Delivered != 1 || p.Failed["blocked"] != 1 || p.Undelivered["30003"] != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// erasedMeanwhile: who is gone is left out, and nothing of them stays.
func erasedMeanwhile(t *testing.T, st *storeTest) {
	st.update(t, st.a, amina, "", func(p *bot.Person) { hearer(p, "en", "news") })
	id := st.person(t, amina).ID
	draw := func(n int) bot.Spreading {
		t.Helper()
		got, err := st.a.Spread(st.ctx, "A", id.Partition, st.clock.Now(), 10, n, func(bot.Segment) bool { return true },
			func(p bot.Person) bot.Told {
				t.Error("somebody who is gone was decided on")
				return bot.Told{Left: "?"}
			})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := draw(0); !got.Full { // drawn up, and nobody decided on
		t.Fatalf("%+v", got)
	}
	st.update(t, st.b, amina, "", func(p *bot.Person) { p.Erased = true })
	for !draw(100).End {
	}
	p, err := st.a.Progress(st.ctx, "A")
	if err != nil || !slices.Equal(slices.Collect(maps.Keys(p.Left)), []string{bot.LeftGone}) {
		t.Errorf("%+v, %v", p, err)
	}
	same(t, "nobody", counts(t, st.a, st), map[string]int{})
}
