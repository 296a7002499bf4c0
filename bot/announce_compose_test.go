package bot_test

import (
	"context"
	"testing"
	"time"

	"porchlight/bot"
)

// A worker writes, looks, sends; everybody is told; the same message says how
// far it is, and how it ended.
func TestCompose(t *testing.T) {
	w := announceWorld(t)
	w.drafts(olga, "The café is closed on Friday.")
	w.lastSays(olga, "2 people now", "The café is closed on Friday.", "reads: English")
	w.taps(olga, "Preview")
	w.lastSays(olga, "2 people will be told.", "English, SMS: 1 person", "English, Telegram: 1 person")
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
