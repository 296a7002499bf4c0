package bot_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/locales"
)

// A person may go at any moment and in any way: whoever was to come, or is
// there, learns of it, and nothing stays.
func TestThePersonGoes(t *testing.T) {
	stages := []struct {
		name  string
		reach func(w *world, guest bot.Address)
		open  bool
	}{
		{"just asked", func(w *world, guest bot.Address) { // nothing of it is delivered yet
			w.presses(guest, "settings.language/:en")
			w.forgetTold()
			w.does(guest, flows.Input{Kind: flows.Pressed, Choice: "talk.talk/ask"})
		}, false},
		{"offered", func(w *world, guest bot.Address) { w.asks(guest) }, false},
		{"offered to all", func(w *world, guest bot.Address) { w.asks(guest); w.pass(time.Minute) }, false},
		{"offered to coordinators", func(w *world, guest bot.Address) { w.asks(guest); w.pass(3 * time.Minute) }, false},
		{"taken", func(w *world, guest bot.Address) { w.asks(guest); w.presses(lina, "!desk:take:GS01-tested") }, true},
		{"open", func(w *world, guest bot.Address) {
			w.asks(guest)
			w.presses(lina, "!desk:take:GS01-tested")
			w.writes(lina, "hello")
			w.writes(guest, "hello Lina")
		}, true},
		{"dialling", func(w *world, guest bot.Address) {
			w.asks(guest)
			w.presses(lina, "!desk:take:GS01-tested")
			w.writes(lina, "/numbers")
		}, true},
		{"changing", func(w *world, guest bot.Address) {
			w.asks(guest)
			w.presses(lina, "!desk:take:GS01-tested")
			w.pass(5 * time.Minute)
		}, true},
	}
	ways := []struct {
		name  string
		guest bot.Address
		go_   func(w *world, guest bot.Address)
		says  string // to the listener
	}{
		{"FORGET", amina, func(w *world, g bot.Address) { w.writes(g, "FORGET"); w.presses(g, "settings.forget/yes") }, "desk.left"},
		{"STOP", amina, func(w *world, g bot.Address) { w.writes(g, "STOP") }, "desk.left"},
		{"opt-out at the network", amina, func(w *world, g bot.Address) {
			w.does(g, flows.Input{Kind: flows.Stop, Text: "STOP", Silent: true})
			w.settle()
		}, "desk.left"},
		{"erased by the operator", amina, func(w *world, g bot.Address) {
			if found, err := w.bot.Erase(w.ctx, g); err != nil || !found {
				w.t.Fatalf("Erase: %v, %v", found, err)
			}
			w.settle()
		}, "desk.left"},
		{"blocked", omid, func(w *world, g bot.Address) { w.does(g, flows.Input{Kind: flows.Blocked}); w.settle() }, "desk.lost"},
		{"leaves", amina, func(w *world, g bot.Address) { w.presses(g, "talk.asked/leave"); w.presses(g, "talk.here/leave") }, "desk.left"},
	}
	for _, stage := range stages {
		for _, way := range ways {
			t.Run(stage.name+", "+way.name, func(t *testing.T) {
				begin := newMemoryWorld
				if stage.name == "open" {
					begin = newWorld
				}
				w := begin(t, linaWorks+samiWorks+cocoWorks)
				stage.reach(w, way.guest)
				w.forgetTold()
				way.go_(w, way.guest)
				w.over(way.guest, lina, sami, coco)
				if stage.open {
					w.hears(lina, way.says)
				}
				if p := w.person(way.guest); erases(way.name) && p.Address != (bot.Address{}) {
					t.Errorf("after FORGET there is still %s", asJSON(p))
				}
				if way.name == "STOP" && w.count(way.guest, w.text("talk.left", nil)) != 1 {
					t.Errorf("told %s, want that the talk has ended", w.heard(way.guest))
				}
				w.forgetTold()
				w.pass(30 * time.Hour)
				w.silent(way.guest)
				// A word that was on its way brings nobody back.
				w.writes(lina, "are you still there")
				w.presses(lina, "!desk:take:GS01-tested")
				w.silent(way.guest)
				if p := w.person(way.guest); erases(way.name) && p.Address != (bot.Address{}) {
					t.Errorf("after FORGET a late word left %s", asJSON(p))
				}
			})
		}
	}
}

func erases(way string) bool { return way == "FORGET" || way == "erased by the operator" }

// After STOP a person may ask again, and STOP ends that as well.
func TestStoppedAndAsksAgain(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.writes(amina, "STOP")
	w.opens(amina, lina, "GS01-tested")
	w.writes(amina, "STOP")
	w.hears(lina, "desk.left")
	w.over(amina, lina)
}

// A message that does not arrive is not passed over in silence.
func TestUnreachable(t *testing.T) {
	t.Run("the person, for good", func(t *testing.T) {
		w := newWorld(t, linaWorks)
		w.opens(omid, lina, "GS01-tested")
		w.shut[omid] = bot.Blocked
		w.writes(lina, "hello")
		w.hears(lina, "desk.lost")
		w.over(omid, lina)
		delete(w.shut, omid)
		w.writes(omid, "MENU")
		if w.count(omid, w.text("menu.title", nil)) != 1 {
			t.Errorf("back again, the person is told %s, want the menu", w.heard(omid))
		}
	})
	t.Run("the person, this time", func(t *testing.T) {
		w := newWorld(t, linaWorks)
		w.opens(amina, lina, "GS01-tested")
		w.shut[amina] = bot.Transient
		w.writes(lina, "hello")
		w.hears(lina, "desk.undelivered")
		w.stage(amina, bot.Open)
		w.forgetTold()
		delete(w.shut, amina)
		w.writes(lina, "hello again")
		w.hearsWith(amina, "talk.from", locales.Args{"text": "hello again"})
		w.silent(lina)
	})
	t.Run("the listener, this time", func(t *testing.T) {
		w := newWorld(t, linaWorks+taraWorks+cocoWorks)
		w.opens(amina, lina, "GS01-tested")
		w.shut[lina] = bot.Transient
		w.writes(amina, "hello")
		w.hears(amina, "talk.unheard")
		w.hearsWith(coco, "desk.unheard", locales.Args{"colleague": "Lina"})
		w.silent(tara)
		w.stage(amina, bot.Open)
		w.pass(5 * time.Minute) // and others are asked, as for anybody who does not answer
		w.hears(tara, "desk.offer")
	})
	for _, how := range []string{"blocks", "is found blocked", "is erased", "is erased by the operator"} {
		t.Run("the listener "+how, func(t *testing.T) {
			w := newWorld(t, linaWorks+taraWorks)
			w.opens(amina, lina, "GS01-tested")
			switch how {
			case "blocks":
				w.writes(amina, "one more thing")
				w.does(lina, flows.Input{Kind: flows.Blocked})
				w.settle()
			case "is found blocked":
				w.shut[lina] = bot.Blocked
				w.writes(amina, "one more thing")
			case "is erased":
				w.writes(amina, "one more thing")
				w.presses(lina, "settings.forget/yes")
			case "is erased by the operator":
				w.writes(amina, "one more thing")
				if found, err := w.bot.Erase(w.ctx, lina); err != nil || !found {
					t.Fatalf("Erase: %v, %v", found, err)
				}
				w.settle()
			}
			w.hears(amina, "talk.changing")
			w.hears(tara, "desk.offer")
			w.writes(amina, "hello?") // goes to the one who comes
			w.writes(tara, "1")
			w.hearsWith(tara, "desk.from", locales.Args{"text": "one more thing\nhello?"})
			w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Tara"})
		})
	}
	t.Run("the only listener", func(t *testing.T) {
		w := newWorld(t, linaWorks)
		w.opens(amina, lina, "GS01-tested")
		w.does(lina, flows.Input{Kind: flows.Blocked})
		w.settle()
		w.hears(amina, "talk.late")
		w.over(amina, lina)
	})
}

func TestPressedTwice(t *testing.T) {
	w := newWorld(t, linaWorks+cocoWorks)
	w.asks(amina)
	for range 2 { // both before anything arrives
		w.does(lina, flows.Input{Kind: flows.Pressed, Choice: "!desk:take:GS01-tested"})
	}
	w.settle()
	w.presses(lina, "!desk:take:GS01-tested")
	w.hears(amina, "talk.opened")
	w.hears(lina, "desk.taken")
	w.writes(lina, "I am Lina")
	w.hearsWith(amina, "talk.from", locales.Args{"text": "I am Lina"})
	w.presses(coco, "!desk:take:GS01-tested") // a coordinator's late press relieves nobody
	w.hears(coco, "desk.late")
	if g := w.person(lina).Desk.Guests; len(g) != 1 {
		t.Errorf("Lina's guests are %v", g)
	}
}

func TestAsksTwice(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.asks(amina)
	w.presses(amina, "talk.talk/ask")
	w.writes(amina, "1") // the choice of before ends nothing
	w.hears(lina, "desk.offer")
	w.stage(amina, bot.OfferedTo)
	w.presses(lina, "!desk:take:GS01-tested")
	w.presses(amina, "talk.talk/ask") // a button of an old message
	w.writes(amina, "do you read this")
	w.hearsWith(lina, "desk.from", locales.Args{"text": "do you read this"})
}

// What comes late, for a handoff that has ended, changes nothing of a new one.
func TestLateWords(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks)
	w.opens(amina, lina, "GS01-tested")
	old := w.person(lina).Desk.Guests[0]
	w.does(lina, flows.Input{Kind: flows.Text, Text: "for the first talk"})
	w.does(lina, flows.Input{Kind: flows.Text, Text: "/close"})
	entries, err := w.store.Waiting(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.presses(amina, "talk.here/leave")
	w.asks(amina)
	w.writes(tara, "2")
	w.writes(tara, "1")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Tara"})
	before := asJSON(w.person(amina).Handoff)
	w.forgetTold()
	for range 2 { // late, and twice
		for _, e := range entries {
			if e.Message.Event != nil {
				if _, err := w.bot.Inside().Send(w.ctx, e.Message); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.settle()
	}
	w.silent(amina, tara)
	if after := asJSON(w.person(amina).Handoff); after != before {
		t.Errorf("late words of the handoff %s made %s of %s", old.ID, after, before)
	}
}

func TestTwoGuests(t *testing.T) {
	for _, listener := range []bot.Address{lina, tara} {
		t.Run(listener.Channel, func(t *testing.T) {
			works := map[bot.Address]string{lina: linaWorks, tara: taraWorks}
			w := newWorld(t, works[listener]+cocoWorks)
			w.asks(amina)
			w.asks(omid)
			w.writes(listener, "2")
			w.writes(listener, "2") // is taken: with a guest, a number is for the guest
			name := map[bot.Address]string{lina: "Lina", tara: "Tara"}[listener]
			w.hearsWith(omid, "talk.from", locales.Args{"listener": name, "text": "2"})
			w.writes(listener, "gs01") // an alias takes
			w.hearsWith(amina, "talk.opened", locales.Args{"listener": name})
			w.forgetTold()

			w.writes(listener, "for the first")
			w.hearsWith(amina, "talk.from", locales.Args{"listener": name, "text": "for the first"})
			w.hearsWith(listener, "desk.sent-to", locales.Args{"alias": "GS01"})
			w.writes(listener, "GS02 for the second")
			w.hearsWith(omid, "talk.from", locales.Args{"listener": name, "text": "for the second"})
			w.writes(listener, "and this as well")
			w.hearsWith(omid, "talk.from", locales.Args{"listener": name, "text": "and this as well"})
			w.forgetTold()

			w.writes(amina, "hello")
			last := w.told[listener][len(w.told[listener])-1]
			if len(last.Choices) != 1 || last.Choices[0].Key != "GS01" || !strings.HasPrefix(last.Choices[0].Ref, "!desk:to:GS01") {
				t.Errorf("who is not written to is shown with the choices %v, want a way to answer", last.Choices)
			}
			w.presses(listener, last.Choices[0].Ref)
			w.hearsWith(listener, "desk.writing-to", locales.Args{"alias": "GS01"})
			w.forgetTold()

			w.presses(listener, "!desk:close:GS02-tested") // a button of the other guest
			w.hearsWith(omid, "talk.ended", locales.Args{"listener": name})
			w.silent(amina)
			w.writes(listener, "4") // how it ended; not for the guest
			w.silent(amina)
			w.writes(listener, "still here")
			w.hearsWith(amina, "talk.from", locales.Args{"listener": name, "text": "still here"})
		})
	}
}

// Words for the desk take a slash while there is a guest: "close" may be an answer.
func TestWordsForTheGuest(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.opens(amina, lina, "GS01-tested")
	for _, word := range []string{"close", "queue", "STOP", "help", "GROUPS", "1", "I want to die"} {
		w.writes(lina, word)
		w.hearsWith(amina, "talk.from", locales.Args{"text": word})
	}
	w.silent(lina)
	w.writes(lina, "0") // the numbers, for the listener
	if w.count(lina, "999") != 1 {
		t.Errorf("Lina was told %s, want the numbers", w.heard(lina))
	}
	w.writes(lina, "/menu")
	w.hears(lina, "menu.title")
}

func TestOnlyWords(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.opens(omid, lina, "GS01-tested")
	w.does(omid, flows.Input{Kind: flows.Media})
	w.settle()
	w.hears(omid, "talk.words-only")
	w.hears(lina, "desk.not-words")
	w.forgetTold()
	w.does(omid, flows.Input{Kind: flows.Media, Text: "look at this"})
	w.settle()
	w.hearsWith(lina, "desk.from", locales.Args{"text": "look at this"})
	w.does(lina, flows.Input{Kind: flows.Media})
	w.settle()
	w.hears(lina, "desk.words-only")
}

func TestQueue(t *testing.T) {
	w := newWorld(t, linaWorks+cocoWorks)
	w.asks(amina)
	w.asks(omid)
	w.writes(lina, "2")
	w.forgetTold()
	w.writes(coco, "/queue")
	if got := w.heard(coco); !strings.Contains(got, "GS01") || !strings.Contains(got, w.text("desk.with-other", locales.Args{"alias": "GS02"})) {
		t.Errorf("the coordinator sees %s, want both guests", got)
	}
	w.writes(lina, "/queue")
	if got := w.heard(lina); !strings.Contains(got, w.text("desk.with", locales.Args{"alias": "GS02"})) || !strings.Contains(got, "GS01") {
		t.Errorf("the listener sees %s, want the guest and the offer", got)
	}
	w.presses(coco, "!desk:over:GS01-tested")
	w.hearsWith(amina, "talk.opened", locales.Args{"listener": "Coco"})
	w.presses(coco, "!desk:over:GS02-tested")
	w.hearsWith(lina, "desk.relieved", locales.Args{"alias": "GS02"})
	w.presses(lina, "!desk:over:GS02-tested") // is for coordinators
	w.hearsWith(lina, "desk.late", locales.Args{"alias": "GS02"})
	w.presses(coco, "!desk:close:GS01-tested")
	w.presses(coco, "!desk:close:GS02-tested")
	w.over(amina, lina, coco)
	w.over(omid)
}

// What is read as a crisis is passed on only after it was said that it would be.
func TestConsentNamesTheCrisis(t *testing.T) {
	w := newWorld(t, linaWorks)
	w.presses(amina, "settings.language/:en")
	w.writes(amina, "I want to kill myself")
	w.silent(lina)
	w.writes(amina, "A")
	kind := w.text("desk.kind-suicide", nil)
	w.hearsWith(amina, "talk.team-kind", locales.Args{"kind": kind})
	w.silent(lina)
	w.writes(amina, "1")
	w.hearsWith(lina, "desk.offer", locales.Args{"kind": kind})
	w.writes(amina, "I have the pills here, I want to die") // while waiting
	w.presses(lina, "!desk:take:GS01-tested")
	w.hearsWith(lina, "desk.from", locales.Args{"text": "I have the pills here, I want to die"})
}

// A worker can ask for somebody too, and is not offered themselves.
func TestWorkerAsks(t *testing.T) {
	w := newWorld(t, linaWorks+taraWorks)
	w.asks(lina)
	w.pass(2 * time.Minute)
	if n := w.count(lina, w.text("desk.offer", nil)); n != 0 {
		t.Error("Lina was offered herself")
	}
	w.hearsWith(tara, "desk.offer", locales.Args{"channel": "Telegram"})
}
