package simulator

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
)

// TestWebhookRetries refuses the first update three times: it comes again
// after growing pauses, and before the one that was written later.
func TestWebhookRetries(t *testing.T) {
	var refusals atomic.Int32
	refusals.Store(3)
	hook, updates := webhook(t, func(got) int {
		if refusals.Add(-1) >= 0 {
			return 503
		}
		return 200
	})
	w := start(t, func(o *Options) { o.Telegram.WebhookURL = hook + "/webhooks/telegram" })
	w.do(resident, "text", map[string]string{"text": "one"})
	w.do(resident, "text", map[string]string{"text": "two"})
	var texts []string
	for range 5 {
		g := receive(t, updates)
		if g.header.Get("X-Telegram-Bot-Api-Secret-Token") != testSecret || g.path != "/webhooks/telegram" {
			t.Errorf("%s with secret %q", g.path, g.header.Get("X-Telegram-Bot-Api-Secret-Token"))
		}
		var u struct{ Message struct{ Text string } }
		if err := json.Unmarshal(g.body, &u); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, u.Message.Text)
	}
	if want := []string{"one", "one", "one", "one", "two"}; !slices.Equal(texts, want) {
		t.Errorf("came as %v", texts)
	}
	w.until(resident, "taken", func(p phone) bool { return p.Messages[1].Status == "taken" })
	w.waits.Lock()
	defer w.waits.Unlock()
	if want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}; !slices.Equal(w.slept, want) {
		t.Errorf("pauses %v", w.slept)
	}
}

func TestPollingAndWebhookExcludeEachOther(t *testing.T) {
	hook, updates := webhook(t, nil)
	w := start(t, nil)
	answers := make(chan map[string]any, 1)
	go func() {
		_, body := w.call("getUpdates", "timeout", "50")
		answers <- body
	}()
	w.until(resident, "being polled", func(phone) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events.publish("test", 0) // so that until looks again
		return w.telegram.polls == 1
	})
	w.do(resident, "text", map[string]string{"text": "سلام /menu"})
	message := receive(t, answers)["result"].([]any)[0].(map[string]any)["message"].(map[string]any)
	entity := message["entities"].([]any)[0].(map[string]any)
	if entity["type"] != "bot_command" || entity["offset"] != float64(5) || entity["length"] != float64(5) {
		t.Errorf("entity %v: offsets count UTF-16 units", entity)
	}
	if status, _ := w.call("setWebhook", "url", hook, "secret_token", "other"); status != 200 {
		t.Fatal(status)
	}
	if g := receive(t, updates); g.header.Get("X-Telegram-Bot-Api-Secret-Token") != "other" {
		t.Error("what waited is not sent to the new webhook with its secret")
	}
	if status, body := w.call("getUpdates"); status != 409 {
		t.Errorf("polling beside a webhook: %d %v", status, body)
	}
}

func TestInboundText(t *testing.T) {
	for _, test := range []struct {
		name, text, optOut string
		statuses           []int
		came               int
		status, why        string
		silenced           bool
	}{
		{"taken", "hello", "", []int{200}, 1, "taken", "", false},
		{"taken at the second try", "hello", "", []int{503, 200}, 2, "taken", "", false},
		{"lost after two", "hello", "", []int{503, 503}, 2, "failed", "11200", false},
		{"refused for good", "hello", "", []int{403}, 1, "failed", "11200", false},
		{"opt out", "Stop ", "STOP", []int{200}, 1, "taken", "", true},
		{"not alone", "stop please", "", []int{200}, 1, "taken", "", false},
		{"help", "INFO", "HELP", []int{200}, 1, "taken", "", false},
		{"opt in", "unstop", "START", []int{200}, 1, "taken", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var tries atomic.Int32
			hook, requests := webhook(t, func(got) int { return test.statuses[tries.Add(1)-1] })
			w := start(t, func(o *Options) { o.Twilio.WebhookURL = hook + "/webhooks/twilio/sms" })
			w.do(newcomer, "text", map[string]string{"text": test.text})
			validator := client.NewRequestValidator(testAuth)
			for range test.came {
				g := receive(t, requests)
				if !validator.ValidateBody(hook+g.path, g.body, g.header.Get("X-Twilio-Signature")) {
					t.Error("the signature does not hold")
				}
				f := g.form(t)
				if f.Get("Body") != strings.TrimSpace(test.text) || f.Get("From") != "+447700900123" || f.Get("To") != testFrom ||
					f.Get("OptOutType") != test.optOut || f.Get("FromCountry") != "GB" || len(f.Get("MessageSid")) != 34 {
					t.Errorf("came as %v", f)
				}
			}
			p := w.until(newcomer, test.status, func(p phone) bool { return p.Messages[0].Status == test.status })
			if !strings.HasPrefix(p.Messages[0].Why, test.why) || p.OptedOut != test.silenced {
				t.Errorf("phone: why %q, opted out %v", p.Messages[0].Why, p.OptedOut)
			}
			if answered := len(p.Messages) == 2 && p.Messages[1].Network; answered != (test.optOut != "") {
				t.Errorf("%d messages on the phone", len(p.Messages))
			}
		})
	}
}

func TestMessagingService(t *testing.T) {
	hook, requests := webhook(t, nil)
	w := start(t, func(o *Options) { o.Twilio.From, o.Twilio.WebhookURL = "MG0123", hook })
	w.do(newcomer, "media", map[string]string{"media": "photo"})
	f := receive(t, requests).form(t)
	if f.Get("MessagingServiceSid") != "MG0123" || f.Get("NumMedia") != "1" || f.Get("MessageSid")[:2] != "MM" || f.Get("MediaUrl0") == "" {
		t.Errorf("came as %v", f)
	}
}

// events reads the stream from a point on.
func (w *world) stream(after string) (next func() (id, kind string)) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.page+"/sim/events", nil)
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { cancel(); resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return func() (id, kind string) {
		for lines.Scan() {
			line := lines.Text()
			if v, ok := strings.CutPrefix(line, "id: "); ok {
				id = v
			}
			if v, ok := strings.CutPrefix(line, "event: "); ok {
				kind = v
			}
			if line == "" && kind != "" {
				return id, kind
			}
		}
		w.t.Fatal("the stream ended")
		return
	}
}

func TestEventsResume(t *testing.T) {
	w := start(t, nil)
	next := w.stream("")
	id, kind := next()
	if kind != "state" {
		t.Fatalf("a new reader first gets %q", kind)
	}
	w.do(worker, "text", map[string]string{"text": "one"})
	if _, kind := next(); kind != "message" {
		t.Errorf("then %q", kind)
	}
	w.do(resident, "start", nil)
	again := w.stream(id)
	for _, want := range []string{"message", "phone", "message"} {
		if _, kind := again(); kind != want {
			t.Errorf("a reader who was away gets %q, want %q", kind, want)
		}
	}
	if _, kind := w.stream("elsewhere-3")(); kind != "state" {
		t.Errorf("after a restart: %q", kind)
	}
	for range 3 * eventLimit {
		w.events.publish("test", 0)
	}
	if _, kind := w.stream(id)(); kind != "state" {
		t.Errorf("away for too long: %q", kind)
	}
}

func TestControlRefuses(t *testing.T) {
	w := start(t, nil)
	long := strings.Repeat("x", textLimit+1)
	for _, test := range []struct {
		phone, action string
		body          any
		status        int
	}{
		{"telegram:9", "text", map[string]string{"text": "x"}, 404},
		{resident, "dance", nil, 404},
		{resident, "text", map[string]string{"text": " "}, 409},
		{resident, "text", map[string]string{"text": long}, 409},
		{resident, "text", map[string]string{"wrong": "x"}, 400},
		{resident, "block", nil, 409},
		{resident, "off", nil, 409},
		{resident, "press", map[string]string{"data": "x"}, 409},
		{resident, "edit", map[string]string{"text": "x"}, 409},
		{resident, "language", map[string]string{"language": "<b>"}, 409},
		{newcomer, "location", map[string]float64{"lat": 1, "lon": 1}, 409},
		{newcomer, "media", map[string]string{"media": "virus"}, 409},
	} {
		if status, body := w.try(test.phone, test.action, test.body); status != test.status {
			t.Errorf("%s on %s: %d %s", test.action, test.phone, status, body)
		}
	}
	if status, _ := w.post("/sim/faults", Fault{Network: kindTelegram, Kind: faultFiltered}); status != 400 {
		t.Errorf("a failure that Telegram does not have: %d", status)
	}
	for want, q := range map[int]request{201: {Kind: kindSMS, Address: "+447700900124"}, 200: {Kind: kindSMS, Address: "+447700900123"}, 400: {Kind: kindSMS, Address: "12"}} {
		if status, body := w.post("/sim/phones", q); status != want {
			t.Errorf("new phone %s: %d %s", q.Address, status, body)
		}
	}
	req, _ := http.NewRequest(http.MethodPost, w.page+"/sim/faults", strings.NewReader("{}"))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("another site's request: %d", resp.StatusCode)
	}
	if resp, err = http.Get(w.page + "/"); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy: %s", csp)
	}
}
