package sms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

const callSID = "CA00000000000000000000000000000004"

var aLeg = bot.CallLeg{Room: "AB2C-room-1", Guest: bot.PersonID{Partition: 7, Hash: "h_a-sh"}, Leg: bot.LegGuest}

func legTo(leg bot.Leg, line string) bot.CallLeg {
	l := aLeg
	l.Leg, l.Line = leg, line
	return l
}

// TestWhole: only what can be called from anywhere is called at all.
func TestWhole(t *testing.T) {
	c := open(t, config(""))
	for _, tt := range []struct{ phone, country, want string }{
		{"0800 1111", "GB", "+448001111"}, {"0300 123 3393", "GB", "+443001233393"}, {"1-800-668-6868", "CA", "+18006686868"},
		{"02 2327 2327", "IT", "+390223272327"}, {"0800 111 0 111", "DE", "+498001110111"}, {"+353 1 609 2724", "GB", "+35316092724"},
		{"116 123", "GB", ""}, {"111", "GB", ""}, {"999", "GB", ""}, {"112", "DE", ""}, {"911", "US", ""}, {"988", "US", ""},
		{"13 11 14", "AU", ""}, {"1737", "NZ", ""}, {"85258", "GB", ""}, {"90101", "SE", ""}, {"0800", "GB", ""}, {"", "GB", ""},
		{"0800 1111", "", ""}, {"call us", "GB", ""},
	} {
		if got, ok := c.Whole(tt.phone, tt.country); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q in %s is %q, %v; want %q", tt.phone, tt.country, got, ok, tt.want)
		}
	}
}

func TestCallsFrom(t *testing.T) {
	for _, tt := range []struct{ from, voice, want string }{
		{"+441632960000", "", "+441632960000"}, {"+441632960000", "+441632960001", "+441632960001"},
		{"MG00000000000000000000000000000003", "", ""}, {"MG00000000000000000000000000000003", "+441632960001", "+441632960001"},
	} {
		cfg := config("")
		cfg.From, cfg.VoiceFrom = tt.from, tt.voice
		if got := open(t, cfg).CallsFrom(); got != tt.want {
			t.Errorf("with %s and %s calls come from %q, want %q", tt.from, tt.voice, got, tt.want)
		}
	}
	cfg := config("")
	cfg.VoiceFrom = "85258"
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "TWILIO_VOICE_FROM") {
		t.Errorf("the error %v does not name the setting", err)
	}
}

// TestRing holds what Twilio is asked for each leg, and that nothing of it but To
// is somebody's number.
func TestRing(t *testing.T) {
	const base = "/2010-04-01/Accounts/" + account
	ring := func(leg bot.Leg, line, number string) bot.Ring {
		return bot.Ring{Number: number, Most: 2 * time.Hour, CallLeg: legTo(leg, line)}
	}
	ask := public + "/webhooks/twilio/voice?guest=7.h_a-sh&leg=guest&room=AB2C-room-1"
	told := public + "/webhooks/twilio/voice?about=status&guest=7.h_a-sh&leg="
	for _, tt := range []struct {
		path, answer string
		ring         bot.Ring
		want         url.Values
	}{
		{base + "/Calls.json", `{"sid":"` + callSID + `"}`, ring(bot.LegGuest, "", someone), url.Values{
			"To": {someone}, "From": {"+441632960000"}, "Url": {ask}, "FallbackUrl": {ask},
			"StatusCallback": {told + "guest&room=AB2C-room-1"}, "StatusCallbackEvent": {"completed"},
			"MachineDetection": {"Enable"}, "Timeout": {"30"}, "TimeLimit": {"7200"},
		}},
		{base + "/Conferences/AB2C-room-1/Participants.json", `{"call_sid":"` + callSID + `"}`, ring(bot.LegLine, "gb-childline", "+448001111"), url.Values{
			"To": {"+448001111"}, "From": {"+441632960000"}, "Label": {"line"}, "EarlyMedia": {"true"}, "EndConferenceOnExit": {"false"},
			"StatusCallback": {told + "line&line=gb-childline&room=AB2C-room-1"}, "StatusCallbackEvent": {"answered", "completed"},
			"Timeout": {"120"}, "TimeLimit": {"7200"},
		}},
	} {
		tw := newTwilio(t, tt.path, tt.answer)
		id, err := open(t, config(tw.URL)).Ring(t.Context(), tt.ring)
		if err != nil || id != callSID {
			t.Fatalf("%s: %q, %v", tt.path, id, err)
		}
		if got := tw.forms[0].Encode(); got != tt.want.Encode() {
			t.Errorf("got  %s\nwant %s", got, tt.want.Encode())
		}
		tw.forms[0].Del("To")
		if strings.Contains(tw.forms[0].Encode(), someone[1:]) {
			t.Errorf("%s tells the number", tt.path)
		}
	}
	// Taken, though the answer broke off: not to be called twice.
	tw := newTwilio(t, base+"/Calls.json", `{"sid":"CA`)
	if id, err := open(t, config(tw.URL)).Ring(t.Context(), ring(bot.LegGuest, "", someone)); id != "" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
}

func TestRingRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"code":21215,"message":"not allowed to call %s","status":400}`, someone)
	}))
	defer server.Close()
	c := open(t, config(server.URL))
	for number, code := range map[string]string{someone: "21215", "+12025550123": "country", "116123": "number"} {
		_, err := c.Ring(t.Context(), bot.Ring{Number: number, CallLeg: aLeg})
		var refused *bot.SendError
		if !errors.As(err, &refused) || refused.Failure != bot.Refused || refused.Code != code || strings.Contains(err.Error(), number[1:]) {
			t.Errorf("%v, want %s", err, code)
		}
	}
}

func TestHangUp(t *testing.T) {
	const path = "/2010-04-01/Accounts/" + account + "/Calls/" + callSID + ".json"
	tw := newTwilio(t, path, `{"sid":"`+callSID+`"}`)
	if err := open(t, config(tw.URL)).HangUp(t.Context(), callSID); err != nil || tw.forms[0].Get("Status") != "completed" {
		t.Errorf("%v, %v", err, tw.forms)
	}
	for answer, gone := range map[string]bool{
		`404 {"code":20404,"status":404}`: true, `400 {"code":21220,"status":400}`: true,
		`503 {"code":20503,"status":503}`: false, `401 {"code":20003,"status":401}`: false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var status int
			_, _ = fmt.Sscan(answer[:3], &status)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, answer[4:])
		}))
		if err := open(t, config(server.URL)).HangUp(t.Context(), callSID); (err == nil) != gone {
			t.Errorf("%s: %v", answer, err)
		}
		server.Close()
	}
}

// TestVoice holds what is understood of Twilio's requests, and the TwiML that
// answers them (testdata/voice.xml).
func TestVoice(t *testing.T) {
	in := func(leg bot.Leg) bot.Admission {
		return bot.Admission{Room: aLeg.Room, Ends: leg == bot.LegGuest, Say: "You will be <connected> now.", Language: "en"}
	}
	silent := in(bot.LegGuest)
	silent.Language = "so"
	guest := legTo(bot.LegGuest, "")
	var golden strings.Builder
	for _, tt := range []struct {
		name, query string
		form        url.Values
		admits      bot.Admission
		want        bot.CallReport
	}{
		{"a guest picks up", "", url.Values{"AnsweredBy": {"human"}}, in(bot.LegGuest), bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallAnswered}},
		{"in a language that Twilio does not speak", "", url.Values{"AnsweredBy": {"unknown"}}, silent, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallAnswered}},
		{"a listener picks up", "leg=listener", url.Values{}, in(bot.LegListener), bot.CallReport{CallLeg: legTo(bot.LegListener, ""), ID: callSID, State: bot.CallAnswered}},
		{"too late", "", url.Values{}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallAnswered}},
		{"a mailbox", "", url.Values{"AnsweredBy": {"machine_start"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallMissed}},
		{"a fax", "", url.Values{"AnsweredBy": {"fax"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallMissed}},
		{"hung up", "about=status", url.Values{"CallStatus": {"completed"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallEnded}},
		{"not picked up", "about=status", url.Values{"CallStatus": {"no-answer"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallMissed}},
		{"busy", "about=status", url.Values{"CallStatus": {"busy"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallMissed}},
		{"canceled", "about=status", url.Values{"CallStatus": {"canceled"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallMissed}},
		{"failed", "about=status", url.Values{"CallStatus": {"failed"}}, bot.Admission{}, bot.CallReport{CallLeg: guest, ID: callSID, State: bot.CallFailed}},
		{"a line picks up", "about=status&leg=line&line=gb-childline", url.Values{"CallStatus": {"in-progress"}}, bot.Admission{}, bot.CallReport{CallLeg: legTo(bot.LegLine, "gb-childline"), ID: callSID, State: bot.CallAnswered}},
		{"rings", "about=status", url.Values{"CallStatus": {"ringing"}}, bot.Admission{}, bot.CallReport{}},
		{"a person picks up, told as a status", "about=status", url.Values{"CallStatus": {"in-progress"}}, bot.Admission{}, bot.CallReport{}},
	} {
		var got bot.CallReport
		h := open(t, config("")).Voice(func(_ context.Context, r bot.CallReport) (bot.Admission, error) {
			got = r
			return tt.admits, nil
		})
		q, err := url.ParseQuery("guest=7.h_a-sh&leg=guest&room=AB2C-room-1")
		more, err2 := url.ParseQuery(tt.query)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for name := range more {
			q.Set(name, more.Get(name))
		}
		tt.form.Set("CallSid", callSID)
		tt.form.Set("AccountSid", account)
		tt.form.Set("To", someone)
		path := VoicePath + "?" + q.Encode()
		w := post(h, path, tt.form, sign(token, public+path, tt.form))
		if w.Code != 200 || got != tt.want {
			t.Errorf("%s: answered %d, understood %+v, want %+v", tt.name, w.Code, got, tt.want)
		}
		fmt.Fprintf(&golden, "<!-- %s -->\n%s\n", tt.name, w.Body)
	}
	want, err := os.ReadFile("testdata/voice.xml")
	if err != nil || golden.String() != string(want) {
		t.Errorf("%v\ngot:\n%s", err, golden.String())
	}
}

func TestVoiceRefuses(t *testing.T) {
	good := VoicePath + "?guest=7.h_a-sh&leg=guest&room=AB2C-room-1"
	form := url.Values{"CallSid": {callSID}, "AccountSid": {account}}
	c := open(t, config(""))
	for _, tt := range []struct {
		name, path string
		form       url.Values
		signature  string
		err        error
		want       int
	}{
		{"a wrong signature", good, form, "bm8=", nil, 403},
		{"signed for another leg", good, form, sign(token, public+strings.Replace(good, "guest&room", "listener&room", 1), form), nil, 403},
		{"another account", good, url.Values{"CallSid": {callSID}, "AccountSid": {"AC2"}}, "", nil, 403},
		{"no call", good, url.Values{"AccountSid": {account}}, "", nil, 400},
		{"no room", VoicePath + "?guest=7.h&leg=guest", form, "", nil, 400},
		{"no guest", VoicePath + "?leg=guest&room=r", form, "", nil, 400},
		{"a guest that is none", VoicePath + "?guest=seven.h&leg=guest&room=r", form, "", nil, 400},
		{"a leg that is none", VoicePath + "?guest=7.h&leg=fourth&room=r", form, "", nil, 400},
		{"nothing", VoicePath, form, "", nil, 400},
		{"Redis is away", good, form, "", fmt.Errorf("call: %w", bot.ErrAway), 503},
		{"it fails", good, form, "", errors.New("no"), 500},
	} {
		if tt.signature == "" {
			tt.signature = sign(token, public+tt.path, tt.form)
		}
		h := c.Voice(func(context.Context, bot.CallReport) (bot.Admission, error) { return bot.Admission{}, tt.err })
		if w := post(h, tt.path, tt.form, tt.signature); w.Code != tt.want {
			t.Errorf("%s: answered %d, want %d", tt.name, w.Code, tt.want)
		}
	}
}

// FuzzVoice: no query, however broken, brings the webhook down, and what is
// understood of one is what would be written for it.
func FuzzVoice(f *testing.F) {
	f.Add("guest=7.h_a-sh&leg=guest&room=AB2C-room-1")
	f.Add("about=status&guest=7.h&leg=line&line=gb-childline&room=r")
	f.Add("guest=99999.h&leg=line&room=r")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		leg, ok := legOf(q)
		if !ok {
			return
		}
		again, err := url.Parse(open(t, config("")).voiceURL(leg, false))
		if err != nil {
			t.Fatal(err)
		}
		if back, ok := legOf(again.Query()); !ok || back != leg {
			t.Errorf("%+v comes back as %+v", leg, back)
		}
	})
}
