package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// fleet is the program as several processes that share one real Redis and the
// stand-ins of the networks.
type fleet struct {
	t         testing.TB
	redis     *adaptertest.RedisServer
	networks  *networks
	processes []*deployment
	pack      *pack.Pack
	update    atomic.Int64 // of Telegram, the last

	// killer is told of what a process sends to a network, before the network has
	// it and again before it answers; nil: nobody kills.
	killer atomic.Pointer[killer]

	mu      sync.Mutex
	arrived []arrival
	epoch   int // how often something was killed
	again   map[int]int
}

// arrival is a message that a network was given.
type arrival struct {
	to, text string
	process  int
	began    int // the epoch in which the process connected
	epoch    int
}

// worker is a listener of the organisation under test.
type worker struct {
	name, language string
	chat           int64
}

func (w worker) to() string { return strconv.FormatInt(w.chat, 10) }

// listeners invents so many of a language.
func listeners(n int, first int64, language string) (all []worker) {
	for i := range int64(n) {
		all = append(all, worker{fmt.Sprintf("Thistlewick %d", first+i), language, first + i})
	}
	return all
}

// fleetOf starts n processes of an organisation with these listeners; handoff
// is how org.yaml has it.
func fleetOf(t testing.TB, n int, handoff string, workers []worker) *fleet {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, pack.Sample()); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(org, "languages: [en, ar]", "languages: [en, ar, so]", 1) + "handoff: " + handoff + "\nworkers:\n"
	for _, w := range workers {
		text += fmt.Sprintf("  - {name: %s, telegram: %q, roles: [listener], languages: [%s]}\n", w.name, w.to(), w.language)
	}
	if err := os.WriteFile(filepath.Join(dir, "org.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, redis: adaptertest.Redis(t), networks: standIns(t), pack: p, again: map[int]int{}}
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512}}
	program := withRaceDetector(t)
	for i := range n {
		front := httptest.NewUnstartedServer(f.front(i))
		front.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, began{}, f.now())
		}
		front.Start()
		t.Cleanup(front.Close)
		d := &deployment{t: t, redis: f.redis, networks: f.networks, client: client, command: program}
		d.configure("PORCHLIGHT_ORG="+dir, "TELEGRAM_API_URL="+front.URL, "TWILIO_API_URL="+front.URL)
		f.processes = append(f.processes, d)
	}
	var starting sync.WaitGroup
	for _, d := range f.processes {
		starting.Go(d.start)
	}
	starting.Wait()
	for _, d := range f.processes {
		t.Cleanup(d.end)
	}
	return f
}

// withRaceDetector is the program to run: this one where it has the race
// detector, and one built with it otherwise.
func withRaceDetector(t testing.TB) string {
	t.Helper()
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return ""
	}
	program := filepath.Join(t.TempDir(), "porchlight-race")
	if out, err := exec.Command("go", "build", "-race", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("the program cannot be built with the race detector: %v\n%s", err, out)
	}
	return program
}

type began struct{}

// now is the epoch.
func (f *fleet) now() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.epoch
}

// front is the networks as one process sees them.
func (f *fleet) front(process int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the process died while it wrote
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if f.killer.Load().strike(process, false) {
			panic(http.ErrAbortHandler)
		}
		_ = r.ParseMultipartForm(1 << 20) // what is wrong with it, the stand-in says
		to, text := r.FormValue("To")+r.FormValue("chat_id"), r.FormValue("Body")+r.FormValue("text")
		answer := httptest.NewRecorder()
		if text != "" {
			f.mu.Lock()
			f.arrived = append(f.arrived, arrival{to, text, process, r.Context().Value(began{}).(int), f.epoch})
			f.mu.Unlock()
		}
		f.networks.server.Config.Handler.ServeHTTP(answer, r)
		if f.killer.Load().strike(process, true) {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// bring posts to the processes in turn, from the first on, until one has kept
// it: so does a network, which is told to come again or finds nobody.
func (f *fleet) bring(first int, post func(d *deployment) int) {
	end := time.Now().Add(patience)
	for i := first; ; i++ {
		status := post(f.processes[i%len(f.processes)])
		if status == http.StatusOK {
			return
		}
		f.mu.Lock()
		f.again[status]++
		f.mu.Unlock()
		if time.Now().After(end) {
			f.t.Errorf("no process keeps what is brought: the last answer is %d", status)
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}

func (f *fleet) telegram(first int, update func(id int64) string) {
	words := update(f.update.Add(1))
	f.bring(first, func(d *deployment) int { return d.telegram(words) })
}

func (f *fleet) writes(first int, chat int64, language, text string) {
	f.telegram(first, func(id int64) string { return written(id, chat, language, text) })
}

func (f *fleet) presses(first int, chat int64, language string, m sent, data string) {
	f.telegram(first, func(id int64) string { return pressed(id, chat, int64(m.ID), language, data) })
}

func (f *fleet) texts(first int, number, text string) {
	sid := fmt.Sprintf("SM%032x", 1<<40+f.update.Add(1))
	f.bring(first, func(d *deployment) int { return d.text(number, sid, text) })
}

func (f *fleet) locale(language string) *locales.Locale { return f.pack.Catalog.Locale(language) }

// inbox is what one person was sent, as far as they have read it.
type inbox struct {
	f    *fleet
	to   string
	read int
}

// next waits for what comes next; false: nothing does, which is an error.
func (b *inbox) next(waitsFor string) (sent, bool) {
	n := b.f.networks
	end := time.After(patience)
	for {
		n.mu.Lock()
		list, changed := n.sent[b.to], n.changed
		n.mu.Unlock()
		if len(list) > b.read {
			b.read++
			return list[b.read-1], true
		}
		select {
		case <-changed:
		case <-end:
			b.f.t.Errorf("never happened: %s", waitsFor)
			return sent{}, false
		}
	}
}

// until reads on until a message is so.
func (b *inbox) until(what string, is func(sent) bool) (sent, bool) {
	for {
		m, ok := b.next(what)
		if !ok || is(m) {
			return m, ok
		}
	}
}

// button is what a button of the message carries that begins so.
func (m sent) button(begins string) (data string, ok bool) {
	for _, b := range m.Buttons {
		if strings.HasPrefix(b.Data, begins) {
			return b.Data, true
		}
	}
	return "", false
}

const (
	askButton     = "talk.talk/ask"
	takeButton    = "!desk:take:"
	closeButton   = "!desk:close"
	outcomeButton = "!desk:outcome:"
)

// alias is what listeners call the guest of a handoff.
func alias(id string) string { return id[:4] }

// goneTexts are how a listener is told that a guest is not theirs to take.
func (f *fleet) goneTexts(language, id string) []string {
	l, args := f.locale(language), locales.Args{"alias": alias(id)}
	return []string{l.Text("desk.late", args), l.Text("desk.relieved", args)}
}

func containsAny(text string, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(text, s) })
}

// settled waits until nothing is left to be sent.
func (f *fleet) settled() {
	f.t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: f.redis.Addr})
	defer client.Close()
	ctx := f.t.Context()
	adaptertest.Eventually(f.t, "nothing is left to be sent", func() bool {
		var lengths []*goredis.IntCmd
		_, err := client.TxPipelined(ctx, func(pipe goredis.Pipeliner) error {
			for p := range 64 {
				for _, lane := range []string{"u", "r", "b"} {
					lengths = append(lengths, pipe.XLen(ctx, fmt.Sprintf("{%d}o:%s", p, lane)))
				}
			}
			return nil
		})
		return err == nil && !slices.ContainsFunc(lengths, func(n *goredis.IntCmd) bool { return n.Val() > 0 })
	})
}

var spoken = regexp.MustCompile(`(quillfeather|brackenmoor) (\d+) (\d+)`)

// numbered is the n-th text of a person to the other of their talk. The words are
// like no other, to be found wherever they are.
func numbered(who string, guest, n int) string { return fmt.Sprintf("%s %d %d", who, guest, n) }

// tellsNothing is deployment's, of every process.
func (f *fleet) tellsNothing(words ...string) {
	f.t.Helper()
	needles := append([]string{"quillfeather", "brackenmoor", "Thistlewick", "Quillon", "Vexworth"}, words...)
	f.networks.mu.Lock()
	for to := range f.networks.sent {
		needles = append(needles, strings.TrimPrefix(to, "+"))
	}
	f.networks.mu.Unlock()
	places := map[string][]byte{}
	for i, d := range f.processes {
		places[fmt.Sprintf("the log of process %d", i)] = []byte(d.log())
	}
	f.dump(places)
	size := 0
	for place, held := range places {
		size += len(held)
		for _, needle := range needles {
			if bytes.Contains(held, []byte(needle)) {
				f.t.Errorf("%s tells %q", place, needle)
			}
		}
	}
	f.t.Logf("searched %d places, %d bytes, for %d words, numbers and ids", len(places), size, len(needles))
}

// dump reads all that Redis holds and has ever written, at once: after so many
// turns there are thousands of keys.
func (f *fleet) dump(into map[string][]byte) {
	f.t.Helper()
	ctx := f.t.Context()
	client := goredis.NewClient(&goredis.Options{Addr: f.redis.Addr, ReadTimeout: patience})
	defer client.Close()
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil || len(keys) == 0 {
		f.t.Fatal("Redis holds nothing: ", err)
	}
	into["the names of keys"] = []byte(strings.Join(keys, "\n"))
	kinds := make([]*goredis.StatusCmd, len(keys))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, key := range keys {
			kinds[i] = pipe.Type(ctx, key)
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	values := make([]func() any, len(keys))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, key := range keys {
			switch kinds[i].Val() {
			case "string":
				c := pipe.Get(ctx, key)
				values[i] = func() any { return c.Val() }
			case "hash":
				c := pipe.HGetAll(ctx, key)
				values[i] = func() any { return c.Val() }
			case "zset":
				c := pipe.ZRangeWithScores(ctx, key, 0, -1)
				values[i] = func() any { return c.Val() }
			case "list":
				c := pipe.LRange(ctx, key, 0, -1)
				values[i] = func() any { return c.Val() }
			case "stream":
				c := pipe.XRange(ctx, key, "-", "+")
				values[i] = func() any { return c.Val() }
			case "none": // has just expired
			default:
				f.t.Errorf("%s is a %s", key, kinds[i].Val())
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, goredis.Nil) {
		f.t.Fatal(err)
	}
	var all bytes.Buffer
	for _, value := range values {
		if value != nil {
			all.Write(append(plain(value()), '\n'))
		}
	}
	into["a value in Redis"] = all.Bytes()
	dir := client.ConfigGet(ctx, "dir").Val()["dir"]
	files, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*"))
	if err != nil || len(files) == 0 {
		f.t.Fatal("no append-only file: ", err)
	}
	for _, name := range append(files, filepath.Join(dir, "log")) {
		if into["Redis's file "+filepath.Base(name)], err = os.ReadFile(name); err != nil {
			f.t.Error(err)
		}
	}
}

// seeded is chance that is the same in every run.
func seeded(n uint64) *rand.Rand { return rand.New(rand.NewPCG(n, 3)) }
