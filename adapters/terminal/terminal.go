// Package terminal is a conversation on standard input and output, over the
// real bot: each line is one message. It shows what another channel would
// send, without that channel's network.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"porchlight/bot"
	"porchlight/flows"
)

// Channel prints what would be sent. It stands in for the channel whose name
// it has.
type Channel struct {
	name   string
	divide func(bot.Outbound) []bot.Outbound
	out    io.Writer

	mu     sync.Mutex
	idle   *sync.Cond
	due    int // messages divided and not yet printed
	failed error
	watch  func(bot.Outbound)             // sees each message; nil: nobody
	shown  map[bot.Address][]flows.Choice // buttons, latest last, while watched
}

// New makes a channel with the name and the Divide of the one it stands in
// for, printing to out.
func New(name string, divide func(bot.Outbound) []bot.Outbound, out io.Writer) *Channel {
	c := &Channel{name: name, divide: divide, out: out}
	c.idle = sync.NewCond(&c.mu)
	return c
}

// Name is the name of the channel it stands in for.
func (c *Channel) Name() string { return c.name }

// Divide is the other channel's.
func (c *Channel) Divide(m bot.Outbound) []bot.Outbound {
	parts := c.divide(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due += len(parts)
	return parts
}

// Send prints a message and a blank line. Buttons are lines in brackets.
func (c *Channel) Send(_ context.Context, m bot.Outbound) (bot.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintf(c.out, "%s\n\n", appearance(m))
	c.failed = errors.Join(c.failed, err)
	if c.watch != nil {
		c.watch(m)
		c.shown[m.To] = append(c.shown[m.To], m.Choices...)
	}
	c.due--
	c.idle.Broadcast()
	return bot.Receipt{}, nil
}

// appearance is a message as it is printed: buttons in brackets, a place in
// parentheses.
func appearance(m bot.Outbound) string {
	parts := []string{m.Text}
	for _, choice := range m.Choices {
		parts = append(parts, "["+strings.TrimSpace(choice.Label)+"]")
	}
	if m.Pin != nil {
		parts = append(parts, "(map: "+m.Pin.Name+", "+m.Pin.Address+")")
	}
	if m.Text == "" {
		parts = parts[1:]
	}
	return strings.Join(parts, "\n")
}

// observe has each message shown to watch as well.
func (c *Channel) observe(watch func(bot.Outbound)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch = watch
	if c.shown == nil {
		c.shown = map[bot.Address][]flows.Choice{}
	}
}

// pressed finds the button with a label that was last shown to somebody.
func (c *Channel) pressed(to bot.Address, label string) (ref string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, choice := range c.shown[to] {
		if strings.TrimSpace(choice.Label) == label {
			ref, ok = choice.Ref, true
		}
	}
	return ref, ok
}

// settle waits until everything divided was printed.
func (c *Channel) settle() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.due > 0 {
		c.idle.Wait()
	}
	return c.failed
}

// maxLine is the longest line that is read as one message.
const maxLine = 1 << 20

// Talk takes each line of in as a message of one person until in ends. Answers
// to a line are printed before the next is read.
func (c *Channel) Talk(ctx context.Context, in io.Reader, from bot.Address, person flows.Input, receive func(context.Context, bot.Inbound) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		input := person
		input.Text = strings.ToValidUTF8(lines.Text(), "\ufffd")
		if err := receive(ctx, bot.Inbound{ID: bot.MessageID("line-" + strconv.Itoa(n)), From: from, Input: input}); err != nil {
			return err
		}
		if err := c.settle(); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read: %w; a line holds at most %d bytes", err, maxLine)
	}
	return nil
}
