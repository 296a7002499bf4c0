package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"porchlight/adapters/adaptertest"
)

// command runs a command of the program in the deployment's environment.
func (d *deployment) porchlight(args ...string) (out, trouble string, err error) {
	d.t.Helper()
	name := d.command
	if name == "" {
		name = "porchlight"
	}
	cmd := exec.CommandContext(d.t.Context(), name, args...)
	cmd.Env = d.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// announce writes an announcement file.
func announce(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "announcement.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// subscriber says hello, chooses a language and subscribes.
func (d *deployment) subscriber(who, language string) {
	d.t.Helper()
	for i, says := range []string{"hello", "lang " + language, "START"} {
		got := 0
		if strings.HasPrefix(who, "+") {
			got = d.text(who, fmt.Sprintf("SMsub%d%s", i, who), says)
		} else {
			var id int64
			fmt.Sscan(who, &id)
			got = d.telegram(written(id*10+int64(i), id, "en", says))
		}
		if got != http.StatusOK {
			d.t.Fatalf("%q of a subscriber is answered %d", says, got)
		}
	}
	d.networks.answer(who, 3)
}

// TestBroadcast sends announcements from the command line to people of both
// channels, each of whom hears it once, in their language, or not at all.
func TestBroadcast(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	defer d.tellsNothing("+447700900301", "+447700900302", "7391811101", "7391811102", "closed this Friday")
	people := map[string]string{"+447700900301": "en", "+447700900302": "ar", "7391811101": "ar", "7391811102": "en", "7391811103": "en", "+447700900304": "en"}
	for who, language := range people {
		d.subscriber(who, language)
	}
	// One has said STOP since, one never subscribed.
	if got := d.text("+447700900304", "SMstop", "STOP"); got != http.StatusOK {
		t.Fatal(got)
	}
	d.networks.answer("+447700900304", 4)
	if got := d.telegram(written(1, 7391811199, "en", "hello")); got != http.StatusOK {
		t.Fatal(got)
	}
	d.networks.answer("7391811199", 1)

	file := announce(t, `
audience: {languages: [ar, en]}
text:
  en: "The welcome café is closed this Friday."
  ar: "مقهى الترحيب مغلق يوم الجمعة."
`)
	out, trouble, err := d.porchlight("broadcast", "send", file, "--dry-run")
	if err != nil {
		t.Fatal(err, out, trouble)
	}
	for _, want := range []string{"people: 5", "sms", "GSM-7", "UCS-2", "segments: 2,", "مغلق", "café"} {
		if !strings.Contains(out, want) {
			t.Errorf("the preview does not say %q:\n%s", want, out)
		}
	}
	if out, _, _ := d.porchlight("broadcast", "list"); out != "" {
		t.Errorf("a dry run is kept: %s", out)
	}

	out, trouble, err = d.porchlight("broadcast", "send", file)
	if err != nil {
		t.Fatal(err, out, trouble)
	}
	id := lastLine(out)
	want := map[string]string{"en": "The welcome café is closed this Friday.", "ar": "مقهى الترحيب مغلق يوم الجمعة."}
	status := func() string {
		out, trouble, err := d.porchlight("broadcast", "status", id)
		if err != nil {
			t.Fatal(err, out, trouble)
		}
		return out
	}
	adaptertest.Eventually(t, "the announcement is done", func() bool { return strings.Contains(status(), "state: done") })
	for _, line := range []string{"written: 5", "sent: 5", "by: command line"} {
		if got := status(); !strings.Contains(got, line) {
			t.Errorf("the status does not say %q:\n%s", line, got)
		}
	}
	for who, language := range people {
		heard := 0
		for _, m := range d.networks.all(who) {
			if strings.Contains(m.Text, want["en"]) || strings.Contains(m.Text, want["ar"]) {
				heard++
				if !strings.Contains(m.Text, want[language]) {
					t.Errorf("somebody who reads %s heard %q", language, m.Text)
				}
			}
		}
		if stopped := who == "+447700900304"; stopped && heard > 0 || !stopped && heard != 1 {
			t.Errorf("%s heard it %d times", who, heard)
		}
	}
	if n := len(d.networks.all("7391811199")); n != 1 {
		t.Errorf("somebody who never subscribed got %d messages", n)
	}

	// Receipts count.
	m := d.networks.all("+447700900301")
	text := m[len(m)-1]
	callback := strings.TrimPrefix(text.Callback, publicURL)
	for _, state := range []string{"sent", "delivered", "delivered"} {
		if got := d.twilio(callback, receiptForm(text, state)); got != http.StatusOK {
			t.Fatalf("a receipt is answered %d", got)
		}
	}
	if got := status(); !strings.Contains(got, "delivered: 1\n") {
		t.Errorf("the status does not count what was delivered once:\n%s", got)
	}

	// The same words again are taken for a mistake.
	if out, _, err := d.porchlight("broadcast", "send", file); err == nil {
		t.Errorf("the same was sent twice:\n%s", out)
	}
	if out, _, err := d.porchlight("broadcast", "list"); err != nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, id) {
		t.Errorf("the list: %s, %v", out, err)
	}

	// One for later can be taken back.
	later := announce(t, "text: {en: Later}\nfallback: en\nat: 2099-01-01T09:00\n")
	out, _, err = d.porchlight("broadcast", "send", later)
	if err != nil || !strings.Contains(out, "at: Thu 1 Jan 2099 09:00 GMT") {
		t.Fatal(out, err)
	}
	if out, _, err := d.porchlight("broadcast", "cancel", lastLine(out)); err != nil || out != "cancelled\n" {
		t.Error(out, err)
	}
	if _, trouble, err := d.porchlight("broadcast", "cancel", "NOSUCHONE"); err == nil || !strings.Contains(trouble, "broadcast list") {
		t.Error(trouble, err)
	}
}

// TestBroadcastRefusals: what is wrong is said with its place, and nothing is sent.
func TestBroadcastRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.subscriber("7391811301", "en")
	for _, c := range []struct{ text, want string }{
		{"audience:\n  languages: [xx]\ntext: {en: hello}\n", `:2: the organisation has no language "xx"; use en, ar`},
		{"text: {ar: مرحبا}\n", "stopped: "}, // nobody reads it
		{"text: {en: A talk about suicide at the library on Friday.}\n", "stopped: "},
	} {
		out, _, err := d.porchlight("broadcast", "send", announce(t, c.text))
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s\ngives %v and\n%s\nnot %s", c.text, err, out, c.want)
		}
	}
	if out, _, err := d.porchlight("broadcast", "send", announce(t, "text: {en: \"A talk about suicide on Friday. Samaritans: 116 123, day and night.\"}\n"), "--dry-run"); err != nil || !strings.Contains(out, "asked: ") {
		t.Errorf("with a line beside it: %v\n%s", err, out)
	}
	if out, _, err := d.porchlight("broadcast", "list"); err != nil || out != "" {
		t.Errorf("something was kept: %s, %v", out, err)
	}
	texts := d.networks.all("7391811301")
	if slices.ContainsFunc(texts, func(m sent) bool { return strings.Contains(m.Text, "library") }) || len(texts) != 3 {
		t.Errorf("something was sent: %v", texts)
	}
}

// receiptForm is what Twilio tells about a text that it took.
func receiptForm(m sent, state string) url.Values {
	return url.Values{"MessageSid": {textSID(m.ID)}, "SmsSid": {textSID(m.ID)}, "MessageStatus": {state}, "SmsStatus": {state}, "To": {m.To},
		"From": {twilioFrom}, "AccountSid": {twilioSID}, "ApiVersion": {"2010-04-01"}}
}
