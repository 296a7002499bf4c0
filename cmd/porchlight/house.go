package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"porchlight/adapters/redis"
	"porchlight/adapters/sms"
	"porchlight/adapters/telegram"
	"porchlight/bot"
	"porchlight/flows"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// house is the program wired together: channels, store, bot and deliverer.
type house struct {
	pack      *pack.Pack
	store     *redis.Store
	telegram  *telegram.Channel // nil: off
	sms       *sms.Channel      // nil: off
	bot       *bot.Bot
	deliverer *bot.Deliverer
	metrics   *metrics
	polls     bool // no public address: ask Telegram for updates
	log       *slog.Logger
}

// maxSegments is the longest text message, in segments: longer ones leave as
// several.
const maxSegments = 3

// presentations are how the channels show choices.
func presentations() map[string]flows.Presentation {
	return map[string]flows.Presentation{
		"telegram": {Buttons: true},
		"sms": {Fits: func(text string, choices []flows.Choice) bool {
			return sms.Fit(sms.Plain(bot.Outbound{Text: text, Choices: choices}), maxSegments)
		}},
	}
}

// build wires a house. The store is the caller's to close.
func build(c config, p *pack.Pack, store *redis.Store, log *slog.Logger) (*house, error) {
	h := &house{pack: p, store: store, log: log, metrics: newMetrics(), polls: c.PublicURL == ""}
	var channels []bot.Channel
	var caller bot.Caller
	var err error
	if c.TelegramToken != "" {
		h.telegram, err = telegram.New(telegram.Config{
			Token: c.TelegramToken, Secret: c.TelegramSecret, APIURL: c.TelegramAPI, PublicURL: c.PublicURL, Log: log,
		})
		if err != nil {
			return nil, err
		}
		channels = append(channels, h.telegram)
	}
	if c.TwilioSID != "" {
		h.sms, err = sms.New(sms.Config{
			AccountSID: c.TwilioSID, AuthToken: c.TwilioToken, From: c.TwilioFrom, VoiceFrom: c.TwilioVoiceFrom, APIURL: c.TwilioAPI, PublicURL: c.PublicURL,
			Countries: p.Org.SMS.Countries, MaxSegments: maxSegments, Log: log,
		})
		if err != nil {
			return nil, err
		}
		channels = append(channels, h.sms)
		if h.sms.CallsFrom() != "" {
			caller = h.sms
		}
	}
	machine, err := p.Machine(presentations())
	if err != nil {
		return nil, err
	}
	quiet := quietHours(p)
	h.bot = bot.New(bot.Config{
		Store: store, Machine: machine, Channels: channels, Log: log, Meter: h.metrics,
		Workers: workers(p, channels), Handoff: handoffTimes(p), Board: store, Dates: store, Quiet: quiet, Announcing: announcing(p), Caller: caller,
	})
	host, _ := os.Hostname()
	h.deliverer = bot.NewDeliverer(bot.DeliveryConfig{
		Store: store, Channels: append(channels, h.bot.Inside(), h.bot.Calls()), Owner: fmt.Sprintf("%s-%d", host, os.Getpid()), Log: log, Meter: h.metrics,
		Board: store, Quiet: quiet,
		Rates: map[string]bot.ChannelRate{
			// Telegram asks for no more than one message a second in a chat,
			// short bursts apart (Bot FAQ, "My bot is hitting limits").
			"telegram": {PerSecond: p.Org.Rates.TelegramPerSecond, ChatEvery: time.Second, ChatBurst: 4},
			"sms":      {PerSecond: p.Org.Rates.SMSPerSecond},
		},
	})
	return h, nil
}

// workers are the organisation's, each on the first of the channels that is on.
func workers(p *pack.Pack, channels []bot.Channel) []bot.Worker {
	on := map[string]bool{}
	for _, c := range channels {
		on[c.Name()] = true
	}
	var all []bot.Worker
	for _, w := range p.Org.Workers {
		worker := bot.Worker{Name: w.Name, Roles: w.Roles, Languages: w.Languages, Hours: w.OnCall}
		switch {
		case w.Telegram != "" && on["telegram"]:
			worker.Address = bot.Address{Channel: "telegram", ID: w.Telegram}
		case w.SMS != "" && on["sms"]:
			worker.Address = bot.Address{Channel: "sms", ID: w.SMS}
		default:
			continue
		}
		if w.SMS != "" && on["sms"] { // also of one who writes by Telegram
			worker.Phone = bot.Address{Channel: "sms", ID: w.SMS}
		}
		all = append(all, worker)
	}
	return all
}

// quietHours are the organisation's, by the clock where a number is at home.
func quietHours(p *pack.Pack) bot.Quiet {
	var book sms.ZoneBook
	return func(to bot.Address, now time.Time) time.Time {
		if to.Channel == "sms" {
			return p.Org.Quiet(now, book.Zones(to.ID)...)
		}
		return p.Org.Quiet(now)
	}
}

func handoffTimes(p *pack.Pack) bot.HandoffTimes {
	h := p.Org.Handoff
	return bot.HandoffTimes{
		Offer: time.Duration(h.OfferSeconds) * time.Second, Escalate: time.Duration(h.EscalateSeconds) * time.Second,
		GiveUp: time.Duration(h.GiveUpSeconds) * time.Second,
	}
}

// routes are the web addresses of the program.
func (h *house) routes() *http.ServeMux {
	mux := http.NewServeMux()
	if h.telegram != nil {
		mux.Handle(telegram.Path, h.telegram.Webhook(h.bot.Receive))
	}
	if h.sms != nil {
		mux.Handle(sms.InboundPath, h.sms.Inbound(h.bot.Receive))
		mux.Handle(sms.StatusPath, h.sms.Status(h.deliverer.Delivered))
		mux.Handle(sms.VoicePath, h.sms.Voice(h.bot.Called))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := h.store.Ping(r.Context()); err != nil {
			http.Error(w, "Redis does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", h.metrics.handler())
	return mux
}

// run serves until ctx ends, then lets what is under way finish: first no new
// messages, then what is to be sent.
func (h *house) run(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	if err := h.bot.SyncDates(ctx, nil); err != nil {
		h.log.Warn("changes of groups wait until the store answers", "error", err)
	}
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	var senders, readers sync.WaitGroup
	senders.Go(func() {
		if err := h.deliverer.Run(sending); err != nil {
			h.log.Error("delivery ended", "error", err)
		}
	})
	senders.Go(func() { h.bot.RunTimers(sending, h.deliverer.Partitions) })
	senders.Go(func() { h.bot.RunDates(sending, h.deliverer.Partitions) })
	senders.Go(func() { h.bot.RunAnnouncements(sending, h.deliverer.Partitions) })
	if h.telegram != nil {
		readers.Go(func() { h.openTelegram(ctx) })
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	go func() { // reading the pack took twice of what stays
		runtime.GC() // what is made while it looks around is left to the next
		debug.FreeOSMemory()
	}()

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(closing))
	readers.Wait()
	stopSending()
	senders.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// openTelegram registers webhook and commands, again until Telegram answers,
// and asks for updates where there is no public address.
func (h *house) openTelegram(ctx context.Context) {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := h.telegram.Setup(ctx, telegramCommands(h.pack))
		if err == nil || ctx.Err() != nil {
			break
		}
		h.log.Warn("telegram: not set up yet; trying again", "error", err, "after", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	if h.polls && ctx.Err() == nil {
		h.telegram.Poll(ctx, h.bot.Receive)
	}
}

// telegramCommands are offered beside the input field, in each language.
func telegramCommands(p *pack.Pack) map[string][]telegram.Command {
	entries := []struct{ name, text string }{
		{"menu", "menu.button"}, {"find", "menu.find"}, {"groups", "menu.groups"}, {"talk", "menu.talk"}, {"learn", "menu.learn"},
		{"lang", "settings.language"}, {"help", "command.help"}, {"stop", "settings.hear-off"}, {"forget", "settings.forget"},
	}
	in := func(l *locales.Locale) []telegram.Command {
		var out []telegram.Command
		for _, e := range entries {
			out = append(out, telegram.Command{Name: e.name, Description: l.Text(e.text, nil)})
		}
		return out
	}
	all := map[string][]telegram.Command{"": in(p.Catalog.Locale(p.Org.Languages[0]))}
	for _, tag := range p.Org.Languages {
		all[tag] = in(p.Catalog.Locale(tag))
	}
	return all
}
