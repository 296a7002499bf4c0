package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/chromedp"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// The phones of the demo's page.
const (
	residentPhone = "#phone-telegram-501"
	workerPhone   = "#phone-telegram-700100"
	newcomerPhone = "#phone-sms--447700900123"
)

// phoneView is a phone on the page, read message by message.
type phoneView struct {
	adaptertest.Browser
	phone string
	read  int
}

// bare is a text without the marks that nobody sees.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// shows waits until the messages not read yet have these words in this order.
// What the owner wrote begins with "> ", a button stands in brackets. A message
// in between that has none of the words fails the test.
func (s *phoneView) shows(words ...string) {
	s.T.Helper()
	for i, w := range words {
		words[i] = bare(w)
	}
	list, _ := json.Marshal(words)
	unread := fmt.Sprintf(`[...document.querySelectorAll('%s .message')].slice(%d).map(e => ((e.matches('.mine') ? '> ' : '') + e.querySelector('.text').textContent
		+ [...e.querySelectorAll('.buttons button')].map(b => '[' + b.textContent + ']').join('')).replace(/\p{Cf}/gu, ''))`, s.phone, s.read)
	look := `((texts, words) => { let w = 0; for (const [i, t] of texts.entries()) {
		const before = w;
		for (let at = 0; w < words.length && (at = t.indexOf(words[w], at)) >= 0; w++) at += words[w].length;
		if (w === words.length) return i + 1;
		if (w === before) return -1;
	} return 0; })(` + unread + `, ` + string(list) + `)`
	s.Until(look + ` !== 0`)
	n := adaptertest.Evaluate[int](s.Browser, look)
	if n < 0 {
		s.Picture("failed.png")
		s.T.Fatalf("%s shows %q, not %q", s.phone, adaptertest.Evaluate[[]string](s.Browser, unread), words)
	}
	s.read += n
}

func (s *phoneView) writes(text string) {
	s.T.Helper()
	s.Writes(s.phone, text)
	s.shows("> " + text)
}

func (s *phoneView) presses(label string) {
	s.T.Helper()
	s.Presses(s.phone, label)
}

// guest is somebody who asks for a person, in a language, on a phone.
type guest struct {
	phoneView
	sms    bool
	plight string   // what they write; empty: TALK
	secret []string // what the worker's phone must not know
	said   string   // what they tell the worker
}

// chooses types a choice's key, or presses its button.
func (g *guest) chooses(key, label string) {
	g.T.Helper()
	if g.sms {
		g.writes(key)
	} else {
		g.presses(label)
	}
}

// TestHandoffInBrowser brings a newcomer and a resident to the worker, in a
// language that runs from left to right and in one that runs from right to
// left: all that each phone shows, in order.
func TestHandoffInBrowser(t *testing.T) {
	t.Parallel()
	d := demonstrate(t)
	b := adaptertest.OpenBrowser(t, d.page, 4*patience)
	sample, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	worker := &phoneView{Browser: b, phone: workerPhone}
	newcomer := &guest{phoneView: phoneView{Browser: b, phone: newcomerPhone}, sms: true, secret: []string{"7700900123", "Newcomer"}}
	resident := &guest{phoneView: phoneView{Browser: b, phone: residentPhone}, secret: []string{"501", "Resident"}}
	for _, c := range []struct {
		tag            string
		guest          *guest
		plight, saying string
	}{
		{"en", newcomer, "i dont want to be here anymore", "is somebody there"},
		{"en", resident, "", "it is about my sister"},
		{"ar", newcomer, "لم أعد أريد أن أعيش", "رقم الغرفة 12"},
		{"ar", resident, "", "الأمر يخص أختي"},
	} {
		name := c.tag + "-newcomer"
		if !c.guest.sms {
			name = c.tag + "-resident"
		}
		passed := t.Run(name, func(t *testing.T) {
			c.guest.T, worker.T = t, t
			c.guest.plight, c.guest.said = c.plight, c.saying
			handOver(c.guest, worker, sample, c.tag)
		})
		if !passed {
			return
		}
	}
}

// handOver goes from a guest's first word to the last.
func handOver(g *guest, w *phoneView, p *pack.Pack, tag string) {
	t := g.T
	t.Helper()
	l, desk := p.Catalog.Locale(tag), p.Org.Workers[0].Name
	text := func(id string, more ...any) string {
		args := locales.Args{"org": p.Org.Name, "listener": desk, "language": l.LanguageName(tag)}
		for i := 0; i < len(more); i += 2 {
			args[more[i].(string)] = more[i+1]
		}
		return l.Text(id, args)
	}
	numbers := "116 123"
	w.writes("LANG " + tag)
	w.shows(text("menu.title"), "["+text("menu.now")+"]")
	if !g.sms && g.read == 0 {
		g.Click(g.phone + ` [data-do="start"]`)
		g.shows("> /start", text("welcome.hello"), text("menu.title"))
	}
	g.writes("LANG " + tag)
	g.shows(text("settings.language-set"), text("menu.title"), text("menu.now"))

	channel := "telegram"
	if g.sms {
		channel = "sms"
		g.writes(g.plight)
		g.shows(text("crisis.suicide"), numbers, "999", text("crisis.person"), text("menu.back"))
		g.Picture("1-crisis.png")
		g.writes("A")
	} else {
		g.writes("TALK")
	}
	seen := text("channel." + channel)
	back := text("menu.button")
	if g.sms {
		back = text("menu.back")
	}
	g.shows(text("talk.lines"), numbers, "999", text("talk.team", "channel", seen), text("talk.ask"), back)
	rightWay(g, tag)
	g.Picture("2-consent.png")

	g.chooses("1", text("talk.ask"))
	g.shows(text("talk.asked"), text("talk.leave"))
	w.Until(fmt.Sprintf(`document.querySelectorAll('%s .message').length > %d`, w.phone, w.read))
	alias := offered(w, l)
	kind := ""
	if g.sms {
		kind = text("desk.kind-suicide")
	}
	w.shows("", alias, text("channel."+channel), kind, "["+text("desk.take", "alias", alias)+"]")
	g.Picture("3-offer.png")

	w.presses(text("desk.take", "alias", alias))
	w.shows(text("desk.asking", "alias", alias))
	g.shows(text("talk.opened"), back)
	w.shows(text("desk.taken", "alias", alias, "channel", seen, "close", "/close"), "["+text("phrase.here")+"]", "["+text("desk.close")+"]")
	g.writes(g.said)
	w.shows(text("desk.from", "alias", alias, "text", g.said))
	w.writes("Noor 2026")
	g.shows(text("talk.from", "text", "Noor 2026"))
	w.presses(text("phrase.safe"))
	w.shows(text("desk.sent", "text", text("phrase.safe")))
	g.shows(text("talk.from", "text", text("phrase.safe")))
	rightWay(g, tag)
	g.Picture("4-relay.png")

	w.presses(text("desk.numbers"))
	w.shows(text("desk.numbers-sent"))
	g.shows(text("talk.dial"), numbers, "999", text("talk.through"), text("talk.not-through"))
	rightWay(g, tag)
	g.Picture("5-numbers.png")
	if g.sms {
		small(g, w)
	}
	g.chooses("1", text("talk.through"))
	g.shows(text("talk.good"))
	w.shows(text("desk.reached", "alias", alias))

	w.writes("/close")
	w.shows(text("desk.closed", "alias", alias), "["+text("desk.connected")+"]", "["+text("desk.other")+"]")
	g.shows(text("talk.ended"), text("talk.follow-up-yes"), text("talk.follow-up-no"))
	g.Picture("6-closed.png")
	w.presses(text("desk.connected"))
	w.shows(text("desk.noted"))
	g.chooses("1", text("talk.follow-up-yes"))
	g.shows(text("talk.agreed"), text("menu.title"), text("menu.now"))
	g.Picture("7-end.png")

	// All but the moments of messages, whose digits may be anything.
	all := adaptertest.Evaluate[string](w.Browser, `(() => {
		const phone = document.querySelector('`+w.phone+`').cloneNode(true);
		for (const t of phone.querySelectorAll('time')) t.removeAttribute('datetime');
		return phone.outerHTML;
	})()`)
	if !strings.Contains(all, alias) {
		t.Error("the worker's phone was not read")
	}
	for _, secret := range g.secret {
		if strings.Contains(all, secret) {
			t.Errorf("the worker's phone knows %s of the guest", secret)
		}
	}
}

// offered is the alias of the guest whom the newest message offers.
func offered(w *phoneView, l *locales.Locale) string {
	w.T.Helper()
	before, after, _ := strings.Cut(l.Text("desk.take", locales.Args{"alias": "|"}), "|")
	label := bare(adaptertest.Evaluate[string](w.Browser, `[...document.querySelectorAll('`+w.phone+` .message:last-child .buttons button')].at(0).textContent`))
	alias := strings.TrimSuffix(strings.TrimPrefix(label, bare(before)), bare(after))
	if len(alias) != 4 {
		w.T.Fatalf("no alias in %q", label)
	}
	return alias
}

// rightWay looks at how a guest's screen is laid out: texts run in the
// language's direction from its edge, and numbers read from left to right.
func rightWay(g *guest, tag string) {
	t := g.T
	t.Helper()
	edge := map[string]string{"en": "left", "ar": "right"}[tag]
	const measure = `(() => {
		const box = document.querySelector('PHONE .message:last-child .text');
		const last = [...document.querySelectorAll('PHONE .message:not(.mine) .text')].at(-1);
		const style = getComputedStyle(last);
		const rect = (node, a, z) => { const r = document.createRange(); r.setStart(node, a); r.setEnd(node, z); return r.getBoundingClientRect(); };
		const bad = [], walker = document.createTreeWalker(document.querySelector('PHONE .log'), NodeFilter.SHOW_TEXT);
		for (let n; n = walker.nextNode();) for (const m of n.data.matchAll(/116 123/g)) {
			const at = m.index;
			if (rect(n, at, at + 3).left >= rect(n, at + 4, at + 7).left) bad.push(n.data);
		}
		return {direction: style.direction, edge: style.textAlign, rtl: last.matches(':dir(rtl)'), bad, count: document.querySelector('PHONE .log').textContent.split('116 123').length - 1};
	})()`
	got := adaptertest.Evaluate[struct {
		Edge  string
		RTL   bool
		Bad   []string
		Count int
	}](g.Browser, strings.ReplaceAll(measure, "PHONE", g.phone))
	if got.Edge != edge || got.RTL != (tag == "ar") {
		t.Errorf("a text in %s begins at the %s, right to left: %v", tag, got.Edge, got.RTL)
	}
	if got.Count == 0 || len(got.Bad) > 0 {
		t.Errorf("of %d numbers these are not in order: %q", got.Count, got.Bad)
	}
}

// small looks at both phones in the window of a telephone, by day and by night.
func small(g *guest, w *phoneView) {
	t := g.T
	t.Helper()
	g.Size(390, 844)
	for _, scheme := range []string{"light", "dark"} {
		g.Prefer("prefers-color-scheme", scheme)
		for i, name := range map[int]string{2: "newcomer", 3: "worker"} {
			g.Click(fmt.Sprintf(".tabs button:nth-child(%d)", i))
			g.Do(chromedp.Evaluate[chromedp.Void](`void document.querySelector('.tabs').scrollIntoView()`))
			if wide := adaptertest.Evaluate[int](g.Browser, `document.documentElement.scrollWidth`); wide > 390 {
				t.Errorf("the %s's phone makes a window of 390 px %d px wide", name, wide)
			}
			g.Picture("small-" + scheme + "-" + name + ".png")
		}
	}
	g.Size(1440, 900)
	g.Picture("dark.png")
	g.Prefer("prefers-color-scheme", "light")
}
