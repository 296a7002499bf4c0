package simulator

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// carrierErrors are the ways in which a phone is not reached, from Twilio's
// error dictionary.
var carrierErrors = map[int]string{
	30003: "Unreachable destination handset",
	30005: "Unknown destination handset",
	30007: "Message filtered",
}

// betweenTries is how long Twilio waits before it tries a webhook once more.
const betweenTries = time.Second

// countries of the numbers that phones on the page have; more are not needed
// because a person's country is the bot's own business to find out.
var countries = map[string]string{"+1": "US", "+44": "GB", "+353": "IE", "+61": "AU", "+49": "DE", "+380": "UA"}

func country(number string) string {
	for n := 4; n > 1; n-- {
		if c, ok := countries[number[:min(n, len(number))]]; ok {
			return c
		}
	}
	return ""
}

// textIn is a text on its way from a phone to the bot.
type textIn struct {
	message *message
	form    url.Values
}

// writeText sends a text from a plain phone: the network answers opt-out
// words itself, and the bot hears of them too. The caller holds s.mu.
func (s *Simulator) writeText(p *phone, m *message) {
	prefix := "SM"
	if m.Media != "" {
		prefix = "MM"
	}
	m.ID, m.Mine, m.At, m.Status = sid(prefix), true, s.opts.Clock(), "waiting"
	s.count(m)
	p.Started = true
	s.show(p, m)

	form := url.Values{
		"AccountSid": {s.opts.Twilio.AccountSID}, "ApiVersion": {apiVersion}, "Body": {m.Text},
		"From": {p.Address}, "To": {s.sender()}, "FromCountry": {country(p.Address)}, "ToCountry": {country(s.sender())},
		"FromCity": {""}, "FromState": {""}, "FromZip": {""}, "ToCity": {""}, "ToState": {""}, "ToZip": {""},
		"MessageSid": {m.ID}, "SmsMessageSid": {m.ID}, "SmsSid": {m.ID}, "SmsStatus": {"received"},
		"NumMedia": {"0"}, "NumSegments": {strconv.Itoa(m.Segments)},
	}
	rec := &record{
		sid: m.ID, from: p.Address, to: s.sender(), body: m.Text,
		direction: "inbound", status: "received", segments: m.Segments, at: m.At,
	}
	if strings.HasPrefix(s.opts.Twilio.From, "MG") {
		rec.service = s.opts.Twilio.From
		form.Set("MessagingServiceSid", rec.service)
	}
	if m.Media != "" {
		rec.media = 1
		form.Set("NumMedia", "1")
		form.Set("MediaContentType0", map[string]string{"photo": "image/jpeg", "voice": "audio/amr", "sticker": "image/webp"}[m.Media])
		form.Set("MediaUrl0", "https://api.twilio.com/"+apiVersion+"/Accounts/"+s.opts.Twilio.AccountSID+"/Messages/"+m.ID+"/Media/"+sid("ME"))
	}
	s.keepRecord(rec)
	if kind := s.twilio.words[strings.ToUpper(strings.TrimSpace(m.Text))]; kind != "" {
		form.Set("OptOutType", kind)
		s.answerOptOut(p, kind)
	}
	if s.opts.Twilio.WebhookURL == "" {
		s.mark(p, m, "failed", "no webhook is set for this number")
		return
	}
	p.outbox = append(p.outbox, &textIn{m, form})
	if !p.posting {
		p.posting = true
		go s.postTexts(p)
	}
}

// answerOptOut is Twilio's own reply to an opt-out word. HELP to somebody who
// has opted out gets none.
func (s *Simulator) answerOptOut(p *phone, kind string) {
	if kind == "HELP" && p.OptedOut {
		return
	}
	p.OptedOut = kind == "STOP" || p.OptedOut && kind != "START"
	reply := &message{ID: sid("SM"), Text: s.twilio.replies[kind], At: s.opts.Clock(), Network: true, Status: "delivered"}
	s.count(reply)
	s.show(p, reply)
	s.changed(p)
}

// postTexts brings a phone's texts to the webhook, in order, each at most twice.
func (s *Simulator) postTexts(p *phone) {
	for {
		s.mu.Lock()
		if len(p.outbox) == 0 {
			p.posting = false
			s.mu.Unlock()
			return
		}
		in := p.outbox[0]
		p.outbox = p.outbox[1:]
		s.mu.Unlock()

		why := s.postForm(s.opts.Twilio.WebhookURL, in.form)
		s.mu.Lock()
		if why == "" {
			s.mark(p, in.message, "taken", "")
		} else {
			s.mark(p, in.message, "failed", why)
		}
		s.mu.Unlock()
	}
}

// carry takes an accepted message through the carrier: sent, then delivered
// or not, each told to the status callback.
func (s *Simulator) carry(rec *record, m *message, met Fault, callback string) {
	s.advance(rec, m, "sent", 0, callback)
	s.mu.Lock()
	p := s.phone(kindSMS + ":" + rec.to)
	code := 0
	switch {
	case met.Kind == faultFiltered:
		code = 30007
	case met.Kind == faultUnreachable || p != nil && p.Off:
		code = 30003
	case p == nil:
		code = 30005
	}
	s.mu.Unlock()
	if code == 0 {
		s.advance(rec, m, "delivered", 0, callback)
	} else {
		s.advance(rec, m, "undelivered", code, callback)
	}
}

// advance moves a message to a status and posts the callback.
func (s *Simulator) advance(rec *record, m *message, status string, code int, callback string) {
	s.mu.Lock()
	rec.status, rec.code = status, code
	if p := s.phone(kindSMS + ":" + rec.to); p != nil {
		why := ""
		if code != 0 {
			why = fmt.Sprintf("%d %s", code, carrierErrors[code])
		}
		s.mark(p, m, status, why)
	}
	form := url.Values{
		"AccountSid": {s.opts.Twilio.AccountSID}, "ApiVersion": {apiVersion}, "From": {rec.from}, "To": {rec.to},
		"MessageSid": {rec.sid}, "SmsSid": {rec.sid}, "MessageStatus": {status}, "SmsStatus": {status},
	}
	if rec.service != "" {
		form.Set("MessagingServiceSid", rec.service)
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	s.mu.Unlock()
	if callback == "" {
		return
	}
	if why := s.postForm(callback, form); why != "" {
		s.log.Warn("a status callback was not taken", "status", status, "why", why)
	}
}

// postForm posts a signed form, once more where the server could not be
// reached or failed, and says what was wrong in the words of Twilio's
// error dictionary.
func (s *Simulator) postForm(address string, form url.Values) (why string) {
	token := sid("") // the same on both tries, so that they are known as one
	for try := range 2 {
		if try > 0 && s.opts.Wait(s.ctx, betweenTries) != nil {
			return why
		}
		var again bool
		why, again = s.postOnce(s.ctx, address, form, token)
		if !again {
			return why
		}
	}
	return why
}

func (s *Simulator) postOnce(ctx context.Context, address string, form url.Values, token string) (why string, again bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "11100 Invalid URL format", false
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("I-Twilio-Idempotency-Token", token)
	req.Header.Set("X-Twilio-Signature", sign(s.opts.Twilio.AuthToken, address, form))
	resp, err := s.client.Do(req)
	if err != nil {
		return "11200 HTTP retrieval failure: no connection", true
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	kind := resp.Header.Get("Content-Type")
	switch {
	case resp.StatusCode >= 500:
		return "11200 HTTP retrieval failure: " + resp.Status, true
	case resp.StatusCode/100 != 2:
		return "11200 HTTP retrieval failure: " + resp.Status, false
	case len(body) > 0 && !strings.Contains(kind, "xml"):
		// Twilio would send such a body to the person as a text.
		return "12300 Invalid Content-Type: answer with TwiML or an empty body", false
	}
	return "", false
}

// sign makes X-Twilio-Signature: HMAC-SHA1 over the address and every
// parameter, name and value, in the order of names. See
// https://www.twilio.com/docs/usage/security.
func sign(authToken, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(authToken))
	_, _ = io.WriteString(mac, address)
	for _, name := range sortedKeys(form) {
		_, _ = io.WriteString(mac, name+form.Get(name))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
