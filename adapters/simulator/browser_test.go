package simulator

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a tab of a headless Chromium with an empty profile.
type browser struct {
	t     *testing.T
	ctx   context.Context
	media map[string]string // preferences of the person at the browser
}

func openBrowser(t *testing.T, page string) browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: install the Debian package chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.WindowSize(1440, 900),
	}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := browser{t, ctx, map[string]string{}}
	b.do(chromedp.Navigate(page))
	b.until(`document.querySelectorAll('.phone').length === 3`)
	return b
}

func (b browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// ask evaluates an expression on the page.
func ask[T any](b browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true. It is compiled by the browser's
// own tools: the page's policy forbids the page to compile any.
func (b browser) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	look := `new Promise(done => { const look = () => { if (` + expression + `) done(true); else setTimeout(look, 15); }; look(); })`
	await := func(p *runtime.EvaluateParams) { yes := true; p.AwaitPromise = &yes }
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](look, await)); err != nil {
		b.picture("failed.png")
		b.t.Fatalf("never true: %s: %v", expression, err)
	}
}

func (b browser) size(width, height int64) { b.do(chromedp.EmulateViewport(width, height)) }

func (b browser) prefer(feature, value string) {
	b.t.Helper()
	b.media[feature] = value
	var all []*emulation.MediaFeature
	for name, value := range b.media {
		all = append(all, &emulation.MediaFeature{Name: name, Value: value})
	}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
		return err
	}))
}

// keys types as a keyboard does, into whatever has the focus.
func (b browser) keys(keys string) { b.do(chromedp.KeyEvent(keys)) }

// insert types what no keyboard of the test has keys for.
func (b browser) insert(text string) {
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
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

func (b browser) click(selector string) {
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// write puts words into a phone's field and presses Enter.
func (b browser) write(phone, text string) {
	b.do(chromedp.Focus(chromedp.CSS(phone + " textarea")))
	b.insert(text)
	b.keys(kb.Enter)
}

// lastIs is an expression: the newest bubble from the bot contains some text.
func lastIs(phone, text string) string {
	quoted, _ := json.Marshal(text)
	return `[...document.querySelectorAll('` + phone + ` .message:not(.mine)')].at(-1)?.textContent.includes(` + string(quoted) + `)`
}

const (
	residentPhone = "#phone-telegram-501"
	workerPhone   = "#phone-telegram-700100"
	plainPhone    = "#phone-sms--447700900123"
)

func TestPage(t *testing.T) {
	w := startWithBot(t)
	b := openBrowser(t, w.page)
	b.prefer("prefers-reduced-motion", "reduce") // nothing half faded in on a picture
	b.picture("1-first.png")

	b.click(residentPhone + ` [data-do="start"]`)
	b.until(lastIs(residentPhone, "I am Porchlight"))
	b.write(workerPhone, "hello")
	b.until(lastIs(workerPhone, "I am Porchlight"))
	b.write(plainPhone, "hello")
	b.until(lastIs(plainPhone, "I am Porchlight"))
	b.until(`document.querySelector('` + plainPhone + ` .message:last-child .segments').textContent.includes('GSM-7')`)
	b.picture("2-light.png")

	b.click(residentPhone + " .message:last-child .buttons button")
	b.until(lastIs(residentPhone, "You chose: find"))
	b.until(lastIs(residentPhone, "edited"))
	b.until(`!document.querySelector('` + residentPhone + ` .flash').hidden`)

	b.write(plainPhone, "سلام")
	b.until(lastIs(plainPhone, "116 123"))
	b.write(residentPhone, "سلام")
	b.until(lastIs(residentPhone, "116 123"))
	arabic := residentPhone + " .message:last-child .text"
	if !ask[bool](b, `document.querySelector('`+arabic+`').matches(':dir(rtl)')`) {
		t.Error("an Arabic message does not run from right to left")
	}
	if got := ask[string](b, `getComputedStyle(document.querySelector('`+arabic+`')).textAlign`); got != "right" {
		t.Errorf("an Arabic message is aligned %s", got)
	}
	if got := ask[string](b, `document.querySelector('`+arabic+` a[href="tel:116123"]').dir`); got != "ltr" {
		t.Errorf("the number's direction is %q", got)
	}
	// What the eye sees: the digits 116 stand left of 123.
	if !ask[bool](b, `(() => { const n = document.querySelector('`+arabic+` a[href="tel:116123"]').firstChild, r = document.createRange();
		const x = (a, z) => { r.setStart(n, a); r.setEnd(n, z); return r.getBoundingClientRect().left; };
		return x(0, 3) < x(4, 7); })()`) {
		t.Error("116 123 is displayed as 123 116")
	}
	w.do(worker, "location", map[string]any{"lat": 51.456, "lon": -0.969})
	b.until(lastIs(workerPhone, "Mill Lane Library"))
	b.picture("3-arabic.png")
	b.write(residentPhone, "/groups and 116 123, 25 Nov 18:00-20:00, 2026-11-25")
	b.until(lastIs(residentPhone, "/groups"))
	b.write(plainPhone, "STOP")
	b.until(`document.querySelector('` + plainPhone + ` .network:not([hidden])')`)
	b.prefer("prefers-color-scheme", "dark")
	b.picture("4-dark.png")

	b.click("#faults-open")
	b.click(`#fault-form button[type="submit"]`)
	b.until(`document.querySelector('#faults-count').textContent === '1'`)
	b.picture("5-faults.png")
	w.do(newcomer, "off", nil)
	b.until(`document.querySelector('` + plainPhone + `').classList.contains('off')`)
	b.click("#faults-mend")
	b.until(`document.querySelector('#faults-count').hidden`)
	b.click("#faults-close")
	b.prefer("prefers-color-scheme", "light")

	for _, size := range []struct {
		name          string
		width, height int64
	}{{"6-tablet.png", 820, 1100}, {"7-small.png", 320, 640}} {
		b.size(size.width, size.height)
		if wide := ask[int](b, `document.documentElement.scrollWidth`); wide > int(size.width) {
			t.Errorf("at %d px the page is %d px wide", size.width, wide)
		}
		b.click(`.tabs button:nth-child(1)`)
		b.do(chromedp.Evaluate[chromedp.Void](`void scrollTo(0, 0)`))
		b.picture(size.name)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`void scrollTo(0, 1e6)`))
	b.picture("8-small-phone.png")
	b.click(`.tabs button:nth-child(2)`)
	b.do(chromedp.Evaluate[chromedp.Void](`void scrollTo(0, 1e6)`))
	b.picture("9-small-plain.png")
	if wide := ask[int](b, `document.documentElement.scrollWidth`); wide > 320 {
		t.Errorf("at 320 px the plain phone makes the page %d px wide", wide)
	}
}

// TestPageByKeyboard uses nothing but keys, from the top of the page.
func TestPageByKeyboard(t *testing.T) {
	w := startWithBot(t)
	b := openBrowser(t, w.page)
	b.prefer("prefers-reduced-motion", "reduce")
	tabTo := func(selector string) {
		t.Helper()
		for range 60 {
			if ask[bool](b, `!!document.activeElement?.matches('`+selector+`')`) {
				if ask[string](b, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
					t.Errorf("%s: the focus cannot be seen", selector)
				}
				return
			}
			b.keys(kb.Tab)
		}
		t.Fatalf("no way to %s by Tab", selector)
	}
	tabTo(residentPhone + ` [data-do="start"]`)
	b.keys(kb.Enter)
	b.until(lastIs(residentPhone, "I am Porchlight"))
	b.until(`document.activeElement.matches('` + residentPhone + ` textarea')`)
	b.do(chromedp.Focus(chromedp.CSS(residentPhone + " .log")))
	tabTo(residentPhone + " .buttons button")
	b.keys(kb.Enter)
	b.until(lastIs(residentPhone, "You chose: find"))
	b.until(`document.activeElement.matches('` + residentPhone + ` .buttons button')`) // the focus survives the edit

	tabTo(residentPhone + " textarea")
	b.keys("wrong")
	b.keys(kb.Enter)
	b.until(lastIs(residentPhone, "You wrote: wrong"))
	b.keys(kb.ArrowUp)
	b.until(`document.activeElement.value === 'wrong'`)
	b.keys(" word" + kb.Enter)
	b.until(`[...document.querySelectorAll('` + residentPhone + ` .mine')].at(-1).textContent.includes('wrong word')`)

	tabTo(plainPhone + " textarea")
	b.keys("GROUPS" + kb.Enter)
	b.until(lastIs(plainPhone, "You wrote: GROUPS"))
	for _, role := range []string{residentPhone, plainPhone, workerPhone} {
		if got := ask[string](b, `document.querySelector('`+role+` [role="log"]').getAttribute('aria-live')`); got != "polite" {
			t.Errorf("%s: aria-live is %q", role, got)
		}
	}
	nameless := ask[[]string](b, `[...document.querySelectorAll('button, input, select, textarea')].filter(e => !e.closest('[aria-hidden]') &&
		!(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)`)
	if len(nameless) > 0 {
		t.Errorf("controls without a name: %s", strings.Join(nameless, "\n"))
	}
}

// TestPageShowsWordsAsWords writes what would do harm if it were taken as HTML.
func TestPageShowsWordsAsWords(t *testing.T) {
	w := startWithBot(t)
	b := openBrowser(t, w.page)
	b.write(plainPhone, `<img src=x onerror="document.title='harm'"><b>bold</b>`)
	b.until(lastIs(plainPhone, "<b>bold</b>"))
	if ask[int](b, `document.querySelectorAll('.text img, .text b').length`) != 0 || ask[string](b, `document.title`) == "harm" {
		t.Error("a message was taken as HTML")
	}
}
