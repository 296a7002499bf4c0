package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	twilio "github.com/twilio/twilio-go/rest/api/v2010"
)

// voice is a bot's voice webhook: it brings whoever picks up into a room, and
// notes what it is told.
type voice struct {
	t     *testing.T
	mu    sync.Mutex
	told  []url.Values
	fresh chan struct{}
	room  string // empty: whoever picks up is hung up on
}

func (v *voice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if got, want := r.Header.Get("X-Twilio-Signature"), sign(testAuth, "http://"+r.Host+r.URL.String(), r.PostForm); got != want {
		v.t.Errorf("%s is signed %s, want %s", r.URL, got, want)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	form := r.PostForm
	form.Set("leg", r.URL.Query().Get("leg"))
	form.Set("about", r.URL.Query().Get("about"))
	v.told = append(v.told, form)
	close(v.fresh)
	v.fresh = make(chan struct{})
	w.Header().Set("Content-Type", "text/xml")
	switch {
	case form.Get("about") != "":
		fmt.Fprint(w, `<Response/>`)
	case v.room == "" || strings.HasPrefix(form.Get("AnsweredBy"), "machine"):
		fmt.Fprint(w, `<Response><Hangup/></Response>`)
	default:
		fmt.Fprintf(w, `<Response><Say>Hello.</Say><Dial><Conference endConferenceOnExit="%v">%s</Conference></Dial></Response>`, form.Get("leg") == "guest", v.room)
	}
}

// hears waits until the webhook was told something of a leg.
func (v *voice) hears(leg, what string) {
	v.t.Helper()
	end := time.After(10 * time.Second)
	for {
		v.mu.Lock()
		fresh := v.fresh
		for _, f := range v.told {
			if f.Get("leg") == leg && f.Get("about")+" "+f.Get("CallStatus")+" "+f.Get("AnsweredBy") == what {
				v.mu.Unlock()
				return
			}
		}
		v.mu.Unlock()
		select {
		case <-fresh:
		case <-end:
			v.t.Fatalf("never told of the %s: %q", leg, what)
		}
	}
}

// phones is a world in which phones ring until somebody does something.
func phones(t *testing.T) (*world, *voice, string) {
	v := &voice{t: t, fresh: make(chan struct{}), room: "a-room"}
	w := start(t, func(o *Options) {
		o.Wait = func(ctx context.Context, d time.Duration) error {
			if d == lineAnswers {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	hook := httptest.NewServer(v)
	t.Cleanup(hook.Close)
	return w, v, hook.URL
}

// rings calls a number for a leg, or has it join the room.
func (w *world) rings(hook, leg, number string) (sid string, err error) {
	api := w.twilioClient()
	at := hook + "/voice?leg=" + leg
	if leg == "line" {
		p := &twilio.CreateParticipantParams{}
		p.SetFrom(testFrom).SetTo(number).SetStatusCallback(at + "&about=status").SetStatusCallbackEvent([]string{"answered", "completed"})
		made, err := api.CreateParticipant("a-room", p)
		if err != nil {
			return "", err
		}
		return *made.CallSid, nil
	}
	p := &twilio.CreateCallParams{}
	p.SetFrom(testFrom).SetTo(number).SetUrl(at).SetStatusCallback(at + "&about=status").SetMachineDetection("Enable")
	made, err := api.CreateCall(p)
	if err != nil {
		return "", err
	}
	return *made.Sid, nil
}

// shows waits until a phone shows a call so; nil: none.
func (w *world) shows(phone string, want *ringing) {
	w.t.Helper()
	var got string
	text, _ := json.Marshal(want)
	end := time.After(10 * time.Second)
	for waiting := true; waiting; {
		_, more, _ := w.events.since(0)
		b, _ := json.Marshal(w.see(phone).Call)
		if got = string(b); got == string(text) {
			return
		}
		select {
		case <-more:
		case <-end:
			waiting = false
		}
	}
	w.t.Fatalf("%s shows %s, want %s", phone, got, text)
}

func TestThreeOnThePhone(t *testing.T) {
	w, v, hook := phones(t)
	listener, err := w.rings(hook, "listener", "+447700900110") // a Telegram user's handset
	if err != nil {
		t.Fatal(err)
	}
	w.shows(worker, &ringing{From: testFrom, Status: "ringing"})
	w.do(worker, "answer", nil)
	v.hears("listener", " in-progress human")
	w.shows(worker, &ringing{From: testFrom, Status: "in-progress", Said: "Hello."})
	if _, err := w.rings(hook, "guest", "+447700900123"); err != nil {
		t.Fatal(err)
	}
	w.shows(newcomer, &ringing{From: testFrom, Status: "ringing"})
	w.do(newcomer, "answer", nil)
	w.shows(newcomer, &ringing{From: testFrom, Status: "in-progress", Said: "Hello.", With: 1})
	line, err := w.rings(hook, "line", "+448001111")
	if err != nil {
		t.Fatal(err)
	}
	v.hears("line", "status in-progress ")
	w.shows(newcomer, &ringing{From: testFrom, Status: "in-progress", Said: "Hello.", With: 2})
	w.do(worker, "hangup", nil) // the others stay
	v.hears("listener", "status completed ")
	w.shows(newcomer, &ringing{From: testFrom, Status: "in-progress", Said: "Hello.", With: 1})
	w.do(newcomer, "hangup", nil) // which ends it for all
	v.hears("line", "status completed ")
	w.shows(newcomer, nil)
	for _, sid := range []string{listener, line} {
		p := &twilio.UpdateCallParams{}
		p.SetStatus("completed")
		_, err := w.twilioClient().UpdateCall(sid, p)
		var refused *client.TwilioRestError
		if !errors.As(err, &refused) || refused.Code != 21220 {
			t.Errorf("a call that is over can be ended: %v", err)
		}
	}
}

func TestCallsGoWrong(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(w *world)
		after  func(w *world, sid string)
		want   string
	}{
		{"declined", nil, func(w *world, _ string) {
			w.shows(newcomer, &ringing{From: testFrom, Status: "ringing"})
			w.do(newcomer, "hangup", nil)
		}, "status busy "},
		{"ended by the caller", nil, func(w *world, sid string) {
			w.shows(newcomer, &ringing{From: testFrom, Status: "ringing"})
			p := &twilio.UpdateCallParams{}
			p.SetStatus("completed")
			if _, err := w.twilioClient().UpdateCall(sid, p); err != nil {
				w.t.Error(err)
			}
		}, "status canceled "},
		{"switched off", func(w *world) { w.do(newcomer, "off", nil) }, nil, "status no-answer "},
		{"busy", func(w *world) { w.post("/sim/faults", Fault{Network: kindCalls, Kind: faultBusy}) }, nil, "status busy "},
		{"nobody picks up", func(w *world) { w.post("/sim/faults", Fault{Network: kindCalls, Kind: faultUnanswered}) }, nil, "status no-answer "},
		{"a mailbox", func(w *world) { w.post("/sim/faults", Fault{Network: kindCalls, Kind: faultMachine}) }, nil, " in-progress machine_start"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, v, hook := phones(t)
			if tt.before != nil {
				tt.before(w)
			}
			sid, err := w.rings(hook, "guest", "+447700900123")
			if err != nil {
				t.Fatal(err)
			}
			if tt.after != nil {
				tt.after(w, sid)
			}
			v.hears("guest", tt.want)
			w.shows(newcomer, nil)
		})
	}
}

func TestCallsRefused(t *testing.T) {
	w, _, hook := phones(t)
	for number, code := range map[string]int{"116123": 21211, "999": 21211, "": 21201, testFrom: 21211} {
		_, err := w.rings(hook, "guest", number)
		var refused *client.TwilioRestError
		if !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%q: %v, want %d", number, err, code)
		}
	}
	w.post("/sim/faults", Fault{Network: kindCalls, Kind: faultForbidden})
	var refused *client.TwilioRestError
	if _, err := w.rings(hook, "guest", "+447700900123"); !errors.As(err, &refused) || refused.Code != 21215 {
		t.Errorf("%v, want 21215", err)
	}
	if status, _ := w.try(newcomer, "answer", nil); status != http.StatusConflict {
		t.Errorf("a silent phone is picked up: %d", status)
	}
}
