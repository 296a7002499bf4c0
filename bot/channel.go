// Package bot is what happens around a conversation: it receives, keeps,
// delivers, reminds and erases. What a conversation says is decided in
// package flows; how a network or a store is spoken to, in the adapters.
package bot

import (
	"context"
	"fmt"
	"time"
)

// Channel is a network that carries messages.
type Channel interface {
	// Name is the channel's name in addresses, keys and metrics.
	Name() string
	// Divide turns a message into what the network carries, one element a
	// network message, in order: choices become text where there are no
	// buttons, what is too long is split at sentences. It does no I/O and
	// loses no words.
	Divide(m Outbound) []Outbound
	// Send hands one element of Divide to the network. Its error is a
	// *SendError that names what went wrong; the bot decides what follows.
	Send(ctx context.Context, m Outbound) (Receipt, error)
}

// Failure classifies why a message could not be handed over or delivered.
type Failure string

// The failures. The bot alone decides what each of them leads to.
const (
	Transient     Failure = "transient"     // may go through later: retried with growing pauses
	Throttled     Failure = "throttled"     // the network asks the sender to pause for RetryAfter
	Blocked       Failure = "blocked"       // the person blocked the bot: marked, not retried
	OptedOut      Failure = "opted-out"     // the network holds an opt-out of the person: marked, not retried
	Impossible    Failure = "impossible"    // this message can never reach this address: marked, not retried
	Refused       Failure = "refused"       // the network refuses this text, not the person: not retried
	Misconfigured Failure = "misconfigured" // credentials, account or sender: nobody can be reached until an operator acts; kept and retried
)

// SendError says why a channel could not hand a message over.
type SendError struct {
	Failure    Failure
	RetryAfter time.Duration // with Throttled: how long nothing may be sent
	Code       string        // the network's own code, such as "21610", for logs and reports
	Attempts   int           // with Transient, of a message that the network took: how often it is worth another; 0: as often as the bot does
	Err        error         // the cause; holds no words and no address
}

// Error says the failure and the network's code, never an address or a text.
func (e *SendError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("send: %s (code %s)", e.Failure, e.Code)
	}
	return fmt.Sprintf("send: %s (code %s): %v", e.Failure, e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }
