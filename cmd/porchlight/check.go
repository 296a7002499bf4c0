package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"porchlight/adapters/sms"
	"porchlight/adapters/telegram"
	"porchlight/bot"
	"porchlight/flows"
	"porchlight/flows/check"
	"porchlight/flows/pack"
	"porchlight/locales"
)

type checkPack struct {
	Dir string `arg:"" optional:"" type:"path" help:"The pack; the built-in one is verified in any case."`
}

// Run prints one line a fault. What is not wrong but good to know goes to
// standard error.
func (c checkPack) Run(ctx context.Context, std *stdio) error {
	faults, err := verify(ctx, c.Dir, std.err)
	if err != nil {
		return err
	}
	if c.Dir != "" && len(faults) == 0 { // otherwise what is built in would only hide what is to be mended
		if faults, err = verify(ctx, "", io.Discard); err != nil {
			return err
		}
	}
	for _, f := range faults {
		fmt.Fprintln(std.out, f)
	}
	if len(faults) > 0 {
		return errFaults
	}
	return nil
}

// verify gives the faults of one pack; "" is the built-in one. notes gets what
// is good to know.
func verify(ctx context.Context, dir string, notes io.Writer) ([]error, error) {
	p, err := pack.Open(dir)
	if err != nil {
		return split(err)
	}
	now := time.Now()
	found, err := check.Run(p, surfaces(), now)
	if err != nil {
		return split(err)
	}
	layer := pack.Sample()
	if dir != "" {
		layer = os.DirFS(dir)
	}
	_, talks, err := rehearsal(ctx, p, layer, nil)
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, f := range append(found, talks...) {
		faults = append(faults, f)
	}
	fmt.Fprintf(notes, "%s:\n", p.Org.Name)
	for _, line := range check.Languages(p.Catalog, p.Triage, p.Org.Languages) {
		fmt.Fprintln(notes, " ", line)
	}
	for _, w := range p.Directory.Warnings(now) {
		fmt.Fprintln(notes, "  note:", w)
	}
	return faults, nil
}

// split takes joined faults apart; anything else is an error of its own.
func split(err error) ([]error, error) {
	var fault *locales.Fault
	if !errors.As(err, &fault) {
		return nil, err
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			each, other := split(e)
			if other != nil {
				return nil, other
			}
			all = append(all, each...)
		}
		return all, nil
	}
	return []error{fault}, nil
}

// surfaces are the channels as a pack is verified on them.
func surfaces() []check.Channel {
	shown := presentations()
	return []check.Channel{
		{Name: telegram.Name, Presentation: shown[telegram.Name], MaxRef: telegram.MaxData},
		{
			Name: "sms", Presentation: shown["sms"], MaxSegments: maxSegments,
			Segments: func(text string) int { return sms.Measure(text).Segments },
			Parts: func(s flows.Say) []string {
				var texts []string
				for _, m := range sms.Divide(bot.Outbound{Text: s.Text, Choices: s.Choices, Pin: s.Pin}, maxSegments) {
					texts = append(texts, m.Text)
				}
				return texts
			},
		},
	}
}
