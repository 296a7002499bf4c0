package redis

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

var somebody = bot.Address{Channel: "sms", ID: "+447700900123"}

// counting is a turn that counts itself and says so.
func counting(p *bot.Person) error {
	n, _ := strconv.Atoi(p.Session.State)
	p.Session.State = strconv.Itoa(n + 1)
	p.Outbox = append(p.Outbox, bot.Outbound{To: p.Address, Lane: bot.Reply, Text: p.Session.State})
	return nil
}

func count(t *testing.T, s *Store) (turns string, waiting int) {
	t.Helper()
	id, err := s.personID(t.Context(), somebody)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := s.Look(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Read(t.Context(), id.Partition, bot.Reply, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return p.Session.State, len(entries)
}

// TestKill ends the server at once while turns are being kept: what was
// acknowledged is there when it is started again, and the store goes on by itself.
func TestKill(t *testing.T) {
	server := adaptertest.Redis(t)
	s := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	woken := s.Wake(t.Context())
	turn := func(i int) error {
		return s.Update(t.Context(), somebody, bot.MessageID(strconv.Itoa(i)), counting)
	}
	const before, turns = 50, 100
	kill, killed := make(chan struct{}), make(chan struct{})
	go func() {
		<-kill
		server.Kill()
		close(killed)
	}()
	refused := 0
	for i := range turns {
		if i == before {
			close(kill)
		}
		for turn(i) != nil {
			if refused++; refused == 1 {
				<-killed
				if err := s.Ping(t.Context()); !errors.Is(err, bot.ErrAway) {
					t.Errorf("killed: %v", err)
				}
				if err := turn(turns); !errors.Is(err, bot.ErrAway) {
					t.Errorf("killed: %v", err)
				}
				server.Restart()
			}
		}
	}
	if refused == 0 {
		t.Error("no turn was refused while the server was killed")
	}
	if kept, waiting := count(t, s); kept != strconv.Itoa(turns) || waiting != turns {
		t.Errorf("%s turns and %d messages kept of %d", kept, waiting, turns)
	}
	// The news of other processes come again.
	other := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	id, _ := s.personID(t.Context(), somebody)
	adaptertest.Eventually(t, "a turn of another process is told", func() bool {
		for told := true; told; {
			select {
			case <-woken:
			default:
				told = false
			}
		}
		if err := other.Update(t.Context(), somebody, "", counting); err != nil {
			t.Fatal(err)
		}
		select {
		case p := <-woken:
			return p == id.Partition
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})
}

func TestServerForgetsScripts(t *testing.T) {
	server := adaptertest.Redis(t)
	s := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	for range 3 {
		if answer, err := adaptertest.Ask(server.Addr, "SCRIPT", "FLUSH"); err != nil || answer != "+OK" {
			t.Fatal(answer, err)
		}
		if err := s.Update(t.Context(), somebody, "", counting); err != nil {
			t.Fatal(err)
		}
		if held, err := s.Lease(t.Context(), "one", time.Minute); err != nil || len(held) != partitions {
			t.Fatal(held, err)
		}
	}
	if kept, waiting := count(t, s); kept != "3" || waiting != 3 {
		t.Errorf("%s turns, %d messages", kept, waiting)
	}
}

func TestAwayFromTheBeginning(t *testing.T) {
	server := adaptertest.Redis(t)
	server.Kill()
	s := opened(t)(Open(t.Context(), Options{URL: server.URL, Keys: [][]byte{key1}}))
	if err := s.Update(t.Context(), somebody, "1", counting); !errors.Is(err, bot.ErrAway) {
		t.Fatal(err)
	}
	server.Restart()
	if err := s.Update(t.Context(), somebody, "1", counting); err != nil {
		t.Fatal(err)
	}
	if kept, _ := count(t, s); kept != "1" {
		t.Errorf("%s turns", kept)
	}
}

// proxy stands between a store and its server. It can stop forwarding, or lose
// what the server answers.
type proxy struct {
	t      *testing.T
	listen net.Listener
	mu     sync.Mutex
	open   []net.Conn
	flow   *sync.Cond
	hung   bool
	lose   string // the connection dies once the server has answered a request that holds this
	lost   int
}

func newProxy(t *testing.T, to string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, listen: l}
	p.flow = sync.NewCond(&p.mu)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			p.mu.Lock()
			p.open = append(p.open, client, server)
			p.mu.Unlock()
			lossy := make(chan struct{}, 1000)
			work.Go(func() { p.forward(server, client, lossy, true) })
			work.Go(func() { p.forward(client, server, lossy, false) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.set(func() { p.hung = false })
		for _, c := range p.open {
			_ = c.Close()
		}
		work.Wait()
	})
	return p
}

func (p *proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.flow.Broadcast()
}

func (p *proxy) forward(to io.WriteCloser, from io.ReadCloser, lossy chan struct{}, request bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		for p.hung {
			p.flow.Wait()
		}
		if request && p.lose != "" && strings.Contains(string(buf[:n]), p.lose) {
			lossy <- struct{}{}
			p.lose = ""
			p.lost++
		}
		p.mu.Unlock()
		if !request && len(lossy) > 0 {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// TestLostAnswer loses the server's answer to a commit: the caller hears
// nothing good, and the repeat is dropped.
func TestLostAnswer(t *testing.T) {
	server := adaptertest.Redis(t)
	p := newProxy(t, server.Addr)
	s := opened(t)(Open(t.Context(), Options{URL: "redis://" + p.listen.Addr().String(), Keys: [][]byte{key1}}))
	if err := s.Update(t.Context(), somebody, "1", counting); err != nil {
		t.Fatal(err)
	}
	p.set(func() { p.lose = commitScript.Hash() })
	if err := s.Update(t.Context(), somebody, "2", counting); !errors.Is(err, bot.ErrAway) || p.lost != 1 {
		t.Fatal(err, p.lost)
	}
	if err := s.Update(t.Context(), somebody, "2", counting); err != nil {
		t.Fatal(err)
	}
	if kept, waiting := count(t, s); kept != "2" || waiting != 2 {
		t.Errorf("%s turns, %d messages; want 2 of each", kept, waiting)
	}
}

// resending sends every commit twice, as a cluster's client may when a
// connection dies.
type resending struct{}

func (resending) DialHook(next goredis.DialHook) goredis.DialHook { return next }
func (resending) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}
func (resending) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if args := cmd.Args(); len(args) > 1 && args[1] == commitScript.Hash() {
			_ = next(ctx, cmd)
		}
		return next(ctx, cmd)
	}
}

func TestResent(t *testing.T) {
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}}))
	s.client.AddHook(resending{})
	for _, id := range []bot.MessageID{"", "", "1", "2"} {
		if err := s.Update(t.Context(), somebody, id, counting); err != nil {
			t.Fatal(err)
		}
	}
	if kept, waiting := count(t, s); kept != "4" || waiting != 4 {
		t.Errorf("%s turns, %d messages; want 4 of each", kept, waiting)
	}
}

// TestHang stops the network without closing it. Every call ends by its
// context's deadline, or by the store's own.
func TestHang(t *testing.T) {
	server := adaptertest.Redis(t)
	p := newProxy(t, server.Addr)
	s := opened(t)(Open(t.Context(), Options{URL: "redis://" + p.listen.Addr().String() + "?read_timeout=-1", Keys: [][]byte{key1}, Timeout: 300 * time.Millisecond}))
	if err := s.Update(t.Context(), somebody, "", counting); err != nil {
		t.Fatal(err)
	}
	p.set(func() { p.hung = true })
	ref := bot.EntryRef{ID: "1-1"}
	calls := map[string]func(context.Context) error{
		"Update": func(ctx context.Context) error { return s.Update(ctx, somebody, "", counting) },
		"again":  func(ctx context.Context) error { return s.Update(ctx, somebody, "", counting) }, // behind the first's lock
		"Fire": func(ctx context.Context) error {
			return s.Fire(ctx, bot.DueTimer{Person: bot.PersonID{Hash: "xx"}}, counting)
		},
		"Due":  func(ctx context.Context) error { _, _, err := s.Due(ctx, 1, time.Now(), 1); return err },
		"Look": func(ctx context.Context) error { _, _, err := s.Look(ctx, bot.PersonID{Hash: "xx"}); return err },
		"Advance": func(ctx context.Context) error {
			_, err := s.Advance(ctx, bot.Delivery{To: somebody, ID: "1", Status: bot.Sent})
			return err
		},
		"Lease":   func(ctx context.Context) error { _, err := s.Lease(ctx, "one", time.Second); return err },
		"Release": func(ctx context.Context) error { return s.Release(ctx, "one") },
		"Read":    func(ctx context.Context) error { _, err := s.Read(ctx, 1, bot.Reply, "", 1); return err },
		"ReadLanes": func(ctx context.Context) error {
			lanes, err := s.ReadLanes(ctx, []bot.Cursor{{Partition: 1}, {Partition: 2}}, 1)
			if len(lanes) > 0 {
				t.Error("ReadLanes: lanes of a server that hangs")
			}
			return err
		},
		"Done":  func(ctx context.Context) error { return s.Done(ctx, []bot.EntryRef{ref}) },
		"Tried": func(ctx context.Context) error { _, err := s.Tried(ctx, ref); return err },
		"Allow": func(ctx context.Context) error {
			_, _, err := s.Allow(ctx, []bot.Rate{{Key: "k", Limit: 1, Per: time.Second}}, 1)
			return err
		},
		"Pause": func(ctx context.Context) error { return s.Pause(ctx, "k", time.Now().Add(time.Minute)) },
		"Ping":  s.Ping,
	}
	// Half of them under a deadline of their own, which must hold as well.
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var work sync.WaitGroup
	i := 0
	for name, call := range calls {
		with := []context.Context{ctx, t.Context()}[i%2]
		i++
		work.Go(func() {
			if err := call(with); !errors.Is(err, bot.ErrAway) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	work.Wait() // for ever, and the test with it, if one did not end
	p.set(func() { p.hung = false })
	adaptertest.Eventually(t, "the store goes on", func() bool { return s.Ping(t.Context()) == nil })
	gone, cancelled := context.WithCancel(t.Context())
	cancelled()
	if err := s.Update(gone, somebody, "", counting); !errors.Is(err, bot.ErrAway) || !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gave up: %v", err)
	}
}

// TestWaitingTurn: who waits for an earlier turn of the same person waits no
// longer than the context allows.
func TestWaitingTurn(t *testing.T) {
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}}))
	err := s.Update(t.Context(), somebody, "", func(p *bot.Person) error {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := s.Update(ctx, somebody, "", counting); !errors.Is(err, bot.ErrAway) {
			t.Errorf("a turn within a turn: %v", err)
		}
		return counting(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	if kept, _ := count(t, s); kept != "1" {
		t.Errorf("%s turns", kept)
	}
}

// TestRefusals holds which answers of a server mean that it is away.
func TestRefusals(t *testing.T) {
	s := opened(t)(OpenEmbedded(t.Context(), Options{Keys: [][]byte{key1}}))
	for answer, isAway := range map[string]bool{
		"LOADING Redis is loading the dataset in memory":                    true,
		"READONLY You can't write against a read only replica.":             true,
		"MISCONF Redis is configured to save RDB snapshots":                 true,
		"OOM command not allowed when used memory > 'maxmemory'.":           true,
		"ERR max number of clients reached":                                 true,
		"WRONGTYPE Operation against a key holding the wrong kind of value": false,
		"NOPERM this user has no permissions to run the 'evalsha' command":  false,
	} {
		s.embedded.server.SetError(answer)
		if err := s.Update(t.Context(), somebody, "", counting); err == nil || errors.Is(err, bot.ErrAway) != isAway {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// TestGathered: who waits for others' request waits no longer than the context
// allows.
func TestGathered(t *testing.T) {
	busy := batcher{flying: flights}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := busy.mget(ctx, "key"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
