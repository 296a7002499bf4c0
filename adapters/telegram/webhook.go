package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"

	"porchlight/bot"
)

// Path is where Telegram posts updates, under the public address.
const Path = "/webhooks/telegram"

// maxBody is what an update may have, in bytes. Telegram's own are far smaller.
const maxBody = 1 << 20

// maxTries is how often one update may fail, for another reason than an absent
// store, before it is given up. Telegram holds back all that a person writes
// after an update that was not accepted, for up to a day: one that can never
// be kept would silence that person, and while polling everybody.
const maxTries = 5

// Receiver keeps one inbound message; nil means that it is kept.
type Receiver = func(ctx context.Context, m bot.Inbound) error

// Webhook answers Telegram's calls: 200 once receive has kept the update or
// nothing in it is for the bot; 403 to a wrong secret; 405, 413 and 400 to
// what is not an update; 503 while the store is away and 500 on any other
// error of receive, so that Telegram calls again. An update that fails
// maxTries times in this process is given up with a 200 and logged as an error.
func (c *Channel) Webhook(receive Receiver) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if !c.trusted(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		id, in, err := decode(body)
		switch {
		case err != nil && c.tries.failed(id) < maxTries:
			c.log.Warn("an update is malformed", "update", id, "error", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		case err != nil:
			c.giveUp(id, err)
			w.WriteHeader(http.StatusOK)
			return
		case in == nil:
			w.WriteHeader(http.StatusOK)
			return
		}
		switch err := c.keep(r.Context(), receive, *in); {
		case err == nil:
			c.tries.over(id)
			w.WriteHeader(http.StatusOK)
		case errors.Is(err, bot.ErrAway), r.Context().Err() != nil:
			c.log.Warn("an update waits: the store is away", "update", id)
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusServiceUnavailable)
		case c.tries.failed(id) < maxTries:
			c.log.Error("an update could not be kept; Telegram will send it again", "update", id, slog.Any("error", kind(err)))
			w.WriteHeader(http.StatusInternalServerError)
		default:
			c.giveUp(id, kind(err))
			w.WriteHeader(http.StatusOK)
		}
	})
}

// trusted compares in constant time, whatever the lengths. Without a secret nobody is trusted.
func (c *Channel) trusted(secret string) bool {
	got, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(c.config.Secret))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && c.config.Secret != ""
}

// keep calls receive and turns a panic into an error: an update that panics
// must not end the process, to come again when it starts.
func (c *Channel) keep(ctx context.Context, receive Receiver, in bot.Inbound) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// What was panicked with may hold words; the stack holds only addresses.
			c.log.Error("a panic while an update was kept", "kind", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return receive(ctx, in)
}

var errPanic = errors.New("panic; see the stack above")

// giveUp tells the operator that something a person said is lost.
func (c *Channel) giveUp(id int64, err error) {
	c.tries.over(id)
	c.log.Error("an update was given up: it failed every time, and what the person said is lost; please report this",
		"update", id, "tries", maxTries, slog.Any("error", err))
}

// kind is err for a log: the types of what it wraps, for its text is not this
// package's and could hold words.
func kind(err error) error {
	if err == nil || errors.Is(err, errPanic) {
		return err
	}
	types := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		types += fmt.Sprintf(" %T", e)
	}
	return errors.New("receive:" + types)
}

// attempts counts how often updates failed in this process. It remembers the
// updates that fail now, at most maxCounted of them.
type attempts struct {
	mu    sync.Mutex
	count map[int64]int
}

const maxCounted = 1000

// failed counts one more failure and returns how many there were. An update
// without an id is never given up.
func (a *attempts) failed(id int64) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id <= 0 {
		return 0
	}
	if a.count == nil || (len(a.count) >= maxCounted && a.count[id] == 0) {
		a.count = map[int64]int{}
	}
	a.count[id]++
	return a.count[id]
}

// over forgets an update that is done with.
func (a *attempts) over(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.count, id)
}
