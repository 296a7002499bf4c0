package bot_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/redis"
	"porchlight/bot"
)

var key = bytes.Repeat([]byte{7}, 32)

func onRedis(t testing.TB, store *redis.Store, owner string, ch bot.Channel, rate bot.ChannelRate) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	d := bot.NewDeliverer(bot.DeliveryConfig{
		Store: store, Channels: []bot.Channel{ch}, Owner: owner, LeaseTTL: 2 * time.Second,
		Rates: map[string]bot.ChannelRate{ch.Name(): rate},
		Log:   slog.New(slog.DiscardHandler),
	})
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// say keeps a turn of one person that says the texts.
func say(t testing.TB, store *redis.Store, who string, lane bot.Lane, texts ...string) {
	to := bot.Address{Channel: "sms", ID: who}
	err := store.Update(context.Background(), to, "", func(p *bot.Person) error {
		for _, text := range texts {
			p.Outbox = append(p.Outbox, bot.Outbound{To: to, Lane: lane, Text: text})
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func waiting(t testing.TB, store *redis.Store) (n int) {
	for p := range bot.Partition(64) {
		for _, lane := range bot.Lanes {
			entries, err := store.Read(t.Context(), p, lane, "", 1000)
			if err != nil {
				t.Fatal(err)
			}
			n += len(entries)
		}
	}
	return n
}

// Two processes on one Redis, a network that fails at random, one process that
// ends on the way: all arrives, once, and in each person's order.
func TestDeliveryOnRedis(t *testing.T) {
	store, err := redis.OpenEmbedded(t.Context(), redis.Options{Keys: [][]byte{key}})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	random := rand.New(rand.NewPCG(1, 2))
	ch := newScript("sms", nil)
	ch.answer = func(_ context.Context, _ bot.Outbound, attempt int) error {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		if attempt == 1 && random.IntN(50) == 0 {
			return fails(bot.Transient)
		}
		return nil
	}
	stopOne := onRedis(t, store, "one", ch, bot.ChannelRate{PerSecond: 5000})
	stopTwo := onRedis(t, store, "two", ch, bot.ChannelRate{PerSecond: 5000})
	const people, turns = 40, 6
	for turn := range turns {
		for who := range people {
			lane := bot.Reply
			if who%4 == 0 {
				lane = bot.Bulk
			}
			say(t, store, fmt.Sprint("+4477009", who), lane, fmt.Sprint(who, " ", turn, "a"), fmt.Sprint(who, " ", turn, "b"))
		}
		if turn == 3 {
			stopTwo()
		}
	}
	adaptertest.Eventually(t, "all messages are sent", func() bool { return len(ch.log()) >= people*turns*2 })
	adaptertest.Eventually(t, "the outbox is empty", func() bool { return waiting(t, store) == 0 })
	stopOne()
	byPerson := map[string][]string{}
	for _, m := range ch.log() {
		byPerson[m.who] = append(byPerson[m.who], m.text)
	}
	for who := range people {
		var want []string
		for turn := range turns {
			want = append(want, fmt.Sprint(who, " ", turn, "a"), fmt.Sprint(who, " ", turn, "b"))
		}
		if got := byPerson[fmt.Sprint("+4477009", who)]; !slices.Equal(got, want) {
			t.Errorf("person %d: got %q", who, got)
		}
	}
	if ch.overlaps != 0 {
		t.Errorf("%d times two messages of a person were in flight", ch.overlaps)
	}
}

func TestThePersonIsMarkedOnRedis(t *testing.T) {
	store, err := redis.OpenEmbedded(t.Context(), redis.Options{Keys: [][]byte{key}})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ch := newScript("sms", func(context.Context, bot.Outbound, int) error { return fails(bot.OptedOut) })
	defer onRedis(t, store, "one", ch, bot.ChannelRate{PerSecond: 10})()
	say(t, store, "+447700900123", bot.Bulk, "one", "two", "three")
	adaptertest.Eventually(t, "the outbox is empty", func() bool { return waiting(t, store) == 0 })
	if n := ch.tries("one") + ch.tries("two") + ch.tries("three"); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
	var reach bot.Reach
	stop := fmt.Errorf("only looking")
	_ = store.Update(t.Context(), bot.Address{Channel: "sms", ID: "+447700900123"}, "", func(p *bot.Person) error {
		reach = p.Reach
		return stop
	})
	if reach != bot.NetworkStop {
		t.Errorf("reach %q", reach)
	}
}

// counter is a network that takes everything at once.
type counter struct{ arrived chan struct{} }

func (c counter) Name() string                         { return "sms" }
func (c counter) Divide(m bot.Outbound) []bot.Outbound { return []bot.Outbound{m} }
func (c counter) Send(context.Context, bot.Outbound) (bot.Receipt, error) {
	c.arrived <- struct{}{}
	return bot.Receipt{ID: "x"}, nil
}

// BenchmarkFromKeptToNetwork is one message on an idle system, from the turn
// that keeps it to the network's door, on a real server.
func BenchmarkFromKeptToNetwork(b *testing.B) {
	store, err := redis.Open(b.Context(), redis.Options{URL: adaptertest.Redis(b).URL, Keys: [][]byte{key}})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	ch := counter{make(chan struct{})}
	defer onRedis(b, store, "one", ch, bot.ChannelRate{PerSecond: 100_000})()
	say(b, store, "+447700900000", bot.Reply, "warm up")
	<-ch.arrived
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		say(b, store, fmt.Sprint("+4477009", i%1000), bot.Reply, "text")
		kept := time.Now()
		<-ch.arrived
		took = append(took, time.Since(kept))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkDelivery keeps turns from many goroutines and delivers them, on a
// real server.
func BenchmarkDelivery(b *testing.B) {
	store, err := redis.Open(b.Context(), redis.Options{URL: adaptertest.Redis(b).URL, Keys: [][]byte{key}})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	ch := counter{make(chan struct{}, 1024)}
	defer onRedis(b, store, "one", ch, bot.ChannelRate{PerSecond: 100_000})()
	say(b, store, "+447700900000", bot.Reply, "warm up")
	<-ch.arrived
	var serial atomic.Int64
	all := make(chan struct{})
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for range b.N {
			<-ch.arrived
		}
		close(all)
	}()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			say(b, store, fmt.Sprint("+4477009", serial.Add(1)%5000), bot.Reply, "text")
		}
	})
	<-all
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
