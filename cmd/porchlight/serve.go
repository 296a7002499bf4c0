package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"porchlight/adapters/redis"
	"porchlight/flows/pack"
)

type serve struct{}

// Run serves people until it is told to stop.
func (serve) Run(ctx context.Context, io *stdio) error {
	c, err := readConfig(os.Getenv)
	if err != nil {
		return err
	}
	if err := c.forServing(); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(io.err, nil))
	p, err := pack.Open(c.Org)
	if err != nil {
		return err
	}
	store, err := redis.Open(ctx, redis.Options{URL: c.RedisURL, Keys: c.Keys, Log: log})
	if err != nil {
		return err
	}
	defer store.Close()
	h, err := build(c, p, store, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("PORCHLIGHT_LISTEN: %w", err)
	}
	log.Info("serving", "address", listener.Addr().String(), "organisation", p.Org.Name, "languages", p.Org.Languages,
		"telegram", h.telegram != nil, "sms", h.sms != nil, "polling", h.polls)
	return h.run(ctx, listener, h.routes())
}
