package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"porchlight/bot"
)

const oneUpdate = `{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":700100,"type":"private"},"from":{"id":700100,"is_bot":false,"first_name":"Amina"},"text":"zamburak"}}`

func post(t *testing.T, server *httptest.Server, method, secret, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp
}

func serveWebhook(t *testing.T, c *Channel, receive Receiver) *httptest.Server {
	server := httptest.NewServer(c.Webhook(receive))
	t.Cleanup(server.Close)
	return server
}

func TestWebhookStatus(t *testing.T) {
	away := fmt.Errorf("update: %w: connection refused", bot.ErrAway)
	tests := []struct {
		name, method, secret, body string
		receive                    error
		want, received             int
	}{
		{"kept", "POST", testSecret, oneUpdate, nil, 200, 1},
		{"wrong secret", "POST", testSecret + "x", oneUpdate, nil, 403, 0},
		{"no secret", "POST", "", oneUpdate, nil, 403, 0},
		{"wrong secret and malformed", "POST", "x", "{", nil, 403, 0},
		{"GET", "GET", testSecret, "", nil, 405, 0},
		{"PUT", "PUT", testSecret, oneUpdate, nil, 405, 0},
		{"oversize", "POST", testSecret, `{"update_id":7,"x":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413, 0},
		{"as large as may be", "POST", testSecret, oneUpdate + strings.Repeat(" ", maxBody-len(oneUpdate)), nil, 200, 1},
		{"unknown kind", "POST", testSecret, `{"update_id":7,"telepathy":{}}`, nil, 200, 0},
		{"nothing in it", "POST", testSecret, `{"update_id":7}`, nil, 200, 0},
		{"a group", "POST", testSecret, strings.Replace(oneUpdate, `{"id":700100,"type":"private"}`, `{"id":-700100,"type":"group"}`, 1), nil, 200, 0},
		{"the store is away", "POST", testSecret, oneUpdate, away, 503, 1},
		{"another error", "POST", testSecret, oneUpdate, errors.New("zamburak from 700100"), 500, 1},
	}
	for name, body := range malformed {
		tests = append(tests, struct {
			name, method, secret, body string
			receive                    error
			want, received             int
		}{"malformed: " + name, "POST", testSecret, body, nil, 400, 0})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newBotAPI(t).open()
			received := 0
			server := serveWebhook(t, c, func(_ context.Context, m bot.Inbound) error {
				received++
				if m.ID != "u7" || m.From != amina || m.Input.Text != inConfidence {
					t.Errorf("received %+v", m)
				}
				return tt.receive
			})
			resp := post(t, server, tt.method, tt.secret, tt.body)
			if resp.StatusCode != tt.want || received != tt.received {
				t.Errorf("status %d after %d received, want %d after %d", resp.StatusCode, received, tt.want, tt.received)
			}
			if retry := resp.Header.Get("Retry-After"); (tt.want == 503) != (retry != "") {
				t.Errorf("Retry-After %q", retry)
			}
			if allow := resp.Header.Get("Allow"); (tt.want == 405) != (allow == "POST") {
				t.Errorf("Allow %q", allow)
			}
		})
	}
}

func TestWebhookWithoutSecretTrustsNobody(t *testing.T) {
	c, _ := newBotAPI(t).open(func(c *Config) { c.Secret = "" })
	server := serveWebhook(t, c, func(context.Context, bot.Inbound) error {
		t.Error("received")
		return nil
	})
	if resp := post(t, server, "POST", "", oneUpdate); resp.StatusCode != 403 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// A poison update is refused until it has failed maxTries times, then given
// up, loudly; another person's update is taken all the while.
func TestWebhookPoison(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("zamburak cannot be kept") },
		"panic": func() error { panic("zamburak from 700100") },
	} {
		t.Run(name, func(t *testing.T) {
			c, log := newBotAPI(t).open()
			server := serveWebhook(t, c, func(_ context.Context, m bot.Inbound) error {
				if m.ID == "u7" {
					return fail()
				}
				return nil
			})
			for try := 1; try < maxTries; try++ {
				if resp := post(t, server, "POST", testSecret, oneUpdate); resp.StatusCode != 500 {
					t.Fatalf("try %d: status %d", try, resp.StatusCode)
				}
				other := strings.ReplaceAll(strings.Replace(oneUpdate, ":7,", ":8,", 1), "700100", "700200")
				if resp := post(t, server, "POST", testSecret, other); resp.StatusCode != 200 {
					t.Fatalf("another person: status %d", resp.StatusCode)
				}
			}
			if strings.Contains(log.String(), "given up") {
				t.Error("given up too early")
			}
			if resp := post(t, server, "POST", testSecret, oneUpdate); resp.StatusCode != 200 {
				t.Fatalf("status %d after %d tries", resp.StatusCode, maxTries)
			}
			if !strings.Contains(log.String(), `"ERROR"`) || !strings.Contains(log.String(), "given up") {
				t.Errorf("nobody was told: %s", log)
			}
		})
	}
}

// While the store is away nothing is ever given up.
func TestWebhookAwayIsNoPoison(t *testing.T) {
	c, _ := newBotAPI(t).open()
	away := true
	server := serveWebhook(t, c, func(context.Context, bot.Inbound) error {
		if away {
			return bot.ErrAway
		}
		return nil
	})
	for range 3 * maxTries {
		if resp := post(t, server, "POST", testSecret, oneUpdate); resp.StatusCode != 503 {
			t.Fatalf("status %d", resp.StatusCode)
		}
	}
	away = false
	if resp := post(t, server, "POST", testSecret, oneUpdate); resp.StatusCode != 200 {
		t.Fatalf("status %d once the store is back", resp.StatusCode)
	}
}
