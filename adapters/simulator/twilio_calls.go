package simulator

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kindCalls is the network of telephones, as far as failures go.
const kindCalls = "calls"

// lineAnswers is how long a number that is no phone of the page rings before
// somebody picks up: a crisis line.
const lineAnswers = 2 * time.Second

// call is a Call resource, and the phone that it rings.
type call struct {
	sid, to, from, status string
	url, fallback         string // where it is asked what to do; empty: it joins its room at once
	callback              string
	events                []string // of which callback is told; none: completed
	detects               bool     // whether a machine has picked up
	endsRoom              bool
	timeout               int // seconds that it rings
	phone                 *phone
	room                  *room
	met                   Fault
	picked                chan string // what the phone's owner did: "answer" or "decline"
	over                  chan struct{}
	at                    time.Time
}

// room is a conference in progress.
type room struct {
	sid, name string
	in        []*call
}

// ringing is what a phone on the page shows of a call.
type ringing struct {
	From   string `json:"from"`
	Status string `json:"status"` // "ringing" or "in-progress"
	Said   string `json:"said,omitempty"`
	With   int    `json:"with"` // how many others are in the conference
	call   *call
}

// live are the states in which a call is not over.
var live = []string{"queued", "initiated", "ringing", "in-progress"}

// serveCalls answers what has to do with calls, and reports whether it did.
func (s *Simulator) serveCalls(w http.ResponseWriter, r *http.Request, path string) bool {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), ".json"), "/")
	switch {
	case path == "/Calls.json" && r.Method == http.MethodPost:
		s.createCall(w, r, "")
	case path == "/Calls.json" && r.Method == http.MethodGet:
		s.listCalls(w)
	case len(parts) == 2 && parts[0] == "Calls":
		s.updateCall(w, r, parts[1])
	case len(parts) == 3 && parts[0] == "Conferences" && parts[2] == "Participants" && r.Method == http.MethodPost:
		s.createCall(w, r, parts[1])
	default:
		return false
	}
	return true
}

// checkCall refuses what Twilio refuses.
func (s *Simulator) checkCall(f url.Values, room string) *twilioError {
	bad := func(code int, format string, a ...any) *twilioError {
		return &twilioError{400, code, fmt.Sprintf(format, a...)}
	}
	to, from := f.Get("To"), f.Get("From")
	switch {
	case to == "":
		return bad(21201, "No 'To' number is specified")
	case from == "":
		return bad(21213, "No 'From' number is specified")
	case !numberShape.MatchString(to): // short codes among them
		return bad(21211, "Invalid 'To' Phone Number: %s", masked(to))
	case from != s.sender() && from != s.opts.Twilio.VoiceFrom:
		return bad(21210, "'From' phone number not verified: %s", masked(from))
	case to == from:
		return bad(21211, "Invalid 'To' Phone Number: %s", masked(to))
	case room == "" && f.Get("Url") == "":
		return bad(21205, "Url parameter is required.")
	}
	for _, name := range []string{"Url", "FallbackUrl", "StatusCallback"} {
		if u, err := url.Parse(f.Get(name)); f.Get(name) != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return bad(21205, "%s is not a valid URL", name)
		}
	}
	return nil
}

// createCall places a call, into a room where one is named.
func (s *Simulator) createCall(w http.ResponseWriter, r *http.Request, into string) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	if err := r.ParseForm(); err != nil {
		refuseTwilio(w, &twilioError{400, 20001, "Bad request"})
		return
	}
	f := r.PostForm
	s.mu.Lock()
	p, id := s.handset(f.Get("To")), ""
	if p != nil {
		id = p.ID
	}
	s.mu.Unlock()
	met := s.strike(kindCalls, id)
	if s.befallen(w, r, met) {
		return
	}
	if met.Kind == faultForbidden {
		refuseTwilio(w, &twilioError{400, 21215, "Account not authorized to call " + masked(f.Get("To"))})
		return
	}
	if refusal := s.checkCall(f, into); refusal != nil {
		refuseTwilio(w, refusal)
		return
	}
	c := &call{
		sid: sid("CA"), to: f.Get("To"), from: f.Get("From"), status: "queued", url: f.Get("Url"), fallback: f.Get("FallbackUrl"),
		callback: f.Get("StatusCallback"), events: f["StatusCallbackEvent"], detects: f.Get("MachineDetection") != "",
		endsRoom: f.Get("EndConferenceOnExit") == "true", phone: p, met: met, picked: make(chan string, 1), over: make(chan struct{}), at: s.opts.Clock(),
	}
	if c.timeout, _ = strconv.Atoi(f.Get("Timeout")); c.timeout == 0 {
		c.timeout = 60
	}
	s.mu.Lock()
	s.twilio.calls = append(s.twilio.calls, c)
	if over := len(s.twilio.calls) - listLimit; over > 0 {
		s.twilio.calls = slices.Delete(s.twilio.calls, 0, over)
	}
	var body map[string]any
	if into == "" {
		body = s.callResource(c)
	} else {
		c.room = s.roomOf(into)
		body = map[string]any{"account_sid": s.opts.Twilio.AccountSID, "call_sid": c.sid, "conference_sid": c.room.sid, "label": f.Get("Label"), "status": "queued"}
	}
	s.mu.Unlock()
	go s.ring(c)
	if met.Kind == faultLost {
		hangUp()
	}
	answer(w, http.StatusCreated, body)
}

// handset is the phone on the page that a number rings, or nil. The caller holds s.mu.
func (s *Simulator) handset(number string) *phone {
	for _, p := range s.phones {
		if p.Kind == kindSMS && p.Address == number || p.Number == number {
			return p
		}
	}
	return nil
}

// roomOf is the conference of a name, made where there is none. The caller holds s.mu.
func (s *Simulator) roomOf(name string) *room {
	for _, r := range s.twilio.rooms {
		if r.name == name || r.sid == name {
			return r
		}
	}
	r := &room{sid: sid("CF"), name: name}
	s.twilio.rooms = append(s.twilio.rooms, r)
	return r
}

// callResource is a Call as the API shows it. The caller holds s.mu.
func (s *Simulator) callResource(c *call) map[string]any {
	return map[string]any{
		"sid": c.sid, "account_sid": s.opts.Twilio.AccountSID, "api_version": apiVersion, "to": c.to, "from": c.from, "status": c.status,
		"direction": "outbound-api", "date_created": c.at.UTC().Format(time.RFC1123Z),
		"uri": "/" + apiVersion + "/Accounts/" + s.opts.Twilio.AccountSID + "/Calls/" + c.sid + ".json",
	}
}

func (s *Simulator) listCalls(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, c := range slices.Backward(s.twilio.calls) {
		list = append(list, s.callResource(c))
	}
	answer(w, 200, map[string]any{"calls": list, "page": 0, "page_size": listLimit})
}

// updateCall shows a call, or ends it.
func (s *Simulator) updateCall(w http.ResponseWriter, r *http.Request, id string) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	if err := r.ParseForm(); err != nil {
		refuseTwilio(w, &twilioError{400, 20001, "Bad request"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.twilio.calls, func(c *call) bool { return c.sid == id })
	if at < 0 {
		refuseTwilio(w, &twilioError{404, 20404, "The requested resource was not found"})
		return
	}
	c := s.twilio.calls[at]
	switch {
	case r.Method == http.MethodGet:
		answer(w, 200, s.callResource(c))
	case !slices.Contains(live, c.status):
		refuseTwilio(w, &twilioError{400, 21220, "Invalid call state"})
	case r.PostForm.Get("Status") == "completed" && c.status == "in-progress":
		s.endCall(c, "completed")
		answer(w, 200, s.callResource(c))
	case r.PostForm.Get("Status") == "completed" || r.PostForm.Get("Status") == "canceled":
		s.endCall(c, "canceled")
		answer(w, 200, s.callResource(c))
	default:
		refuseTwilio(w, &twilioError{400, 21218, "Invalid parameter"})
	}
}

// ring has a phone ring until somebody picks up, declines, or nobody does.
func (s *Simulator) ring(c *call) {
	s.mu.Lock()
	if c.status != "queued" { // ended before it rang
		s.mu.Unlock()
		return
	}
	c.status = "ringing"
	p := c.phone
	off := p != nil && (p.Off || p.Call != nil)
	if p != nil && !off && c.met.Kind == "" {
		p.Call = &ringing{From: c.from, Status: "ringing", call: c}
		s.changed(p)
	}
	s.mu.Unlock()
	switch {
	case c.met.Kind == faultBusy:
		s.finish(c, "busy")
	case c.met.Kind == faultUnanswered || off:
		s.finish(c, "no-answer")
	case c.met.Kind == faultMachine:
		s.connect(c, "machine_start")
	case p == nil && c.room != nil:
		if s.opts.Wait(s.ctx, lineAnswers) == nil {
			s.connect(c, "human")
		}
	default:
		s.await(c)
	}
}

// await waits for the phone's owner, as long as the phone rings.
func (s *Simulator) await(c *call) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	tired := make(chan error, 1)
	go func() { tired <- s.opts.Wait(ctx, time.Duration(c.timeout)*time.Second) }()
	select {
	case did := <-c.picked:
		if did == "answer" {
			s.connect(c, "human")
		} else {
			s.finish(c, "busy")
		}
	case <-c.over:
	case err := <-tired:
		if err == nil {
			s.finish(c, "no-answer")
		}
	}
}

// connect asks what to do with whoever has picked up, and does it.
func (s *Simulator) connect(c *call, by string) {
	s.mu.Lock()
	if !slices.Contains(live, c.status) {
		s.mu.Unlock()
		return
	}
	c.status = "in-progress"
	form := s.callForm(c)
	s.mu.Unlock()
	if c.url == "" {
		s.enter(c, c.room.name, c.endsRoom, "")
		s.tell(c, "answered")
		return
	}
	if c.detects {
		form.Set("AnsweredBy", by)
	}
	said, err := s.askTwiML(c.url, form)
	if err != nil && c.fallback != "" {
		said, err = s.askTwiML(c.fallback, form)
	}
	switch {
	case err != nil: // Twilio says that an application error has occurred
		s.log.Warn("a voice webhook gave no TwiML", "why", err.Error())
		s.finish(c, "completed")
	case said.Dial.Conference.Name == "":
		s.finish(c, "completed")
	default:
		s.enter(c, said.Dial.Conference.Name, said.Dial.Conference.Ends, strings.Join(said.Say, " "))
	}
}

// voiceML is the TwiML that the stand-in follows.
type voiceML struct {
	Say  []string `xml:"Say"`
	Dial struct {
		Conference struct {
			Name string `xml:",chardata"`
			Ends bool   `xml:"endConferenceOnExit,attr"`
		} `xml:"Conference"`
	} `xml:"Dial"`
}

// enter brings a call into its room.
func (s *Simulator) enter(c *call, name string, ends bool, said string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.status != "in-progress" {
		return
	}
	c.room, c.endsRoom = s.roomOf(name), ends
	c.room.in = append(c.room.in, c)
	if p := c.phone; p != nil {
		p.Call = &ringing{From: c.from, Status: "in-progress", Said: said, call: c}
	}
	s.showOthers(c.room)
}

// showOthers shows on every phone of a room how many others are there. The caller
// holds s.mu.
func (s *Simulator) showOthers(r *room) {
	for _, c := range r.in {
		if c.phone != nil && c.phone.Call != nil {
			c.phone.Call.With = len(r.in) - 1
			s.changed(c.phone)
		}
	}
}

// finish is endCall for who does not hold s.mu.
func (s *Simulator) finish(c *call, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endCall(c, status)
}

// endCall ends a call, and the conference where it is the one that ends it. The
// caller holds s.mu.
func (s *Simulator) endCall(c *call, status string) {
	if !slices.Contains(live, c.status) {
		return
	}
	c.status = status
	close(c.over)
	if p := c.phone; p != nil && p.Call != nil && p.Call.call == c {
		p.Call = nil
		s.changed(p)
	}
	if r := c.room; r != nil {
		r.in = slices.DeleteFunc(r.in, func(o *call) bool { return o == c })
		if c.endsRoom {
			for _, other := range slices.Clone(r.in) {
				s.endCall(other, "completed")
			}
		}
		if len(r.in) == 0 {
			s.twilio.rooms = slices.DeleteFunc(s.twilio.rooms, func(o *room) bool { return o == r })
		}
		s.showOthers(r)
	}
	go s.tell(c, "completed")
}

// callForm is what every webhook about a call says. The caller holds s.mu.
func (s *Simulator) callForm(c *call) url.Values {
	return url.Values{
		"AccountSid": {s.opts.Twilio.AccountSID}, "ApiVersion": {apiVersion}, "CallSid": {c.sid}, "CallStatus": {c.status},
		"To": {c.to}, "Called": {c.to}, "From": {c.from}, "Caller": {c.from}, "Direction": {"outbound-api"},
	}
}

// tell posts what became of a call to its status callback.
func (s *Simulator) tell(c *call, event string) {
	if c.callback == "" || !slices.Contains(c.events, event) && (event != "completed" || len(c.events) > 0) {
		return
	}
	s.mu.Lock()
	form := s.callForm(c)
	s.mu.Unlock()
	if why := s.postForm(c.callback, form); why != "" {
		s.log.Warn("a status callback was not taken", "status", form.Get("CallStatus"), "why", why)
	}
}

// askTwiML posts a signed form and reads the TwiML that answers it.
func (s *Simulator) askTwiML(address string, form url.Values) (said voiceML, err error) {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return said, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("X-Twilio-Signature", sign(s.opts.Twilio.AuthToken, address, form))
	resp, err := s.client.Do(req)
	if err != nil {
		return said, fmt.Errorf("11200 HTTP retrieval failure: no connection")
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return said, fmt.Errorf("11200 HTTP retrieval failure: %s", resp.Status)
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err := xml.Unmarshal(body, &said); err != nil {
		return said, fmt.Errorf("12100 Document parse failure")
	}
	return said, nil
}

// pickUp and hangPhoneUp are what the owner of a phone does with a call.
func (s *Simulator) pickUp(p *phone, _ request) error {
	if p.Call == nil || p.Call.Status != "ringing" {
		return errSilent
	}
	select {
	case p.Call.call.picked <- "answer":
	default: // pressed twice
	}
	return nil
}

func (s *Simulator) hangPhoneUp(p *phone, _ request) error {
	switch {
	case p.Call == nil:
		return errSilent
	case p.Call.Status == "ringing":
		select {
		case p.Call.call.picked <- "decline":
		default:
		}
	default:
		s.endCall(p.Call.call, "completed")
	}
	return nil
}
