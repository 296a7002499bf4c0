package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/redis"
	"porchlight/bot"
)

// campaignLanguages are those of the people an announcement is for.
var campaignLanguages = []string{"en", "es", "ar", "fa-AF", "uk", "so", "fr", "tr"}

// campaign is an announcement to many people, half of them by text message.
type campaign struct {
	*deployment
	rate int // a second, on each channel

	mu       sync.Mutex
	language map[string]string      // of everybody it is for
	heard    map[string]int         // how often each heard it
	missing  int                    // of those who have not stopped
	arrivals map[bool][]time.Time   // by whether it is a text message
	wrong    int                    // in another language
	stopped  map[string]bool        // who was told that they hear no more
	after    int                    // announcements to them after that
	replies  map[string]chan string // to those who write themselves
	all      chan struct{}          // closed when nobody is missing
}

// campaignOf starts a program with so many subscribers in its store.
func campaignOf(t testing.TB, program string, people, rate int, redisOptions ...string) *campaign {
	t.Helper()
	c := &campaign{deployment: &deployment{t: t, command: program, redis: adaptertest.Redis(t, redisOptions...), networks: standIns(t), client: &http.Client{
		Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512},
	}}, rate: rate, language: map[string]string{}, heard: map[string]int{}, arrivals: map[bool][]time.Time{}, stopped: map[string]bool{},
		replies: map[string]chan string{}, all: make(chan struct{})}
	c.networks.light, c.networks.news = true, c.arrived
	c.configure()
	c.configureOrg()
	c.seed(people)
	c.start()
	t.Cleanup(c.end)
	return c
}

func (c *campaign) configureOrg() {
	for _, setting := range c.env {
		if dir, ok := strings.CutPrefix(setting, "PORCHLIGHT_ORG="); ok {
			text := fmt.Sprintf("name: Riverside Welcome\ncountry: GB\ntimezone: Europe/London\nlanguages: [%s]\nsms: {countries: [GB, IE]}\nrates: {telegram_per_second: %d, sms_per_second: %d}\n",
				strings.Join(campaignLanguages, ", "), c.rate, c.rate)
			if err := os.WriteFile(filepath.Join(dir, "org.yaml"), []byte(text), 0o600); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// seed keeps people who have subscribed.
func (c *campaign) seed(people int) {
	c.t.Helper()
	store, err := redis.Open(c.t.Context(), redis.Options{URL: c.redis.URL, Keys: [][]byte{deploymentKey}, Timeout: time.Minute})
	if err != nil {
		c.t.Fatal(err)
	}
	defer store.Close()
	addresses := make(chan bot.Address)
	var writers sync.WaitGroup
	for range 64 {
		writers.Go(func() {
			for to := range addresses {
				if err := store.Update(c.t.Context(), to, "", func(p *bot.Person) error {
					p.Session.Language, p.Session.Chosen, p.Session.Topics = c.language[to.ID], true, []string{"news"}
					if to.Channel == "sms" {
						p.Session.Country = "GB"
					}
					return nil
				}); err != nil {
					c.t.Error(err)
				}
			}
		})
	}
	for n := range people {
		to := bot.Address{Channel: "telegram", ID: strconv.Itoa(7391000000 + n)}
		if n%2 == 0 {
			to = bot.Address{Channel: "sms", ID: fmt.Sprintf("+44770%07d", n)}
		}
		c.language[to.ID] = campaignLanguages[n/2%len(campaignLanguages)]
	}
	for who := range c.language {
		channel := "telegram"
		if strings.HasPrefix(who, "+") {
			channel = "sms"
		}
		addresses <- bot.Address{Channel: channel, ID: who}
	}
	close(addresses)
	writers.Wait()
	c.missing = people
}

// news is the announcement in a language.
func news(tag string) string { return "The welcome cafe is closed this Friday (" + tag + ")" }

// arrived takes in what a network was given.
func (c *campaign) arrived(m sent) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrivals[strings.HasPrefix(m.To, "+")] = append(c.arrivals[strings.HasPrefix(m.To, "+")], now)
	if !strings.Contains(m.Text, "The welcome cafe is closed") {
		if reply := c.replies[m.To]; reply != nil {
			reply <- m.Text
		}
		return
	}
	if !strings.Contains(m.Text, news(c.language[m.To])) {
		c.wrong++
	}
	if c.stopped[m.To] {
		c.after++
	}
	if c.heard[m.To]++; c.heard[m.To] == 1 {
		if c.missing--; c.missing == 0 {
			close(c.all)
		}
	}
}

// send sends the announcement from the command line.
func (c *campaign) send() (id string) {
	c.t.Helper()
	text := "text:\n"
	for _, tag := range campaignLanguages {
		text += "  " + tag + ": " + news(tag) + "\n"
	}
	out, trouble, err := c.porchlight("broadcast", "send", announce(c.t, text))
	if err != nil {
		c.t.Fatal(err, out, trouble)
	}
	return lastLine(out)
}

// came is how many different people have heard it.
func (c *campaign) came() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.heard)
}

// until waits until so many have heard it.
func (c *campaign) until(n int) {
	c.t.Helper()
	end := time.Now().Add(patience)
	for was := c.came(); c.came() < n; {
		if now := c.came(); now > was {
			was, end = now, time.Now().Add(patience)
		}
		if time.Now().After(end) {
			list, _, _ := c.porchlight("broadcast", "list")
			status, trouble, _ := c.porchlight("broadcast", "status", strings.Fields(list + " none")[0])
			c.t.Fatalf("only %d of %d heard it\n%s%s%s", c.came(), n, list, status, trouble)
		}
		select {
		case <-c.all:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// busiest is the most that came within any second.
func (c *campaign) busiest(text bool) (most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	times := c.arrivals[text]
	slices.SortFunc(times, time.Time.Compare)
	first := 0
	for i, at := range times {
		for at.Sub(times[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// twice is how many came more than once.
func (c *campaign) twice() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, heard := range c.heard {
		n += heard - 1
	}
	return n
}

// crises has people write that they want to die, one after the other at a
// pace, and measures until the answer is at the network.
func (c *campaign) crises(n, from int, pace time.Duration) (took []time.Duration) {
	c.t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		who := fmt.Sprintf("+44771%07d", from+i)
		reply := make(chan string, 8)
		c.mu.Lock()
		c.replies[who] = reply
		c.mu.Unlock()
		all.Go(func() {
			began := time.Now()
			for c.text(who, "SMcrisis"+who, "i want to die") != http.StatusOK {
				time.Sleep(20 * time.Millisecond) // as Twilio tries again
			}
			select {
			case text := <-reply:
				if !strings.Contains(text, "116 123") {
					c.t.Errorf("a crisis is answered %q", text)
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			case <-time.After(patience):
				c.t.Error("a crisis was never answered")
			}
		})
		time.Sleep(pace)
	}
	all.Wait()
	slices.Sort(took)
	return took
}

// stop has people say STOP in the middle. After the answer nothing may come.
func (c *campaign) stop(people []string) {
	var all sync.WaitGroup
	for _, who := range people {
		reply := make(chan string, 8)
		c.mu.Lock()
		c.replies[who] = reply
		c.mu.Unlock()
		all.Go(func() {
			if got := c.text(who, "SMstop"+who, "STOP"); got != http.StatusOK {
				c.t.Errorf("STOP is answered %d", got)
				return
			}
			select {
			case <-reply:
			case <-time.After(patience):
				c.t.Error("STOP was never answered")
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.stopped[who] = true
			if c.heard[who] == 0 {
				c.heard[who] = 1 // nobody waits for them
				if c.missing--; c.missing == 0 {
					close(c.all)
				}
			}
		})
	}
	all.Wait()
}

// another is a second process of the same deployment.
func (c *campaign) another() *deployment {
	d := &deployment{t: c.t, redis: c.redis, networks: c.networks, client: c.client, command: c.command, env: c.env}
	d.start()
	c.t.Cleanup(d.end)
	return d
}

func (c *campaign) check(twice int) {
	c.t.Helper()
	if c.wrong > 0 {
		c.t.Errorf("%d heard it in another language", c.wrong)
	}
	if c.after > 0 {
		c.t.Errorf("%d heard it after STOP was answered", c.after)
	}
	if got := c.twice(); got > twice {
		c.t.Errorf("%d heard it twice, at most %d were in flight", got, twice)
	}
	for _, text := range []bool{true, false} {
		if got := c.busiest(text); got > c.rate {
			c.t.Errorf("%d left within a second, and the rate is %d", got, c.rate)
		}
	}
}

// some are n of the people who have text messages, at random.
func (c *campaign) some(n int) (people []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for who := range c.language {
		if strings.HasPrefix(who, "+") && c.heard[who] == 0 {
			people = append(people, who)
		}
	}
	slices.Sort(people)
	rand.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people[:min(n, len(people))]
}

// TestAnnouncement sends one to a few thousand people over two processes, with
// the first killed in the middle, people who say STOP and crises meanwhile.
func TestAnnouncement(t *testing.T) {
	c := campaignOf(t, "", 2000, 400)
	second := c.another()
	id := c.send()
	c.until(200)
	c.stop(c.some(20))
	c.crises(20, 0, 5*time.Millisecond)
	c.until(600)
	c.kill()
	c.url = second.address()
	c.until(2000)
	<-c.all
	c.check(inFlight)
	out, _, err := c.porchlight("broadcast", "status", id)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("twice: %d\n%s", c.twice(), out)
	adaptertest.Eventually(t, "it is done", func() bool {
		out, _, _ := c.porchlight("broadcast", "status", id)
		return strings.Contains(out, "state: done")
	})
}

// BenchmarkAnnouncement sends one to 100,000 people, undisturbed and through
// kills of the program and of Redis.
//
//	go test -run '^$' -bench Announcement -benchtime 1x -timeout 30m ./cmd/porchlight
func BenchmarkAnnouncement(b *testing.B) {
	program := filepath.Join(b.TempDir(), "porchlight")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	const people, rate, crises = 100_000, 800, 500
	b.Run("calm", func(b *testing.B) {
		c := campaignOf(b, program, people, rate, "--appendfsync", "everysec")
		client := goredis.NewClient(&goredis.Options{Addr: c.redis.Addr})
		defer client.Close()
		c.crises(100, 90_000, 20*time.Millisecond) // until connections stand
		idle := c.crises(crises, 0, 20*time.Millisecond)
		before, kept := c.resident(), usedMemory(b, client)
		began := time.Now()
		c.send()
		c.until(people / 20)
		busy := c.crises(crises, 10_000, 20*time.Millisecond)
		most, mostKept := c.resident(), usedMemory(b, client)
		for part := 2; part < 20; part++ {
			c.until(people * part / 20)
			most, mostKept = max(most, c.resident()), max(mostKept, usedMemory(b, client))
		}
		<-c.all
		took := time.Since(began)
		b.ReportMetric(people/took.Seconds(), "people/s")
		b.ReportMetric(float64(c.busiest(true)), "texts-in-any-second")
		b.ReportMetric(float64(c.busiest(false)), "telegram-in-any-second")
		b.ReportMetric(float64(c.twice()), "twice")
		b.ReportMetric(before, "MiB-before")
		b.ReportMetric(most, "MiB-most")
		b.ReportMetric(kept, "redis-MiB-before")
		b.ReportMetric(mostKept, "redis-MiB-most")
		for name, times := range map[string][]time.Duration{"idle": idle, "busy": busy} {
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, name+"-crisis-p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, name+"-crisis-p99-ms")
		}
		c.check(0)
	})
	b.Run("kills", func(b *testing.B) {
		c := campaignOf(b, program, people, rate, "--appendfsync", "always")
		c.send()
		for crash := range 7 {
			c.until(people * (crash + 1) / 9)
			if crash == 2 || crash == 5 {
				c.redis.Kill()
				adaptertest.Eventually(b, "the program knows", func() bool { return c.get("/readyz") == http.StatusServiceUnavailable })
				c.redis.Restart()
				continue
			}
			c.kill()
			c.start()
		}
		c.until(people * 8 / 9)
		c.stop(c.some(100))
		<-c.all
		b.ReportMetric(float64(c.twice()), "twice")
		c.check(7 * inFlight)
	})
}

// usedMemory is what Redis uses, in MiB.
func usedMemory(b *testing.B, client *goredis.Client) float64 {
	n, err := strconv.ParseFloat(client.InfoMap(b.Context(), "memory").Val()["Memory"]["used_memory"], 64)
	if err != nil {
		b.Fatal(err)
	}
	return n / (1 << 20)
}
