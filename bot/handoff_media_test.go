package bot_test

import (
	"fmt"
	"testing"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/locales"
)

// sends is a picture or a voice note that somebody sends, with words under it.
func (w *world) sends(who bot.Address, media bot.Media, caption string) {
	w.t.Helper()
	w.ids++
	in := flows.Input{Kind: flows.Media, Country: "GB"}
	if caption != "" {
		in.Kind, in.Text = flows.Text, caption
	}
	if err := w.bot.Receive(w.ctx, bot.Inbound{ID: bot.MessageID(fmt.Sprint("in-", w.ids)), From: who, Input: in, Media: &media}); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// sees checks that somebody was shown a file once, marked with whom it is from.
func (w *world) sees(who bot.Address, media bot.Media, mark string) {
	w.t.Helper()
	n := 0
	for _, m := range w.told[who] {
		if m.Media != nil && *m.Media == media && m.Text == mark {
			n++
		}
	}
	if n != 1 {
		w.t.Errorf("%s was shown %v under %q %d times, want once; told: %s", who.ID, media, mark, n, asJSON(w.told[who]))
	}
}

var (
	picture = bot.Media{Kind: bot.Photo, File: "AgACAgIAAxk-picture"}
	voice   = bot.Media{Kind: bot.Voice, File: "AwACAgIAAxk-voice"}
)

func TestPicturesPass(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.opens(omid, lina, "GS01-tested")
	w.sends(omid, picture, "")
	w.sees(lina, picture, "GS01:")
	w.silent(omid)
	w.forgetTold()
	w.sends(lina, voice, "listen to this")
	w.sees(omid, voice, "Lina:")
	w.hearsWith(omid, "talk.from", locales.Args{"text": "listen to this"})
	w.silent(lina)
	w.sends(omid, picture, "I want to die")
	if first := w.told[omid][len(w.told[omid])-1].Text; w.count(omid, "116 123") != 1 {
		t.Errorf("what is written under a picture is answered with %q, want the numbers", first)
	}
	w.hearsWith(lina, "desk.from", locales.Args{"text": "I want to die"})
	w.sees(lina, picture, "GS01:")
	w.forgetTold()
	w.does(omid, flows.Input{Kind: flows.Media}) // a sticker, a film, a document, a contact
	w.does(omid, flows.Input{Kind: flows.Located, Location: &flows.Location{Latitude: 51.5, Longitude: -0.1}})
	w.settle()
	if a, b := w.count(omid, w.text("talk.words-only", nil)), w.count(lina, w.text("desk.not-words", nil)); a != 2 || b != 2 {
		t.Errorf("told %d and %d times that it cannot pass, want twice each", a, b)
	}
	w.sends(omid, picture, "STOP") // ends the talk: nothing more is shown
	w.hears(lina, "desk.left")
	if last := w.told[lina][len(w.told[lina])-1]; last.Media != nil {
		t.Error("a picture came after the talk had ended")
	}
}

// Where one of them has a plain phone, both are told.
func TestPicturesAndPlainPhones(t *testing.T) {
	w := newWorld(t, taraWorks+linaWorks+cocoWorks)
	w.opens(omid, tara, "GS01-tested")
	w.sends(omid, picture, "my street")
	w.hearsWith(omid, "talk.words-only", locales.Args{"listener": "Tara"})
	w.hears(tara, "desk.not-words")
	w.hearsWith(tara, "desk.from", locales.Args{"text": "my street"})
	w.presses(coco, "!desk:join:GS01-tested")
	w.forgetTold()
	w.sends(omid, picture, "") // one can be shown it, the other not
	w.sees(coco, picture, "GS01:")
	w.hears(tara, "desk.not-words")
	w.hearsWith(omid, "talk.words-only", locales.Args{"listener": "Tara"})
	w.forgetTold()
	w.sends(coco, voice, "")
	w.sees(omid, voice, "Coco:")
	w.hearsWith(tara, "desk.also", locales.Args{"colleague": "Coco", "text": "(...)"})

	w = newWorld(t, linaWorks)
	w.opens(amina, lina, "GS01-tested")
	w.sends(lina, picture, "")
	w.hears(lina, "desk.words-only")
	w.silent(amina)
}

func TestPicturesToOneOfTwoGuests(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.asks(amina)
	w.asks(omid)
	w.presses(lina, "!desk:take:GS01-tested")
	w.presses(lina, "!desk:take:GS02-tested")
	w.forgetTold()
	w.sends(lina, picture, "")
	w.sees(omid, picture, "Lina:")
	w.hearsWith(lina, "desk.sent-to", locales.Args{"alias": "GS02"})
	w.silent(amina)
}
