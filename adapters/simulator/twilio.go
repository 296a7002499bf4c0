package simulator

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	bodyCharacters = 1600            // the most that Twilio takes in one message
	poolNumber     = "+447700900100" // sends for a messaging service; reserved for drama
	listLimit      = 1000            // messages that GET Messages.json remembers
	apiVersion     = "2010-04-01"    // of every address and webhook
	docs           = "https://www.twilio.com/docs/errors/"
)

var numberShape = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// optOuts are Twilio's stock opt-out words and replies, by OptOutType.
//
//go:embed optout.json
var optOuts []byte

// twilioState is what Twilio keeps about the account.
type twilioState struct {
	words   map[string]string // upper case, to OptOutType
	replies map[string]string // by OptOutType
	log     []*record         // newest last
	calls   []*call           // newest last
	rooms   []*room           // conferences in progress
}

// record is a Message resource.
type record struct {
	sid, from, to, service, body, direction, status string
	code                                            int // error code, with undelivered
	segments, media                                 int
	at                                              time.Time
}

func newTwilioState() twilioState {
	var stock map[string]struct {
		Words []string `json:"words"`
		Reply string   `json:"reply"`
	}
	if err := json.Unmarshal(optOuts, &stock); err != nil {
		panic(err) // embedded
	}
	t := twilioState{words: map[string]string{}, replies: map[string]string{}}
	for kind, one := range stock {
		t.replies[kind] = one.Reply
		for _, w := range one.Words {
			t.words[w] = kind
		}
	}
	return t
}

// twilioError is a refusal in Twilio's words.
type twilioError struct {
	status, code int
	message      string
}

// serveTwilio answers /2010-04-01/Accounts/{SID}... as api.twilio.com does.
func (s *Simulator) serveTwilio(w http.ResponseWriter, r *http.Request) {
	account := s.opts.Twilio.AccountSID
	user, password, _ := r.BasicAuth()
	same := subtle.ConstantTimeCompare([]byte(password), []byte(s.opts.Twilio.AuthToken))
	if account == "" || user != account || same != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
		refuseTwilio(w, &twilioError{401, 20003, "Authenticate"})
		return
	}
	base := "/" + apiVersion + "/Accounts/" + account
	switch path := r.URL.Path; {
	case path == base+".json" && r.Method == http.MethodGet:
		answer(w, 200, map[string]any{"sid": account, "status": "active", "type": "Trial", "friendly_name": "Simulated account", "uri": path})
	case path == base+"/Messages.json" && r.Method == http.MethodPost:
		s.createMessage(w, r)
	case path == base+"/Messages.json" && r.Method == http.MethodGet:
		s.listMessages(w, r)
	case strings.HasPrefix(path, base+"/Messages/") && r.Method == http.MethodGet:
		s.fetchMessage(w, strings.TrimSuffix(strings.TrimPrefix(path, base+"/Messages/"), ".json"))
	case strings.HasPrefix(path, base+"/") && s.serveCalls(w, r, strings.TrimPrefix(path, base)):
	default:
		refuseTwilio(w, &twilioError{404, 20404, "The requested resource " + path + " was not found"})
	}
}

func refuseTwilio(w http.ResponseWriter, e *twilioError) {
	answer(w, e.status, map[string]any{
		"code": e.code, "message": e.message, "more_info": docs + strconv.Itoa(e.code), "status": e.status,
	})
}

// checkMessage refuses what Twilio refuses, in its order.
func (s *Simulator) checkMessage(f url.Values) *twilioError {
	to, from, service, body := f.Get("To"), f.Get("From"), f.Get("MessagingServiceSid"), f.Get("Body")
	own := s.opts.Twilio.From
	bad := func(code int, format string, a ...any) *twilioError {
		return &twilioError{400, code, fmt.Sprintf(format, a...)}
	}
	switch {
	case to == "":
		return bad(21604, "A 'To' phone number is required.")
	case from == "" && service == "":
		return bad(21603, "A 'From' phone number is required.")
	case !numberShape.MatchString(to):
		return bad(21211, "Invalid 'To' Phone Number: %s", masked(to))
	case service != "" && service != own:
		return bad(21701, "The Messaging Service resource with Sid %s does not exist.", service)
	case service == "" && !numberShape.MatchString(from):
		return bad(21212, "Invalid 'From' Phone Number: %s", masked(from))
	case service == "" && from != s.sender():
		return bad(21606, "The 'From' phone number provided (%s) is not a valid message-capable Twilio phone number for this destination/account.", masked(from))
	case to == s.sender():
		return bad(21266, "'To' and 'From' number cannot be the same: %s", masked(to))
	case strings.TrimSpace(body) == "" && f.Get("MediaUrl") == "":
		return bad(21602, "Message body is required.")
	case !utf8.ValidString(body):
		return bad(21602, "Message body must be UTF-8.")
	case utf8.RuneCountInString(body) > bodyCharacters:
		return bad(21617, "The concatenated message body exceeds the 1600 character limit")
	}
	if hook := f.Get("StatusCallback"); hook != "" {
		if u, err := url.Parse(hook); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return bad(21609, "The 'StatusCallback' URL %s is not a valid URL.", hook)
		}
	}
	if p := s.phone(kindSMS + ":" + to); p != nil && p.OptedOut {
		return bad(21610, "Attempt to send to unsubscribed recipient")
	}
	return nil
}

// sender is the number that messages come from.
func (s *Simulator) sender() string {
	if strings.HasPrefix(s.opts.Twilio.From, "MG") {
		return poolNumber
	}
	return s.opts.Twilio.From
}

// masked writes a number as Twilio's errors do.
func masked(number string) string {
	if len(number) < 8 {
		return number
	}
	return number[:3] + strings.Repeat("X", len(number)-7) + number[len(number)-4:]
}

// befallen does what a fault does to any request to Twilio, and reports
// whether that was the end of it.
func (s *Simulator) befallen(w http.ResponseWriter, r *http.Request, met Fault) bool {
	if met.Kind == faultGone {
		hangUp()
	}
	if !s.delay(r, met) {
		return true
	}
	switch met.Kind {
	case faultThrottled:
		w.Header().Set("Retry-After", strconv.Itoa(met.Seconds))
		refuseTwilio(w, &twilioError{429, 20429, "Too Many Requests"})
		return true
	case faultBroken:
		refuseTwilio(w, &twilioError{503, 20503, "Service Unavailable"})
		return true
	}
	return false
}

func (s *Simulator) createMessage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	if err := r.ParseForm(); err != nil {
		refuseTwilio(w, &twilioError{400, 20001, "Bad request"})
		return
	}
	f := r.PostForm
	met := s.strike(kindSMS, kindSMS+":"+f.Get("To"))
	if s.befallen(w, r, met) {
		return
	}
	s.mu.Lock()
	refusal := s.checkMessage(f)
	if refusal != nil {
		s.mu.Unlock()
		refuseTwilio(w, refusal)
		return
	}
	rec, m := s.accept(f)
	body := s.resource(rec)
	s.mu.Unlock()
	go s.carry(rec, m, met, f.Get("StatusCallback"))
	if met.Kind == faultLost {
		hangUp()
	}
	answer(w, http.StatusCreated, body)
}

// accept keeps an outgoing message and puts it on its phone, if there is one.
// The caller holds s.mu.
func (s *Simulator) accept(f url.Values) (*record, *message) {
	m := &message{ID: sid("SM"), Text: f.Get("Body"), At: s.opts.Clock(), Status: "queued"}
	s.count(m)
	rec := &record{
		sid: m.ID, from: s.sender(), to: f.Get("To"), service: f.Get("MessagingServiceSid"), body: m.Text,
		direction: "outbound-api", status: "queued", segments: m.Segments, at: m.At,
	}
	if rec.service != "" {
		rec.status = "accepted"
	}
	s.keepRecord(rec)
	if p := s.phone(kindSMS + ":" + rec.to); p != nil {
		s.show(p, m)
	}
	return rec, m
}

func (s *Simulator) keepRecord(rec *record) {
	t := &s.twilio
	t.log = append(t.log, rec)
	if over := len(t.log) - listLimit; over > 0 {
		t.log = slices.Delete(t.log, 0, over)
	}
}

// resource is a Message as the API shows it. The caller holds s.mu.
func (s *Simulator) resource(r *record) map[string]any {
	account := s.opts.Twilio.AccountSID
	date := r.at.UTC().Format(time.RFC1123Z)
	uri := fmt.Sprintf("/%s/Accounts/%s/Messages/%s", apiVersion, account, r.sid)
	out := map[string]any{
		"account_sid": account, "api_version": apiVersion, "body": r.body, "date_created": date,
		"date_sent": nil, "date_updated": date, "direction": r.direction, "error_code": nil, "error_message": nil,
		"from": r.from, "messaging_service_sid": nil, "num_media": strconv.Itoa(r.media),
		"num_segments": strconv.Itoa(r.segments), "price": nil, "price_unit": "USD", "sid": r.sid,
		"status": r.status, "subresource_uris": map[string]string{"media": uri + "/Media.json"}, "to": r.to, "uri": uri + ".json",
	}
	if r.service != "" {
		out["messaging_service_sid"] = r.service
	}
	switch r.status {
	case "accepted": // no sender has been chosen yet
		out["from"], out["num_segments"] = nil, "0"
	case "sent", "delivered", "undelivered", "received":
		out["date_sent"] = date
	}
	if r.code != 0 {
		out["error_code"], out["error_message"] = r.code, carrierErrors[r.code]
	}
	return out
}

// listMessages gives the newest messages first, one page at the most.
func (s *Simulator) listMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("PageSize"))
	if err != nil || size < 1 || size > listLimit {
		size = 50
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, rec := range slices.Backward(s.twilio.log) {
		if len(list) < size && (q.Get("To") == "" || q.Get("To") == rec.to) && (q.Get("From") == "" || q.Get("From") == rec.from) {
			list = append(list, s.resource(rec))
		}
	}
	answer(w, 200, map[string]any{
		"messages": list, "page": 0, "page_size": size, "start": 0, "end": max(0, len(list)-1),
		"uri": r.URL.RequestURI(), "first_page_uri": r.URL.RequestURI(), "next_page_uri": nil, "previous_page_uri": nil,
	})
}

func (s *Simulator) fetchMessage(w http.ResponseWriter, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rec := range s.twilio.log {
		if rec.sid == id {
			answer(w, 200, s.resource(rec))
			return
		}
	}
	refuseTwilio(w, &twilioError{404, 20404, "The requested resource was not found"})
}

// sid makes an identifier as Twilio's: two letters and 32 hexadecimal digits.
func sid(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}
