package sms

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "a token-with signs"
	public  = "https://bot.example.org"
	someone = "+447700900123"
	sid     = "SM00000000000000000000000000000002"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func config(apiURL string) Config {
	return Config{AccountSID: account, AuthToken: token, From: "+441632960000", APIURL: apiURL, PublicURL: public,
		Countries: []string{"GB", "ie"}, Now: func() time.Time { return now }}
}

func open(t *testing.T, cfg Config) *Channel {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func to(number string) bot.Outbound {
	return bot.Outbound{To: bot.Address{Channel: "sms", ID: number}, Lane: bot.Reply, Text: "You are not alone.", Language: "en"}
}

// taken is Twilio's answer to a message, with the fields that matter.
const taken = `{"sid":"` + sid + `","status":"queued","error_code":null,"error_message":null,"num_segments":"1"}`

func TestNew(t *testing.T) {
	if _, err := New(config("")); err != nil {
		t.Errorf("a complete configuration: %v", err)
	}
	for want, spoil := range map[string]func(*Config){
		"TWILIO_ACCOUNT_SID":    func(c *Config) { c.AccountSID = "" },
		"TWILIO_AUTH_TOKEN":     func(c *Config) { c.AuthToken = "" },
		"TWILIO_FROM":           func(c *Config) { c.From = "Porchlight" },
		"PORCHLIGHT_PUBLIC_URL": func(c *Config) { c.PublicURL = "bot.example.org" },
		"TWILIO_API_URL":        func(c *Config) { c.APIURL = "ftp://x" },
	} {
		cfg := config("")
		spoil(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error %v does not name %s", err, want)
		}
	}
}

// code is Twilio's answer to what it refuses; its message repeats number and text.
func code(status, code int) adaptertest.Answer {
	return adaptertest.Answer{Status: status, Body: fmt.Sprintf(
		`{"code":%d,"message":"{to} {text} {secret}","more_info":"https://www.twilio.com/docs/errors/%d","status":%d}`, code, code, status)}
}

func TestChannel(t *testing.T) {
	failures := []adaptertest.Failure{
		{Name: "too many requests", Answer: with(code(429, 20429), "Retry-After", "7"), Want: bot.Throttled, RetryAfter: 7 * time.Second, Code: "20429"},
		{Name: "too many requests, until a date", Answer: with(code(429, 20429), "Retry-After", "Sun, 22 Nov 2026 10:00:30 GMT"), Want: bot.Throttled, RetryAfter: 30 * time.Second},
		{Name: "too many requests, no pause named", Answer: code(429, 20429), Want: bot.Throttled, RetryAfter: time.Second},
		{Name: "429 without JSON", Answer: adaptertest.Answer{Status: 429, Body: "slow down"}, Want: bot.Throttled, RetryAfter: time.Second, Code: "http-429"},
		{Name: "queue full", Answer: code(400, 21611), Want: bot.Throttled, RetryAfter: time.Minute, Code: "21611"},
		{Name: "queue overflow", Answer: code(400, 30001), Want: bot.Throttled, RetryAfter: time.Minute, Code: "30001"},
		{Name: "server error", Answer: code(500, 20500), Want: bot.Transient, Code: "20500"},
		{Name: "503 with JSON", Answer: code(503, 20503), Want: bot.Transient},
		{Name: "401 without code", Answer: adaptertest.Answer{Status: 401, Body: "{}"}, Want: bot.Misconfigured, Code: "http-401"},
		{Name: "no such account", Answer: code(404, 20404), Want: bot.Misconfigured, Code: "20404"},
		{Name: "an unknown refusal", Answer: code(400, 29999), Want: bot.Refused, Code: "29999"},
		{Name: "not Twilio", Answer: adaptertest.Answer{Status: 200, Body: "<html>{to}</html>"}, Want: bot.Misconfigured, Code: "http-200"},
		{Name: "moved", Answer: adaptertest.Answer{Status: 302, Header: http.Header{"Location": {"/elsewhere"}}}, Want: bot.Misconfigured, Code: "http-302"},
		{Name: "taken, yet failed", Answer: adaptertest.Answer{Status: 201, Body: `{"sid":"` + sid + `","status":"failed","error_code":30007}`}, Want: bot.Refused, Code: "30007"},
	}
	for want, codes := range map[bot.Failure][]int{
		bot.OptedOut:      {21610},
		bot.Impossible:    {21211, 21408, 21612, 21614, 30005, 30006, 30649},
		bot.Misconfigured: {20003, 21606, 21703, 30002, 30034},
		bot.Refused:       {21617, 30007, 30047, 30610},
		bot.Blocked:       {30004},
		bot.Transient:     {30003, 30008},
	} {
		for _, n := range codes {
			status := 400
			if n == 20003 {
				status = 401
			}
			failures = append(failures, adaptertest.Failure{Name: fmt.Sprint(n), Answer: code(status, n), Want: want, Code: fmt.Sprint(n)})
		}
	}
	adaptertest.Channel(t, adaptertest.Network{
		Open:    func(t *testing.T, serverURL string) bot.Channel { return typographic{open(t, config(serverURL))} },
		To:      bot.Address{Channel: "sms", ID: someone},
		Secrets: []string{token, account},
		Units: func(s string) int {
			if m := Measure(s); m.Segments <= 3 {
				return m.Units
			}
			return 1000
		},
		Limit:    3 * gsmPart,
		Same:     plainest,
		Taken:    adaptertest.Answer{Status: 201, Body: taken},
		Receipt:  sid,
		Failures: failures,
	})
}

// typographic divides as the channel does and then writes every mark in its
// plain form, as the table does on its side: a mark may go in one part and
// stay in another.
type typographic struct{ *Channel }

func (c typographic) Divide(m bot.Outbound) []bot.Outbound {
	parts := c.Channel.Divide(m)
	for i := range parts {
		parts[i].Text = plainest(parts[i].Text)
	}
	return parts
}

func with(a adaptertest.Answer, key, value string) adaptertest.Answer {
	a.Header = http.Header{key: {value}}
	return a
}

// twilio is a stand-in for Twilio's API that notes what it is asked and is
// strict about its form.
type twilio struct {
	*httptest.Server
	mu    sync.Mutex
	forms []url.Values
}

func newTwilio(t *testing.T, path, answer string) *twilio {
	tw := &twilio{}
	tw.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, pass, _ := r.BasicAuth()
		if err := r.ParseForm(); err != nil || r.Method != "POST" || r.URL.Path != path || user != account || pass != token {
			t.Errorf("%s %s as %s, %v", r.Method, r.URL.Path, user, err)
		}
		tw.mu.Lock()
		defer tw.mu.Unlock()
		tw.forms = append(tw.forms, r.PostForm)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(tw.Close)
	return tw
}

const messages = "/2010-04-01/Accounts/" + account + "/Messages.json"

func TestSend(t *testing.T) {
	tw := newTwilio(t, messages, taken)
	number, service := config(tw.URL), config(tw.URL+"/")
	service.From = "MG00000000000000000000000000000003"
	service.PublicURL = public + "/porch/"
	bulk := to(someone)
	bulk.Lane = bot.Bulk
	for _, cfg := range []Config{number, service} {
		if _, err := open(t, cfg).Send(t.Context(), bulk); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := open(t, number).Send(t.Context(), to(someone)); err != nil {
		t.Fatal(err)
	}
	form := func(extra ...string) url.Values {
		v := url.Values{"To": {someone}, "Body": {"You are not alone."}, "SmartEncoded": {"false"}}
		for i := 0; i < len(extra); i += 2 {
			v.Set(extra[i], extra[i+1])
		}
		return v
	}
	want := []url.Values{
		form("From", "+441632960000", "StatusCallback", public+"/webhooks/twilio/status", "ValidityPeriod", "14400"),
		form("MessagingServiceSid", service.From, "StatusCallback", public+"/porch/webhooks/twilio/status", "ValidityPeriod", "14400"),
		form("From", "+441632960000", "StatusCallback", public+"/webhooks/twilio/status"),
	}
	if !slices.EqualFunc(tw.forms, want, func(a, b url.Values) bool { return a.Encode() == b.Encode() }) {
		t.Errorf("got  %v\nwant %v", tw.forms, want)
	}
}

func TestSendBelowAPath(t *testing.T) {
	tw := newTwilio(t, "/twilio"+messages, taken)
	if _, err := open(t, config(tw.URL+"/twilio")).Send(t.Context(), to(someone)); err != nil {
		t.Error(err)
	}
}

// TestSendTakenWithoutReceipt: an answer that breaks off must not lead to a second text.
func TestSendTakenWithoutReceipt(t *testing.T) {
	tw := newTwilio(t, messages, taken[:20])
	if r, err := open(t, config(tw.URL)).Send(t.Context(), to(someone)); err != nil || r.ID != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSendOnlyToCountries(t *testing.T) {
	tw := newTwilio(t, messages, taken)
	for number, want := range map[string]string{
		someone: "", "+353851234567": "", "+12025550123": "country", "+963933123456": "country", "+999123456789": "country",
		"whatsapp:+447700900123": "number", "85258": "number", "": "number",
	} {
		_, err := open(t, config(tw.URL)).Send(t.Context(), to(number))
		var got *bot.SendError
		if want == "" && err == nil {
			continue
		}
		if !errors.As(err, &got) || got.Failure != bot.Impossible || got.Code != want {
			t.Errorf("%s: %v, want code %q", number, err, want)
		}
	}
	if len(tw.forms) != 2 {
		t.Errorf("Twilio was asked %d times, want 2", len(tw.forms))
	}
	everywhere := config(tw.URL)
	everywhere.Countries = nil
	if _, err := open(t, everywhere).Send(t.Context(), to("+12025550123")); err != nil {
		t.Errorf("no countries named: %v", err)
	}
}

// TestErrorsKeepNoConnection: twilio-go leaves the bodies of errors open.
func TestErrorsKeepNoConnection(t *testing.T) {
	var mu sync.Mutex
	opened := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		opened[r.RemoteAddr] = true
		mu.Unlock()
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":21610}`+strings.Repeat(" ", 10000))
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, strings.Repeat(" ", 10000))
	}))
	defer server.Close()
	c := open(t, config(server.URL))
	for range 20 {
		if _, err := c.Send(t.Context(), to(someone)); err == nil {
			t.Fatal("want an error")
		}
	}
	if len(opened) != 1 {
		t.Errorf("20 failures took %d connections, want 1", len(opened))
	}
}

func TestCost(t *testing.T) {
	c := open(t, config(""))
	for text, want := range map[string]int{"": 0, "hi": 1, strings.Repeat("a", 161): 2, strings.Repeat("ж", 71): 2, strings.Repeat("a ", 500): 7} {
		if got := c.Cost(bot.Outbound{Text: text}); got != want {
			t.Errorf("Cost of %d characters is %d, want %d", len(text), got, want)
		}
	}
}

// TestLogsTellNothing sends and receives with a log that takes everything.
func TestLogsTellNothing(t *testing.T) {
	var log strings.Builder
	tw := newTwilio(t, messages, taken[:20])
	cfg := config(tw.URL)
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := open(t, cfg)
	if _, err := c.Send(t.Context(), to(someone)); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"MessageSid": {sid}, "From": {someone}, "Body": {"You are not alone."}}
	h := c.Inbound(failing(errors.New("no room")))
	post(h, InboundPath, form, "wrong")
	post(h, InboundPath, form, sign(token, public+InboundPath, form))
	if log.Len() == 0 {
		t.Error("nothing was logged")
	}
	for _, kept := range []string{someone[1:], "alone", token, sid} {
		if strings.Contains(log.String(), kept) {
			t.Errorf("the log tells %q", kept)
		}
	}
}
