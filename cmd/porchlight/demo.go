package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"porchlight/adapters/redis"
	"porchlight/adapters/simulator"
	"porchlight/adapters/sms"
	"porchlight/adapters/telegram"
	"porchlight/flows/pack"
)

type demo struct {
	Listen string `default:"127.0.0.1:8080" help:"Address of the page."`
	Org    string `env:"PORCHLIGHT_ORG" help:"An organisation's pack; absent: the built-in sample."`
}

// Run shows the whole product on one machine: the adapters speak over HTTP to
// stand-ins for the networks, which nobody else can reach.
func (d demo) Run(ctx context.Context, io *stdio) error {
	log := slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p, err := pack.Open(d.Org)
	if err != nil {
		return err
	}
	page, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return fmt.Errorf("the page cannot be served: choose another address with --listen: %w", err)
	}
	networks, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	own := "http://" + page.Addr().String()
	key := make([]byte, 32)
	rand.Read(key)
	c := config{
		PublicURL: own, Keys: [][]byte{key},
		TelegramToken: "700000001:" + rand.Text()[:24] + "-demonstration", TelegramSecret: rand.Text(), TelegramAPI: "http://" + networks.Addr().String(),
		TwilioSID: "AC" + fmt.Sprintf("%032x", 1), TwilioToken: rand.Text(), TwilioFrom: "+441632960100", TwilioAPI: "http://" + networks.Addr().String(),
	}
	store, err := redis.OpenEmbedded(ctx, redis.Options{Keys: c.Keys, Log: log})
	if err != nil {
		return err
	}
	defer store.Close()
	h, err := build(c, p, store, log)
	if err != nil {
		return err
	}
	phones := simulator.New(simulator.Options{
		Telegram: simulator.Telegram{Token: c.TelegramToken, Secret: c.TelegramSecret, WebhookURL: own + telegram.Path},
		Twilio:   simulator.Twilio{AccountSID: c.TwilioSID, AuthToken: c.TwilioToken, From: c.TwilioFrom, WebhookURL: own + sms.InboundPath},
		Segments: func(text string) (string, int, int) {
			m := sms.Measure(text)
			return m.Encoding, m.Units, m.Segments
		},
		Log: log,
	})
	defer phones.Close()
	api := &http.Server{Handler: phones.API(), ReadHeaderTimeout: 10 * time.Second}
	go api.Serve(networks)
	defer api.Close()

	mux := h.routes()
	mux.Handle("/", phones.Handler())
	fmt.Fprintf(io.out, "Porchlight is on: %s\n%s, %d languages. Everything is simulated; nothing survives a restart. Stop with Ctrl+C.\n", own, p.Org.Name, len(p.Org.Languages))
	go func() {
		<-ctx.Done()
		phones.Close() // ends the pages' open streams, so that the server can end
	}()
	return h.run(ctx, page, mux)
}
