package redis

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

// TestNothingInClear looks for what was said and who said it in every key and
// value, on the wire form of the server.
func TestNothingInClear(t *testing.T) {
	server := adaptertest.Redis(t)
	s := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	err := s.Update(t.Context(), somebody, "SMsecretmessageid", func(p *bot.Person) error {
		p.Session.Flow, p.Session.State = "menuflow", "homestate"
		p.Session.Language, p.Session.Area = "fa-AF", "riverside"
		p.Timers = []bot.Timer{{Name: "remind", Due: time.Now().Add(time.Hour), Data: "groupdata"}}
		for _, lane := range bot.Lanes {
			p.Outbox = append(p.Outbox, bot.Outbound{To: p.Address, Lane: lane, Text: "wordsofcomfort"})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Advance(t.Context(), bot.Delivery{To: somebody, ID: "SMreceiptid", Status: bot.Sent}); err != nil {
		t.Fatal(err)
	}
	all := dump(t, s.client)
	if len(all) < 10 {
		t.Fatalf("found only %q", all)
	}
	for _, secret := range []string{"447700900123", "7700900123", "SMsecretmessageid", "SMreceiptid", "menuflow", "homestate", "fa-AF",
		"riverside", "groupdata", "wordsofcomfort", "sms", string(key1), base64.StdEncoding.EncodeToString(key1), hex.EncodeToString(key1)} {
		for _, text := range all {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in clear in %q", secret, text)
			}
		}
	}
}

// dump gives every key and every value of a server.
func dump(t *testing.T, client goredis.UniversalClient) (all []string) {
	t.Helper()
	ctx := context.Background()
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		all = append(all, key)
		switch kind := client.Type(ctx, key).Val(); kind {
		case "string":
			all = append(all, client.Get(ctx, key).Val())
		case "list":
			all = append(all, client.LRange(ctx, key, 0, -1).Val()...)
		case "zset":
			all = append(all, client.ZRange(ctx, key, 0, -1).Val()...)
		case "hash":
			for field, value := range client.HGetAll(ctx, key).Val() {
				all = append(all, field, value)
			}
		case "stream":
			for _, m := range client.XRange(ctx, key, "-", "+").Val() {
				for field, value := range m.Values {
					all = append(all, field, value.(string))
				}
			}
		default:
			t.Fatalf("%s is a %s: teach this test to read it", key, kind)
		}
	}
	return all
}

// TestForgotten: after erasing only ids of messages remain, and not for ever.
func TestForgotten(t *testing.T) {
	server := adaptertest.Redis(t)
	s := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	err := s.Update(t.Context(), somebody, "1", func(p *bot.Person) error {
		p.Timers = []bot.Timer{{Name: "x", Due: time.Now().Add(time.Hour), Data: "d"}}
		p.Outbox = []bot.Outbound{{To: p.Address, Lane: bot.Bulk, Text: "waiting"}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := s.personID(t.Context(), somebody)
	waiting, err := s.Read(t.Context(), id.Partition, bot.Bulk, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tried(t.Context(), waiting[0].EntryRef); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if found, err := erase(t.Context(), s, somebody); err != nil || found != want {
			t.Fatalf("Erase: %v, %v", found, err)
		}
	}
	for _, key := range s.client.Keys(t.Context(), "*").Val() {
		ttl := s.client.TTL(t.Context(), key).Val()
		length := s.client.XLen(t.Context(), key).Val()
		switch {
		case key == namesKey:
		case strings.Contains(key, "}m:") && ttl > 0 && ttl <= 24*time.Hour:
		case strings.HasSuffix(key, "}o:b") && length == 0: // the stream's counter of ids
		default:
			t.Errorf("%s remains, for %v", key, ttl)
		}
	}
}

// TestRotation changes the keys under a person, a timer and a waiting message.
func TestRotation(t *testing.T) {
	server := adaptertest.Redis(t)
	with := func(keys ...[]byte) (*Store, error) {
		return Open(t.Context(), Options{URL: server.URL, Keys: keys})
	}
	old := opened(t)(with(key1))
	err := old.Update(t.Context(), somebody, "1", func(p *bot.Person) error {
		p.Timers = []bot.Timer{{Name: "x", Due: time.Now(), Data: "d"}}
		return counting(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	quiet := bot.Address{Channel: "sms", ID: "+447700900999"}
	if err := old.Update(t.Context(), quiet, "", counting); err != nil {
		t.Fatal(err)
	}
	both := opened(t)(with(key2, key1))
	// A repeat over the rotation, then processes with old and new keys in turn.
	for i, on := range []*Store{both, both, opened(t)(with(key1, key2)), both} {
		if err := on.Update(t.Context(), somebody, bot.MessageID([]string{"1", "2", "3", "4"}[i]), counting); err != nil {
			t.Fatal(err)
		}
	}
	if kept, waiting := count(t, both); kept != "4" || waiting != 4 {
		t.Errorf("%s turns, %d messages; want 4 of each", kept, waiting)
	}
	id, _ := both.personID(t.Context(), somebody)
	due, _, err := both.Due(t.Context(), id.Partition, time.Now().Add(time.Second), 1)
	if err != nil || len(due) != 1 {
		t.Fatal(due, err)
	}
	data := ""
	if err := both.Fire(t.Context(), due[0], func(p *bot.Person) error { data = p.Timers[0].Data; return nil }); err != nil || data != "d" {
		t.Errorf("timer: %q, %v", data, err)
	}
	// The old key is dropped after a restart with both: who was written anew is there, who was not is
	// refused by name of the key.
	opened(t)(with(key2, key1))
	alone := opened(t)(with(key2))
	if err := alone.Update(t.Context(), somebody, "5", counting); err != nil {
		t.Error(err)
	}
	missing := hex.EncodeToString([]byte(both.seals.keys[1].id))
	if err := alone.Update(t.Context(), quiet, "", counting); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), missing) {
		t.Errorf("without the old key: %v", err)
	}
	if _, err := with(key1); !errors.Is(err, ErrKey) {
		t.Errorf("opened with a key that is not the store's: %v", err)
	}
}

// TestMovedValue: one person's value does not open as another's.
func TestMovedValue(t *testing.T) {
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}}))
	from, _ := s.personID(t.Context(), somebody)
	var other bot.Address
	var to bot.PersonID
	for i := 0; i == 0 || to.Partition != from.Partition; i++ { // whose values the same key seals
		other = bot.Address{Channel: "sms", ID: strconv.Itoa(i)}
		to, _ = s.personID(t.Context(), other)
	}
	for _, a := range []bot.Address{somebody, other} {
		if err := s.Update(t.Context(), a, "", counting); err != nil {
			t.Fatal(err)
		}
	}
	value := s.client.Get(t.Context(), personKey(from)).Val()
	if err := s.client.Set(t.Context(), personKey(to), value, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), other, "", counting); err == nil || errors.Is(err, bot.ErrAway) {
		t.Errorf("somebody else's value: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, one := range []struct {
		url  string
		keys [][]byte
		want string
	}{
		{"redis://127.0.0.1:1", nil, "no key"},
		{"redis://127.0.0.1:1", [][]byte{key1, key2[:31]}, "key 2 has 31 bytes"},
		{"redis://127.0.0.1:1", [][]byte{key1, key2, key1}, "key 3 stands there twice"},
		{"http://user:secret@host", [][]byte{key1}, "REDIS_URL"},
		{"redis://127.0.0.1:1, host:x", [][]byte{key1}, "REDIS_URL"},
		{"", [][]byte{key1}, "REDIS_URL"},
	} {
		_, err := Open(t.Context(), Options{URL: one.url, Keys: one.keys})
		if err == nil || !strings.Contains(err.Error(), one.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", one.url, err)
		}
	}
}

// TestIdle: a person who does nothing is forgotten, but not before a timer.
func TestIdle(t *testing.T) {
	clock := adaptertest.NewClock(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}, Now: clock.Now, Idle: time.Hour}))
	waiting := bot.Address{Channel: "sms", ID: "1"}
	for _, a := range []bot.Address{somebody, waiting} {
		err := s.Update(t.Context(), a, "1", func(p *bot.Person) error {
			if a == waiting {
				p.Timers = []bot.Timer{{Name: "x", Due: clock.Now().Add(3 * time.Hour)}}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	there := func() (all []bool) {
		for _, a := range []bot.Address{somebody, waiting} {
			id, _ := s.personID(t.Context(), a)
			_, ok, err := s.Look(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ok)
		}
		return all
	}
	for _, one := range []struct {
		pass time.Duration
		want []bool
	}{{59 * time.Minute, []bool{true, true}}, {2 * time.Minute, []bool{false, true}}, {2 * time.Hour, []bool{false, true}}, {time.Hour, []bool{false, false}}} {
		clock.Pass(one.pass)
		s.embedded.tick()
		if got := there(); !slices.Equal(got, one.want) {
			t.Errorf("at %v: %v, want %v", clock.Now(), got, one.want)
		}
	}
	// The timer that nobody is left for goes without a turn.
	id, _ := s.personID(t.Context(), waiting)
	due, _, err := s.Due(t.Context(), id.Partition, clock.Now(), 1)
	if err != nil || len(due) != 1 {
		t.Fatal(due, err)
	}
	ran := false
	if err := s.Fire(t.Context(), due[0], func(*bot.Person) error { ran = true; return nil }); err != nil || ran {
		t.Errorf("fired for nobody: %v, %v", ran, err)
	}
	if due, _, _ := s.Due(t.Context(), id.Partition, clock.Now(), 1); len(due) > 0 {
		t.Errorf("still due: %v", due)
	}
}

// erase removes all that is kept about a person.
func erase(ctx context.Context, s *Store, who bot.Address) (found bool, err error) {
	err = s.Update(ctx, who, "", func(p *bot.Person) error {
		found, p.Erased = !p.New, true
		return nil
	})
	return found, err
}

// TestEmbeddedClock: what is kept after the clock was set ahead lives from
// then on, however late the server's own time follows.
func TestEmbeddedClock(t *testing.T) {
	clock := adaptertest.NewClock(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}, Now: clock.Now, Idle: time.Hour}))
	clock.Pass(4 * 24 * time.Hour)
	if err := s.Update(t.Context(), somebody, "1", func(*bot.Person) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s.embedded.tick()
	id, _ := s.personID(t.Context(), somebody)
	if _, ok, err := s.Look(t.Context(), id); err != nil || !ok {
		t.Errorf("somebody who has just written is forgotten: %v", err)
	}
}
