package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/flows"
)

// sign is what Twilio documents: HMAC-SHA1 over the address and every field
// with its value, sorted by name
// (https://www.twilio.com/docs/usage/security#validating-requests).
func sign(token, address string, form url.Values) string {
	var names []string
	for name := range form {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		address += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// TestSignDocumented holds sign and the channel against the example that Twilio publishes.
func TestSignDocumented(t *testing.T) {
	form := url.Values{"Digits": {"1234"}, "CallSid": {"CA1234567890ABCDE"}, "To": {"+18005551212"}, "Caller": {"+14158675309"},
		"From": {"+14158675309"}, "ReasonConferenceEnded": {"test"}, "Reason": {"Participant"}}
	const documented = "vOEb5UThFn24KEfnOFLQY2AE5FY="
	if got := sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form); got != documented {
		t.Errorf("sign gives %s", got)
	}
	cfg := config("")
	cfg.AuthToken, cfg.PublicURL = "12345", "https://mycompany.com"
	c := open(t, cfg)
	// Signed rightly, it lacks a MessageSid.
	if got := post(c.Inbound(failing(nil)), "/myapp.php?foo=1&bar=2", form, documented); got.Code != http.StatusBadRequest {
		t.Errorf("the documented request is answered %d", got.Code)
	}
	if got := post(c.Inbound(failing(nil)), "/myapp.php?foo=1&bar=3", form, documented); got.Code != http.StatusForbidden {
		t.Errorf("with another query it is answered %d", got.Code)
	}
}

func failing(err error) func(context.Context, bot.Inbound) error {
	return func(context.Context, bot.Inbound) error { return err }
}

func post(h http.Handler, path string, form url.Values, signature string) *httptest.ResponseRecorder {
	return postBody(h, path, form.Encode(), signature)
}

func postBody(h http.Handler, path, body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// text is an incoming message as Twilio posts it.
func text(change ...string) url.Values {
	form := url.Values{"ToCountry": {"GB"}, "SmsMessageSid": {sid}, "NumMedia": {"0"}, "FromCountry": {"GB"}, "MessageSid": {sid},
		"SmsStatus": {"received"}, "Body": {"Salaam, \u200fسلام 👋"}, "To": {"+441632960000"}, "NumSegments": {"1"},
		"AccountSid": {account}, "From": {someone}, "ApiVersion": {"2010-04-01"}}
	for i := 0; i < len(change); i += 2 {
		if form.Set(change[i], change[i+1]); change[i+1] == "-" {
			form.Del(change[i])
		}
	}
	return form
}

func TestInbound(t *testing.T) {
	want := func(change func(*bot.Inbound)) bot.Inbound {
		m := bot.Inbound{ID: sid, From: bot.Address{Channel: "sms", ID: someone},
			Input: flows.Input{Now: now, Channel: "sms", Kind: flows.Text, Text: "Salaam, \u200fسلام 👋", Country: "GB"}}
		change(&m)
		return m
	}
	for name, tt := range map[string]struct {
		form url.Values
		want bot.Inbound
	}{
		"text":                     {text(), want(func(m *bot.Inbound) {})},
		"stop word":                {text("Body", "STOP", "OptOutType", "STOP"), want(func(m *bot.Inbound) { m.Input.Kind, m.Input.Text, m.Input.Silent = flows.Stop, "STOP", true })},
		"stop, in crisis":          {text("Body", "end", "OptOutType", "STOP"), want(func(m *bot.Inbound) { m.Input.Kind, m.Input.Text, m.Input.Silent = flows.Stop, "end", true })},
		"start word":               {text("Body", "START", "OptOutType", "START"), want(func(m *bot.Inbound) { m.Input.Kind, m.Input.Text, m.Input.Silent = flows.Start, "START", true })},
		"help word":                {text("Body", "HELP", "OptOutType", "HELP"), want(func(m *bot.Inbound) { m.Input.Kind, m.Input.Text, m.Input.Silent = flows.Help, "HELP", true })},
		"a word Twilio left to us": {text("Body", "STOP"), want(func(m *bot.Inbound) { m.Input.Text = "STOP" })},
		"picture":                  {text("Body", "", "NumMedia", "1"), want(func(m *bot.Inbound) { m.Input.Kind, m.Input.Text = flows.Media, "" })},
		"picture with words":       {text("Body", "my rent letter", "NumMedia", "2"), want(func(m *bot.Inbound) { m.Input.Text = "my rent letter" })},
		"nothing written":          {text("Body", ""), want(func(m *bot.Inbound) { m.Input.Text = "" })},
		"not UTF-8":                {text("Body", "caf\xe9 ok"), want(func(m *bot.Inbound) { m.Input.Text = "caf\ufffd ok" })},
		"number before FromCountry": {text("From", "+353851234567", "FromCountry", "US"), want(func(m *bot.Inbound) {
			m.From.ID, m.Input.Country = "+353851234567", "IE"
		})},
		"FromCountry where the number tells nothing": {text("From", "+999123456789", "FromCountry", "US"), want(func(m *bot.Inbound) {
			m.From.ID, m.Input.Country = "+999123456789", "US"
		})},
		"a country that gets no answer is heard": {text("From", "+12025550123"), want(func(m *bot.Inbound) { m.From.ID, m.Input.Country = "+12025550123", "US" })},
		"no AccountSid":                          {text("AccountSid", "-"), want(func(m *bot.Inbound) {})},
		"a field Twilio may add":                 {text("Channel", "sms"), want(func(m *bot.Inbound) {})},
	} {
		t.Run(name, func(t *testing.T) {
			var got []bot.Inbound
			h := open(t, config("")).Inbound(func(_ context.Context, m bot.Inbound) error { got = append(got, m); return nil })
			w := post(h, InboundPath, tt.form, sign(token, public+InboundPath, tt.form))
			if w.Code != http.StatusOK || w.Body.String() != noAnswer || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
				t.Errorf("answered %d %q", w.Code, w.Body)
			}
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestWebhookAnswers holds for both webhooks: what is refused, how, and that
// nothing of it is passed on.
func TestWebhookAnswers(t *testing.T) {
	big := text("Body", strings.Repeat("a", maxForm))
	signed := func(form url.Values) string { return sign(token, public+InboundPath, form) }
	wrongAccount, noID, noFrom := text("AccountSid", "ACother"), text("MessageSid", "-"), text("From", "-", "To", "-")
	for name, tt := range map[string]struct {
		body, signature string
		change          func(*http.Request)
		want            int
	}{
		"no signature":            {text().Encode(), "", nil, 403},
		"another's signature":     {text().Encode(), sign("other", public+InboundPath, text()), nil, 403},
		"signed for another path": {text().Encode(), sign(token, public+StatusPath+"x", text()), nil, 403},
		"signed for another host": {text().Encode(), sign(token, "https://evil.example"+InboundPath, text()), func(r *http.Request) { r.Host = "evil.example" }, 403},
		"a changed text":          {text("Body", "STOP").Encode(), signed(text()), nil, 403},
		"an added field":          {text("OptOutType", "STOP").Encode(), signed(text()), nil, 403},
		"an added query":          {text().Encode(), signed(text()), func(r *http.Request) { r.URL.RawQuery = "x=1" }, 403},
		"another account":         {wrongAccount.Encode(), signed(wrongAccount), nil, 403},
		"a repeated field":        {text().Encode() + "&Body=STOP", signed(text()), nil, 400},
		"no MessageSid":           {noID.Encode(), signed(noID), nil, 400},
		"no person":               {noFrom.Encode(), signed(noFrom), nil, 400},
		"broken escapes":          {"Body=%zz", "x", nil, 400},
		"semicolons":              {"Body=a;From=b", "x", nil, 400},
		"an empty body":           {"", signed(nil), nil, 400},
		"too large":               {big.Encode(), signed(big), nil, 413},
		"JSON":                    {"{}", "x", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 415},
		"no type":                 {text().Encode(), signed(text()), func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
		"GET":                     {"", signed(nil), func(r *http.Request) { r.Method = http.MethodGet }, 405},
	} {
		c := open(t, config(""))
		for which, h := range map[string]http.Handler{
			"inbound": c.Inbound(func(context.Context, bot.Inbound) error { t.Errorf("%s: passed on", name); return nil }),
			"status":  c.Status(func(context.Context, bot.Delivery) error { t.Errorf("%s: passed on", name); return nil }),
		} {
			t.Run(which+": "+name, func(t *testing.T) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if tt.change != nil {
						tt.change(r)
					}
					h.ServeHTTP(w, r)
				}))
				defer server.Close()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+InboundPath, strings.NewReader(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if tt.signature != "" {
					r.Header.Set("X-Twilio-Signature", tt.signature)
				}
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				if res.StatusCode != tt.want {
					t.Errorf("answered %d, want %d", res.StatusCode, tt.want)
				}
			})
		}
	}
}

func TestWebhookWhenTheBotFails(t *testing.T) {
	c := open(t, config(""))
	report := status("delivered", "")
	for name, tt := range map[string]struct {
		err   error
		want  int
		after string
	}{
		"the store is away": {fmt.Errorf("redis: %w", bot.ErrAway), 503, "5"},
		"anything else":     {errors.New("no room"), 500, ""},
	} {
		for which, w := range map[string]*httptest.ResponseRecorder{
			"inbound": post(c.Inbound(failing(tt.err)), InboundPath, text(), sign(token, public+InboundPath, text())),
			"status":  post(c.Status(func(context.Context, bot.Delivery) error { return tt.err }), StatusPath, report, sign(token, public+StatusPath, report)),
		} {
			if w.Code != tt.want || w.Header().Get("Retry-After") != tt.after {
				t.Errorf("%s, %s: answered %d, Retry-After %q", which, name, w.Code, w.Header().Get("Retry-After"))
			}
		}
	}
}

// TestSignatureForms: Twilio signs with or without the port, and over the query.
func TestSignatureForms(t *testing.T) {
	c := open(t, config(""))
	h := c.Inbound(failing(nil))
	for path, address := range map[string]string{
		InboundPath:                "https://bot.example.org:443" + InboundPath,
		InboundPath + "?a=1&b=%20": public + InboundPath + "?a=1&b=%20",
	} {
		if w := post(h, path, text(), sign(token, address, text())); w.Code != 200 {
			t.Errorf("signed over %s: %d", address, w.Code)
		}
	}
}

func TestIgnored(t *testing.T) {
	c := open(t, config(""))
	inbound := c.Inbound(func(_ context.Context, m bot.Inbound) error { t.Errorf("passed on %+v", m); return nil })
	for _, from := range []string{"whatsapp:" + someone, "85258", "NHS", "messenger:1", "+1"} {
		form := text("From", from)
		if w := post(inbound, InboundPath, form, sign(token, public+InboundPath, form)); w.Code != 200 {
			t.Errorf("from %s: %d", from, w.Code)
		}
	}
	st := c.Status(func(_ context.Context, d bot.Delivery) error { t.Errorf("passed on %+v", d); return nil })
	for _, form := range []url.Values{status("received", ""), status("dreaming", "")} {
		if w := post(st, StatusPath, form, sign(token, public+StatusPath, form)); w.Code != 200 {
			t.Errorf("%v: %d", form, w.Code)
		}
	}
	if c.Ignored() != 7 {
		t.Errorf("counted %d, want 7", c.Ignored())
	}
}

// status is a delivery report as Twilio posts it.
func status(state, errorCode string) url.Values {
	form := url.Values{"SmsSid": {sid}, "SmsStatus": {state}, "MessageStatus": {state}, "To": {someone}, "MessageSid": {sid},
		"AccountSid": {account}, "From": {"+441632960000"}, "ApiVersion": {"2010-04-01"}}
	if errorCode != "" {
		form.Set("ErrorCode", errorCode)
	}
	return form
}

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		state, code string
		want        bot.Status
		failure     bot.Failure
	}{
		{"accepted", "", bot.Accepted, ""}, {"scheduled", "", bot.Accepted, ""}, {"queued", "", bot.Accepted, ""}, {"sending", "", bot.Accepted, ""},
		{"sent", "", bot.Sent, ""}, {"partially_delivered", "", bot.Sent, ""},
		{"delivered", "", bot.Delivered, ""}, {"read", "", bot.Delivered, ""},
		{"undelivered", "30003", bot.Failed, bot.Transient}, {"undelivered", "30004", bot.Failed, bot.Blocked},
		{"undelivered", "30005", bot.Failed, bot.Impossible}, {"undelivered", "30006", bot.Failed, bot.Impossible},
		{"undelivered", "30007", bot.Failed, bot.Refused}, {"undelivered", "30008", bot.Failed, bot.Transient},
		{"undelivered", "30034", bot.Failed, bot.Misconfigured}, {"undelivered", "30649", bot.Failed, bot.Impossible},
		{"failed", "30001", bot.Failed, bot.Throttled}, {"failed", "30002", bot.Failed, bot.Misconfigured},
		{"failed", "21610", bot.Failed, bot.OptedOut}, {"failed", "30610", bot.Failed, bot.Refused},
		{"failed", "", bot.Failed, bot.Transient}, {"canceled", "99999", bot.Failed, bot.Transient},
	} {
		t.Run(tt.state+" "+tt.code, func(t *testing.T) {
			var got []bot.Delivery
			h := open(t, config("")).Status(func(_ context.Context, d bot.Delivery) error { got = append(got, d); return nil })
			form := status(tt.state, tt.code)
			if w := post(h, StatusPath, form, sign(token, public+StatusPath, form)); w.Code != 200 {
				t.Fatalf("answered %d", w.Code)
			}
			if len(got) != 1 || got[0].Status != tt.want || got[0].ID != sid || got[0].At != now || got[0].To != (bot.Address{Channel: "sms", ID: someone}) {
				t.Fatalf("got %+v", got)
			}
			if f := got[0].Failure; (f == nil) != (tt.failure == "") || f != nil && (f.Failure != tt.failure || f.Code != tt.code) {
				t.Errorf("failure %+v, want %q", f, tt.failure)
			}
		})
	}
}

// FuzzForm: no form, however broken, is passed on unsigned or brings the
// webhook down, and a signed one is passed on exactly when it is answered 200.
func FuzzForm(f *testing.F) {
	f.Add(text().Encode(), false)
	f.Add(text("Body", "caf\xe9", "NumMedia", "99999999999999999999").Encode(), true)
	f.Add(text().Encode()+"&Body=again", true)
	f.Add("From=%2B447700900123&MessageSid=SM1&OptOutType=stop", true)
	f.Add("%zz=;&", true)
	f.Fuzz(func(t *testing.T, body string, signed bool) {
		c := open(t, config(""))
		signature := "bm8="
		if form, err := url.ParseQuery(body); err == nil && signed {
			signature = sign(token, public+InboundPath, form)
		}
		passed := 0
		w := postBody(c.Inbound(func(_ context.Context, m bot.Inbound) error {
			passed++
			if m.ID == "" || !isNumber(m.From.ID) || strings.ToValidUTF8(m.Input.Text, "") != m.Input.Text {
				t.Errorf("passed on %+v", m)
			}
			return nil
		}), InboundPath, body, signature)
		if (w.Code == 200) != (passed+int(c.Ignored()) == 1) || !signed && passed > 0 || w.Code >= 500 {
			t.Errorf("answered %d, passed on %d", w.Code, passed)
		}
	})
}
