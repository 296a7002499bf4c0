package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/simulator"
	"porchlight/flows/pack"
)

// onPhones is the program as a process, between networks with phones on them.
type onPhones struct {
	*deployment
	page string
}

// The people of a call; their numbers are reserved for drama.
const (
	callNewcomer  = "sms:+447700900123"
	callWorker    = "telegram:700100"
	callWorkerOrg = `workers:
  - {name: Thistlewick, telegram: "700100", sms: "+447700900110", roles: [listener], languages: [en]}
`
)

func phonesAround(t *testing.T) *onPhones {
	t.Helper()
	d := &deployment{t: t, redis: adaptertest.Redis(t), networks: standIns(t), client: http.DefaultClient}
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		to, err := url.Parse(d.address())
		if err != nil {
			t.Error(err)
		}
		r.SetURL(to)
	}})
	t.Cleanup(front.Close)
	phones := simulator.New(simulator.Options{
		Telegram: simulator.Telegram{Token: telegramToken},
		Twilio:   simulator.Twilio{AccountSID: twilioSID, AuthToken: twilioToken, From: twilioFrom, WebhookURL: front.URL + "/webhooks/twilio/sms"},
	})
	api, page := httptest.NewServer(phones.API()), httptest.NewServer(phones.Handler())
	t.Cleanup(func() { phones.Close(); api.Close(); page.Close() })
	dir := filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, pack.Sample()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "org.yaml"), []byte(org+callWorkerOrg), 0o600); err != nil {
		t.Fatal(err)
	}
	d.configure("PORCHLIGHT_ORG="+dir, "PORCHLIGHT_PUBLIC_URL="+front.URL, "TELEGRAM_API_URL="+api.URL, "TWILIO_API_URL="+api.URL)
	d.start()
	t.Cleanup(d.end)
	return &onPhones{d, page.URL}
}

// phoneShown is what a phone of the page shows.
type phoneShown struct {
	Messages []struct {
		Text    string
		Mine    bool
		Buttons [][]struct{ Text, Data string }
	}
	Call *struct {
		From, Status, Said string
		With               int
	}
}

func (p *onPhones) see(phone string) (h phoneShown) {
	p.t.Helper()
	resp, err := http.Get(p.page + "/sim/phones/" + url.PathEscape(phone))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&h); err != nil {
		p.t.Fatal(err)
	}
	return h
}

func (p *onPhones) act(phone, action string, body map[string]string) {
	p.t.Helper()
	data, _ := json.Marshal(body)
	resp, err := http.Post(p.page+"/sim/phones/"+url.PathEscape(phone)+"/"+action, "application/json", bytes.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		p.t.Fatalf("%s on %s: %s", action, phone, resp.Status)
	}
}

func (p *onPhones) texts(phone, text string) {
	p.t.Helper()
	p.act(phone, "text", map[string]string{"text": text})
}

// reads waits until a phone has a message with these words.
func (p *onPhones) reads(phone, words string) {
	p.t.Helper()
	adaptertest.Eventually(p.t, phone+" reads "+words, func() bool {
		for _, m := range p.see(phone).Messages {
			if !m.Mine && strings.Contains(m.Text, words) {
				return true
			}
		}
		return false
	})
}

// presses waits for a button that carries this, and presses it.
func (p *onPhones) presses(phone, begins string) {
	p.t.Helper()
	data := ""
	adaptertest.Eventually(p.t, phone+" has the button "+begins, func() bool {
		for _, m := range p.see(phone).Messages {
			for _, row := range m.Buttons {
				for _, b := range row {
					if strings.HasPrefix(b.Data, begins) {
						data = b.Data
					}
				}
			}
		}
		return data != ""
	})
	p.act(phone, "press", map[string]string{"data": data})
}

// phone waits until a phone rings, is silent, or is in a call with so many.
func (p *onPhones) phone(phone, status string, with int) {
	p.t.Helper()
	adaptertest.Eventually(p.t, phone+" is "+status, func() bool {
		c := p.see(phone).Call
		if c == nil {
			return status == ""
		}
		return c.Status == status && c.With == with && c.From == twilioFrom
	})
}

// TestServeCall brings a newcomer with a plain phone and a listener on Telegram
// together by phone, with a line as the third, through the whole program.
func TestServeCall(t *testing.T) {
	t.Parallel()
	p := phonesAround(t)
	p.texts(callNewcomer, "hello there my friends")
	p.reads(callNewcomer, "Riverside Welcome")
	p.texts(callNewcomer, "TALK")
	p.reads(callNewcomer, "These people listen")
	p.texts(callNewcomer, "1")
	p.presses(callWorker, takeButton)
	p.reads(callNewcomer, "is here now")

	p.presses(callWorker, "!desk:call:")
	p.reads(callNewcomer, "would like to phone you")
	if p.see(callWorker).Call != nil || p.see(callNewcomer).Call != nil {
		t.Fatal("a phone rings before both have agreed")
	}
	p.texts(callNewcomer, "1")
	p.phone(callWorker, "ringing", 0)
	p.act(callWorker, "answer", nil)
	p.phone(callNewcomer, "ringing", 0)
	p.act(callNewcomer, "answer", nil)
	p.phone(callWorker, "in-progress", 1)
	if said := p.see(callNewcomer).Call.Said; !strings.Contains(said, "connected") {
		t.Errorf("the newcomer hears %q", said)
	}

	p.presses(callWorker, "!desk:line:gb-samaritans:") // a short code is shown, not called
	p.reads(callNewcomer, "Please call Samaritans yourself: 116 123")
	p.reads(callWorker, "is a short number")
	p.presses(callWorker, "!desk:line:gb-childline:")
	p.phone(callNewcomer, "in-progress", 2)
	p.reads(callWorker, "Childline is on the phone")
	p.act(callWorker, "hangup", nil) // the newcomer stays with the line
	p.phone(callNewcomer, "in-progress", 1)
	p.act(callNewcomer, "hangup", nil)
	p.phone(callNewcomer, "", 0)
	p.reads(callNewcomer, "The call has ended")
	p.texts(callWorker, "quillfeather after the call")
	p.reads(callNewcomer, "quillfeather after the call")

	places := map[string][]byte{"the log": []byte(p.log())}
	p.dump(places)
	for place, held := range places {
		for _, needle := range []string{"447700900123", "447700900110", "448001111", "Thistlewick", "quillfeather"} {
			if bytes.Contains(held, []byte(needle)) {
				t.Errorf("%s tells %q", place, needle)
			}
		}
	}
	for _, m := range p.see(callWorker).Messages {
		if strings.Contains(m.Text, "447700900123") {
			t.Errorf("the listener reads the newcomer's number: %q", m.Text)
		}
	}
	for _, m := range p.see(callNewcomer).Messages {
		if strings.Contains(m.Text, "447700900110") {
			t.Errorf("the newcomer reads the listener's number: %q", m.Text)
		}
	}
}

// TestServeCallDeclined: a phone that is not picked up leaves both with words.
func TestServeCallDeclined(t *testing.T) {
	t.Parallel()
	p := phonesAround(t)
	p.texts(callNewcomer, "hello there my friends")
	p.reads(callNewcomer, "Riverside Welcome")
	p.texts(callNewcomer, "TALK")
	p.reads(callNewcomer, "These people listen")
	p.texts(callNewcomer, "1")
	p.presses(callWorker, takeButton)
	p.presses(callWorker, "!desk:call:")
	p.reads(callNewcomer, "would like to phone you")
	p.texts(callNewcomer, "1")
	p.phone(callWorker, "ringing", 0)
	p.act(callWorker, "answer", nil)
	p.phone(callNewcomer, "ringing", 0)
	p.act(callNewcomer, "hangup", nil)
	p.phone(callWorker, "", 0) // is not left with the music
	p.reads(callNewcomer, "The call did not work")
	p.reads(callWorker, "did not pick up")
	p.texts(callNewcomer, "brackenmoor I write instead")
	p.reads(callWorker, "brackenmoor I write instead")
}

// TestEraseInAHandoff: a person whom the organisation erases while they speak
// with a listener is gone, their phones are hung up, and the listener is told.
func TestEraseInAHandoff(t *testing.T) {
	t.Parallel()
	p := phonesAround(t)
	p.texts(callNewcomer, "hello there my friends")
	p.reads(callNewcomer, "Riverside Welcome")
	p.texts(callNewcomer, "TALK")
	p.reads(callNewcomer, "These people listen")
	p.texts(callNewcomer, "1")
	p.presses(callWorker, takeButton)
	p.presses(callWorker, "!desk:call:")
	p.reads(callNewcomer, "would like to phone you")
	p.texts(callNewcomer, "1")
	p.phone(callWorker, "ringing", 0)
	p.act(callWorker, "answer", nil)
	p.phone(callNewcomer, "ringing", 0)
	p.act(callNewcomer, "answer", nil)
	p.phone(callWorker, "in-progress", 1)
	p.texts(callNewcomer, "quillfeather while we speak")
	p.reads(callWorker, "quillfeather while we speak")

	erase := func() string {
		channel, number, _ := strings.Cut(callNewcomer, ":")
		cmd := exec.Command("porchlight", "erase", "--channel", channel, "--address", number)
		cmd.Env = p.env
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	if said := erase(); said != "erased" {
		t.Errorf("erase says %q", said)
	}
	p.reads(callWorker, "has ended the talk. How did it end?")
	p.phone(callWorker, "", 0)
	p.phone(callNewcomer, "", 0)
	p.presses(callWorker, outcomeButton)
	p.reads(callWorker, "Thank you")
	if said := erase(); said != "nothing was kept about this person" {
		t.Errorf("the second time erase says %q", said)
	}
	p.texts(callWorker, "brackenmoor is nobody there")
	adaptertest.Eventually(t, "the listener has no guest any more", func() bool {
		all := p.see(callWorker).Messages
		return !all[len(all)-1].Mine
	})
	for _, m := range p.see(callNewcomer).Messages {
		if strings.Contains(m.Text, "brackenmoor") {
			t.Errorf("somebody who was erased is written to: %q", m.Text)
		}
	}
}
