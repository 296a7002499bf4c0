package telegram

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

const (
	testToken  = "123456:AAtest-token_of-thirty-five-characters"
	testSecret = "s3cret_of-the-webhook"
)

// methodsJSON is the Bot API's own description (10.1) of the methods in use.
//
//go:embed testdata/methods.json
var methodsJSON []byte

type parameter struct {
	Types    []string `json:"types"`
	Required bool     `json:"required"`
}

// call is one request that the server took for well formed.
type call struct {
	Method string
	Params map[string]string
}

// reply is what the server says; refused when ok is false.
type reply struct {
	status int
	body   string
}

func refusal(status int, description string) reply {
	return reply{status, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, status, description)}
}

// botAPI is a Bot API server that refuses what the real one refuses.
type botAPI struct {
	t       *testing.T
	url     string
	methods map[string]map[string]parameter

	mu       sync.Mutex
	calls    []call
	answers  map[string][]reply // said once each, before the server's own
	messages map[string]string  // texts by message id, as last sent
	webhook  string
	next     int
	updates  func(offset int64) reply // answers getUpdates
}

func newBotAPI(t *testing.T) *botAPI {
	a := &botAPI{t: t, answers: map[string][]reply{}, messages: map[string]string{}, next: 100}
	if err := json.Unmarshal(methodsJSON, &a.methods); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// open gives a channel that speaks to the server, and what it logs.
func (a *botAPI) open(change ...func(*Config)) (*Channel, *logged) {
	a.t.Helper()
	log := &logged{}
	c := Config{Token: testToken, Secret: testSecret, APIURL: a.url, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&c)
	}
	channel, err := New(c)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { log.mustNotTell(a.t) })
	return channel, log
}

func (a *botAPI) say(method string, r ...reply) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[method] = append(a.answers[method], r...)
}

// took lists the calls so far; methods gives their names.
func (a *botAPI) took() []call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

func methods(calls []call) string {
	var names []string
	for _, c := range calls {
		names = append(names, c.Method)
	}
	return strings.Join(names, " ")
}

func (a *botAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	method, ok := strings.CutPrefix(r.URL.Path, "/bot"+testToken+"/")
	if !ok {
		respond(w, refusal(401, "Unauthorized"))
		return
	}
	params := map[string]string{}
	// A call without parameters comes as an empty form, which net/http does not read as one.
	if err := r.ParseMultipartForm(1 << 20); err != nil && err != http.ErrNotMultipart && err != io.EOF && !strings.HasSuffix(err.Error(), "EOF") {
		respond(w, refusal(400, "Bad Request: "+err.Error()))
		return
	}
	for k, v := range r.Form {
		params[k] = v[0]
	}
	if why := a.wrong(method, params); why != "" {
		a.t.Errorf("%s is not as the Bot API describes it: %s", method, why)
		respond(w, refusal(400, "Bad Request: "+why))
		return
	}
	a.mu.Lock()
	a.calls = append(a.calls, call{method, params})
	if queue := a.answers[method]; len(queue) > 0 {
		a.answers[method] = queue[1:]
		a.mu.Unlock()
		respond(w, queue[0])
		return
	}
	updates := a.updates
	a.mu.Unlock()
	if method == "getUpdates" && updates != nil {
		offset, _ := strconv.ParseInt(params["offset"], 10, 64)
		respond(w, updates(offset))
		return
	}
	respond(w, a.do(method, params))
}

func respond(w http.ResponseWriter, r reply) {
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.body)
}

// wrong checks a call against the description; empty: well formed.
func (a *botAPI) wrong(method string, params map[string]string) string {
	known, ok := a.methods[method]
	if !ok {
		return "no such method"
	}
	for name, p := range known {
		if _, ok := params[name]; p.Required && !ok {
			return name + " is missing"
		}
	}
	for name, v := range params {
		p, ok := known[name]
		if !ok {
			return "unknown parameter " + name
		}
		switch {
		case !utf8.ValidString(v):
			return name + " is not UTF-8"
		case slices.Contains(p.Types, "String"):
		case p.Types[0] == "Integer":
			if _, err := strconv.ParseInt(v, 10, 64); err != nil {
				return name + " is no integer"
			}
		case p.Types[0] == "Float":
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				return name + " is no number"
			}
		default:
			if !json.Valid([]byte(v)) {
				return name + " is no JSON"
			}
		}
	}
	if raw, ok := params["reply_markup"]; ok {
		return wrongKeyboard(raw)
	}
	return ""
}

func wrongKeyboard(raw string) string {
	var k struct {
		Rows [][]map[string]any `json:"inline_keyboard"`
	}
	d := json.NewDecoder(strings.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return "reply_markup is no inline keyboard"
	}
	for _, row := range k.Rows {
		for _, b := range row {
			data, _ := b["callback_data"].(string)
			text, _ := b["text"].(string)
			if len(b) != 2 || len(data) < 1 || len(data) > 64 || text == "" {
				return "a button must have a text and 1 to 64 bytes of callback_data, and nothing else"
			}
		}
	}
	return ""
}

// do is what the server answers by itself.
func (a *botAPI) do(method string, p map[string]string) reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	ok := func(result any) reply {
		b, err := json.Marshal(map[string]any{"ok": true, "result": result})
		if err != nil {
			a.t.Error(err)
		}
		return reply{200, string(b)}
	}
	message := func(id string) reply {
		n, _ := strconv.Atoi(id)
		return ok(map[string]any{"message_id": n, "date": 1793000000, "chat": map[string]any{"id": 700100, "type": "private"}, "text": p["text"]})
	}
	if text, has := p["text"]; has && method != "answerCallbackQuery" {
		switch n := units(text); {
		case strings.TrimSpace(text) == "":
			return refusal(400, "Bad Request: message text is empty")
		case n > 4096:
			return refusal(400, "Bad Request: message is too long")
		}
	}
	switch method {
	case "getMe":
		return ok(map[string]any{"id": 123456, "is_bot": true, "first_name": "Porchlight", "username": "porchlight_bot"})
	case "sendMessage", "sendVenue", "sendLocation", "sendPhoto", "sendVoice":
		a.next++
		id := strconv.Itoa(a.next)
		a.messages[id] = p["text"] + p["reply_markup"]
		return message(id)
	case "editMessageText":
		old, known := a.messages[p["message_id"]]
		switch {
		case !known:
			return refusal(400, "Bad Request: message to edit not found")
		case old == p["text"]+p["reply_markup"]:
			return refusal(400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same")
		}
		a.messages[p["message_id"]] = p["text"] + p["reply_markup"]
		return message(p["message_id"])
	case "setWebhook":
		a.webhook = p["url"]
	case "deleteWebhook":
		a.webhook = ""
	case "getWebhookInfo":
		return ok(map[string]any{"url": a.webhook, "has_custom_certificate": false, "pending_update_count": 0})
	case "getUpdates":
		return ok([]any{})
	}
	return ok(true)
}

// logged is a log that is searched, at the end, for what it must not tell.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// inConfidence is in texts of these tests that no log may repeat.
const inConfidence = "zamburak"

func (l *logged) mustNotTell(t *testing.T) {
	for _, kept := range []string{inConfidence, testToken, testSecret, "700100", "447700900123", "Amina"} {
		if strings.Contains(l.String(), kept) {
			t.Errorf("the log tells %q:\n%s", kept, l)
		}
	}
}
