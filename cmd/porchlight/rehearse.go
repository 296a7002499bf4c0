package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"porchlight/adapters/redis"
	"porchlight/adapters/sms"
	"porchlight/adapters/telegram"
	"porchlight/adapters/terminal"
	"porchlight/bot"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// errFaults says that faults were found and have been printed.
var errFaults = errors.New("there are faults")

type rehearse struct {
	Dir   string `arg:"" optional:"" type:"path" help:"An organisation's pack; absent: the built-in sample."`
	Write bool   `help:"Write down what is said now as what should be said."`
}

// Run plays the conversations of a pack, conversations/*.talk.
func (r rehearse) Run(ctx context.Context, std *stdio) error {
	layer := pack.Sample()
	if r.Dir != "" {
		layer = os.DirFS(r.Dir)
	} else if r.Write {
		return errors.New("--write needs the folder of a pack")
	}
	p, err := pack.Open(r.Dir)
	if err != nil {
		return err
	}
	write := func(file, text string) error {
		return os.WriteFile(filepath.Join(r.Dir, filepath.FromSlash(file)), []byte(text), 0o644)
	}
	if !r.Write {
		write = nil
	}
	played, faults, err := rehearsal(ctx, p, layer, write)
	if err != nil {
		return err
	}
	if r.Write {
		fmt.Fprintf(std.out, "conversations written down: %d, steps that changed: %d\n", played, len(faults))
		return nil
	}
	for _, f := range faults {
		fmt.Fprintln(std.out, f)
	}
	fmt.Fprintf(std.out, "conversations: %d, steps that went otherwise: %d\n", played, len(faults))
	if len(faults) > 0 {
		return errFaults
	}
	return nil
}

// rehearsal plays every conversation of a pack's folder, each with a store and
// a clock of its own. write, where given, keeps how each went.
func rehearsal(ctx context.Context, p *pack.Pack, layer fs.FS, write func(file, text string) error) (played int, faults []*locales.Fault, err error) {
	files, err := fs.Glob(layer, "conversations/*.talk")
	if err != nil {
		return 0, nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(layer, file)
		if err != nil {
			return 0, nil, err
		}
		went, found, err := rehearseOne(ctx, p, file, string(text))
		if fault := new(locales.Fault); errors.As(err, &fault) {
			faults = append(faults, fault)
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		faults = append(faults, found...)
		if write != nil {
			if err := write(file, went); err != nil {
				return 0, nil, err
			}
		}
	}
	return len(files), faults, nil
}

func rehearseOne(ctx context.Context, p *pack.Pack, file, text string) (string, []*locales.Fault, error) {
	clock := terminal.NewClock(time.Date(2026, 11, 22, 9, 0, 0, 0, p.Org.Zone))
	key := make([]byte, 32)
	rand.Read(key)
	store, err := redis.OpenEmbedded(ctx, redis.Options{Keys: [][]byte{key}, Now: clock.Now})
	if err != nil {
		return "", nil, err
	}
	defer store.Close()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	screens := []*terminal.Channel{screen("telegram", io.Discard), screen("sms", io.Discard)}
	channels := []bot.Channel{screens[0], screens[1]}
	machine, err := p.Machine(presentations())
	if err != nil {
		return "", nil, err
	}
	guests := 0
	b := bot.New(bot.Config{
		Store: store, Machine: machine, Channels: channels, Clock: clock, Log: log, Workers: workers(p, channels), Handoff: handoffTimes(p), Board: store, Dates: store, Quiet: quietHours(p), Announcing: announcing(p),
		NewID: func() string { guests++; return fmt.Sprintf("GS%02d-played", guests) },
	})

	stage := &terminal.Stage{Bot: b, Screens: screens, Outbox: store, Board: store, Partitions: redis.Partitions(), Clock: clock, Zone: p.Org.Zone}
	return stage.Rehearse(ctx, file, text)
}

// screen shows in the terminal what a channel would send.
func screen(channel string, out io.Writer) *terminal.Channel {
	divide := telegram.Divide
	if channel == "sms" {
		divide = func(m bot.Outbound) []bot.Outbound { return sms.Divide(m, maxSegments) }
	}
	return terminal.New(channel, divide, out)
}
