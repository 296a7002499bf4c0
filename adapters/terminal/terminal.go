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
	var b strings.Builder
	b.WriteString(m.Text)
	for _, choice := range m.Choices {
		fmt.Fprintf(&b, "\n[%s]", strings.TrimSpace(choice.Label))
	}
	if m.Pin != nil {
		fmt.Fprintf(&b, "\n(map: %s, %s)", m.Pin.Name, m.Pin.Address)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintf(c.out, "%s\n\n", strings.TrimPrefix(b.String(), "\n"))
	c.failed = errors.Join(c.failed, err)
	c.due--
	c.idle.Broadcast()
	return bot.Receipt{}, nil
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
