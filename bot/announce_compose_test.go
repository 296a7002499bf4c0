package bot_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

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

// A worker writes, looks, sends; everybody is told; the same message says how
// far it is, and how it ended.
func TestCompose(t *testing.T) {
	w := announceWorld(t)
	w.drafts(olga, "The café is closed on Friday.")
	w.lastSays(olga, "2 people now", "The café is closed on Friday.", "reads: English")
	w.taps(olga, "Preview")
	w.lastSays(olga, "2 people will be told.", "English, SMS: 1", "English, Telegram: 1")
	if n := w.count(olga, "English (SMS, Telegram)\n\nThe café is closed on Friday."); n != 1 {
		t.Errorf("the text was shown %d times as people see it: %s", n, w.heard(olga))
	}
	w.taps(olga, "Send")
	w.lastSays(olga, "It is being sent.")
	screen := len(w.phone(olga))
	w.spread()
	w.spread()
	for _, who := range []bot.Address{amina, omid} {
		if n := w.count(who, "The café is closed on Friday."); n != 1 {
			t.Errorf("%s was told %d times", who.ID, n)
		}
	}
	w.pass(10 * time.Second)
	w.lastSays(olga, "It has been sent.")
	if n := len(w.phone(olga)); n != screen {
		t.Errorf("the worker has %d messages, want the same %d: it changes in place", n, screen)
	}
	w.pass(time.Hour)
	if o := w.person(olga).Outreach; o != nil {
		t.Errorf("what is over is still kept: %s", asJSON(o))
	}
}

// Whoever may not make announcements is answered as ever.
func TestComposeRoles(t *testing.T) {
	w := announceWorld(t)
	for _, who := range []bot.Address{lina, amina, omid} {
		w.writes(who, "/announce")
		if w.count(who, "not sent yet") != 0 || len(w.told[who]) == 0 {
			t.Errorf("%s was told %s", who.ID, w.heard(who))
		}
		w.tapsRef(who, "!a:GS01-tested:send:1", "")
		if p := w.person(who); p.Outreach != nil {
			t.Errorf("%s has %s", who.ID, asJSON(p.Outreach))
		}
	}
	w.writes(orla, "/announce")
	w.lastSays(orla, w.text("announce.elsewhere", nil))
}

// However often Send is pressed, and whichever of its cards, it is sent once.
func TestComposeTwice(t *testing.T) {
	w := announceWorld(t)
	w.drafts(olga, "Free lunch on Friday.")
	w.taps(olga, "Preview")
	ref, message := w.key(olga, "Send")
	for range 3 {
		w.tapsRef(olga, ref, message)
	}
	w.settle()
	w.tapsRef(olga, ref, message)
	w.settle()
	w.spread()
	w.tapsRef(olga, ref, message)
	w.settle()
	w.spread()
	if n := len(w.announcements()); n != 1 {
		t.Errorf("%d announcements were made, want one", n)
	}
	if n := w.count(amina, "Free lunch on Friday."); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	// The same words again are asked about.
	w.drafts(olga, "free  lunch on friday.")
	w.taps(olga, "Preview", "Send")
	if n := len(w.announcements()); n != 1 {
		t.Fatal("the same words left twice without a word")
	}
	w.taps(olga, "Yes, send it")
	if n := len(w.announcements()); n != 2 {
		t.Errorf("%d announcements, want the second after it was confirmed", n)
	}
}

// A card from before a change sends nothing.
func TestComposeStaleCard(t *testing.T) {
	w := announceWorld(t)
	w.drafts(olga, "Lunch at 12.")
	w.taps(olga, "Preview")
	ref, message := w.key(olga, "Send")
	w.taps(olga, "Change", "Text", "✓ English")
	w.writes(olga, "Lunch at 13.")
	w.tapsRef(olga, ref, message)
	w.settle()
	if n := len(w.announcements()); n != 0 {
		t.Fatal("words left that were not looked at")
	}
	if n := w.count(olga, w.text("announce.changed", nil)); n != 1 {
		t.Errorf("it was said %d times that it changed", n)
	}
	// What was thrown away cannot be sent either.
	w.taps(olga, "Throw away", "Throw away")
	w.lastSays(olga, w.text("announce.dropped", nil))
	w.tapsRef(olga, ref, message)
	w.settle()
	if n := len(w.announcements()); n != 0 {
		t.Fatal("what was thrown away was sent")
	}
}

// What is awaited is taken; a command, 0 and a call for help written later are
// understood as ever.
func TestComposeAwaits(t *testing.T) {
	w := announceWorld(t)
	samaritans := "116 123"
	w.writes(olga, "/announce")
	w.taps(olga, "Text", "English")
	w.writes(olga, "i want to die")
	if w.count(olga, samaritans) != 0 {
		t.Error("the text of an announcement opened the numbers for help")
	}
	w.lastSays(olga, "i want to die", w.text("announce.own", nil))

	w.taps(olga, "Text", "✓ English")
	w.writes(olga, "0")
	w.lastSays(olga, samaritans)
	w.writes(olga, "Lunch on Friday") // no longer awaited
	if got := w.person(olga).Outreach.Draft.Text["en"]; got != "i want to die" {
		t.Errorf("the text is %q after a command in between", got)
	}

	w.writes(olga, "/announce")
	w.taps(olga, "Text", "✓ English")
	w.at = w.at.Add(16 * time.Minute)
	w.writes(olga, "i want to die")
	w.lastSays(olga, samaritans)

	w.writes(olga, "/announce")
	w.taps(olga, "When")
	w.writes(olga, "i want to die")
	w.lastSays(olga, samaritans)

	w.writes(olga, "/announce")
	w.taps(olga, "Text", "✓ English")
	w.does(olga, flows.Input{Kind: flows.Media})
	w.settle()
	w.lastSays(olga, w.text("announce.words-only", nil))
	w.writes(olga, strings.Repeat("a", 4001))
	w.lastSays(olga, "At most")
	w.writes(olga, "Lunch on Friday.")
	w.does(olga, flows.Input{Kind: flows.Edited, Text: "Lunch on Sunday."})
	w.settle()
	w.lastSays(olga, "Lunch on Sunday.")
}

// With a guest on the desk, words go to the guest.
func TestComposeWithGuest(t *testing.T) {
	w := announceWorld(t)
	w.writes(otto, "/announce")
	w.taps(otto, "Text", "English")
	w.asks(amina)
	w.presses(otto, "!desk:take:"+w.person(amina).Handoff.ID)
	w.writes(otto, "Hello, I am here.")
	if n := w.count(amina, "Hello, I am here."); n != 1 {
		t.Errorf("the guest was told %d times", n)
	}
	if d := w.person(otto).Outreach.Draft; len(d.Text) != 0 {
		t.Errorf("the guest's words are a draft: %q", d.Text)
	}
	w.taps(otto, "Back", "English")
	if n := w.count(otto, w.text("announce.guest", nil)); n != 1 {
		t.Errorf("it was said %d times to whom the words go", n)
	}
}

func TestComposeWhen(t *testing.T) {
	w := announceWorld(t) // Sunday, 22 November 2026, 09:00 in London
	w.drafts(olga, "Lunch.")
	for _, c := range []struct{ typed, shown string }{
		{"tomorrow", "I cannot read"},
		{"2026-13-01 10:00", "I cannot read"},
		{"2026-02-30 10:00", "I cannot read"},
		{"25:00", "I cannot read"},
		{"2026-11-22 08:59", "this is past"},
		{"2028-01-01 10:00", "more than a year"},
		{"2026-11-25 18:30", "Wednesday, 25 November 2026, 18:30"},
		{"25.11. 18.30", "Wednesday, 25 November 2026, 18:30"},
		{"1/2 7:05", "Monday, 1 February 2027, 07:05"},
		{"08:59", "Monday, 23 November 2026, 08:59"},
		{"٢٠٢٦-١١-٢٥ ١٨:٣٠", "Wednesday, 25 November 2026, 18:30"},
	} {
		w.writes(olga, "/announce")
		w.taps(olga, "When")
		w.writes(olga, c.typed)
		w.lastSays(olga, c.shown)
	}
	w.taps(olga, "Preview", "Send at that time")
	w.lastSays(olga, "It will be sent: Wednesday, 25 November 2026, 18:30")
	w.pass(48 * time.Hour)
	w.spread()
	if n := w.count(amina, "Lunch."); n != 0 {
		t.Fatal("it left before its time")
	}
	w.at = time.Date(2026, 11, 25, 18, 30, 0, 0, time.UTC)
	w.spread()
	if n := w.count(amina, "Lunch."); n != 1 {
		t.Errorf("it was told %d times at its time", n)
	}
}

// Cancelled while some still wait for the morning: these are told nothing.
func TestComposeCancel(t *testing.T) {
	w := announceWorld(t)
	morning := w.at.Add(10 * time.Hour)
	w.night = func(to bot.Address, now time.Time) time.Time {
		if to == amina && now.Before(morning) {
			return morning
		}
		return time.Time{}
	}
	w.wire(w.store, w.store.(embeddedStore), outreachWorks)
	w.drafts(olga, "Lunch.")
	w.taps(olga, "Preview", "Send")
	w.spread()
	w.pass(10 * time.Second)
	w.lastSays(olga, "It is being sent.", "Later, when it is day or a talk has ended: 1")
	w.taps(olga, "Cancel it")
	w.lastSays(olga, "It was cancelled.")
	w.at = morning.Add(time.Minute)
	w.spread()
	if n := w.count(amina, "Lunch."); n != 0 {
		t.Errorf("who waited was told %d times after it was cancelled", n)
	}
	if n := w.count(omid, "Lunch."); n != 1 {
		t.Errorf("who had no night was told %d times", n)
	}
}

// A draft outlives the process; a wish that was kept is done once by whoever
// comes after, however often it is delivered.
func TestComposeSurvives(t *testing.T) {
	w := announceWorld(t)
	w.drafts(olga, "Lunch.")
	told := w.told
	w.wire(w.store, w.store.(embeddedStore), outreachWorks)
	w.told = told
	w.taps(olga, "Preview")
	w.tapsOnly(olga, "Send")
	entries, err := w.store.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Message.Event == nil {
			continue
		}
		for range 3 { // taken and not marked as done: a crash in between
			if _, err := w.bot.Inside().Send(context.Background(), e.Message); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.wire(w.store, w.store.(embeddedStore), outreachWorks)
	w.told = told
	w.settle()
	w.spread()
	w.spread()
	if n := len(w.announcements()); n != 1 {
		t.Errorf("%d announcements, want 1", n)
	}
	if n := w.count(amina, "Lunch."); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// Where two are needed, the others are asked; the author cannot agree, and
// hears of what was decided.
func TestComposeApproval(t *testing.T) {
	for _, yes := range []bool{true, false} {
		w := newWorld(t, outreachWorks)
		w.two = true
		w.wire(w.store, w.store.(embeddedStore), outreachWorks)
		w.newsTo()
		w.drafts(olga, "Lunch.")
		w.taps(olga, "Preview", "Send")
		w.lastSays(olga, w.text("announce.state-asked", nil))
		w.spread()
		if w.count(amina, "Lunch.") != 0 {
			t.Fatal("it left before anybody agreed")
		}
		if n := w.count(otto, "Olga wants to send this."); n != 1 {
			t.Fatalf("the other worker was asked %d times: %s", n, w.heard(otto))
		}
		if len(w.told[lina]) != 0 || len(w.told[orla]) != 0 {
			t.Error("somebody was asked who cannot agree")
		}
		id := w.announcements()[0].ID
		w.tapsRef(olga, "!a:"+id+":yes", "1")
		w.settle()
		if s := w.announcements()[0].State; s != bot.AnnouncementAsked {
			t.Fatalf("the author agreed with herself: %s", s)
		}
		label, told, people := "Approve", w.text("announce.state-running", nil), 1
		if !yes {
			label, told, people = "Refuse", "Otto did not agree. It is not sent.", 0
		}
		ref, message := w.key(otto, label)
		w.tapsRef(otto, ref, message)
		w.tapsRef(otto, ref, message)
		w.settle()
		w.spread()
		if n := w.count(amina, "Lunch."); n != people {
			t.Errorf("%s: it was told %d times, want %d", label, n, people)
		}
		if n := w.count(olga, told); n < 1 {
			t.Errorf("%s: the author heard %s", label, w.heard(olga))
		}
	}
}
