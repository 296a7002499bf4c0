package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/twilio/twilio-go/client"
	twilio "github.com/twilio/twilio-go/rest/api/v2010"
)

const (
	testToken   = "123456:test-token_A"
	testSecret  = "s3cret"
	testAccount = "AC00000000000000000000000000000001"
	testAuth    = "0123456789abcdef0123456789abcdef"
	testFrom    = "+447700900999"
	resident    = "telegram:501"
	worker      = "telegram:700100"
	newcomer    = "sms:+447700900123"
)

// noon is what every test's clock shows.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is a simulator served on loopback.
type world struct {
	*Simulator
	t    *testing.T
	api  string // address of the networks
	page string // address of the page

	waits sync.Mutex
	slept []time.Duration
}

// start serves a simulator whose pauses take no time and are written down.
func start(t *testing.T, change func(*Options)) *world {
	t.Helper()
	w := &world{t: t}
	opts := Options{
		Telegram: Telegram{Token: testToken, Secret: testSecret},
		Twilio:   Twilio{AccountSID: testAccount, AuthToken: testAuth, From: testFrom},
		Segments: testSegments,
		Clock:    func() time.Time { return noon },
		Wait: func(ctx context.Context, d time.Duration) error {
			w.waits.Lock()
			defer w.waits.Unlock()
			w.slept = append(w.slept, d)
			return ctx.Err()
		},
	}
	if change != nil {
		change(&opts)
	}
	w.Simulator = New(opts)
	api, page := httptest.NewServer(w.API()), httptest.NewServer(w.Handler())
	w.api, w.page = api.URL, page.URL
	t.Cleanup(func() {
		w.Close()
		api.Close()
		page.Close()
	})
	return w
}

// testSegments counts roughly as networks do: enough to see the numbers arrive.
func testSegments(text string) (string, int, int) {
	n, encoding, per := units(text), "GSM-7", 153
	if strings.IndexFunc(text, func(r rune) bool { return r > 0xFF }) >= 0 {
		encoding, per = "UCS-2", 67
	}
	return encoding, n, max(1, (n+per-1)/per)
}

// call posts a Bot API call as a form and gives the answer.
func (w *world) call(method string, args ...string) (status int, body map[string]any) {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	resp, err := http.PostForm(w.api+"/bot"+testToken+"/"+method, form)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, body
}

// do acts on a phone and fails the test where the phone refuses.
func (w *world) do(phone, action string, body any) {
	w.t.Helper()
	if status, problem := w.try(phone, action, body); status != http.StatusNoContent {
		w.t.Fatalf("%s on %s: %d %s", action, phone, status, problem)
	}
}

func (w *world) try(phone, action string, body any) (int, string) {
	w.t.Helper()
	return w.post("/sim/phones/"+url.PathEscape(phone)+"/"+action, body)
}

func (w *world) post(path string, body any) (int, string) {
	w.t.Helper()
	if body == nil {
		body = struct{}{}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.Post(w.page+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// see gives a phone as it is now.
func (w *world) see(id string) phone {
	w.t.Helper()
	resp, err := http.Get(w.page + "/sim/phones/" + url.PathEscape(id))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var p phone
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// until reads the event stream until a phone is as wanted.
func (w *world) until(id, what string, ok func(phone) bool) phone {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.page+"/sim/events", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	chunk := make([]byte, 4096)
	for {
		if p := w.see(id); ok(p) {
			return p
		}
		if _, err := resp.Body.Read(chunk); err != nil {
			w.t.Fatalf("%s: never %s: %v", id, what, err)
		}
	}
}

// telegramClient is the library that the real adapter uses.
func (w *world) telegramClient(opts ...bot.Option) *bot.Bot {
	w.t.Helper()
	b, err := bot.New(testToken, append([]bot.Option{bot.WithServerURL(w.api)}, opts...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// redirect sends what is meant for api.twilio.com to the simulator.
type redirect string

func (to redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(string(to))
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
	return http.DefaultTransport.RoundTrip(r)
}

// twilioClient is the library that the real adapter uses.
func (w *world) twilioClient() *twilio.ApiService {
	c := &client.Client{
		Credentials: client.NewCredentials(testAccount, testAuth),
		HTTPClient:  &http.Client{Transport: redirect(w.api)},
	}
	c.SetAccountSid(testAccount)
	return twilio.NewApiService(client.NewRequestHandler(c))
}

// got is a request that a webhook received.
type got struct {
	path   string
	header http.Header
	body   []byte
}

func (g got) form(t *testing.T) url.Values {
	t.Helper()
	v, err := url.ParseQuery(string(g.body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// webhook is a bot's web server that answers as told and passes on what came.
func webhook(t *testing.T, status func(got) int) (address string, requests <-chan got) {
	t.Helper()
	all := make(chan got, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g := got{r.URL.Path, r.Header, body}
		code := 200
		if status != nil {
			code = status(g)
		}
		w.WriteHeader(code)
		all <- g
	}))
	t.Cleanup(server.Close)
	return server.URL, all
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
