package bot_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/locales"
)

// together is a world in which Lina and Tara are both with a guest: Lina asked
// for a colleague, and Tara joined.
func together(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, linaWorks+taraWorks+cocoWorks)
	w.opens(amina, lina, "GS01-tested")
	w.presses(lina, "!desk:second:GS01-tested")
	w.hears(lina, "desk.invited")
	w.hearsWith(tara, "desk.invite", locales.Args{"colleague": "Lina"})
	w.hearsWith(coco, "desk.invite", locales.Args{"colleague": "Lina"})
	w.silent(amina)
	w.writes(tara, "1")
	w.hearsWith(amina, "talk.joined", locales.Args{"listener": "Tara"})
	w.hearsWith(lina, "desk.joined", locales.Args{"colleague": "Tara"})
	w.hears(tara, "desk.taken")
	w.hearsWith(tara, "desk.joined", locales.Args{"colleague": "Lina"})
	w.hears(coco, "desk.late") // is no longer invited
	w.forgetTold()
	return w
}

func TestBothReadAndWrite(t *testing.T) {
	w := together(t)
	w.writes(amina, "hello you two")
	w.writes(lina, "I am Lina")
	w.writes(tara, "and I am Tara")
	w.writes(amina, "good")
	w.presses(lina, "!desk:say:safe:GS01-tested")
	for who, want := range map[bot.Address][]string{
		amina: {"Lina: I am Lina", "Tara: and I am Tara", "Lina: " + w.text("phrase.safe", nil)},
		lina: {"GS01: hello you two", "Tara > GS01: and I am Tara", "GS01: good",
			w.text("desk.sent", locales.Args{"text": w.text("phrase.safe", nil)})},
		tara: {"GS01: hello you two", "Lina > GS01: I am Lina", "GS01: good", "Lina > GS01: " + w.text("phrase.safe", nil)},
	} {
		var got []string
		for _, m := range w.told[who] {
			got = append(got, m.Text)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s reads\n%s\nwant\n%s", who.ID, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	w.forgetTold()
	w.writes(amina, "MENU")
	w.hears(amina, "talk.here")
	w.hearsWith(amina, "talk.joined", locales.Args{"listener": "Tara"})
	w.presses(tara, "!desk:numbers:GS01-tested")
	w.hears(amina, "talk.dial")
	w.hearsWith(lina, "desk.also", locales.Args{"colleague": "Tara", "text": w.text("talk.dial", locales.Args{"listener": "Tara"})})
	w.forgetTold()
	w.writes(amina, "1")
	w.hears(lina, "desk.reached")
	w.hears(tara, "desk.reached")
}

// One goes, the other stays; with the last one it ends, and who is asked how
// it ended is who ended it.
func TestOneOfTwoGoes(t *testing.T) {
	for name, x := range map[string]struct {
		first, last bot.Address
		stays, gone string
	}{
		"the first": {lina, tara, "Tara", "Lina"}, "the second": {tara, lina, "Lina", "Tara"},
	} {
		t.Run(name, func(t *testing.T) {
			w := together(t)
			w.writes(amina, "are you there")
			w.forgetTold()
			w.writes(x.first, "/close")
			w.hearsWith(x.first, "desk.stays", locales.Args{"colleague": x.stays})
			w.hearsWith(x.last, "desk.parted", locales.Args{"colleague": x.gone})
			w.hearsWith(amina, "talk.parted", locales.Args{"colleague": x.gone, "listener": x.stays})
			w.stage(amina, bot.Open)
			w.forgetTold()
			w.pass(2 * time.Minute) // to go is no answer
			w.hears(x.last, "desk.waiting")
			w.silent(x.first)
			w.forgetTold()
			w.writes(x.last, "I am")
			w.hearsWith(amina, "talk.from", locales.Args{"listener": x.stays, "text": "I am"})
			w.silent(x.first)
			w.writes(x.last, "/close")
			w.hearsWith(amina, "talk.ended", locales.Args{"listener": x.stays})
			w.hears(x.last, "desk.closed")
			w.over(amina, lina, tara, coco)
		})
	}
	t.Run("both at once", func(t *testing.T) {
		w := together(t)
		w.does(lina, flows.Input{Kind: flows.Text, Text: "/close"})
		w.does(tara, flows.Input{Kind: flows.Text, Text: "/close"})
		w.settle()
		if n := w.count(amina, w.text("talk.ended", nil)) + w.count(amina, w.text("talk.ended", locales.Args{"listener": "Tara"})); n != 1 {
			t.Errorf("the guest was told %d times that it ended, want once", n)
		}
		if n := w.count(lina, w.text("desk.closed", nil)) + w.count(tara, w.text("desk.closed", nil)); n != 1 {
			t.Errorf("%d were asked how it ended, want one", n)
		}
		w.over(amina, lina, tara, coco)
	})
	t.Run("the guest", func(t *testing.T) {
		w := together(t)
		w.writes(amina, "STOP")
		w.hears(lina, "desk.left")
		w.hears(tara, "desk.finished")
		w.over(amina, lina, tara, coco)
	})
	for _, who := range []bot.Address{lina, tara} {
		t.Run(who.Channel+" cannot be reached", func(t *testing.T) {
			w := together(t)
			w.shut[who] = bot.Blocked
			w.writes(amina, "hello")
			other, names := tara, locales.Args{"colleague": "Lina", "listener": "Tara"}
			if who == tara {
				other, names = lina, locales.Args{"colleague": "Tara", "listener": "Lina"}
			}
			w.hearsWith(amina, "talk.parted", names)
			w.hearsWith(other, "desk.parted", names)
			w.stage(amina, bot.Open)
			w.forgetTold()
			w.writes(other, "I stay")
			w.hearsWith(amina, "talk.from", locales.Args{"listener": names["listener"], "text": "I stay"})
			w.presses(who, "settings.forget/yes") // later: changes nothing any more
			w.stage(amina, bot.Open)
		})
	}
}

// The guest waits for neither: whoever answers has answered for both, and
// others are asked only when both are silent.
func TestTwoAndSilence(t *testing.T) {
	w := together(t)
	w.writes(amina, "one")
	w.writes(tara, "I read you")
	w.forgetTold()
	w.pass(time.Hour)
	w.silent(lina, tara, amina)
	w.writes(amina, "two")
	w.forgetTold()
	w.pass(2 * time.Minute)
	w.hears(lina, "desk.waiting")
	w.hears(tara, "desk.waiting")
	w.pass(3 * time.Minute)
	w.hears(coco, "desk.offer")
	w.hears(amina, "talk.changing")
	w.forgetTold()
	w.presses(coco, "!desk:take:GS01-tested")
	w.hears(lina, "desk.relieved")
	w.hears(tara, "desk.relieved")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Coco"})
	w.hearsWith(coco, "desk.from", locales.Args{"text": "two"})
	w.forgetTold()
	w.writes(lina, "sorry")
	w.silent(amina)

	w = together(t)
	w.pass(24 * time.Hour) // nobody answered, in the end the truth
	w.hears(amina, "talk.late")
	w.hears(lina, "desk.lapsed")
	w.hears(tara, "desk.finished")
	w.over(amina, lina, tara, coco)
}

func TestCoordinatorJoins(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks+cocoWorks)
	w.opens(amina, lina, "GS01-tested")
	w.writes(amina, "before")
	w.writes(coco, "/queue")
	w.hearsAny(coco, "desk.join")
	w.writes(coco, "/join gs01")
	w.hearsWith(amina, "talk.joined", locales.Args{"listener": "Coco"})
	w.hearsWith(lina, "desk.joined", locales.Args{"colleague": "Coco"})
	w.hearsWith(coco, "desk.from", locales.Args{"text": "before"}) // nobody has answered it
	w.forgetTold()
	w.writes(lina, "/second")
	w.hears(lina, "desk.full")
	w.silent(tara)
	w.writes(coco, "/queue")
	w.hearsWith(coco, "desk.joined", locales.Args{"colleague": "Lina"})
	w.presses(coco, "!desk:over:GS01-tested") // now alone
	w.hears(lina, "desk.relieved")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Coco"})
	w.writes(coco, "/offcall") // keeps the guest
	w.writes(amina, "hello")
	w.hearsWith(coco, "desk.from", locales.Args{"text": "hello"})
	w.presses(lina, "!desk:join:GS01-tested") // is for coordinators
	w.hears(lina, "desk.late")
}

func TestNobodyToInvite(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks)
	w.writes(tara, "/offcall")
	w.opens(amina, lina, "GS01-tested")
	w.writes(lina, "/second")
	w.hears(lina, "desk.nobody-else")
	w.silent(amina, tara)
	w.writes(tara, "/oncall")
	w.forgetTold()
	w.writes(lina, "/second")
	w.hears(lina, "desk.invited")
	w.writes(amina, "I feel alone")
	w.pass(5 * time.Minute) // Lina is silent: now Tara is asked to take over
	w.hears(tara, "desk.offer")
	w.forgetTold()
	w.presses(tara, "!desk:take:GS01-tested")
	w.hears(lina, "desk.relieved")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Tara"})
}

// Two presses at once: one is in, the other is told so.
func TestTwoJoinAtOnce(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks+cocoWorks)
	w.opens(amina, lina, "GS01-tested")
	w.writes(lina, "/second")
	w.does(tara, flows.Input{Kind: flows.Text, Text: "1"})
	w.does(coco, flows.Input{Kind: flows.Pressed, Choice: "!desk:join:GS01-tested"})
	w.settle()
	w.does(tara, flows.Input{Kind: flows.Text, Text: "hello"})
	w.settle()
	joined := w.count(amina, w.text("talk.joined", locales.Args{"listener": "Tara"})) + w.count(amina, w.text("talk.joined", locales.Args{"listener": "Coco"}))
	late := w.count(tara, w.text("desk.late", nil)) + w.count(coco, w.text("desk.full", nil))
	if joined != 1 || late == 0 {
		t.Errorf("%d joined and %d were told that they came late, want one, and the other told", joined, late)
	}
}
