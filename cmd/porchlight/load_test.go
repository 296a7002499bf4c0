package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
)

// BenchmarkServe drives the program from the outside: signed webhooks in,
// replies at a stand-in for the network, a real Redis between. The load, Redis,
// the stand-in and the program share the processors. A turn is counted when its
// reply has arrived.
//
//	go test -run '^$' -bench Serve -benchtime 20000x ./cmd/porchlight
func BenchmarkServe(b *testing.B) {
	program := filepath.Join(b.TempDir(), "porchlight")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, channel := range []string{"sms", "telegram"} {
		b.Run(channel+"/idle", func(b *testing.B) { serveIdle(b, program, channel) })
		for _, at := range []int{16, 64, 256} {
			b.Run(fmt.Sprintf("%s/at=%d", channel, at), func(b *testing.B) { serveLoad(b, program, channel, at) })
		}
	}
}

// loaded is a deployment under load: each person has one turn under way.
type loaded struct {
	*deployment
	channel string
	arrived map[string]chan struct{} // a reply, by person
	people  []string

	ready time.Duration // from the start until ready
	idle  float64       // MiB, before anybody wrote
}

// launch starts the program for so many people.
func launch(b *testing.B, program, channel string, people int) *loaded {
	d := &deployment{t: b, command: program, redis: adaptertest.Redis(b, "--appendfsync", "everysec"), networks: standIns(b), client: &http.Client{
		Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512},
	}}
	l := &loaded{deployment: d, channel: channel, arrived: map[string]chan struct{}{}}
	for n := range people {
		who := fmt.Sprintf("+44770%07d", n)
		if channel == "telegram" {
			who = strconv.Itoa(7391000000 + n)
		}
		l.people, l.arrived[who] = append(l.people, who), make(chan struct{}, 8)
	}
	d.networks.light = true
	d.networks.news = func(m sent) { l.arrived[m.To] <- struct{}{} }
	d.configure()
	began := time.Now()
	d.start()
	b.Cleanup(d.end)
	l.ready, l.idle = time.Since(began), d.resident()
	return l
}

// turn brings one message of a person and waits for the reply.
func (l *loaded) turn(who string, n int64) {
	var got int
	if l.channel == "sms" {
		got = l.text(who, textSID(int(n)), said(n))
	} else {
		id, _ := strconv.ParseInt(who, 10, 64)
		got = l.telegram(written(n+1, id, "en", said(n)))
	}
	if got != http.StatusOK {
		l.t.Errorf("a message is answered %d", got)
		return
	}
	select {
	case <-l.arrived[who]:
	case <-time.After(patience):
		l.t.Error("a reply never came")
	}
}

// said is what people write: a menu, a list, a text, a choice.
func said(n int64) string { return []string{"MENU", "4", "1", "GROUPS"}[n%4] }

// resident is the program's memory, in MiB.
func (d *deployment) resident() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kib) / 1024
		}
	}
	d.t.Fatal("no VmRSS")
	return 0
}

// processor is the time that the program has had of the processors: utime and
// stime of proc(5), in hundredths of a second.
func (d *deployment) processor() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// redisProcessor is what Redis has had of the processors.
func (d *deployment) redisProcessor(client *goredis.Client) time.Duration {
	cpu := client.InfoMap(d.t.Context(), "cpu").Val()["CPU"]
	user, _ := strconv.ParseFloat(cpu["used_cpu_user"], 64)
	system, _ := strconv.ParseFloat(cpu["used_cpu_sys"], 64)
	return time.Duration((user + system) * float64(time.Second))
}

// own is what the load and the stand-in, which are this process, have had.
func own(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// commands counts what Redis was asked, outside of scripts and inside, and how
// many requests it read. A request may hold several commands.
func (d *deployment) commands(client *goredis.Client) (calls map[string]float64, reads float64) {
	info := client.InfoMap(d.t.Context(), "commandstats", "stats").Val()
	calls = map[string]float64{}
	for name, stat := range info["Commandstats"] {
		n, _, _ := strings.Cut(strings.TrimPrefix(stat, "calls="), ",")
		calls[strings.TrimPrefix(name, "cmdstat_")], _ = strconv.ParseFloat(n, 64)
	}
	reads, _ = strconv.ParseFloat(info["Stats"]["total_reads_processed"], 64)
	return calls, reads
}

// serveIdle is one person who writes when nobody else does: from the webhook's
// answer, which says that the turn is kept, to the reply at the network.
func serveIdle(b *testing.B, program, channel string) {
	l := launch(b, program, channel, min(b.N, 2000))
	client := goredis.NewClient(&goredis.Options{Addr: l.redis.Addr})
	defer client.Close()
	for n := range min(200, len(l.people)) { // until connections stand
		l.turn(l.people[n], int64(n+1_000_000))
	}
	kept := make([]time.Duration, 0, b.N)
	before, reads := l.commands(client)
	b.ResetTimer()
	for n := range b.N {
		who := l.people[n%len(l.people)]
		var got int
		if channel == "sms" {
			got = l.text(who, textSID(n), said(int64(n)))
		} else {
			id, _ := strconv.ParseInt(who, 10, 64)
			got = l.telegram(written(int64(n+1), id, "en", said(int64(n))))
		}
		answered := time.Now()
		if got != http.StatusOK {
			b.Fatal(got)
		}
		<-l.arrived[who]
		// The reply may overtake the webhook's answer: then nothing lay between.
		kept = append(kept, time.Since(answered))
	}
	b.StopTimer()
	after, readsAfter := l.commands(client)
	slices.Sort(kept)
	b.ReportMetric(float64(kept[len(kept)/2].Microseconds())/1000, "kept-to-network-p50-ms")
	b.ReportMetric(float64(kept[len(kept)*99/100].Microseconds())/1000, "kept-to-network-p99-ms")
	b.ReportMetric((readsAfter-reads)/float64(b.N), "redis-reads/turn")
	b.ReportMetric(float64(l.ready.Milliseconds()), "start-ms")
	b.ReportMetric(l.idle, "start-MiB")
	var list []string
	for name, n := range after {
		if each := (n - before[name]) / float64(b.N); each >= 0.05 {
			list = append(list, fmt.Sprintf("%s %.2f", name, each))
		}
	}
	slices.Sort(list)
	b.Log("Redis commands a turn: ", strings.Join(list, ", "))
}

// serveLoad has so many turns under way at once.
func serveLoad(b *testing.B, program, channel string, at int) {
	// On Telegram a chat gets one message a second after a burst of four, so
	// there are enough people for everybody to stay below.
	l := launch(b, program, channel, max(at, b.N/3))
	l.drive(b, at, 500, 1_000_000_000)
	client := goredis.NewClient(&goredis.Options{Addr: l.redis.Addr})
	defer client.Close()
	used, redis, load := l.processor(), l.redisProcessor(client), own(b)
	_, reads := l.commands(client)
	b.ResetTimer()
	began := time.Now()
	l.drive(b, at, b.N, 0)
	took := time.Since(began)
	b.StopTimer()
	used, redis, load = l.processor()-used, l.redisProcessor(client)-redis, own(b)-load
	_, readsAfter := l.commands(client)
	b.ReportMetric(float64(b.N)/took.Seconds(), "turns/s")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/turn")
	b.ReportMetric(float64(redis.Microseconds())/float64(b.N), "redis-µs/turn")
	b.ReportMetric(float64(load.Microseconds())/float64(b.N), "load-µs/turn")
	b.ReportMetric((readsAfter-reads)/float64(b.N), "redis-reads/turn")
	b.ReportMetric(l.resident(), "MiB")
}

func (l *loaded) drive(b *testing.B, at, turns int, ids int64) {
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range at {
		all.Go(func() {
			// Each worker has people of its own, so that none has two turns under way.
			mine := (len(l.people) - w + at - 1) / at
			for i := 0; ; i++ {
				n := next.Add(1) - 1
				if n >= int64(turns) || b.Failed() {
					return
				}
				l.turn(l.people[w+i%mine*at], ids+n)
			}
		})
	}
	all.Wait()
}
