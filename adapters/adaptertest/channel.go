// Package adaptertest holds the tables that every channel must pass. A new
// channel describes its network in a Network and calls Channel in its tests.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
)

// Network is what Channel has to know of the network behind a channel.
type Network struct {
	// Open gives the channel, speaking to the network's server at serverURL.
	Open func(t *testing.T, serverURL string) bot.Channel
	// To is somebody the channel may write to. No error may name the ID.
	To bot.Address
	// Secrets are the credentials with which Open works. No error may show one.
	Secrets []string
	// Units counts a text as the network does, and Limit is how many units
	// one message may have.
	Units func(string) int
	Limit int
	// Same, when set, undoes what Divide may lawfully change in a text (other
	// spellings of the same words) before texts are compared. White space is
	// never compared.
	Same func(string) string
	// Taken is the server's answer to a message it takes, and Receipt the
	// network's id in it.
	Taken   Answer
	Receipt string
	// Failures are the server's other answers, and what each must be called.
	Failures []Failure
}

// Answer is what the network's server says to a message. In Body, {text},
// {to} and {secret} stand for what was sent, so that a network that repeats
// them can be told.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Failure is an answer and what the channel must make of it.
type Failure struct {
	Name string
	Answer
	Want       bot.Failure
	RetryAfter time.Duration
	Code       string // the network's own code; empty: not compared
}

// words is a text that no error may repeat.
const words = "Zamburak kept in confidence"

// Channel runs the tables against the channel that n opens: how it divides
// messages, how it names failures, and what its errors keep to themselves.
func Channel(t *testing.T, n Network) {
	t.Run("divide", func(t *testing.T) { divide(t, n) })
	t.Run("taken", func(t *testing.T) {
		c := n.Open(t, serve(t, n, n.Taken))
		receipt, err := c.Send(t.Context(), one(t, c, n.message()))
		if err != nil {
			t.Fatalf("the network took the message, but Send says: %v", err)
		}
		if receipt.ID != n.Receipt {
			t.Errorf("receipt %q, want %q", receipt.ID, n.Receipt)
		}
	})
	gateway := Failure{Name: "a gateway's page", Want: bot.Transient, Answer: Answer{
		Status: http.StatusBadGateway,
		Header: http.Header{"Content-Type": {"text/html"}},
		Body:   "<html>502 {text} {to} {secret}</html>",
	}}
	for _, f := range append([]Failure{gateway}, n.Failures...) {
		t.Run("answer: "+f.Name, func(t *testing.T) {
			c := n.Open(t, serve(t, n, f.Answer))
			_, err := c.Send(t.Context(), one(t, c, n.message()))
			got := n.check(t, err, f.Want)
			if got.RetryAfter != f.RetryAfter {
				t.Errorf("RetryAfter %v, want %v", got.RetryAfter, f.RetryAfter)
			}
			if f.Code != "" && got.Code != f.Code {
				t.Errorf("code %q, want %q", got.Code, f.Code)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		c := n.Open(t, server.URL)
		_, err := c.Send(t.Context(), one(t, c, n.message()))
		n.check(t, err, bot.Transient)
	})
	t.Run("connection cut", func(t *testing.T) {
		c := n.Open(t, start(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		_, err := c.Send(t.Context(), one(t, c, n.message()))
		n.check(t, err, bot.Transient)
	})
	t.Run("context ends while the server thinks", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		gone := make(chan struct{})
		c := n.Open(t, start(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-gone // answers only once Send has returned
		}))
		m := one(t, c, n.message())
		_, err := c.Send(ctx, m)
		close(gone)
		n.check(t, err, bot.Transient)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error does not wrap the context's: %v", err)
		}
	})
}

func (n Network) message() bot.Outbound {
	return bot.Outbound{To: n.To, Lane: bot.Reply, Text: words, Language: "en"}
}

// check looks at an error of Send: its kind, and that it tells nothing it must not.
func (n Network) check(t *testing.T, err error, want bot.Failure) *bot.SendError {
	t.Helper()
	var got *bot.SendError
	if !errors.As(err, &got) {
		t.Fatalf("want a *bot.SendError, got %T", err)
	}
	if got.Failure != want {
		t.Errorf("failure %q, want %q (%v)", got.Failure, want, err)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		said := fmt.Sprintf("%v %+v", e, e)
		for _, kept := range append([]string{words, "Zamburak", n.To.ID, strings.TrimPrefix(n.To.ID, "+")}, n.Secrets...) {
			if strings.Contains(said, kept) {
				t.Errorf("the error tells the text, the address or a credential: %T", e)
			}
		}
	}
	return got
}

// one divides a short message, which must stay whole.
func one(t *testing.T, c bot.Channel, m bot.Outbound) bot.Outbound {
	t.Helper()
	parts := c.Divide(m)
	if len(parts) != 1 {
		t.Fatalf("a short text became %d messages", len(parts))
	}
	return parts[0]
}

// serve starts a server that gives every request the same answer.
func serve(t *testing.T, n Network, a Answer) string {
	secret := ""
	if len(n.Secrets) > 0 {
		secret = n.Secrets[0]
	}
	body := strings.NewReplacer("{text}", words, "{to}", n.To.ID, "{secret}", secret).Replace(a.Body)
	return start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for k, v := range a.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, body)
	})
}

// start starts a server that reads each request to its end before it answers.
func start(t *testing.T, answer http.HandlerFunc) string {
	var busy sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		busy.Add(1)
		defer busy.Done()
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, r)
	}))
	t.Cleanup(func() { busy.Wait(); server.Close() })
	return server.URL
}
