package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"porchlight/bot"
)

// TestEventsKeepTheirOrder: a partition's events leave one after the other, on
// the process that holds it. When another takes over, it begins with the first
// that is not removed, while the earlier one may still be sending, and may be
// late. However the two meet, each text comes to the listener once, in order.
func TestEventsKeepTheirOrder(t *testing.T) {
	w := newWorld(t, linaWorks)
	inside, round := w.bot.Inside(), 0
	rapid.Check(t, func(r *rapid.T) {
		const texts = 6
		round++
		send := func(n int) {
			e := bot.Event{
				ID: bot.MessageID(fmt.Sprintf("sms SM%d-%d/1", round, n)), Kind: bot.EventText, From: amina, To: lina,
				Guest: bot.Guest{ID: "GS01-tested", Address: amina, Language: "en", Since: w.at}, Text: fmt.Sprintf("text %d.", n),
			}
			m := bot.Outbound{To: bot.Address{Channel: inside.Name(), ID: "telegram " + lina.ID}, Event: &e}
			if _, err := inside.Send(t.Context(), m); err != nil {
				r.Fatal(err)
			}
		}
		// What each process sends next; one that stood still goes on where it was.
		next := make([]int, 3)
		for slices.Max(next) < texts {
			who := rapid.IntRange(0, len(next)-1).Draw(r, "who sends")
			if next[who] < texts {
				send(next[who])
				next[who]++
			}
			if rapid.IntRange(0, 3).Draw(r, "taken over") == 0 { // by one that begins anew
				other := rapid.IntRange(0, len(next)-1).Draw(r, "by")
				next[other] = rapid.IntRange(0, slices.Max(next)).Draw(r, "the first that is not removed")
			}
		}
		for who := range next { // those who are late
			for ; next[who] < texts; next[who]++ {
				send(next[who])
			}
		}
		waiting, err := w.store.Waiting(t.Context())
		if err != nil {
			r.Fatal(err)
		}
		var came, want []string
		for _, e := range waiting {
			_, text, _ := strings.Cut(e.Message.Text, ": ")
			came = append(came, text)
			if err := w.store.Done(t.Context(), []bot.EntryRef{e.EntryRef}); err != nil {
				r.Fatal(err)
			}
		}
		for n := range texts {
			want = append(want, fmt.Sprintf("text %d.", n))
		}
		if !slices.Equal(came, want) {
			r.Fatalf("%q came", came)
		}
	})
}
