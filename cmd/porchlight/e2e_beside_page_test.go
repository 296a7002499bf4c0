package main

import (
	"fmt"
	"strings"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// eveningPhone is the sample's second listener's, whom the page does not show
// by itself.
const eveningPhone = "#phone-telegram-700101"

// sends has the owner send a picture or a voice note.
func (s *phoneView) sends(media string) {
	s.T.Helper()
	s.Click(s.phone + ` [data-open="attach"]`)
	s.Click(s.phone + ` .attach [data-media="` + media + `"]`)
	s.shows("> ")
}

// showsMedia waits for a picture or a voice note marked with whom it is from.
func (s *phoneView) showsMedia(media, from string) {
	s.T.Helper()
	s.Until(fmt.Sprintf(`(m => m?.querySelector('.media').dataset.media === '%s' && !m.querySelector('.media').hidden)([...document.querySelectorAll('%s .message')][%d])`, media, s.phone, s.read))
	s.shows(strings.TrimSpace(from))
}

// TestBesideInBrowser: pictures and voice notes pass between a resident and
// the worker, whom a second listener joins.
func TestBesideInBrowser(t *testing.T) {
	t.Parallel()
	d := demonstrate(t)
	sample, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	desk, evening := sample.Org.Workers[0].Name, sample.Org.Workers[1].Name
	b := adaptertest.OpenBrowser(t, d.page, 4*patience)
	d.do("/sim/phones", map[string]any{"kind": "telegram", "address": "700101", "name": evening, "language": "en", "started": true})
	b.Until(`document.querySelector('` + eveningPhone + `')`)
	worker := &phoneView{Browser: b, phone: workerPhone}
	resident := &phoneView{Browser: b, phone: residentPhone}
	second := &phoneView{Browser: b, phone: eveningPhone}
	l := sample.Catalog.Locale("en")
	b.Click(residentPhone + ` [data-do="start"]`)
	resident.shows("> /start", l.Text("menu.title", nil))
	alias := meet(resident, worker, l)
	text := func(id, colleague string) string {
		return bare(l.Text(id, locales.Args{"alias": alias, "listener": desk, "colleague": colleague, "text": "", "org": sample.Org.Name,
			"language": l.LanguageName("en"), "channel": l.Text("channel.telegram", nil), "close": "/close"}))
	}

	resident.sends("photo")
	worker.showsMedia("photo", text("desk.from", ""))
	resident.sends("voice")
	worker.showsMedia("voice", text("desk.from", ""))
	worker.sends("photo")
	resident.showsMedia("photo", text("talk.from", ""))
	resident.sends("sticker")
	resident.shows(text("talk.words-only", ""))
	worker.shows(text("desk.not-words", ""))
	b.Picture("1-pictures.png")

	second.shows(alias, "["+text("desk.take", "")+"]")
	second.shows(text("desk.late", ""))
	worker.presses(text("desk.second", ""))
	worker.shows(text("desk.invited", ""))
	second.shows(desk, alias, "["+text("desk.join", "")+"]")
	second.presses(text("desk.join", ""))
	second.shows(text("desk.asking", ""))
	second.shows(alias, "["+text("phrase.here", "")+"]")
	second.shows(text("desk.joined", desk))
	worker.shows(text("desk.joined", evening))
	resident.shows(strings.ReplaceAll(text("talk.joined", ""), desk, evening))
	resident.writes("is somebody there")
	worker.shows(text("desk.from", "") + "is somebody there")
	second.shows(text("desk.from", "") + "is somebody there")
	second.writes("both of us are")
	worker.shows(text("desk.also", evening) + "both of us are")
	resident.shows(evening + ": both of us are")
	worker.sends("voice")
	resident.showsMedia("voice", text("talk.from", ""))
	second.showsMedia("voice", text("desk.also", desk))
	b.Picture("2-two.png")

	worker.writes("/close")
	worker.shows(text("desk.stays", evening))
	second.shows(text("desk.parted", desk))
	b.Picture("3-one.png")
}
