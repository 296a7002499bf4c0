package sms

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"porchlight/bot"
	"porchlight/flows"
)

// maxForm is the most that a webhook reads: many times what Twilio sends.
const maxForm = 64 << 10

// noAnswer tells Twilio to send nothing itself.
const noAnswer = `<?xml version="1.0" encoding="UTF-8"?><Response/>`

// Inbound receives what people write, at InboundPath: 200 with an answer that
// sends nothing, once receive has kept it; 503 while the store is away and 500
// when receive failed otherwise, so that Twilio tries again where it is told
// to; 403 for a wrong signature or account; 4xx for what is malformed.
// Repeats are passed on with the same ID. Senders that are no phone number
// (short codes, names, other networks) are counted and dropped: they cannot
// be answered.
func (c *Channel) Inbound(receive func(context.Context, bot.Inbound) error) http.Handler {
	return c.webhook(func(ctx context.Context, _, form url.Values) error {
		id, from := form.Get("MessageSid"), form.Get("From")
		if id == "" || from == "" {
			return errMissing
		}
		if !isNumber(from) {
			c.ignored.Add(1)
			return nil
		}
		return receive(ctx, bot.Inbound{
			ID:    bot.MessageID(id),
			From:  bot.Address{Channel: c.Name(), ID: from},
			Input: c.input(form),
		})
	})
}

// input is what the conversation learns of a text. Where Twilio has already
// answered an opt-out word the text is still passed on: it may tell of a crisis.
func (c *Channel) input(form url.Values) flows.Input {
	in := flows.Input{
		Now:     c.cfg.Now(),
		Channel: c.Name(),
		Text:    strings.ToValidUTF8(form.Get("Body"), "\ufffd"),
		Country: country(form.Get("From")),
	}
	if in.Country == "" && isCountry(form.Get("FromCountry")) {
		in.Country = form.Get("FromCountry")
	}
	if n, err := strconv.Atoi(form.Get("NumMedia")); err == nil && n > 0 && strings.TrimSpace(in.Text) == "" {
		in.Kind = flows.Media
	}
	switch strings.ToUpper(form.Get("OptOutType")) {
	case "STOP":
		in.Kind, in.Silent = flows.Stop, true
	case "START":
		in.Kind, in.Silent = flows.Start, true
	case "HELP":
		in.Kind, in.Silent = flows.Help, true
	}
	return in
}

// Status receives what became of texts that Twilio took, at StatusPath, and
// answers as Inbound does. Reports may repeat and come out of order. A state
// that says nothing of a text on its way out is answered 200 and dropped.
func (c *Channel) Status(delivered func(context.Context, bot.Delivery) error) http.Handler {
	return c.webhook(func(ctx context.Context, query, form url.Values) error {
		id, to, state := form.Get("MessageSid"), form.Get("To"), form.Get("MessageStatus")
		if id == "" || to == "" || state == "" {
			return errMissing
		}
		status := statusOf(state)
		if status == 0 || !isNumber(to) {
			c.ignored.Add(1)
			return nil
		}
		d := bot.Delivery{To: bot.Address{Channel: c.Name(), ID: to}, ID: id, Status: status, At: c.cfg.Now(), Announcement: query.Get(announcementField)}
		if status == bot.Failed {
			code, _ := strconv.Atoi(form.Get("ErrorCode")) // absent: 0, unknown
			d.Failure = &bot.SendError{Failure: classify(code, 0), Code: form.Get("ErrorCode"), Attempts: attempts(code)}
			if d.Failure.Failure == bot.Throttled {
				d.Failure.RetryAfter = pauseForQueue
			}
		}
		return delivered(ctx, d)
	})
}

// Ignored is how many signed webhooks were dropped knowingly since the start:
// from senders that are no phone number, or about states that mean nothing here.
func (c *Channel) Ignored() int64 { return c.ignored.Load() }

// statusOf is what a state of Twilio's means, 0 when it is none of an outgoing text.
func statusOf(state string) bot.Status {
	switch state {
	case "accepted", "scheduled", "queued", "sending":
		return bot.Accepted
	case "sent", "partially_delivered":
		return bot.Sent
	case "delivered", "read":
		return bot.Delivered
	case "undelivered", "failed", "canceled":
		return bot.Failed
	}
	return 0
}

var errMissing = errors.New("a required field is missing")

// webhook checks a request of Twilio's, hands its query and form on and
// answers that nothing is to be done.
func (c *Channel) webhook(handle func(ctx context.Context, query, form url.Values) error) http.Handler {
	return c.answering(func(r *http.Request, form url.Values) (string, error) {
		return noAnswer, handle(r.Context(), r.URL.Query(), form)
	})
}

// answering checks a request of Twilio's, hands it on and answers with TwiML.
func (c *Channel) answering(handle func(*http.Request, url.Values) (twiml string, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, status := c.form(w, r)
		if status != http.StatusOK {
			c.cfg.Log.Warn("refused a webhook of Twilio's", "path", r.URL.Path, "status", status)
			http.Error(w, http.StatusText(status), status)
			return
		}
		switch answer, err := handle(r, form); {
		case err == nil:
			w.Header().Set("Content-Type", "text/xml; charset=utf-8")
			_, _ = io.WriteString(w, answer)
		case errors.Is(err, errMissing):
			http.Error(w, "Bad Request: "+err.Error(), http.StatusBadRequest)
		case errors.Is(err, bot.ErrAway):
			w.Header().Set("Retry-After", "5")
			http.Error(w, "try again", http.StatusServiceUnavailable)
		default:
			c.cfg.Log.Error("a webhook of Twilio's could not be processed", "path", r.URL.Path, "error", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	})
}

// form reads a request's form; status is 200 only when Twilio signed it for
// this account and every field came once. A second value of a field is not
// covered by the signature.
func (c *Channel) form(w http.ResponseWriter, r *http.Request) (form url.Values, status int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, http.StatusRequestEntityTooLarge
		}
		return nil, http.StatusBadRequest
	}
	form, err = url.ParseQuery(string(body))
	if err != nil {
		return nil, http.StatusBadRequest
	}
	first := make(map[string]string, len(form))
	repeated := false
	for key, values := range form {
		first[key] = values[0]
		repeated = repeated || len(values) > 1
	}
	address := c.public + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	switch {
	case !c.validator.Validate(address, first, r.Header.Get("X-Twilio-Signature")):
		return nil, http.StatusForbidden
	case form.Has("AccountSid") && form.Get("AccountSid") != c.cfg.AccountSID:
		return nil, http.StatusForbidden
	case repeated:
		return nil, http.StatusBadRequest
	}
	return form, http.StatusOK
}
