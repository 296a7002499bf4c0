// Porchlight is a messaging bot through which a community looks after its
// newcomers. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // hours are right also where the system knows no time zones

	"github.com/alecthomas/kong"
)

// commands are what the program does, one file each.
type commands struct {
	Demo      demo      `cmd:"" help:"The whole product on this machine, with nothing installed: open the page it prints and talk to it."`
	Serve     serve     `cmd:"" help:"Production: real Redis, real channels, configured by the environment (docs/running.md)."`
	Chat      chat      `cmd:"" help:"A conversation in the terminal: one line is one message."`
	Init      initDir   `cmd:"" help:"Write an organisation's pack to edit."`
	Rehearse  rehearse  `cmd:"" help:"Play the conversations of a pack and say where they went otherwise than written."`
	Check     checkPack `cmd:"" help:"Verify a pack, and the built-in one: exit 1 with one line a fault."`
	Explain   explain   `cmd:"" help:"Read messages, one a line, and print what is understood of each as JSON."`
	Broadcast broadcast `cmd:"" help:"Announcements: one text for many people, each in their language."`
	Translate translate `cmd:"" help:"Bring the texts of a language to translators and back."`
	Doctor    doctor    `cmd:"" help:"Look at a deployment before people rely on it: settings, Redis, networks, lines, languages, who is on call."`
	Erase     erase     `cmd:"" help:"Erase everything held about one person."`
	Health    health    `cmd:"" help:"Ask the serving process on this machine whether it is alive: exit 1 when it is not."`
}

// description heads the help.
var description = []kong.Option{
	kong.Name("porchlight"), kong.Description("A light left on for whoever arrives."),
	kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	k := kong.Parse(&c, append(description,
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&stdio{os.Stdin, os.Stdout, os.Stderr}))...)
	if err := k.Run(); err != nil {
		if !errors.Is(err, errFaults) {
			fmt.Fprintln(os.Stderr, "porchlight:", err)
		}
		os.Exit(1)
	}
}
