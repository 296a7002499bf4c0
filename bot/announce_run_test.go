package bot_test

import (
	"testing"
	"time"

	"porchlight/bot"
)

// announced keeps an announcement as the command line does, in English and
// Arabic, and says how it went so far.
func (w *world) announced(at time.Time) (progress func() bot.Progress) {
	w.t.Helper()
	a, err := w.bot.Announce(w.ctx, bot.Announcement{
		ID: "ANNOUNCED1", By: bot.Author{Name: "command line"}, At: at, Text: map[string]string{"en": "The cafe is closed.", "ar": "المقهى مغلق."},
	}, true)
	if err != nil {
		w.t.Fatal(err)
	}
	return func() bot.Progress {
		w.t.Helper()
		p, err := w.store.(bot.Board).Progress(w.ctx, a.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		return p
	}
}

func (w *world) state() bot.AnnouncementState {
	w.t.Helper()
	return w.announcements()[0].State
}

func TestAnnouncementInTime(t *testing.T) {
	w := announceWorld(t)
	w.announced(w.at.Add(time.Hour))
	w.spread()
	if w.count(amina, "closed") != 0 || w.state() != bot.AnnouncementReady {
		t.Errorf("it came before its time: %s", w.state())
	}
	w.at = w.at.Add(time.Hour)
	w.spread()
	w.spread()
	if w.count(amina, "The cafe is closed.") != 1 || w.count(omid, "المقهى مغلق.") != 1 || w.state() != bot.AnnouncementDone {
		t.Errorf("at its time: %s, %s, %s", w.heard(amina), w.heard(omid), w.state())
	}
	w.spread()
	if w.count(amina, "closed") != 1 {
		t.Error("it came twice")
	}
}

// TestAnnouncementAtNight: text messages wait until it is day for whoever gets
// them, and who has said STOP by then hears nothing.
func TestAnnouncementAtNight(t *testing.T) {
	w := announceWorld(t)
	day := w.at.Add(8 * time.Hour)
	w.night = func(to bot.Address, now time.Time) time.Time {
		if to == amina && now.Before(day) {
			return day
		}
		return time.Time{}
	}
	w.wire(w.store, w.store.(embeddedStore), outreachWorks)
	progress := w.announced(time.Time{})
	w.spread()
	if p := progress(); p.Later != 1 || p.Queued != 1 || p.Complete || w.count(amina, "closed") != 0 || w.count(omid, "المقهى") != 1 {
		t.Errorf("at night: %+v", p)
	}
	if w.state() != bot.AnnouncementRunning {
		t.Errorf("it is %s while somebody is still to hear it", w.state())
	}
	w.at = day
	w.spread()
	w.spread()
	if w.count(amina, "The cafe is closed.") != 1 || w.state() != bot.AnnouncementDone {
		t.Errorf("in the morning: %s, %s", w.heard(amina), w.state())
	}
}

func TestAnnouncementAfterStopAtNight(t *testing.T) {
	w := announceWorld(t)
	day := w.at.Add(8 * time.Hour)
	w.night = func(_ bot.Address, now time.Time) time.Time {
		if now.Before(day) {
			return day
		}
		return time.Time{}
	}
	w.wire(w.store, w.store.(embeddedStore), outreachWorks)
	progress := w.announced(time.Time{})
	w.spread()
	w.writes(amina, "STOP")
	w.writes(omid, "FORGET")
	w.writes(omid, "1")
	w.presses(omid, "settings.forget/yes")
	w.at = day
	w.spread()
	w.spread()
	if p := progress(); w.count(amina, "closed") != 0 || p.Left[bot.LeftChanged] != 1 || p.Left[bot.LeftGone] != 1 || !p.Complete {
		t.Errorf("after STOP and FORGET: %+v; %s", p, w.heard(amina))
	}
}

// TestAnnouncementWaitsForATalk: it never comes between somebody and a
// listener, or after a call for help, and gives up in time.
func TestAnnouncementWaitsForATalk(t *testing.T) {
	for _, ends := range []bool{true, false} {
		w := announceWorld(t)
		w.writes(amina, "i want to die")
		w.opens(omid, lina, "GS01-tested")
		progress := w.announced(time.Time{})
		w.spread()
		if p := progress(); p.Later != 2 || w.count(amina, "closed")+w.count(omid, "المقهى")+w.count(omid, "closed") != 0 {
			t.Fatalf("it came between: %+v", p)
		}
		if ends {
			w.presses(lina, "!desk:close:GS01-tested")
			w.writes(amina, "MENU")
			w.writes(amina, "MENU")
			w.at = w.at.Add(31 * time.Minute)
			w.spread()
			if w.count(amina, "The cafe is closed.") != 1 {
				t.Errorf("after the talk: %+v; %s", progress(), w.heard(amina))
			}
			continue
		}
		w.at = w.at.Add(6*time.Hour + time.Minute)
		w.spread()
		w.spread()
		if p := progress(); p.Left[bot.LeftTalk] != 2 || !p.Complete || w.state() != bot.AnnouncementDone {
			t.Errorf("six hours later: %+v, %s", p, w.state())
		}
	}
}
