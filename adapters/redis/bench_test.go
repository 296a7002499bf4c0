package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
	"porchlight/flows"
)

// home is a person at rest as most are.
var home = flows.Session{Flow: "menu", State: "home",
	Profile: flows.Profile{Language: "fa-AF", Chosen: true, Country: "GB", Area: "riverside", Topics: []string{"groups"}}}

// BenchmarkUpdate measures a turn with one reply kept, and after it the two
// commands of a turn on the same server without the store: through the same
// client library (bare), and by redis-benchmark (peer), which is written in C
// and keeps nothing in between. The ratios are the store's turns a second over
// theirs, at the same concurrency.
func BenchmarkUpdate(b *testing.B) {
	for _, disk := range []string{"everysec", "always"} {
		for _, at := range []int{1, 16, 64, 256} {
			b.Run(fmt.Sprintf("fsync=%s/at=%d", disk, at), func(b *testing.B) {
				server := adaptertest.Redis(b, "--appendfsync", disk)
				s := opened(b)(Open(b.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
				const people = 10_000
				b.ReportAllocs()
				before := processor(b)
				b.ResetTimer()
				took := spread(b, at, func(ctx context.Context, i int) error {
					from := bot.Address{Channel: "sms", ID: "+447" + strconv.Itoa(700_000_000+i%people)}
					return s.Update(ctx, from, bot.MessageID("SM"+strconv.Itoa(i)), func(p *bot.Person) error {
						p.Session = home
						p.Outbox = append(p.Outbox, bot.Outbound{To: from, Lane: bot.Reply, Language: "fa-AF",
							Text: "Groups this week:\n1 Welcome cafe, Wed 25 Nov 10:00, Mill Lane Library\nSend a number for details. MENU to go back."})
						return nil
					})
				})
				b.StopTimer()
				store := float64(b.N) / took.Seconds()
				b.ReportMetric((processor(b)-before).Seconds()*1e6/float64(b.N), "cpu-µs/turn")
				b.ReportMetric(store, "turns/s")
				b.ReportMetric(store/(float64(b.N)/spread(b, at, bareTurns(s.client, people)).Seconds()), "ratio-bare")
				b.ReportMetric(store/peerTurns(b, server.Addr, at), "ratio-peer")
			})
		}
	}
}

// peerTurns is how many turns a second redis-benchmark drives: its commands
// run one kind after the other, so their times add up.
func peerTurns(b *testing.B, addr string, at int) float64 {
	b.Helper()
	host, port, _ := net.SplitHostPort(addr)
	filler := func(n int) string { return strings.Repeat("x", n) }
	person, seen := "{17}p:peer__rand_int__", "{17}m:peer__rand_int__"
	at17 := places[17]
	seconds := 0.0
	for _, command := range [][]string{
		{"MGET", person, seen},
		{"EVALSHA", commitScript.Hash(), "8", person, seen, at17.timers, at17.data, at17.tries, at17.lanes[0], at17.lanes[1], at17.lanes[2],
			"", "__rand_int__" + filler(178), "15552000000", "86400000", "17 peer", "o", "2", filler(20), filler(240)},
	} {
		flags := []string{"-h", host, "-p", port, "-c", strconv.Itoa(at), "-n", strconv.Itoa(max(b.N, 1000)), "-r", "1000000000", "--csv"}
		out, err := exec.Command("redis-benchmark", append(flags, command...)...).Output()
		if err != nil {
			b.Fatal("redis-benchmark, of the Debian package redis-tools: ", err)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		fields := strings.Split(lines[len(lines)-1], "\",\"")
		rate, err := strconv.ParseFloat(fields[1], 64)
		if err != nil || rate == 0 {
			b.Fatalf("redis-benchmark answers %q", out)
		}
		seconds += 1 / rate
	}
	return 1 / seconds
}

// processor is how much processor time this process has taken.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// spread runs b.N turns, so many at a time.
func spread(b *testing.B, at int, turn func(context.Context, int) error) time.Duration {
	b.Helper()
	var next atomic.Int64
	var work sync.WaitGroup
	start := time.Now()
	for range at {
		work.Go(func() {
			for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
				if err := turn(b.Context(), i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	return time.Since(start)
}

// bareTurns gives the commands of a turn and nothing else.
func bareTurns(client goredis.UniversalClient, people int) func(context.Context, int) error {
	value, payload := make([]byte, 190), make([]byte, 240)
	_, _ = rand.Read(value)
	_, _ = rand.Read(payload)
	return func(ctx context.Context, i int) error {
		at := places[i%partitions]
		keys := []string{fmt.Sprintf("%sp:bare%016d", at.tag, i%people), fmt.Sprintf("%sm:bare%016d", at.tag, i),
			at.timers, at.data, at.tries, at.lanes[0], at.lanes[1], at.lanes[2]}
		had, err := client.MGet(ctx, keys[:2]...).Result()
		if err != nil {
			return err
		}
		began := ""
		if text, ok := had[0].(string); ok {
			began = text[:tokenSize]
		}
		fresh := append([]byte(fmt.Sprintf("%016d", i)), value[tokenSize:]...)
		return commitScript.EvalSha(ctx, client, keys, began, fresh, "15552000000", "86400000", "17 bare",
			"o", "2", "barebarebarebarebare", payload).Err()
	}
}

// TestMemory holds what a person at rest takes of the server's memory, keys,
// tables and all: under 400 bytes.
func TestMemory(t *testing.T) {
	server := adaptertest.Redis(t, "--appendfsync", "no")
	s := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	used := func() int64 {
		n, err := s.client.InfoMap(t.Context(), "memory").Result()
		if err != nil {
			t.Fatal(err)
		}
		bytes, err := strconv.ParseInt(n["Memory"]["used_memory_dataset"], 10, 64)
		overhead, err2 := strconv.ParseInt(n["Memory"]["used_memory_overhead"], 10, 64)
		clients, err3 := strconv.ParseInt(n["Memory"]["mem_clients_normal"], 10, 64)
		if err != nil || err2 != nil || err3 != nil {
			t.Fatal(err, err2, err3)
		}
		return bytes + overhead - clients
	}
	const people = 16_384 // as many as the tables of the server have room for
	add := func(from, to int) {
		var work sync.WaitGroup
		for w := range 16 {
			work.Go(func() {
				for i := from + w; i < to; i += 16 {
					err := s.Update(t.Context(), bot.Address{Channel: "sms", ID: "+447" + strconv.Itoa(700_000_000+i)}, "",
						func(p *bot.Person) error { p.Session = home; return nil })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
	}
	add(0, 100)
	before := used()
	add(100, people)
	each := (used() - before) / (people - 100)
	id, _ := s.personID(t.Context(), bot.Address{Channel: "sms", ID: "+447700000000"})
	t.Logf("%d bytes a person, MEMORY USAGE %d, of that value %d", each,
		s.client.MemoryUsage(t.Context(), personKey(id)).Val(), s.client.StrLen(t.Context(), personKey(id)).Val())
	if each >= 400 || each < 100 {
		t.Errorf("%d bytes a person", each)
	}
}
