package simulator

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// What may be asked of a simulated phone.
var (
	chatShape        = regexp.MustCompile(`^[1-9][0-9]{0,15}$`)
	appLanguageShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

const nameLimit = 64

// routeControl serves the phones and the failures under /sim/: GET reads,
// POST acts with a JSON body, DELETE takes a failure away.
func (s *Simulator) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /sim/events", s.serveEvents)
	mux.HandleFunc("GET /sim/state", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		answer(w, 200, s.state())
	})
	mux.HandleFunc("GET /sim/phones/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p := s.phone(r.PathValue("id")); p != nil {
			answer(w, 200, p)
		} else {
			answer(w, 404, problem("there is no such phone"))
		}
	})
	mux.HandleFunc("POST /sim/phones", s.makePhone)
	mux.HandleFunc("POST /sim/phones/{id}/{action}", s.act)
	mux.HandleFunc("POST /sim/segments", s.serveSegments)
	mux.HandleFunc("POST /sim/faults", s.makeFault)
	mux.HandleFunc("DELETE /sim/faults/{id}", s.dropFault)
}

// state is everything. The caller holds s.mu.
func (s *Simulator) state() any {
	return map[string]any{"phones": s.phones, "faults": s.faultList()}
}

func problem(text string) any { return map[string]string{"problem": text} }

// request is the body of everything that is asked of a phone.
type request struct {
	Text     string  `json:"text"`     // text, edit; media: what stands under it; press: the label of the button
	Message  string  `json:"message"`  // press, edit: which message; empty: the last that can be
	Data     string  `json:"data"`     // press: the button's data, where Text is not given
	Lat      float64 `json:"lat"`      // location
	Lon      float64 `json:"lon"`      // location
	Media    string  `json:"media"`    // media: photo, voice or sticker
	Language string  `json:"language"` // language, and a new phone
	Kind     string  `json:"kind"`     // a new phone: telegram or sms
	Address  string  `json:"address"`  // a new phone: chat id or E.164 number
	Name     string  `json:"name"`     // a new phone
	Number   string  `json:"number"`   // a new Telegram phone: E.164, at which it rings
	Started  bool    `json:"started"`  // a new phone: has started the bot before
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		answer(w, 400, problem("send a JSON object: "+err.Error()))
		return false
	}
	return true
}

// makePhone adds a phone, or answers 200 with the one that has the address.
func (s *Simulator) makePhone(w http.ResponseWriter, r *http.Request) {
	var q request
	if !readJSON(w, r, &q) {
		return
	}
	shape := map[string]*regexp.Regexp{kindTelegram: chatShape, kindSMS: numberShape}[q.Kind]
	switch {
	case shape == nil:
		answer(w, 400, problem(`kind is "telegram" or "sms"`))
		return
	case !shape.MatchString(q.Address):
		answer(w, 400, problem("address is a chat id (telegram) or a number in E.164 (sms)"))
		return
	case q.Language != "" && !appLanguageShape.MatchString(q.Language):
		answer(w, 400, problem("language is a BCP 47 tag such as ar or pt-br"))
		return
	case q.Number != "" && (q.Kind == kindSMS || !numberShape.MatchString(q.Number)):
		answer(w, 400, problem("number is one in E.164, of a Telegram phone"))
		return
	case len(q.Name) > nameLimit:
		answer(w, 400, problem("name is too long"))
		return
	}
	if q.Name == "" {
		q.Name = q.Address
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.phone(q.Kind + ":" + q.Address); p != nil {
		answer(w, 200, p)
		return
	}
	p := &phone{Kind: q.Kind, Address: q.Address, Name: q.Name, Language: q.Language, Started: q.Started, Number: q.Number}
	s.add(p)
	answer(w, http.StatusCreated, p)
}

// actions are what can be done with a phone. The caller holds s.mu.
var actions = map[string]func(s *Simulator, p *phone, q request) error{
	"start":    (*Simulator).pressStart,
	"text":     (*Simulator).write,
	"press":    (*Simulator).press,
	"location": (*Simulator).locate,
	"media":    (*Simulator).sendMedia,
	"edit":     (*Simulator).rewrite,
	"block":    func(s *Simulator, p *phone, _ request) error { return s.setBlocked(p, true) },
	"unblock":  func(s *Simulator, p *phone, _ request) error { return s.setBlocked(p, false) },
	"off":      func(s *Simulator, p *phone, _ request) error { return s.setOff(p, true) },
	"on":       func(s *Simulator, p *phone, _ request) error { return s.setOff(p, false) },
	"language": (*Simulator).setLanguage,
	"answer":   (*Simulator).pickUp,
	"hangup":   (*Simulator).hangPhoneUp,
}

// act answers 204 when it is done, 409 with a problem when the phone as it is
// now cannot do it.
func (s *Simulator) act(w http.ResponseWriter, r *http.Request) {
	do, ok := actions[r.PathValue("action")]
	if !ok {
		answer(w, 404, problem("a phone cannot do that"))
		return
	}
	var q request
	if !readJSON(w, r, &q) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.phone(r.PathValue("id"))
	if p == nil {
		answer(w, 404, problem("there is no such phone"))
		return
	}
	if err := do(s, p, q); err != nil {
		answer(w, http.StatusConflict, problem(err.Error()))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var (
	errTelegramOnly = errors.New("only a Telegram phone can do that")
	errSilent       = errors.New("this phone does not ring")
	errPlainOnly    = errors.New("only a plain phone can do that")
)

func (s *Simulator) serveSegments(w http.ResponseWriter, r *http.Request) {
	var q request
	if !readJSON(w, r, &q) {
		return
	}
	m := &message{Text: q.Text}
	s.count(m)
	answer(w, 200, map[string]any{"encoding": m.Encoding, "units": m.Units, "segments": m.Segments})
}

func (s *Simulator) makeFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !readJSON(w, r, &f) {
		return
	}
	if err := f.check(); err != nil {
		answer(w, 400, problem(err.Error()))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.ID = s.next()
	s.faults = append(s.faults, &f)
	s.events.publish("faults", s.faultList())
	answer(w, http.StatusCreated, f)
}

// dropFault takes one failure away, or every one with the id "all".
func (s *Simulator) dropFault(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool {
		return id == "all" || id == strconv.FormatInt(f.ID, 10)
	})
	s.events.publish("faults", s.faultList())
	w.WriteHeader(http.StatusNoContent)
}
