package adaptertest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Browser is a tab of a headless Chromium with an empty profile, on a page of
// phones. What goes wrong fails the test, with a picture of the page.
type Browser struct {
	T     *testing.T
	ctx   context.Context
	media map[string]string // preferences of the person at the browser
}

// OpenBrowser opens a page of phones, without movement: a picture shows what
// is there, and not half of it. A Chromium that is missing fails the test. The
// tab closes with the test, or after the test has taken the time given.
func OpenBrowser(t *testing.T, page string, within time.Duration) Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: install the Debian package chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
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
	b := Browser{t, ctx, map[string]string{}}
	b.Prefer("prefers-reduced-motion", "reduce")
	b.Do(chromedp.Navigate(page))
	b.Until(`document.querySelectorAll('.phone').length === 3`)
	return b
}

// Do takes steps of chromedp.
func (b Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.T.Fatal(err)
	}
}

// Evaluate gives what an expression is on the page.
func Evaluate[T any](b Browser, expression string) T {
	b.T.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.T.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Until waits for an expression to be true. It is compiled by the browser's
// own tools: the page's policy forbids the page to compile any.
func (b Browser) Until(expression string) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	look := `new Promise(done => { const look = () => { if (` + expression + `) done(true); else setTimeout(look, 15); }; look(); })`
	await := func(p *runtime.EvaluateParams) { yes := true; p.AwaitPromise = &yes }
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](look, await)); err != nil {
		b.Picture("failed.png")
		b.T.Fatalf("never true: %s: %v", expression, err)
	}
}

// Size makes the window as large, in CSS pixels.
func (b Browser) Size(width, height int64) {
	b.T.Helper()
	b.Do(chromedp.EmulateViewport(width, height))
}

// Prefer sets a media feature, such as prefers-color-scheme.
func (b Browser) Prefer(feature, value string) {
	b.T.Helper()
	b.media[feature] = value
	var all []*emulation.MediaFeature
	for name, value := range b.media {
		all = append(all, &emulation.MediaFeature{Name: name, Value: value})
	}
	b.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
		return err
	}))
}

// Keys types as a keyboard does, into whatever has the focus.
func (b Browser) Keys(keys string) {
	b.T.Helper()
	b.Do(chromedp.KeyEvent(keys))
}

// Insert types what no keyboard of the test has keys for.
func (b Browser) Insert(text string) {
	b.T.Helper()
	b.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// Click presses the mouse on what a selector finds.
func (b Browser) Click(selector string) {
	b.T.Helper()
	b.Do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Writes puts words into a phone's field and presses Enter.
func (b Browser) Writes(phone, text string) {
	b.T.Helper()
	b.Do(chromedp.Focus(chromedp.CSS(phone + " textarea")))
	b.Insert(text)
	b.Keys(kb.Enter)
}

// Presses clicks the button with this label in the newest message that has it.
func (b Browser) Presses(phone, label string) {
	b.T.Helper()
	find := `[...document.querySelectorAll('` + phone + ` .buttons button')].findLast(e => e.textContent.includes(` + Quote(label) + `))`
	b.Until(find)
	b.Do(chromedp.Evaluate[chromedp.Void](`void ` + find + `.click()`))
}

// Hears waits until the bubbles after the owner's last have some text.
func (b Browser) Hears(phone, text string) {
	b.T.Helper()
	b.Until(`(list => list.slice(list.findLastIndex(e => e.matches('.mine')) + 1).some(e => e.textContent.includes(` + Quote(text) + `)))([...document.querySelectorAll('` + phone + ` .message')])`)
}

// Picture keeps a screenshot; go test -artifacts -outputdir leaves it where it
// can be seen.
func (b Browser) Picture(name string) {
	b.T.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.T.Fatal(err)
	}
	path := filepath.Join(b.T.ArtifactDir(), name)
	if err := os.WriteFile(path, png, 0o600); err != nil {
		b.T.Fatal(err)
	}
	b.T.Log(path)
}

// Quote writes text as JavaScript does.
func Quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
