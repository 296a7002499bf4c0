package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// embedded is the server inside this process.
type embedded struct {
	server *miniredis.Miniredis
	now    func() time.Time
	mu     sync.Mutex
	last   time.Time
	done   chan struct{}
	gone   chan struct{}
}

// OpenEmbedded starts a server inside this process and opens the store on it.
// Nothing of it outlives Close. It listens on the loopback interface alone,
// under a random password.
func OpenEmbedded(ctx context.Context, o Options) (*Store, error) {
	password := rand.Text()
	server := miniredis.NewMiniRedis()
	server.RequireAuth(password)
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("embedded store: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	e := &embedded{server: server, now: o.Now, last: o.Now(), done: make(chan struct{}), gone: make(chan struct{})}
	server.SetTime(e.last)
	options := &goredis.Options{Addr: server.Addr(), Password: password,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}}
	tune(options)
	client := goredis.NewClient(options)
	s, err := open(ctx, o, client)
	if err != nil {
		server.Close()
		return nil, errors.Join(err, client.Close())
	}
	s.embedded = e
	go e.run()
	return s, nil
}

// run lets time pass on the server, which has no clock of its own, also while
// nobody asks it for anything.
func (e *embedded) run() {
	defer close(e.gone)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-e.done:
			return
		case <-second.C:
			e.tick()
		}
	}
}

// catchUp lets time pass on the server before it is asked for something: a
// clock that was set days ahead must not end what is kept from then on.
func (e *embedded) catchUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now().Sub(e.last) >= time.Second {
		e.pass()
	}
}

func (e *embedded) tick() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pass()
}

func (e *embedded) pass() {
	now := e.now()
	if passed := now.Sub(e.last); passed > 0 {
		e.server.SetTime(now)
		e.server.FastForward(passed)
		e.last = now
	}
}

func (e *embedded) close() {
	close(e.done)
	<-e.gone
	e.server.Close()
}
