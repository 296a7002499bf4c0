package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"porchlight/adapters/adaptertest"
)

// lastIs is an expression: the newest bubble from the bot contains some text.
func lastIs(phone, text string) string {
	return `[...document.querySelectorAll('` + phone + ` .message:not(.mine)')].at(-1)?.textContent.includes(` + adaptertest.Quote(text) + `)`
}

const (
	residentPhone = "#phone-telegram-501"
	workerPhone   = "#phone-telegram-700100"
	plainPhone    = "#phone-sms--447700900123"
)

func TestPage(t *testing.T) {
	w := startWithBot(t)
	b := adaptertest.OpenBrowser(t, w.page, 2*time.Minute)
	b.Picture("1-first.png")

	b.Click(residentPhone + ` [data-do="start"]`)
	b.Until(lastIs(residentPhone, "I am Porchlight"))
	b.Writes(workerPhone, "hello")
	b.Until(lastIs(workerPhone, "I am Porchlight"))
	b.Writes(plainPhone, "hello")
	b.Until(lastIs(plainPhone, "I am Porchlight"))
	b.Until(`document.querySelector('` + plainPhone + ` .message:last-child .segments').textContent.includes('GSM-7')`)
	b.Picture("2-light.png")

	b.Click(residentPhone + " .message:last-child .buttons button")
	b.Until(lastIs(residentPhone, "You chose: find"))
	b.Until(lastIs(residentPhone, "edited"))
	b.Until(`!document.querySelector('` + residentPhone + ` .flash').hidden`)

	b.Writes(plainPhone, "سلام")
	b.Until(lastIs(plainPhone, "116 123"))
	b.Writes(residentPhone, "سلام")
	b.Until(lastIs(residentPhone, "116 123"))
	arabic := residentPhone + " .message:last-child .text"
	if !adaptertest.Evaluate[bool](b, `document.querySelector('`+arabic+`').matches(':dir(rtl)')`) {
		t.Error("an Arabic message does not run from right to left")
	}
	if got := adaptertest.Evaluate[string](b, `getComputedStyle(document.querySelector('`+arabic+`')).textAlign`); got != "right" {
		t.Errorf("an Arabic message is aligned %s", got)
	}
	if got := adaptertest.Evaluate[string](b, `document.querySelector('`+arabic+` a[href="tel:116123"]').dir`); got != "ltr" {
		t.Errorf("the number's direction is %q", got)
	}
	// What the eye sees: the digits 116 stand left of 123.
	if !adaptertest.Evaluate[bool](b, `(() => { const n = document.querySelector('`+arabic+` a[href="tel:116123"]').firstChild, r = document.createRange();
		const x = (a, z) => { r.setStart(n, a); r.setEnd(n, z); return r.getBoundingClientRect().left; };
		return x(0, 3) < x(4, 7); })()`) {
		t.Error("116 123 is displayed as 123 116")
	}
	w.do(worker, "location", map[string]any{"lat": 51.456, "lon": -0.969})
	b.Until(lastIs(workerPhone, "Mill Lane Library"))
	b.Picture("3-arabic.png")
	b.Writes(residentPhone, "/groups and 116 123, 25 Nov 18:00-20:00, 2026-11-25")
	b.Until(lastIs(residentPhone, "/groups"))
	b.Writes(plainPhone, "STOP")
	b.Until(`document.querySelector('` + plainPhone + ` .network:not([hidden])')`)
	b.Prefer("prefers-color-scheme", "dark")
	b.Picture("4-dark.png")

	b.Click("#faults-open")
	b.Click(`#fault-form button[type="submit"]`)
	b.Until(`document.querySelector('#faults-count').textContent === '1'`)
	b.Picture("5-faults.png")
	w.do(newcomer, "off", nil)
	b.Until(`document.querySelector('` + plainPhone + `').classList.contains('off')`)
	b.Click("#faults-mend")
	b.Until(`document.querySelector('#faults-count').hidden`)
	b.Click("#faults-close")
	b.Prefer("prefers-color-scheme", "light")

	for _, size := range []struct {
		name          string
		width, height int64
	}{{"6-tablet.png", 820, 1100}, {"7-small.png", 320, 640}} {
		b.Size(size.width, size.height)
		if wide := adaptertest.Evaluate[int](b, `document.documentElement.scrollWidth`); wide > int(size.width) {
			t.Errorf("at %d px the page is %d px wide", size.width, wide)
		}
		b.Click(`.tabs button:nth-child(1)`)
		b.Do(chromedp.Evaluate[chromedp.Void](`void scrollTo(0, 0)`))
		b.Picture(size.name)
	}
	b.Do(chromedp.Evaluate[chromedp.Void](`void scrollTo(0, 1e6)`))
	b.Picture("8-small-phone.png")
	b.Click(`.tabs button:nth-child(2)`)
	b.Do(chromedp.Evaluate[chromedp.Void](`void scrollTo(0, 1e6)`))
	b.Picture("9-small-plain.png")
	if wide := adaptertest.Evaluate[int](b, `document.documentElement.scrollWidth`); wide > 320 {
		t.Errorf("at 320 px the plain phone makes the page %d px wide", wide)
	}
}

// TestPageByKeyboard uses nothing but keys, from the top of the page.
func TestPageByKeyboard(t *testing.T) {
	w := startWithBot(t)
	b := adaptertest.OpenBrowser(t, w.page, 2*time.Minute)
	tabTo := func(selector string) {
		t.Helper()
		for range 60 {
			if adaptertest.Evaluate[bool](b, `!!document.activeElement?.matches('`+selector+`')`) {
				if adaptertest.Evaluate[string](b, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
					t.Errorf("%s: the focus cannot be seen", selector)
				}
				return
			}
			b.Keys(kb.Tab)
		}
		t.Fatalf("no way to %s by Tab", selector)
	}
	tabTo(residentPhone + ` [data-do="start"]`)
	b.Keys(kb.Enter)
	b.Until(lastIs(residentPhone, "I am Porchlight"))
	b.Until(`document.activeElement.matches('` + residentPhone + ` textarea')`)
	b.Do(chromedp.Focus(chromedp.CSS(residentPhone + " .log")))
	tabTo(residentPhone + " .buttons button")
	b.Keys(kb.Enter)
	b.Until(lastIs(residentPhone, "You chose: find"))
	b.Until(`document.activeElement.matches('` + residentPhone + ` .buttons button')`) // the focus survives the edit

	tabTo(residentPhone + " textarea")
	b.Keys("wrong")
	b.Keys(kb.Enter)
	b.Until(lastIs(residentPhone, "You wrote: wrong"))
	b.Keys(kb.ArrowUp)
	b.Until(`document.activeElement.value === 'wrong'`)
	b.Keys(" word" + kb.Enter)
	b.Until(`[...document.querySelectorAll('` + residentPhone + ` .mine')].at(-1).textContent.includes('wrong word')`)

	tabTo(plainPhone + " textarea")
	b.Keys("GROUPS" + kb.Enter)
	b.Until(lastIs(plainPhone, "You wrote: GROUPS"))
	for _, role := range []string{residentPhone, plainPhone, workerPhone} {
		if got := adaptertest.Evaluate[string](b, `document.querySelector('`+role+` [role="log"]').getAttribute('aria-live')`); got != "polite" {
			t.Errorf("%s: aria-live is %q", role, got)
		}
	}
	nameless := adaptertest.Evaluate[[]string](b, `[...document.querySelectorAll('button, input, select, textarea')].filter(e => !e.closest('[aria-hidden]') &&
		!(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)`)
	if len(nameless) > 0 {
		t.Errorf("controls without a name: %s", strings.Join(nameless, "\n"))
	}
}

// TestPageShowsWordsAsWords writes what would do harm if it were taken as HTML.
func TestPageShowsWordsAsWords(t *testing.T) {
	w := startWithBot(t)
	b := adaptertest.OpenBrowser(t, w.page, 2*time.Minute)
	b.Writes(plainPhone, `<img src=x onerror="document.title='harm'"><b>bold</b>`)
	b.Until(lastIs(plainPhone, "<b>bold</b>"))
	if adaptertest.Evaluate[int](b, `document.querySelectorAll('.text img, .text b').length`) != 0 || adaptertest.Evaluate[string](b, `document.title`) == "harm" {
		t.Error("a message was taken as HTML")
	}
}
