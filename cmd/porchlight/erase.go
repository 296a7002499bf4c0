package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"porchlight/adapters/redis"
	"porchlight/bot"
	"porchlight/flows/pack"
)

type erase struct {
	Channel string `required:"" enum:"sms,telegram" help:"The person's channel: sms or telegram."`
	Address string `required:"" help:"The person's number, with + and country code, or Telegram user id."`
}

// Run erases one person.
func (e erase) Run(ctx context.Context, io *stdio) error {
	c, err := readConfig(os.Getenv)
	if err != nil {
		return err
	}
	if c.RedisURL == "" || len(c.Keys) == 0 {
		return errors.New("set REDIS_URL and PORCHLIGHT_KEY as for serve: they say where people are kept")
	}
	p, err := pack.Open(c.Org)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(io.err, nil))
	store, err := redis.Open(ctx, redis.Options{URL: c.RedisURL, Keys: c.Keys, Log: log})
	if err != nil {
		return err
	}
	defer store.Close()
	h, err := build(c, p, store, log)
	if err != nil {
		return err
	}
	found, err := h.bot.Erase(ctx, bot.Address{Channel: e.Channel, ID: e.Address})
	if err != nil {
		return err
	}
	if !found {
		fmt.Fprintln(io.out, "nothing was kept about this person")
		return nil
	}
	fmt.Fprintln(io.out, "erased")
	return nil
}
