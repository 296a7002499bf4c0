package bot_test

import (
	"errors"
	"testing"

	"porchlight/bot"
)

func TestReceipts(t *testing.T) {
	ada := bot.Address{Channel: "sms", ID: "ada"}
	failed := func(f bot.Failure) bot.Delivery {
		return bot.Delivery{To: ada, ID: "x", Status: bot.Failed, Failure: &bot.SendError{Failure: f, Code: "30003"}}
	}
	for _, test := range []struct {
		name    string
		words   []bot.Delivery
		reach   bot.Reach
		counted map[string]int
	}{
		{"counted once", []bot.Delivery{{To: ada, ID: "x", Status: bot.Sent}, {To: ada, ID: "x", Status: bot.Sent}}, bot.Reachable, map[string]int{"sent": 1}},
		{"never back", []bot.Delivery{{To: ada, ID: "x", Status: bot.Delivered}, {To: ada, ID: "x", Status: bot.Sent}}, bot.Reachable, map[string]int{"delivered": 1, "sent": 0}},
		{"delivered is final", []bot.Delivery{{To: ada, ID: "x", Status: bot.Delivered}, failed(bot.Blocked)}, bot.Reachable, map[string]int{"delivered": 1, "failed": 0}},
		{"blocked", []bot.Delivery{failed(bot.Blocked)}, bot.Unreachable, map[string]int{"failed": 1}},
		{"opted out", []bot.Delivery{failed(bot.OptedOut)}, bot.NetworkStop, map[string]int{"failed": 1}},
		{"impossible", []bot.Delivery{failed(bot.Impossible)}, bot.NoSuchDoor, map[string]int{"failed": 1}},
		{"the carrier's fault is not the person's", []bot.Delivery{failed(bot.Transient)}, bot.Reachable, map[string]int{"failed": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLine(t)
			l.store.people[ada] = &bot.Person{Address: ada}
			d := bot.NewDeliverer(l.cfg)
			for _, word := range test.words {
				if err := d.Delivered(t.Context(), word); err != nil {
					t.Fatal(err)
				}
			}
			if got := l.store.people[ada].Reach; got != test.reach {
				t.Errorf("reach %q, want %q", got, test.reach)
			}
			for status, n := range test.counted {
				if got := l.meter.of("porchlight_receipts_total", "channel", "sms", "status", status); got != n {
					t.Errorf("%s counted %d times, want %d", status, got, n)
				}
			}
		})
	}
}

func TestAReceiptWhileTheStoreIsAwayIsAskedForAgain(t *testing.T) {
	l := newLine(t)
	l.store.away.Store(true)
	err := bot.NewDeliverer(l.cfg).Delivered(t.Context(), bot.Delivery{ID: "x", Status: bot.Sent})
	if !errors.Is(err, bot.ErrAway) {
		t.Errorf("got %v, want an error that wraps ErrAway", err)
	}
}
