package bot_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"porchlight/adapters/redis"
	"porchlight/bot"
	"porchlight/flows"
)

var (
	olga = bot.Address{Channel: "telegram", ID: "700100011"} // makes announcements
	otto = bot.Address{Channel: "telegram", ID: "700100012"} // makes announcements
	orla = bot.Address{Channel: "sms", ID: "+447700900455"}  // makes announcements, with a plain phone
)

const outreachWorks = "  - {name: Olga, telegram: '700100011', roles: [outreach], languages: [en]}\n" +
	"  - {name: Otto, telegram: '700100012', roles: [outreach, listener], languages: [en]}\n" +
	"  - {name: Orla, sms: '+447700900455', roles: [outreach], languages: [en]}\n" + linaWorks

// bubble is a message as it stands on a phone.
type bubble struct {
	id   string
	text string
	keys []flows.Choice
}

// phone is what somebody sees: messages that were changed are there once.
func (w *world) phone(who bot.Address) (all []bubble) {
	for _, m := range w.told[who] {
		if m.Press != nil && m.Press.Message != "" {
			n, err := strconv.Atoi(m.Press.Message)
			if err != nil || n < 1 || n > len(all) {
				w.t.Fatalf("%s: there is no message %q to change", who.ID, m.Press.Message)
			}
			all[n-1].text, all[n-1].keys = m.Text, m.Choices
			continue
		}
		all = append(all, bubble{strconv.Itoa(len(all) + 1), m.Text, m.Choices})
	}
	return all
}

// key finds the button with a label that was shown last.
func (w *world) key(who bot.Address, label string) (ref, message string) {
	w.t.Helper()
	all := w.phone(who)
	for i := len(all) - 1; i >= 0; i-- {
		for _, k := range all[i].keys {
			if k.Label == label {
				return k.Ref, all[i].id
			}
		}
	}
	w.t.Fatalf("%s sees no button %q; last: %q", who.ID, label, all[max(0, len(all)-1):])
	return "", ""
}

// taps presses buttons one after the other, each in the message that has it.
func (w *world) taps(who bot.Address, labels ...string) {
	w.t.Helper()
	for _, label := range labels {
		w.tapsOnly(who, label)
		w.settle()
	}
}

// tapsOnly presses a button, before anything of it is delivered.
func (w *world) tapsOnly(who bot.Address, label string) {
	w.t.Helper()
	ref, message := w.key(who, label)
	w.tapsRef(who, ref, message)
}

func (w *world) tapsRef(who bot.Address, ref, message string) {
	w.t.Helper()
	w.ids++
	in := bot.Inbound{
		ID: bot.MessageID(fmt.Sprint("in-", w.ids)), From: who, Input: flows.Input{Kind: flows.Pressed, Choice: ref},
		Press: &bot.Press{Query: fmt.Sprint("q-", w.ids), Message: message},
	}
	if err := w.bot.Receive(w.ctx, in); err != nil {
		w.t.Fatal(err)
	}
}

// spread has announcements leave, as far as they may now.
func (w *world) spread() {
	w.t.Helper()
	if err := w.bot.SpreadNow(w.ctx, redis.Partitions()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// lastSays checks the message that somebody sees last.
func (w *world) lastSays(who bot.Address, parts ...string) {
	w.t.Helper()
	all := w.phone(who)
	if len(all) == 0 {
		w.t.Fatalf("%s sees nothing, want %q", who.ID, parts)
	}
	for _, part := range parts {
		if !strings.Contains(all[len(all)-1].text, part) {
			w.t.Errorf("%s sees last %q, want %q in it", who.ID, all[len(all)-1].text, part)
		}
	}
}

// newsTo has people ask for news: amina by text message in English, omid on
// Telegram in Arabic.
func (w *world) newsTo() {
	w.t.Helper()
	w.presses(amina, "settings.language/:en")
	w.writes(amina, "START")
	w.presses(omid, "settings.language/:ar")
	w.writes(omid, "START")
	w.told[amina], w.told[omid] = nil, nil
}

// drafts brings a worker to a draft with a text in English for everybody.
func (w *world) drafts(who bot.Address, text string) {
	w.t.Helper()
	w.writes(who, "/announce")
	w.taps(who, "Text", "English")
	w.writes(who, text)
	w.taps(who, "Text", "Change who is left out", "Back")
}

func (w *world) announcements() []bot.Announcement {
	w.t.Helper()
	all, err := w.store.(bot.Board).Announcements(w.ctx, 10)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func announceWorld(t *testing.T) *world {
	w := newWorld(t, outreachWorks)
	w.newsTo()
	return w
}
