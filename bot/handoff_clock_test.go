package bot_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/locales"
)

func TestOffersWiden(t *testing.T) {
	w := newWorld(t, linaWorks+samiWorks+cocoWorks)
	w.asks(amina)
	w.hears(amina, "talk.asked")
	w.hears(lina, "desk.offer")
	w.silent(sami, coco)
	w.pass(59 * time.Second)
	w.silent(sami, coco)
	w.pass(time.Second)
	if !strings.Contains(w.heard(sami), "GS01") { // in Arabic
		t.Errorf("Sami was told %s, want the offer", w.heard(sami))
	}
	w.silent(coco)
	w.pass(2*time.Minute - time.Second)
	w.silent(coco)
	w.pass(time.Second)
	w.hears(coco, "desk.offer")
	w.forgetTold()
	w.pass(7*time.Minute - time.Second)
	w.silent(amina, lina, coco)
	w.pass(time.Second)
	w.hears(amina, "talk.late")
	w.hears(lina, "desk.late")
	w.hears(coco, "desk.late")
	w.over(amina, lina, sami, coco)
	w.forgetTold()
	w.pass(100 * time.Hour)
	w.silent(amina, lina, sami, coco)
}

func TestNobodyOnCall(t *testing.T) {
	for name, workers := range map[string]string{
		"everybody off call": linaWorks + cocoWorks,
		"out of hours":       "  - {name: Lina, telegram: '700100001', roles: [listener], languages: [en], hours: [{dtstart: '2026-11-23', opens_at: '10:00', closes_at: '12:00', rrule: FREQ=WEEKLY;BYDAY=MO}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, workers)
			if name == "everybody off call" {
				w.writes(lina, "/offcall")
				w.writes(coco, "/offcall")
			}
			w.asks(amina)
			w.hears(amina, "talk.asked", "talk.late")
			w.over(amina, lina, coco)
			if name == "out of hours" {
				l := w.pack.Catalog.Locale("en")
				monday := time.Date(2026, 11, 23, 10, 0, 0, 0, w.pack.Org.Zone)
				w.hearsWith(amina, "talk.until", locales.Args{"when": l.Date(monday) + " " + l.Clock(monday)})
			}
		})
	}
}

// A coordinator who is off call is asked when listeners do not answer, and
// makes nobody wait who has nobody else.
func TestCoordinatorOffCall(t *testing.T) {
	w := newWorld(t, linaWorks+cocoWorks)
	w.writes(coco, "/offcall")
	w.forgetTold()
	w.asks(amina)
	w.pass(3*time.Minute - time.Second)
	w.silent(coco)
	w.pass(time.Second)
	w.hears(coco, "desk.offer")
}

func TestOnCallInTheMiddle(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks)
	w.writes(tara, "/offcall")
	w.asks(amina)
	w.forgetTold()
	w.writes(tara, "/oncall")
	w.forgetTold()
	w.pass(time.Minute)
	w.hears(tara, "desk.offer")
	w.writes(lina, "/offcall") // still may take who was offered
	w.presses(lina, "!desk:take:GS01-tested")
	w.hears(amina, "talk.opened")
	w.hears(tara, "desk.late")
}

func TestListenerSilent(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks)
	w.opens(amina, lina, "GS01-tested")
	w.writes(amina, "are you there")
	w.forgetTold()
	w.pass(2*time.Minute - time.Second)
	w.silent(lina, tara, amina)
	w.pass(time.Second)
	w.hears(lina, "desk.waiting")
	w.silent(tara, amina)
	w.pass(3 * time.Minute)
	w.hears(tara, "desk.offer")
	w.hears(amina, "talk.changing")
	w.forgetTold()
	w.writes(tara, "1")
	w.hears(lina, "desk.relieved")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Tara"})
	w.hearsWith(tara, "desk.from", locales.Args{"text": "are you there"}) // what nobody has answered
	w.forgetTold()
	w.writes(lina, "sorry, I am back") // is for nobody
	w.silent(amina)
	w.writes(tara, "I am here now")
	w.hearsWith(amina, "talk.from", locales.Args{"listener": "Tara", "text": "I am here now"})
}

func TestListenerComesBack(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks)
	w.opens(amina, lina, "GS01-tested")
	w.pass(5 * time.Minute)
	w.hears(tara, "desk.offer")
	w.writes(lina, "here I am")
	w.hears(tara, "desk.late")
	w.hearsWith(amina, "talk.from", locales.Args{"text": "here I am"})
	w.forgetTold()
	w.writes(tara, "GS01") // too late: is no offer any more
	w.stage(amina, bot.Open)
	w.forgetTold()
	w.pass(23 * time.Hour)
	w.silent(amina, lina)
}

func TestNobodyTakesOver(t *testing.T) {
	for name, workers := range map[string]string{"others do not answer": linaWorks + taraWorks, "there is nobody else": linaWorks} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, workers)
			w.opens(amina, lina, "GS01-tested")
			w.pass(5 * time.Minute)
			if name == "there is nobody else" {
				w.hears(amina, "talk.silent")
			} else {
				w.hears(amina, "talk.changing")
			}
			w.forgetTold()
			w.pass(10*time.Minute - time.Second)
			w.silent(amina)
			w.pass(time.Second)
			w.hears(amina, "talk.late")
			w.hears(lina, "desk.lapsed")
			w.over(amina, lina, tara)
		})
	}
}

// Two have long been quiet: nothing is closed, the listener looks after them.
func TestQuietForADay(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.opens(amina, lina, "GS01-tested")
	w.writes(lina, "I am here")
	w.forgetTold()
	w.pass(24 * time.Hour)
	w.hears(lina, "desk.quiet")
	w.silent(amina)
	w.stage(amina, bot.Open)
	w.forgetTold()
	w.pass(24 * time.Hour)
	w.hears(lina, "desk.quiet")
}

func TestDialling(t *testing.T) {
	w := newWorld(t, linaWorks+cocoWorks)
	w.opens(amina, lina, "GS01-tested")
	w.presses(lina, "!desk:numbers:GS01-tested")
	w.hears(lina, "desk.numbers-sent")
	w.hears(amina, "talk.dial")
	w.forgetTold()
	w.pass(10 * time.Minute)
	w.hears(amina, "talk.reached")
	w.silent(coco, lina)
	w.forgetTold()
	w.pass(20 * time.Minute)
	w.hears(amina, "talk.reached")
	w.hears(coco, "desk.worry")
	w.stage(amina, bot.Open) // open risk is not closed
	w.forgetTold()
	w.pass(20 * time.Hour)
	w.silent(amina, coco)
	w.presses(coco, "!desk:over:GS01-tested")
	w.hears(lina, "desk.relieved")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Coco"})
}

func TestThroughAndNot(t *testing.T) {
	w := newWorld(t, linaWorks+cocoWorks)
	w.opens(amina, lina, "GS01-tested")
	w.writes(lina, "/numbers")
	w.writes(amina, "2")
	w.hears(lina, "desk.not-reached")
	w.hears(amina, "talk.try")
	w.forgetTold()
	w.pass(10 * time.Minute) // they try another number: still looked after
	w.hears(amina, "talk.reached")
	w.writes(amina, "1")
	w.hears(lina, "desk.reached")
	w.hears(amina, "talk.good")
	w.forgetTold()
	w.pass(time.Hour)
	w.silent(amina, coco)
}

func TestFollowUp(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		w := newWorld(t, linaWorks)
		w.opens(amina, lina, "GS01-tested")
		w.writes(lina, "/close")
		w.hears(amina, "talk.ended")
		w.hears(lina, "desk.closed")
		w.over(amina, lina)
		w.writes(lina, "1")
		w.hears(lina, "desk.noted")
		w.writes(amina, "1")
		w.hears(amina, "talk.agreed")
		if stopped {
			w.writes(amina, "STOP")
		}
		w.forgetTold()
		w.pass(24*time.Hour - time.Minute)
		w.silent(amina)
		w.pass(2 * time.Minute)
		if stopped {
			w.silent(amina)
		} else {
			w.hears(amina, "talk.follow-up")
		}
		w.forgetTold()
		w.pass(50 * time.Hour)
		w.silent(amina)
	}
}

// Hours of org.yaml hold by the clock on the wall, also on the night in which
// it changes: on 25 October 2026 London goes from 02:00 back to 01:00.
func TestHoursOverTheChangeOfClocks(t *testing.T) {
	hours := "  - {name: Lina, telegram: '700100001', roles: [listener], languages: [en], hours: [{dtstart: '2026-10-01', opens_at: '09:00', closes_at: '11:00', rrule: FREQ=DAILY}]}\n"
	for _, x := range []struct {
		utc    string
		onCall bool
	}{
		{"2026-10-24T07:59:00Z", false}, {"2026-10-24T08:01:00Z", true}, {"2026-10-24T10:01:00Z", false},
		{"2026-10-25T08:01:00Z", false}, {"2026-10-25T09:01:00Z", true}, {"2026-10-25T10:59:00Z", true}, {"2026-10-25T11:01:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, x.utc)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, hours)
		w.at = at
		w.asks(amina)
		if x.onCall {
			w.hearsAny(lina, "desk.take")
			w.pass(10 * time.Minute) // waits are elapsed time, whatever the clock says
		}
		w.hears(amina, "talk.late")
		w.over(amina, lina)
	}
	w := newWorld(t, hours)
	w.at = time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC) // 23:00, ten and not eleven hours before the desk opens by the wall
	w.asks(amina)
	l := w.pack.Catalog.Locale("en")
	opens := time.Date(2026, 10, 25, 9, 0, 0, 0, w.pack.Org.Zone)
	w.hearsWith(amina, "talk.until", locales.Args{"when": l.Date(opens) + " " + l.Clock(opens)})
	if opens.Sub(w.at) != 11*time.Hour {
		t.Errorf("the night has %v, want an hour more than by the wall", opens.Sub(w.at))
	}
}

// In spring the clock jumps: on 28 March 2027 London goes from 01:00 to 02:00.
// Hours hold by the clock on the wall, also those that the jump cuts short.
func TestHoursOverTheChangeOfClocksInSpring(t *testing.T) {
	day := "  - {name: Lina, telegram: '700100001', roles: [listener], languages: [en], hours: [{dtstart: '2027-03-01', opens_at: '09:00', closes_at: '11:00', rrule: FREQ=DAILY}]}\n"
	night := "  - {name: Lina, telegram: '700100001', roles: [listener], languages: [en], hours: [{dtstart: '2027-03-01', opens_at: '00:30', closes_at: '03:00', rrule: FREQ=DAILY}]}\n"
	for _, x := range []struct {
		hours, utc string
		onCall     bool
	}{
		{day, "2027-03-27T08:59:00Z", false}, {day, "2027-03-27T09:01:00Z", true}, {day, "2027-03-27T11:01:00Z", false},
		{day, "2027-03-28T07:59:00Z", false}, {day, "2027-03-28T08:01:00Z", true}, {day, "2027-03-28T09:59:00Z", true}, {day, "2027-03-28T10:01:00Z", false},
		{night, "2027-03-27T02:59:00Z", true}, {night, "2027-03-28T00:29:00Z", false}, {night, "2027-03-28T00:31:00Z", true},
		{night, "2027-03-28T01:59:00Z", true}, {night, "2027-03-28T02:01:00Z", false}, // 02:59 and 03:01 by the wall
	} {
		at, err := time.Parse(time.RFC3339, x.utc)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, x.hours)
		w.at = at
		w.asks(amina)
		if got := len(w.told[lina]) > 0; got != x.onCall {
			t.Errorf("at %s Lina is on call: %v, want %v", x.utc, got, x.onCall)
		}
		if x.onCall {
			w.pass(10 * time.Minute)
		}
		w.hears(amina, "talk.late")
		w.over(amina, lina)
	}
	w := newWorld(t, day)
	w.at = time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC)
	w.asks(amina)
	l := w.pack.Catalog.Locale("en")
	opens := time.Date(2027, 3, 28, 9, 0, 0, 0, w.pack.Org.Zone)
	w.hearsWith(amina, "talk.until", locales.Args{"when": l.Date(opens) + " " + l.Clock(opens)})
	if opens.Sub(w.at) != 10*time.Hour {
		t.Errorf("the night has %v, want an hour less than by the wall", opens.Sub(w.at))
	}
}

// The waits of a handoff under way are elapsed time across the change.
func TestWaitsOverTheChangeOfClocks(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2026, 10, 25, 0, 55, 0, 0, time.UTC), // 01:55, five minutes before it is 01:00 again
		time.Date(2027, 3, 28, 0, 55, 0, 0, time.UTC),  // 00:55, five minutes before it is 02:00
	} {
		w := newWorld(t, linaWorks+taraWorks+cocoWorks)
		w.at = at
		w.asks(amina)
		w.pass(10*time.Minute - time.Second)
		if w.person(amina).Handoff == nil {
			t.Fatal("given up too early")
		}
		w.pass(time.Second)
		w.hears(amina, "talk.late")
		w.forgetTold()
		w.opens(amina, lina, "GS02-tested")
		w.writes(lina, "I am here")
		w.writes(amina, "good")
		w.pass(2*time.Minute - time.Second)
		w.forgetTold()
		w.pass(time.Second)
		w.hearsWith(lina, "desk.waiting", locales.Args{"alias": "GS02"})
	}
}

// hearsAny checks that somebody was shown a button with a text.
func (w *world) hearsAny(who bot.Address, label string) {
	w.t.Helper()
	for _, m := range w.told[who] {
		for _, c := range m.Choices {
			if c.Label == w.text(label, nil) {
				return
			}
		}
	}
	w.t.Errorf("%s was shown no button %s", who.ID, label)
}
