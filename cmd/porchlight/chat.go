package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"

	"github.com/nyaruka/phonenumbers"

	"porchlight/adapters/redis"
	"porchlight/bot"
	"porchlight/flows"
	"porchlight/flows/pack"
)

type chat struct {
	Channel string `enum:"sms,telegram" default:"sms" help:"Show what this channel would: sms or telegram."`
	From    string `help:"Who writes: a number with + and country code, or a Telegram user id."`
	Country string `help:"ISO 3166 country of the person; absent: of the number."`
	Lang    string `name:"app-language" help:"Language of the person's app (Telegram), BCP 47."`
	Org     string `env:"PORCHLIGHT_ORG" help:"An organisation's pack; absent: the built-in sample."`
}

// Run talks over the real bot, with the store and the delivery of the demo.
func (c chat) Run(ctx context.Context, std *stdio) error {
	p, err := pack.Open(c.Org)
	if err != nil {
		return err
	}
	p.Org.Workers = nil // there is nobody at the other end of a terminal
	from, country, err := c.person()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	key := make([]byte, 32)
	rand.Read(key)
	store, err := redis.OpenEmbedded(ctx, redis.Options{Keys: [][]byte{key}})
	if err != nil {
		return err
	}
	defer store.Close()
	screen := screen(c.Channel, std.out)
	machine, err := p.Machine(presentations())
	if err != nil {
		return err
	}
	b := bot.New(bot.Config{Store: store, Machine: machine, Channels: []bot.Channel{screen}, Log: log})
	d := bot.NewDeliverer(bot.DeliveryConfig{Store: store, Channels: []bot.Channel{screen}, Owner: "chat", Log: log})
	sending, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(sending) }()
	err = screen.Talk(ctx, std.in, from, flows.Input{Country: country, AppLanguage: c.Lang}, b.Receive)
	stop()
	<-ended
	return err
}

// person is who writes, and from which country.
func (c chat) person() (bot.Address, string, error) {
	if c.Channel == "telegram" {
		id := c.From
		if id == "" {
			id = "501"
		}
		return bot.Address{Channel: c.Channel, ID: id}, c.Country, nil
	}
	id, country := c.From, c.Country
	if id == "" {
		id = "+447700900123" // reserved for drama by Ofcom: nobody's
	}
	number, err := phonenumbers.Parse(id, country)
	if err != nil {
		return bot.Address{}, "", fmt.Errorf("--from %q is no phone number: write + and the country code, such as +447700900123", id)
	}
	if country == "" {
		country = phonenumbers.GetRegionCodeForNumber(number)
	}
	return bot.Address{Channel: c.Channel, ID: phonenumbers.Format(number, phonenumbers.E164)}, country, nil
}
