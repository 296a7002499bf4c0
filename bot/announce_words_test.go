package bot_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/flows"
)

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

// Whom it is for is chosen by marks, each of which can be taken back; only
// what there is several of is offered.
func TestComposeAudience(t *testing.T) {
	w := newWorld(t, outreachWorks+"topics:\n  - {id: housing, name: {en: Housing, ar: السكن}}\n")
	w.newsTo()
	w.drafts(olga, "Lunch.")
	w.taps(olga, "For whom", "Topics", "Housing")
	w.lastSays(olga, "Topics: Housing", "0 people now")
	w.taps(olga, "News")
	w.lastSays(olga, "2 people now")
	w.taps(olga, "✓ Housing", "✓ News", "Back", "Languages", "Arabic")
	w.lastSays(olga, "Languages: Arabic", "1 person now")
	w.taps(olga, "Back", "Channels", "SMS")
	w.lastSays(olga, "Channels: SMS", "0 people now")
	w.taps(olga, "Back", "Back", "Preview")
	w.lastSays(olga, w.text("announce.stop-nobody", nil))
	w.tapsRef(olga, "!a:"+w.person(olga).Outreach.Draft.ID+":l:xx", "1") // what nobody offered
	w.settle()
	if a := w.person(olga).Outreach.Draft.Audience; len(a.Languages) != 1 || len(a.Channels) != 1 || len(a.Topics) != 0 {
		t.Errorf("the audience is %s", asJSON(a))
	}
}
