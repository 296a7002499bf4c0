package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
)

var onAt = regexp.MustCompile(`Porchlight is on: (http://\S+)`)

// demonstration is `porchlight demo` as a process.
type demonstration struct {
	t    *testing.T
	page string
}

// demonstrate starts it with more in its environment.
func demonstrate(t *testing.T, environment ...string) demonstration {
	t.Helper()
	cmd := exec.Command("porchlight", "demo", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), environment...)
	errs, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer errs.Close()
	cmd.Stderr = errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, _ := lines.ReadString('\n')
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, lines)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo ended badly: %v", err)
		}
		if said, err := os.ReadFile(errs.Name()); err != nil || bytes.Contains(said, []byte("DATA RACE")) || bytes.Contains(said, []byte("panic")) {
			t.Errorf("the demo complains: %v\n%s", err, said)
		}
	})
	m := onAt.FindStringSubmatch(line)
	if m == nil {
		said, _ := os.ReadFile(errs.Name())
		t.Fatalf("the demo says %q\n%s", line, said)
	}
	return demonstration{t, m[1]}
}

// handset is what the page knows of a phone.
type handset struct {
	Messages []struct {
		ID      string
		Mine    bool
		Text    string
		Edited  bool
		Status  string
		Buttons [][]struct{ Text string }
	}
}

// answer is what the bot has said since the phone's owner last wrote; a long
// text comes in several messages.
func (h handset) answer() string {
	text := ""
	for _, m := range h.Messages {
		if m.Mine {
			text = ""
		} else {
			text += m.Text + "\n"
		}
	}
	return text
}

// do acts on a phone.
func (d demonstration) do(path string, body map[string]any) {
	d.t.Helper()
	raw, _ := json.Marshal(body)
	resp, err := http.Post(d.page+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode >= 300 {
		d.t.Fatalf("%s: %d %s", path, resp.StatusCode, said)
	}
}

// hears reads the page's own stream of events until the answer on a phone has
// some text, and gives that answer.
func (d demonstration) hears(phone string, words ...string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, d.page+"/sim/events", nil)
	events, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer events.Body.Close()
	chunk := make([]byte, 64<<10)
	for {
		resp, err := http.Get(d.page + "/sim/phones/" + url.PathEscape(phone))
		if err != nil {
			d.t.Fatal(err)
		}
		var h handset
		err = json.NewDecoder(resp.Body).Decode(&h)
		resp.Body.Close()
		if err != nil {
			d.t.Fatal(err)
		}
		missing := ""
		for _, w := range words {
			if !strings.Contains(h.answer(), w) {
				missing = w
			}
		}
		if missing == "" {
			return h.answer()
		}
		if _, err := events.Body.Read(chunk); err != nil {
			d.t.Fatalf("%s never hears %q, but %q", phone, missing, h.answer())
		}
	}
}

// dated is a group in a list: its number, and somewhere a time. The last one is
// far enough away, at any hour, to be reminded of.
var dated = regexp.MustCompile(`(?m)^([1-9]) .*\p{Nd}:\p{Nd}`)

// TestDemo holds a conversation in each language of the sample on each kind of
// phone, through the page's own requests.
func TestDemo(t *testing.T) {
	t.Parallel()
	d := demonstrate(t)
	resp, err := http.Get(d.page)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "<title>Porchlight") {
		t.Errorf("the page: %d %.200s", resp.StatusCode, page)
	}
	sample, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	for i, tag := range sample.Org.Languages {
		t.Run(tag, func(t *testing.T) {
			d := demonstration{t, d.page}
			in := sample.Catalog.Locale(tag)
			say := func(id string) string { return in.Text(id, map[string]any{"org": sample.Org.Name}) }
			code, _, _ := strings.Cut(tag, "-")

			chat, number := fmt.Sprint(9000+i), fmt.Sprintf("+44770090030%d", i)
			d.do("/sim/phones", map[string]any{"kind": "telegram", "address": chat, "language": code})
			resident := "/sim/phones/telegram:" + chat + "/"
			d.do(resident+"start", map[string]any{})
			d.hears("telegram:"+chat, say("welcome.hello"), say("menu.title"))
			d.do(resident+"press", map[string]any{"text": say("menu.groups")})
			d.hears("telegram:"+chat, say("groups.week"), "Mill Lane Library")
			d.do(resident+"press", map[string]any{"text": say("menu.button")})
			d.hears("telegram:"+chat, say("menu.title"))
			d.do(resident+"text", map[string]any{"text": "0"})
			d.hears("telegram:"+chat, say("help.now"), "116 123", "999")

			d.do("/sim/phones", map[string]any{"kind": "sms", "address": number})
			newcomer := "/sim/phones/sms:" + url.PathEscape(number) + "/"
			d.do(newcomer+"text", map[string]any{"text": "LANG " + tag})
			d.hears("sms:"+number, say("settings.language-set"))
			d.do(newcomer+"text", map[string]any{"text": "2"})
			groups := dated.FindAllStringSubmatch(d.hears("sms:"+number, say("groups.week")), -1)
			if len(groups) == 0 {
				t.Fatal("no groups this week")
			}
			d.do(newcomer+"text", map[string]any{"text": groups[len(groups)-1][1]})
			d.hears("sms:"+number, say("remind.hours"))
			d.do(newcomer+"text", map[string]any{"text": "0"})
			d.hears("sms:"+number, say("help.now"), "116 123", "999")
			d.do(newcomer+"text", map[string]any{"text": "MENU"}) // back to where it was
			d.hears("sms:"+number, say("remind.hours"))
		})
	}
}

// TestDemoInBrowser is what a stranger does who opens the page.
func TestDemoInBrowser(t *testing.T) {
	t.Parallel()
	d := demonstrate(t)
	b := adaptertest.OpenBrowser(t, d.page, 2*patience)
	const resident, newcomer = "#phone-telegram-501", "#phone-sms--447700900123"

	b.Do(chromedp.Click(chromedp.CSS(resident+` [data-do="start"]`), chromedp.NodeVisible))
	b.Hears(resident, "I am Porchlight, an automatic helper")
	b.Writes(newcomer, "hello")
	b.Hears(newcomer, "I am Porchlight, an automatic helper")
	b.Picture("en-1-welcome.png")

	b.Presses(resident, "Groups this week")
	b.Hears(resident, "Welcome cafe")
	b.Hears(resident, "edited")
	b.Writes(newcomer, "2")
	b.Hears(newcomer, "Groups this week")
	b.Picture("en-2-groups.png")

	b.Presses(resident, "Welcome cafe")
	b.Until(`[...document.querySelectorAll('` + resident + ` .message .place:not([hidden])')].length === 1`)
	b.Writes(newcomer, "i dont want to be here anymore")
	b.Hears(newcomer, "116 123")
	b.Picture("en-3-group-and-crisis.png")

	b.Writes(resident, "lang ar")
	b.Hears(resident, "سأكتب بالعربية")
	b.Writes(newcomer, "مرحبا")
	b.Writes(newcomer, "lang ar")
	b.Hears(newcomer, "سأكتب بالعربية")
	b.Picture("ar-1-menu.png")
	b.Presses(resident, "لقاءات هذا الأسبوع")
	b.Hears(resident, "مقهى الترحيب")
	b.Writes(newcomer, "٢")
	b.Hears(newcomer, "لقاءات هذا الأسبوع")
	b.Picture("ar-2-groups.png")
	b.Writes(resident, "0")
	b.Hears(resident, "116 123")
	b.Writes(newcomer, "أريد أن أموت")
	b.Hears(newcomer, "116 123")
	b.Until(`document.querySelector('` + newcomer + ` a[href="tel:116123"]').dir === 'ltr'`)
	b.Picture("ar-3-help.png")
	b.Writes(resident, "lang so")
	b.Writes(newcomer, "lang so")
	b.Hears(resident, "Af-Soomaali")
	b.Hears(newcomer, "Af-Soomaali")
	b.Picture("so-1.png")
}
