// Package redis keeps people, and what is to be sent to them, in Redis.
//
// People are divided over 64 partitions by a keyed hash of their address, and
// everything one turn writes stands in one partition, under keys that share a
// slot: one script commits the turn, and a Redis Cluster spreads the
// partitions over its machines.
//
//	{17}p:<person>   the person: session, address, reach, names of timers; sealed
//	{17}m:<message>  a message that was seen, for a day
//	{17}s:<message>  the latest status of a message that was sent, for a week
//	{17}t            sorted set: what is due when, member <person>|<name>
//	{17}td           hash: the data of timers; sealed
//	{17}o:u :r :b    streams: what is to be sent, by lane; sealed
//	{17}o:t          hash: failed attempts by entry
//	{17}o:x          stream: what could not be opened, with its lane; for 30 days
//	{17}w:0 to w:15  hashes: people who may be told announcements, with their segments
//	{17}wn           hash: how many people are in each segment
//	{17}ws           hash: what a segment stands for; sealed
//	{17}a:<id>       hash: how far an announcement has come, for 90 days
//	{17}a:<id>:t     set: who is still to be decided on; as long
//	{17}a:<id>:l     sorted set: who is to be told it later, by the time; as long
//	{17}d            up to which change of a date of a group people were told of it
//	{17}lease        the process that sends for the partition
//	{rate}:<sender>  list: when the last messages left
//	{rate}:pause:<sender>  until when nothing may leave
//	{board}a:<id>    an announcement; sealed
//	{board}all       sorted set: announcements by the time they were made
//	{board}open      set: announcements of which something is still to leave
//	{board}dates     what was changed about dates of groups; sealed
//	{board}log       stream: what was done to announcements and dates; sealed; only ever added to
//	owners           sorted set: processes that send, by the end of their word
//	names            the key of the hashes above; sealed
//
// Nothing in it tells who a person is without the key of the deployment.
//
// A message in a lane that cannot be opened, because its key was dropped or its
// value is damaged, holds nobody else's: it is set aside in {17}o:x, the latest
// 10 000 of a partition, and an error in the log names the partition, the lane
// and the entry. An operator who has put the key back into PORCHLIGHT_KEY, after
// the newest, and restarted every process, puts the messages back to be sent
// with back.lua, which stands beside this file. What is then still damaged is
// set aside again. So that a rotation sets nothing aside, give a new key to
// every process after the one in use before any process has it first.
package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"porchlight/bot"
)

// Options say where the store is and how it keeps.
type Options struct {
	// URL is redis://, rediss:// or unix://; several, comma-separated, are the
	// nodes by which a cluster is found. OpenEmbedded does not read it.
	URL string
	// Keys seal what is kept, each of 32 bytes, newest first: the first seals,
	// all of them open. See names.go for what a new first key changes and when
	// an old one may be dropped.
	Keys [][]byte
	// Idle is how long a person is kept who does nothing; zero is 180 days. A
	// person with a timer is kept as long beyond it.
	Idle time.Duration
	// Timeout bounds every call whose context does not end sooner; zero is 3
	// seconds.
	Timeout time.Duration
	// Now is the clock; nil is time.Now. Processes that share rates need clocks
	// that agree within a fraction of the rate's window.
	Now func() time.Time
	// Log is told what was set aside; nil is slog.Default.
	Log *slog.Logger
}

// Store is a bot.Store and a bot.Outbox. It is safe for use by many goroutines.
type Store struct {
	client   goredis.UniversalClient
	batch    batcher // turns go through it
	seals    *seals
	name     atomic.Pointer[[]byte] // the key of the hashes, once known
	idle     time.Duration
	timeout  time.Duration
	now      func() time.Time
	log      *slog.Logger
	locks    [1024]chan struct{}
	wakers   wakers
	embedded *embedded // nil on a server
}

var (
	_ bot.Store       = (*Store)(nil)
	_ bot.Outbox      = (*Store)(nil)
	_ bot.LanesReader = (*Store)(nil)
	_ bot.Board       = (*Store)(nil)
	_ bot.Dates       = (*Store)(nil)
)

// Open connects to a server. A server that is away is no error: until it is
// there every call gives bot.ErrAway. Wrong options are one, and keys that do
// not open what the server holds.
func Open(ctx context.Context, o Options) (*Store, error) {
	client, err := connect(o.URL)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, o, client)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return s, nil
}

func open(ctx context.Context, o Options, client goredis.UniversalClient) (*Store, error) {
	// The library would write to standard error on its own what every caller
	// gets as an error.
	goredis.SetLogger(&logging.VoidLogger{})
	if o.Idle == 0 {
		o.Idle = 180 * 24 * time.Hour
	}
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	sealing, err := newSeals(o.Keys)
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, batch: batcher{client: client, timeout: o.Timeout}, seals: sealing, idle: o.Idle, timeout: o.Timeout, now: o.Now, log: o.Log}
	for i := range s.locks {
		s.locks[i] = make(chan struct{}, 1)
	}
	s.wakers.self = rand.Text()
	bounded, cancel := s.bound(ctx)
	defer cancel()
	if _, err := s.nameKey(bounded); err != nil && !errors.Is(err, bot.ErrAway) {
		return nil, err
	}
	return s, nil
}

// connect reads the URLs. State changes are never resent by the client: a
// script whose answer was lost may have run.
func connect(urls string) (goredis.UniversalClient, error) {
	var first *goredis.Options
	var addrs []string
	for url := range strings.SplitSeq(urls, ",") {
		o, err := goredis.ParseURL(strings.TrimSpace(url))
		if err != nil {
			// The cause may hold the password that stands in the URL.
			return nil, errors.New("REDIS_URL: not an address; write redis://host:6379, rediss://host:6379 or unix:///path, several with commas between")
		}
		if first == nil {
			first = o
		}
		addrs = append(addrs, o.Addr)
	}
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	if len(addrs) > 1 {
		return goredis.NewClusterClient(&goredis.ClusterOptions{
			Addrs: addrs, Username: first.Username, Password: first.Password, TLSConfig: first.TLSConfig,
			MaxRetries: -1, ContextTimeoutEnabled: true, DialerRetries: 1, DialTimeout: dialTimeout,
			PoolSize: poolSize, ReadBufferSize: bufferSize, WriteBufferSize: bufferSize,
			DisableIdentity: true, MaintNotificationsConfig: quiet,
		}), nil
	}
	tune(first)
	first.MaintNotificationsConfig = quiet
	return goredis.NewClient(first), nil
}

const (
	dialTimeout = 2 * time.Second
	poolSize    = 64       // measured: a fifth faster than 20 with 64 turns at once
	bufferSize  = 16 << 10 // twice per connection
)

func tune(o *goredis.Options) {
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DialerRetries = 1
	o.DialTimeout = dialTimeout
	o.ReadBufferSize, o.WriteBufferSize = bufferSize, bufferSize
	o.DisableIdentity = true
	o.Protocol = 2 // nothing here is pushed outside a subscription; RESP3 looks for it at every answer
	if o.PoolSize == 0 {
		o.PoolSize = poolSize
	}
}

// Ping reports whether the store can be used now.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if err := s.client.Ping(ctx).Err(); err != nil {
		return away(err)
	}
	_, err := s.nameKey(ctx)
	return err
}

// Close ends the connections, and an embedded server with all it holds.
func (s *Store) Close() error {
	err := s.client.Close()
	if s.embedded != nil {
		s.embedded.close()
	}
	return err
}

// bound gives every call an end, and an embedded server the time.
func (s *Store) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.embedded != nil {
		s.embedded.catchUp()
	}
	return context.WithTimeout(ctx, s.timeout)
}

// away marks an error of the client: unless the server answered with a plain
// refusal, the store could not be reached or cannot keep anything now.
func away(err error) error {
	if err == nil || errors.Is(err, bot.ErrAway) {
		return err
	}
	var reply goredis.Error
	if errors.As(err, &reply) {
		code, _, _ := strings.Cut(strings.TrimPrefix(reply.Error(), "ERR "), " ")
		switch code {
		case "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "MISCONF", "BUSY", "OOM", "max":
		default:
			return fmt.Errorf("redis: %w", err)
		}
	}
	return fmt.Errorf("%w: %w", bot.ErrAway, err)
}
