// Package simulator stands in for Telegram's Bot API server and for Twilio's
// REST API, and shows the phones at the other end. The real adapters speak to
// it over HTTP and cannot tell the difference: it refuses what the networks
// refuse, in their words, and it can be told to fail as they do. Everything
// is kept in memory, bounded, and gone after a restart.
package simulator

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Options say which bot and which account the simulator serves.
type Options struct {
	Telegram Telegram
	Twilio   Twilio
	// Segments counts a text message: its encoding ("GSM-7" or "UCS-2"), its
	// length in that encoding's units, and the SMS segments it takes. Nil:
	// every message counts as one segment and the page shows no counter.
	Segments func(text string) (encoding string, units, segments int)
	// Clock tells the time on messages; nil is time.Now.
	Clock func() time.Time
	// Wait pauses for a delay that is part of the simulation: between retries,
	// and where a failure makes an answer slow. It returns early with an error
	// when ctx ends. Nil waits for real.
	Wait func(ctx context.Context, d time.Duration) error
	// Log gets what an operator of the simulator should know, never a
	// person's words or number; nil is slog.Default.
	Log *slog.Logger
}

// Telegram names the one bot that the stand-in Bot API server knows.
type Telegram struct {
	Token      string // as BotFather gives it: digits, a colon, a secret
	Secret     string // sent to WebhookURL in X-Telegram-Bot-Api-Secret-Token; setWebhook replaces it
	WebhookURL string // where updates go from the start; empty: they wait for getUpdates or setWebhook
}

// Twilio names the one account that the stand-in REST API knows.
type Twilio struct {
	AccountSID string
	AuthToken  string
	From       string // the account's number in E.164, or the SID of its messaging service (MG...)
	VoiceFrom  string // another number of the account's, in E.164, that calls may come from
	WebhookURL string // the public URL of the webhook for incoming messages, as the bot verifies it
}

// Simulator is both networks and the phones on them.
type Simulator struct {
	opts   Options
	log    *slog.Logger
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	events *events

	mu       sync.Mutex // guards all below
	phones   []*phone   // in the order in which they were made
	byID     map[string]*phone
	faults   []*Fault
	lastID   int64 // message ids, update ids, query ids and faults count on from here
	telegram telegramState
	twilio   twilioState
}

// New makes a simulator with three phones: a resident (chat 501) and a worker
// (chat 700100, who has already started the bot) on Telegram, and a newcomer
// with a plain phone (+447700900123, a number reserved for drama). The worker's
// handset also rings when +447700900110 is called.
func New(opts Options) *Simulator {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Wait == nil {
		opts.Wait = wait
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Simulator{
		opts: opts, log: opts.Log, ctx: ctx, stop: stop, events: newEvents(),
		client: &http.Client{
			Timeout:       15 * time.Second, // Twilio's limit for a webhook
			Transport:     &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		lastID: 100, byID: map[string]*phone{},
	}
	s.telegram = newTelegramState(opts.Telegram)
	s.twilio = newTwilioState()
	s.add(&phone{Kind: kindTelegram, Address: "501", Name: "Resident", Role: "resident", Language: "en"})
	s.add(&phone{Kind: kindSMS, Address: "+447700900123", Name: "Newcomer", Role: "newcomer"})
	s.add(&phone{Kind: kindTelegram, Address: "700100", Name: "Worker", Role: "worker", Language: "en", Started: true, Number: "+447700900110"})
	return s
}

// Close ends every delivery under way and every open event stream.
func (s *Simulator) Close() {
	s.stop()
	s.client.CloseIdleConnections()
}

// API serves both networks: /bot<token>/<method> as api.telegram.org does and
// /2010-04-01/Accounts/... as api.twilio.com does.
func (s *Simulator) API() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.serveTelegram)
	mux.HandleFunc("/2010-04-01/", s.serveTwilio)
	return mux
}

// Handler serves the page with the phones at / and what it needs under /sim/.
// Requests that another site makes a browser send are refused.
func (s *Simulator) Handler() http.Handler {
	mux := http.NewServeMux()
	s.routePage(mux)
	s.routeControl(mux)
	return http.NewCrossOriginProtection().Handler(secured(mux))
}

// next gives an id that was never given before. The caller holds s.mu.
func (s *Simulator) next() int64 {
	s.lastID++
	return s.lastID
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
