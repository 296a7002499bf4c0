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

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"porchlight/flows/pack"
)

var onAt = regexp.MustCompile(`Porchlight is on: (http://\S+)`)

// demonstration is `porchlight demo` as a process.
type demonstration struct {
	t    *testing.T
	page string
}

func demonstrate(t *testing.T) demonstration {
	t.Helper()
	cmd := exec.Command("porchlight", "demo", "--listen", "127.0.0.1:0")
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
// some text.
func (d demonstration) hears(phone string, words ...string) {
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
			return
		}
		if _, err := events.Body.Read(chunk); err != nil {
			d.t.Fatalf("%s never hears %q, but %q", phone, missing, h.answer())
		}
	}
}

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
			d.hears("sms:"+number, say("groups.week"))
			d.do(newcomer+"text", map[string]any{"text": "1"})
			d.hears("sms:"+number, say("remind.hours"))
			d.do(newcomer+"text", map[string]any{"text": "0"})
			d.hears("sms:"+number, say("help.now"), "116 123", "999")
			d.do(newcomer+"text", map[string]any{"text": "MENU"}) // back to where it was
			d.hears("sms:"+number, say("remind.hours"))
		})
	}
}

// browser is a tab of a headless Chromium with an empty profile.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func browse(t *testing.T, page string) browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: install the Debian package chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.WindowSize(1440, 900),
	}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := browser{t, ctx}
	// Without movement a picture shows what is there, and not half of it.
	still := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})
	b.do(still, chromedp.Navigate(page))
	b.until(`document.querySelectorAll('.phone').length === 3`)
	return b
}

func (b browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// until waits for an expression to be true on the page.
func (b browser) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience/2)
	defer cancel()
	look := `new Promise(done => { const look = () => { if (` + expression + `) done(true); else setTimeout(look, 15); }; look(); })`
	await := func(p *runtime.EvaluateParams) { yes := true; p.AwaitPromise = &yes }
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](look, await)); err != nil {
		b.picture("failed.png")
		b.t.Fatalf("never true: %s: %v", expression, err)
	}
}

// hears waits until the bot's bubbles after the owner's last have some text.
func (b browser) hears(phone, text string) {
	b.t.Helper()
	quoted, _ := json.Marshal(text)
	b.until(`(list => list.slice(list.findLastIndex(e => e.matches('.mine')) + 1).some(e => e.textContent.includes(` + string(quoted) + `)))([...document.querySelectorAll('` + phone + ` .message')])`)
}

func (b browser) writes(phone, text string) {
	b.t.Helper()
	insert := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
	b.do(chromedp.Focus(chromedp.CSS(phone+" textarea")), insert, chromedp.KeyEvent(kb.Enter))
}

// presses clicks a button of the newest message that has any.
func (b browser) presses(phone, label string) {
	b.t.Helper()
	quoted, _ := json.Marshal(label)
	find := `[...document.querySelectorAll('` + phone + ` .buttons button')].findLast(e => e.textContent.includes(` + string(quoted) + `))`
	b.until(find)
	b.do(chromedp.Evaluate[chromedp.Void](`void ` + find + `.click()`))
}

// picture keeps a screenshot; go test -artifacts leaves it where it can be seen.
func (b browser) picture(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	path := filepath.Join(b.t.ArtifactDir(), name)
	if err := os.WriteFile(path, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.t.Log(path)
}

// TestDemoInBrowser is what a stranger does who opens the page.
func TestDemoInBrowser(t *testing.T) {
	t.Parallel()
	d := demonstrate(t)
	b := browse(t, d.page)
	const resident, newcomer = "#phone-telegram-501", "#phone-sms--447700900123"

	b.do(chromedp.Click(chromedp.CSS(resident+` [data-do="start"]`), chromedp.NodeVisible))
	b.hears(resident, "I am Porchlight, an automatic helper")
	b.writes(newcomer, "hello")
	b.hears(newcomer, "I am Porchlight, an automatic helper")
	b.picture("en-1-welcome.png")

	b.presses(resident, "Groups this week")
	b.hears(resident, "Welcome cafe")
	b.hears(resident, "edited")
	b.writes(newcomer, "2")
	b.hears(newcomer, "Groups this week")
	b.picture("en-2-groups.png")

	b.presses(resident, "Welcome cafe")
	b.until(`[...document.querySelectorAll('` + resident + ` .message .place:not([hidden])')].length === 1`)
	b.writes(newcomer, "i dont want to be here anymore")
	b.hears(newcomer, "116 123")
	b.picture("en-3-group-and-crisis.png")

	b.writes(resident, "lang ar")
	b.hears(resident, "سأكتب بالعربية")
	b.writes(newcomer, "مرحبا")
	b.writes(newcomer, "lang ar")
	b.hears(newcomer, "سأكتب بالعربية")
	b.picture("ar-1-menu.png")
	b.presses(resident, "لقاءات هذا الأسبوع")
	b.hears(resident, "مقهى الترحيب")
	b.writes(newcomer, "٢")
	b.hears(newcomer, "لقاءات هذا الأسبوع")
	b.picture("ar-2-groups.png")
	b.writes(resident, "0")
	b.hears(resident, "116 123")
	b.writes(newcomer, "أريد أن أموت")
	b.hears(newcomer, "116 123")
	b.until(`document.querySelector('` + newcomer + ` a[href="tel:116123"]').dir === 'ltr'`)
	b.picture("ar-3-help.png")
	b.writes(resident, "lang so")
	b.writes(newcomer, "lang so")
	b.hears(resident, "Af-Soomaali")
	b.hears(newcomer, "Af-Soomaali")
	b.picture("so-1.png")
}
