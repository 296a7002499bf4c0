package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// rings waits until the box of a call over a phone has these words.
func (s *phoneView) rings(words ...string) {
	s.T.Helper()
	list, _ := json.Marshal(words)
	s.Until(`(box => !box.hidden && ` + string(list) + `.every(w => box.innerText.replace(/\p{Cf}/gu, '').includes(w)))(document.querySelector('` + s.phone + ` .call'))`)
}

// picks presses one of the two buttons of a call, after it says so.
func (s *phoneView) picks(do, label string) {
	s.T.Helper()
	s.rings(label)
	s.Click(s.phone + ` .call [data-do="` + do + `"]`)
}

func (s *phoneView) silent() {
	s.T.Helper()
	s.Until(`document.querySelector('` + s.phone + ` .call').hidden`)
}

// TestCallInBrowser: a newcomer and the worker speak on the phones of the demo,
// with a line as the third, and see how it goes.
func TestCallInBrowser(t *testing.T) {
	t.Parallel()
	d := demonstrate(t)
	b := adaptertest.OpenBrowser(t, d.page, 4*patience)
	sample, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	worker := &phoneView{Browser: b, phone: workerPhone}
	newcomer := &phoneView{Browser: b, phone: newcomerPhone}
	l, desk := sample.Catalog.Locale("en"), sample.Org.Workers[0].Name
	text := func(id string, args locales.Args) string {
		if args == nil {
			args = locales.Args{}
		}
		args["listener"], args["numbers"] = desk, "/numbers"
		return bare(l.Text(id, args))
	}
	alias := meet(newcomer, worker, l)
	about := func(more ...string) locales.Args {
		args := locales.Args{"alias": alias, "phone": "+441632960100"}
		for i := 0; i < len(more); i += 2 {
			args[more[i]] = more[i+1]
		}
		return args
	}

	worker.presses(text("desk.call", nil))
	worker.shows(text("desk.call-asked", about()))
	newcomer.shows(text("talk.call", nil), "116 123", "1 ", "2 ")
	b.Picture("1-asked.png")
	newcomer.writes("1")
	newcomer.shows(text("talk.call-wait", nil))
	worker.shows(text("desk.call-agreed", about()), "["+text("desk.call-hang", nil)+"]")
	worker.rings("Ringing, from", "+441632960100", "Decline")
	b.Picture("2-worker-rings.png")
	worker.picks("answer", "Pick up")
	newcomer.shows(text("talk.call-rings", about()))
	worker.rings("music, nobody else yet", "Hang up")
	newcomer.rings("Ringing, from")
	b.Picture("3-newcomer-rings.png")
	newcomer.picks("answer", "Pick up")
	worker.rings("On the phone with one other")
	newcomer.rings("On the phone with one other", text("talk.call-spoken", nil))
	worker.shows(text("desk.call-open", about()), "[Samaritans, 116 123]", "Childline")
	b.Picture("4-speaking.png")

	worker.presses("Samaritans, 116 123") // a short number is shown, to dial
	newcomer.shows(text("talk.call-dial", about("name", "Samaritans", "phone", "116 123")))
	worker.shows(text("desk.call-line-short", about("phone", "116 123")))
	worker.presses("Childline, 0800 1111")
	worker.shows(text("desk.call-line-rings", about("name", "Childline")))
	worker.shows(text("desk.call-line-in", about("name", "Childline")), "["+text("desk.call-hang", nil)+"]")
	newcomer.rings("On the phone, three together")
	b.Picture("5-three.png")
	b.Size(390, 844)
	for _, c := range []struct{ tab, name string }{{"2", "newcomer"}, {"3", "worker"}} {
		b.Click(".tabs button:nth-child(" + c.tab + ")")
		if wide := adaptertest.Evaluate[int](b, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("the %s's call makes a window of 390 px %d px wide", c.name, wide)
		}
		b.Picture("small-" + c.name + ".png")
	}
	b.Size(1440, 900)
	worker.picks("hangup", "Hang up")
	worker.silent()
	newcomer.rings("On the phone with one other") // stays with the line
	newcomer.picks("hangup", "Hang up")
	newcomer.shows(text("talk.call-over", nil))
	worker.shows(text("desk.call-over", about()))
	newcomer.silent()
	b.Picture("6-over.png")

	worker.presses(text("desk.call", nil)) // and one that is declined
	worker.shows(text("desk.call-asked", about()))
	newcomer.shows(text("talk.call", nil), "116 123")
	newcomer.writes("1")
	newcomer.shows(text("talk.call-wait", nil))
	worker.shows(text("desk.call-agreed", about()))
	worker.picks("hangup", "Decline")
	newcomer.shows(text("talk.call-not", nil))
	worker.shows(text("desk.call-missed-you", about()))
	worker.silent()
	b.Picture("7-declined.png")
	for _, secret := range []string{"7700900123", "8001111"} {
		if strings.Contains(adaptertest.Evaluate[string](b, `document.querySelector('`+worker.phone+`').outerHTML`), secret) {
			t.Errorf("the worker's phone knows %s", secret)
		}
	}
}

// meet brings a guest from their first word to where the worker is there, in
// English, and gives their alias.
func meet(g, w *phoneView, l *locales.Locale) string {
	g.T.Helper()
	args := locales.Args{"org": "Riverside Welcome"}
	w.writes("LANG en")
	w.shows(l.Text("menu.title", args), "["+l.Text("menu.now", args)+"]")
	g.writes("LANG en")
	g.shows(l.Text("settings.language-set", locales.Args{"language": l.LanguageName("en")}), l.Text("menu.now", args))
	g.writes("TALK")
	g.shows(l.Text("talk.lines", args), l.Text("talk.ask", args))
	if g.phone == newcomerPhone {
		g.writes("1")
	} else {
		g.presses(l.Text("talk.ask", args))
	}
	g.shows(l.Text("talk.asked", args))
	w.Until(fmt.Sprintf(`document.querySelectorAll('%s .message').length > %d`, w.phone, w.read))
	alias := offered(w, l)
	w.shows(alias)
	w.presses(l.Text("desk.take", locales.Args{"alias": alias}))
	w.shows(alias)
	w.shows(alias, "["+l.Text("phrase.here", nil)+"]")
	g.shows(l.Text("talk.opened", locales.Args{"org": "Riverside Welcome", "listener": "Outreach desk"}))
	return alias
}
