package redis

import (
	"bytes"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

// TestSetAside drops a key under messages that wait, with damaged ones between
// them, brings the key back, and puts them back as an operator does.
func TestSetAside(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"server":  func(t *testing.T) string { return adaptertest.Redis(t).URL },
		"cluster": func(t *testing.T) string { return adaptertest.RedisCluster(t) },
		"embedded": func(t *testing.T) string {
			o := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}})).client.(*goredis.Client).Options()
			return "redis://:" + o.Password + "@" + o.Addr
		},
	} {
		t.Run(name, func(t *testing.T) { setAside(t, url(t)) })
	}
}

func setAside(t *testing.T, url string) {
	with := func(log *slog.Logger, keys ...[]byte) *Store {
		return opened(t)(Open(t.Context(), Options{URL: url, Keys: keys, Log: log}))
	}
	silent := slog.New(slog.DiscardHandler)
	before := with(silent, key1, key2)
	both := with(silent, key2, key1)
	var log bytes.Buffer
	alone := with(slog.New(slog.NewTextHandler(&log, nil)), key2)
	id, err := both.personID(t.Context(), somebody)
	if err != nil {
		t.Fatal(err)
	}
	at := places[id.Partition]
	waits(t, before, "old 1", "old 2")
	broken := both.seals.seal(id.Partition, at.lanes[bot.Reply]+"|"+id.Hash, []byte("{}"))
	broken[len(broken)-1] ^= 1
	damage(t, both, id, "p", id.Hash, "v", string(broken))
	damage(t, both, id, "no", "fields")
	waits(t, both, "new 1")
	waits(t, before, "old 3")
	waits(t, both, "new 2", "new 3")
	var all []string
	for _, m := range both.client.XRange(t.Context(), at.lanes[bot.Reply], "-", "+").Val() {
		all = append(all, m.ID)
	}
	closed := []string{all[0], all[1], all[2], all[3], all[5]}
	if _, err := both.Tried(t.Context(), bot.EntryRef{Partition: id.Partition, Lane: bot.Reply, ID: bot.EntryID(closed[0])}); err != nil {
		t.Fatal(err)
	}
	if _, err := both.Tried(t.Context(), bot.EntryRef{Partition: id.Partition, Lane: bot.Reply, ID: bot.EntryID(all[6])}); err != nil {
		t.Fatal(err)
	}

	// Without the key every other message is read, in full pages.
	after := bot.EntryID("")
	for _, want := range [][]string{{"new 1", "new 2"}, {"new 3"}, nil} {
		page, err := alone.Read(t.Context(), id.Partition, bot.Reply, after, 2)
		if err != nil || !slices.Equal(texts(page), want) {
			t.Fatalf("page %q, %v; want %q", texts(page), err, want)
		}
		for _, e := range page {
			after = e.ID
			if tries := map[string]int{"new 2": 1}[e.Message.Text]; e.Tried != tries {
				t.Errorf("%s: tried %d times, want %d", e.Message.Text, e.Tried, tries)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != len(closed) {
		t.Fatalf("%d lines in the log for %d entries:\n%s", len(lines), len(closed), log.String())
	}
	for i, line := range lines {
		what := map[bool]string{true: "is damaged", false: "needs a key"}[i == 2 || i == 3]
		for _, part := range []string{"level=ERROR", what, "partition=", "lane=reply", "entry=" + closed[i]} {
			if !strings.Contains(line, part) {
				t.Errorf("no %q in %s", part, line)
			}
		}
		if strings.Contains(line, id.Hash) || strings.Contains(line, somebody.ID) {
			t.Errorf("the log names the person: %s", line)
		}
	}
	if tries := both.client.HKeys(t.Context(), at.tries).Val(); len(tries) != 1 {
		t.Errorf("attempts remain of %q", tries)
	}

	// With the key back they are all still there, and open.
	var found []string
	for _, m := range both.client.XRange(t.Context(), at.aside, "-", "+").Val() {
		e, err := both.openEntry(id.Partition, bot.Reply, m)
		if err != nil {
			e.Message.Text = "closed"
		}
		found = append(found, e.Message.Text)
		if m.Values["lane"] != "r" {
			t.Errorf("set aside with %v", m.Values)
		}
	}
	if want := []string{"old 1", "old 2", "closed", "closed", "old 3"}; !slices.Equal(found, want) {
		t.Errorf("set aside: %q, want %q", found, want)
	}
	if ttl := both.client.PTTL(t.Context(), at.aside).Val(); ttl <= asideFor-time.Hour || ttl > asideFor {
		t.Errorf("kept for %v", ttl)
	}

	// The operator puts them back; what is damaged is set aside again.
	script, err := os.ReadFile("back.lua")
	if err != nil {
		t.Fatal(err)
	}
	keys := append([]string{at.aside}, at.lanes[:]...)
	if n, err := both.client.Eval(t.Context(), string(script), keys).Int(); err != nil || n != len(closed) {
		t.Fatalf("%d put back of %d: %v", n, len(closed), err)
	}
	entries, err := both.Read(t.Context(), id.Partition, bot.Reply, "", 100)
	if want := []string{"new 1", "new 2", "new 3", "old 1", "old 2", "old 3"}; err != nil || !slices.Equal(texts(entries), want) {
		t.Errorf("put back: %q, %v; want %q", texts(entries), err, want)
	}
	if n := both.client.XLen(t.Context(), at.aside).Val(); n != 2 {
		t.Errorf("%d are set aside again, want 2", n)
	}

	// Whoever is erased is erased here as well, and nobody else.
	other := damage(t, both, id, "p", "somebodyelse", "v", "damaged")
	waits(t, before, "old 4")
	if _, err := alone.Read(t.Context(), id.Partition, bot.Reply, "", 100); err != nil {
		t.Fatal(err)
	}
	if _, err := erase(t.Context(), both, somebody); err != nil {
		t.Fatal(err)
	}
	left := both.client.XRange(t.Context(), at.aside, "-", "+").Val()
	if len(left) != 2 || left[0].Values["no"] != "fields" || left[1].Values["p"] != "somebodyelse" {
		t.Errorf("after erasing, and %s of somebody else: %v", other, left)
	}
}

// TestAsideIsBounded sets more aside than is kept.
func TestAsideIsBounded(t *testing.T) {
	s := opened(t)(Open(t.Context(), Options{URL: adaptertest.Redis(t).URL, Keys: [][]byte{key1}, Log: slog.New(slog.DiscardHandler)}))
	at := places[5]
	pipe := s.client.Pipeline()
	for i := range asideMost + 3 {
		pipe.XAdd(t.Context(), &goredis.XAddArgs{Stream: at.lanes[bot.Bulk], Values: []any{"p", "x", "v", i}})
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entries, err := s.Read(t.Context(), 5, bot.Bulk, "", 1000); err != nil || len(entries) > 0 {
		t.Fatal(entries, err)
	}
	aside := s.client.XRangeN(t.Context(), at.aside, "-", "+", 1).Val()
	if n, left := s.client.XLen(t.Context(), at.aside).Val(), s.client.XLen(t.Context(), at.lanes[bot.Bulk]).Val(); n != asideMost || left != 0 || aside[0].Values["v"] != "3" {
		t.Errorf("%d are kept from %v on, %d remain in the lane", n, aside, left)
	}
}

// TestAsideIsForgotten lets time pass over what was set aside.
func TestAsideIsForgotten(t *testing.T) {
	clock := adaptertest.NewClock(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}, Now: clock.Now, Log: slog.New(slog.DiscardHandler)}))
	id := bot.PersonID{Partition: 5, Hash: "x"}
	for _, one := range []struct {
		pass time.Duration
		add  bool
		want int64
	}{{0, true, 1}, {29 * 24 * time.Hour, true, 2}, {2 * 24 * time.Hour, true, 2}, {29 * 24 * time.Hour, false, 2}, {2 * 24 * time.Hour, false, 0}} {
		clock.Pass(one.pass)
		s.embedded.tick()
		if one.add {
			damage(t, s, id, "p", id.Hash, "v", "damaged")
			if _, err := s.Read(t.Context(), id.Partition, bot.Reply, "", 10); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.client.XLen(t.Context(), places[5].aside).Val(); n != one.want {
			t.Errorf("at %v %d are kept, want %d", clock.Now(), n, one.want)
		}
	}
}

// TestRefusedLane: a lane that the server refuses to read holds no other lane.
func TestRefusedLane(t *testing.T) {
	s := opened(t)(Open(t.Context(), Options{URL: adaptertest.Redis(t).URL, Keys: [][]byte{key1}}))
	waits(t, s, "here")
	id, _ := s.personID(t.Context(), somebody)
	if err := s.client.Set(t.Context(), places[id.Partition].lanes[bot.Urgent], "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	from := []bot.Cursor{{Partition: id.Partition, Lane: bot.Urgent}, {Partition: id.Partition, Lane: bot.Reply}}
	lanes, err := s.ReadLanes(t.Context(), from, 5)
	if err == nil || len(lanes) != 2 || len(lanes[0]) != 0 || !slices.Equal(texts(lanes[1]), []string{"here"}) {
		t.Errorf("%v, %v", lanes, err)
	}
}

// waits keeps replies to somebody.
func waits(t *testing.T, s *Store, replies ...string) {
	t.Helper()
	err := s.Update(t.Context(), somebody, "", func(p *bot.Person) error {
		for _, text := range replies {
			p.Outbox = append(p.Outbox, bot.Outbound{To: p.Address, Lane: bot.Reply, Text: text})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// damage puts what no store wrote into the reply lane of somebody's partition.
func damage(t *testing.T, s *Store, id bot.PersonID, values ...string) (entry string) {
	t.Helper()
	entry, err := s.client.XAdd(t.Context(), &goredis.XAddArgs{Stream: places[id.Partition].lanes[bot.Reply], Values: values}).Result()
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func texts(entries []bot.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Message.Text)
	}
	return all
}
