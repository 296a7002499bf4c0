package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// networks stands in for api.telegram.org and api.twilio.com: it takes
// everything and remembers it.
type networks struct {
	t      testing.TB
	server *httptest.Server

	mu      sync.Mutex
	changed chan struct{} // closed when any of the below changes
	sent    map[string][]sent
	total   int
	calls   map[string][]map[string]string            // of Telegram, by method: what was given
	updates []string                                  // for getUpdates, the first with id 1
	offset  int                                       // the highest that getUpdates was asked for
	hold    func() bool                               // whether an answer is to be withheld until the caller is gone
	hook    string                                    // where texts to the number are posted
	refuse  func(to string) (status int, body string) // a network's no; status 0: it takes the message
	light   bool                                      // remember only how many came, and tell news of each
	news    func(m sent)
}

// sent is a message that a network was given.
type sent struct {
	To, Text, Edits, Callback string // Edits: the message that gave way to it
	ID                        int
	Buttons                   []choiceButton
}

type choiceButton struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

func standIns(t testing.TB) *networks {
	n := &networks{t: t, changed: make(chan struct{}), sent: map[string][]sent{}, calls: map[string][]map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bot"+telegramToken+"/{method}", n.telegram)
	mux.HandleFunc("POST /2010-04-01/Accounts/"+twilioSID+"/Messages.json", n.twilio)
	mux.HandleFunc("GET /2010-04-01/Accounts/{rest...}", n.account)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("an unexpected call: %s %s", r.Method, r.URL.Path)
		http.NotFound(w, r)
	})
	n.server = httptest.NewServer(mux)
	t.Cleanup(n.server.Close)
	return n
}

// alter changes what is remembered and tells those who wait.
func (n *networks) alter(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
	close(n.changed)
	n.changed = make(chan struct{})
}

// wait waits until something is so. The condition runs with n locked.
func (n *networks) wait(what string, is func() bool) {
	n.t.Helper()
	end := time.After(patience)
	for {
		n.mu.Lock()
		ok, changed := is(), n.changed
		n.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-end:
			n.t.Fatalf("never happened: %s", what)
		}
	}
}

// take remembers a message. False: the answer is not to be given.
func (n *networks) take(r *http.Request, m sent) (id int, answer bool) {
	if n.light {
		n.mu.Lock()
		n.total++
		id = n.total
		n.mu.Unlock()
		n.news(m)
		return id, true
	}
	held := false
	n.alter(func() {
		n.total++
		m.ID = n.total
		n.sent[m.To] = append(n.sent[m.To], m)
		held = n.hold != nil && n.hold()
	})
	if held {
		select {
		case <-r.Context().Done():
		case <-n.t.Context().Done():
		}
	}
	return m.ID, !held
}

// whole reads a request to its end. One that breaks off, because the program
// was killed, no network takes.
func whole(r *http.Request) bool {
	err := r.ParseMultipartForm(1 << 20)
	if errors.Is(err, http.ErrNotMultipart) || errors.Is(err, io.EOF) && strings.Contains(r.URL.Path, "/get") { // a form without fields has no end
		err = nil
	}
	_, end := io.Copy(io.Discard, r.Body)
	return err == nil && end == nil
}

func (n *networks) twilio(w http.ResponseWriter, r *http.Request) {
	if !whole(r) {
		return
	}
	user, password, _ := r.BasicAuth()
	if user != twilioSID || password != twilioToken {
		n.t.Error("a call to Twilio without the account's credentials")
	}
	if r.FormValue("From") != twilioFrom {
		n.t.Error("a text from another number than TWILIO_FROM")
	}
	if n.refused(w, r.FormValue("To")) {
		return
	}
	id, ok := n.take(r, sent{To: r.FormValue("To"), Text: r.FormValue("Body"), Callback: r.FormValue("StatusCallback")})
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"sid":%q,"status":"queued","error_code":null,"error_message":null}`, textSID(id))
}

// refused says no where the test wants it.
func (n *networks) refused(w http.ResponseWriter, to string) bool {
	n.mu.Lock()
	refuse := n.refuse
	n.mu.Unlock()
	if refuse == nil {
		return false
	}
	status, body := refuse(to)
	if status == 0 {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
	return true
}

// textSID is the SID of the stand-in's n-th message.
func textSID(n int) string { return fmt.Sprintf("SM%032x", n) }

func (n *networks) telegram(w http.ResponseWriter, r *http.Request) {
	method := r.PathValue("method")
	if !whole(r) {
		return
	}
	given := map[string]string{}
	for name, values := range r.Form {
		given[name] = values[0]
	}
	w.Header().Set("Content-Type", "application/json")
	switch method {
	case "getUpdates":
		n.getUpdates(w, r, given)
		return
	case "sendMessage", "editMessageText", "sendVenue":
		var keys struct {
			Rows [][]choiceButton `json:"inline_keyboard"`
		}
		if s := given["reply_markup"]; s != "" {
			if err := json.Unmarshal([]byte(s), &keys); err != nil {
				n.t.Error("reply_markup: ", err)
			}
		}
		m := sent{To: given["chat_id"], Text: given["text"] + given["title"], Edits: given["message_id"]}
		for _, row := range keys.Rows {
			m.Buttons = append(m.Buttons, row...)
		}
		if n.refused(w, m.To) {
			return
		}
		id, ok := n.take(r, m)
		if m.Edits != "" {
			id, _ = strconv.Atoi(m.Edits)
		}
		if ok {
			fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d,"date":1795305600,"chat":{"id":%s,"type":"private"},"text":""}}`, id, given["chat_id"])
		}
		return
	}
	n.alter(func() { n.calls[method] = append(n.calls[method], given) })
	switch method {
	case "getMe":
		fmt.Fprint(w, `{"ok":true,"result":{"id":7000000001,"is_bot":true,"first_name":"Porchlight","username":"porchlight_bot"}}`)
	case "getWebhookInfo":
		n.mu.Lock()
		set := n.calls["setWebhook"]
		n.mu.Unlock()
		address := ""
		if len(set) > 0 {
			address = set[len(set)-1]["url"]
		}
		fmt.Fprintf(w, `{"ok":true,"result":{"url":%q,"has_custom_certificate":false,"pending_update_count":0}}`, address)
	default:
		fmt.Fprint(w, `{"ok":true,"result":true}`)
	}
}

// account tells about the account at Twilio, and its number.
func (n *networks) account(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if user, password, _ := r.BasicAuth(); user != twilioSID || password != twilioToken {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code":20003,"message":"Authenticate","status":401}`)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/IncomingPhoneNumbers.json") {
		n.mu.Lock()
		defer n.mu.Unlock()
		fmt.Fprintf(w, `{"incoming_phone_numbers":[{"phone_number":%q,"sms_url":%q}]}`, r.FormValue("PhoneNumber"), n.hook)
		return
	}
	fmt.Fprintf(w, `{"sid":%q,"status":"active","type":"Full"}`, twilioSID)
}

// getUpdates holds the call until there is something new, as Telegram does.
func (n *networks) getUpdates(w http.ResponseWriter, r *http.Request, given map[string]string) {
	offset, _ := strconv.Atoi(given["offset"])
	n.alter(func() { n.offset = max(n.offset, offset) })
	seconds, _ := strconv.Atoi(given["timeout"])
	timeout := time.After(time.Duration(seconds) * time.Second)
	for {
		n.mu.Lock()
		news, changed := n.updates[min(max(0, offset-1), len(n.updates)):], n.changed
		list := strings.Join(news, ",")
		n.mu.Unlock()
		if list == "" {
			select {
			case <-changed:
				continue
			case <-timeout:
			case <-r.Context().Done():
				return
			}
		}
		fmt.Fprintf(w, `{"ok":true,"result":[%s]}`, list)
		return
	}
}

// answers waits for the n-th message to somebody and gives it.
func (n *networks) answer(to string, nth int) sent {
	n.t.Helper()
	n.wait(fmt.Sprintf("answer %d to %s", nth, to), func() bool { return len(n.sent[to]) >= nth })
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent[to][nth-1]
}

// all is every message to somebody so far.
func (n *networks) all(to string) []sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]sent(nil), n.sent[to]...)
}
