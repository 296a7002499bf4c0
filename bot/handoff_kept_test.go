package bot_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/bot"
)

// What is said in a talk is nowhere once it was answered and sent: not after
// three days, and not after a minute. What nobody has answered is kept for
// whoever takes over, and goes with the handoff, a quarter of an hour later.
func TestNothingSaidIsKept(t *testing.T) {
	said := []string{"zamburak", "pilgrim", "lantern", "harvest", picture.File}
	kept := func(w *world) (found []string) {
		w.t.Helper()
		all := ""
		for _, a := range []bot.Address{omid, lina, tara, coco} {
			all += asJSON(w.person(a))
		}
		entries, err := w.store.Waiting(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		all += asJSON(entries)
		for _, word := range said {
			if strings.Contains(all, word) {
				found = append(found, word)
			}
		}
		return found
	}
	w := newWorld(t, linaWorks+taraWorks+cocoWorks)
	w.opens(omid, lina, "GS01-tested")
	w.presses(coco, "!desk:join:GS01-tested")
	w.writes(omid, "zamburak")
	if got := kept(w); len(got) != 1 {
		t.Fatalf("%q is kept for the one who takes over, want what was not answered", got)
	}
	w.sends(omid, picture, "pilgrim")
	w.writes(lina, "lantern")
	w.writes(coco, "harvest")
	if got := kept(w); got != nil {
		t.Errorf("%q is still kept", got)
	}
	w.pass(72 * time.Hour) // the talk is still open
	w.stage(omid, bot.Open)
	if got := kept(w); got != nil {
		t.Errorf("after three days %q is kept", got)
	}
	w.writes(omid, "zamburak")
	w.pass(15 * time.Minute) // nobody answered
	w.over(omid, lina, coco)
	if got := kept(w); got != nil {
		t.Errorf("after the end %q is kept", got)
	}
}
