package simulator

import (
	"slices"
	"strconv"
	"time"
)

// The kinds of phone.
const (
	kindTelegram = "telegram"
	kindSMS      = "sms"
)

// historyLimit is how many messages a phone remembers.
const historyLimit = 500

// phone is one person's handset. Its JSON is what the page and tests read.
type phone struct {
	ID       string     `json:"id"`               // kind:address
	Kind     string     `json:"kind"`             // "telegram" or "sms"
	Address  string     `json:"address"`          // chat id, or E.164 number
	Number   string     `json:"number,omitempty"` // E.164, at which a Telegram user's handset rings
	Name     string     `json:"name"`
	Role     string     `json:"role,omitempty"`     // what the page calls the person
	Language string     `json:"language,omitempty"` // of the Telegram app, as language_code
	Started  bool       `json:"started"`            // the person has written to the bot
	Blocked  bool       `json:"blocked"`            // the bot (Telegram)
	Off      bool       `json:"off"`                // switched off (SMS)
	OptedOut bool       `json:"optedOut"`           // held by the network (SMS)
	Commands []command  `json:"commands"`           // the bot's menu in this app's language
	Messages []*message `json:"messages"`
	Call     *ringing   `json:"call,omitempty"` // the one that rings, or is spoken on

	posting bool      // a goroutine is bringing this phone's messages to the bot
	outbox  []*textIn // texts on their way to the bot (SMS)
}

type command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// message is one bubble on a phone.
type message struct {
	ID       string     `json:"id"`             // Telegram's message_id in decimal, or Twilio's SID
	Mine     bool       `json:"mine,omitempty"` // written on this phone
	Text     string     `json:"text,omitempty"`
	At       time.Time  `json:"at"`
	Edited   bool       `json:"edited,omitempty"`
	Buttons  [][]button `json:"buttons,omitempty"`
	Pin      *pin       `json:"pin,omitempty"`
	Media    string     `json:"media,omitempty"`   // "photo", "voice" or "sticker"; Text stands under it
	File     string     `json:"-"`                 // by which Telegram knows it, where another phone sent it first
	Network  bool       `json:"network,omitempty"` // the network's own words, not the bot's
	Status   string     `json:"status,omitempty"`  // mine: waiting, taken, failed; else Twilio's status
	Why      string     `json:"why,omitempty"`     // what stands in the way, with waiting, failed or undelivered
	Encoding string     `json:"encoding,omitempty"`
	Units    int        `json:"units,omitempty"`
	Segments int        `json:"segments,omitempty"`
}

type button struct {
	Text    string `json:"text"`
	Data    string `json:"data,omitempty"`
	URL     string `json:"url,omitempty"`
	Pressed bool   `json:"pressed,omitempty"` // until the bot answers the press
}

type pin struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Title     string  `json:"title,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// chat is the phone's Telegram chat id.
func (p *phone) chat() int64 {
	id, _ := strconv.ParseInt(p.Address, 10, 64)
	return id
}

// find gives the message with an id, or nil.
func (p *phone) find(id string) *message {
	for _, m := range slices.Backward(p.Messages) {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// add keeps a new phone and tells the page. The caller holds s.mu, or is New.
func (s *Simulator) add(p *phone) {
	p.ID = p.Kind + ":" + p.Address
	p.Messages = []*message{}
	p.Commands = s.telegram.menu(p)
	s.phones = append(s.phones, p)
	s.byID[p.ID] = p
	s.events.publish("phone", p)
}

// phone gives the phone with an id, or nil. The caller holds s.mu.
func (s *Simulator) phone(id string) *phone { return s.byID[id] }

// show puts a new or changed message on a phone. The caller holds s.mu.
func (s *Simulator) show(p *phone, m *message) {
	if p.find(m.ID) == nil {
		p.Messages = append(p.Messages, m)
		if over := len(p.Messages) - historyLimit; over > 0 {
			p.Messages = slices.Delete(p.Messages, 0, over)
		}
	}
	s.events.publish("message", struct {
		Phone   string   `json:"phone"`
		Message *message `json:"message"`
	}{p.ID, m})
}

// remove takes a message off a phone. The caller holds s.mu.
func (s *Simulator) remove(p *phone, m *message) {
	p.Messages = slices.DeleteFunc(p.Messages, func(o *message) bool { return o == m })
	s.events.publish("removed", struct {
		Phone string `json:"phone"`
		ID    string `json:"id"`
	}{p.ID, m.ID})
}

// flash shows a passing word on a phone: a toast, or a telling notice.
// The caller holds s.mu.
func (s *Simulator) flash(p *phone, text string) {
	s.events.publish("flash", struct {
		Phone string `json:"phone"`
		Text  string `json:"text"`
	}{p.ID, text})
}

// changed tells the page that something about the phone itself is different.
// The caller holds s.mu.
func (s *Simulator) changed(p *phone) {
	about := *p
	about.Messages = nil
	s.events.publish("phone", &about)
}

// count fills in how many segments a text takes.
func (s *Simulator) count(m *message) {
	m.Segments = 1
	if s.opts.Segments != nil {
		m.Encoding, m.Units, m.Segments = s.opts.Segments(m.Text)
	}
}
