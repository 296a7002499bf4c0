package main

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"porchlight/locales"
)

// TestServeHandoffRace: every guest is taken by all listeners at the same
// moment, over three processes. One has them, the others are told, and nobody
// but that one reads what the guest writes.
func TestServeHandoffRace(t *testing.T) {
	const handoffs, perGuest = 50, 3
	team := listeners(8, 7391840001, "en")
	f := fleetOf(t, 3, "{offer_seconds: 600, escalate_seconds: 600, give_up_seconds: 600}", team)
	en := f.locale("en")
	guest := func(i int) int64 { return 7391850000 + int64(i) }
	to := func(i int) string { return strconv.FormatInt(guest(i), 10) }

	var asking sync.WaitGroup
	for i := range handoffs {
		asking.Go(func() {
			f.writes(i, guest(i), "en", "/talk")
			box := inbox{f: f, to: to(i)}
			m, ok := box.until("a guest may ask", func(m sent) bool { _, ok := m.button(askButton); return ok })
			if ok {
				f.presses(i, guest(i), "en", m, askButton)
			}
		})
	}
	asking.Wait()
	offers := make([]map[string]sent, len(team)) // of each listener, by the button
	for l, w := range team {
		offers[l] = map[string]sent{}
		for box := (inbox{f: f, to: w.to()}); len(offers[l]) < handoffs; {
			m, ok := box.next("a listener is offered everybody")
			if !ok {
				t.FailNow()
			}
			if data, ok := m.button(takeButton); ok {
				offers[l][data] = m
			}
		}
	}

	// All press at once, on all processes, everybody for everybody.
	var pressing sync.WaitGroup
	start := make(chan struct{})
	n := 0
	for data := range offers[0] {
		n++
		for l, w := range team {
			pressing.Go(func() {
				<-start
				f.presses(l+n, w.chat, "en", offers[l][data], data)
			})
		}
	}
	close(start)
	pressing.Wait()
	f.settled()

	// The guests write to whom they got.
	var writing sync.WaitGroup
	for i := range handoffs {
		writing.Go(func() {
			for k := range perGuest {
				f.writes(i+k, guest(i), "en", numbered("quillfeather", i, k))
			}
		})
	}
	writing.Wait()
	f.settled()

	bearers := map[string]int{} // of an alias: four signs drawn at random, seldom twice
	for data := range offers[0] {
		bearers[alias(strings.TrimPrefix(data, takeButton))]++
	}
	taken, twice := 0, 0
	for data := range offers[0] {
		id := strings.TrimPrefix(data, takeButton)
		if n := bearers[alias(id)]; n > 1 {
			t.Logf("%d guests bear %s: the texts do not tell who took which, only the guests below do", n, alias(id))
			taken++
			continue
		}
		var takers []int
		for l, w := range team {
			told, mine := 0, false
			for _, m := range f.networks.all(w.to()) {
				if _, ok := m.button(closeButton); ok && strings.Contains(m.Text, alias(id)) {
					mine = true
				}
				if containsAny(m.Text, f.goneTexts("en", id)) {
					told++
				}
			}
			switch {
			case mine && told == 0:
				takers = append(takers, l)
			case mine:
				t.Errorf("listener %d has %s and is told %d times that they have not", l, alias(id), told)
			case told == 0:
				t.Errorf("listener %d pressed for %s and was never told", l, alias(id))
			case told > 1:
				twice++
			}
		}
		if len(takers) != 1 {
			t.Errorf("%s was taken by %v", alias(id), takers)
			continue
		}
		taken++
	}
	if taken != handoffs {
		t.Errorf("%d of %d were taken", taken, handoffs)
	}
	reader := map[string]string{} // of each guest
	for i := range handoffs {
		opened := 0
		for _, m := range f.networks.all(to(i)) {
			for _, w := range team {
				if strings.Contains(m.Text, en.Text("talk.opened", locales.Args{"listener": w.name, "org": f.pack.Org.Name})) {
					opened++
					reader[strconv.Itoa(i)] = w.to()
				}
			}
		}
		if opened != 1 {
			t.Errorf("guest %d is told of %d who came", i, opened)
		}
	}
	read := map[string][]string{}
	for _, a := range f.arrived {
		m := spoken.FindStringSubmatch(a.text)
		if m == nil {
			continue
		}
		if a.to != reader[m[2]] {
			t.Errorf("what guest %s writes is read by another than who came", m[2])
		}
		read[m[2]] = append(read[m[2]], m[3])
	}
	for i := range handoffs {
		if got := strings.Join(read[strconv.Itoa(i)], " "); got != "0 1 2" {
			t.Errorf("of guest %d the listener reads %q", i, got)
		}
	}
	t.Logf("%d handoffs, each pressed for by %d over %d processes; %d times a listener was told twice; %d messages",
		taken, len(team), len(f.processes), twice, len(f.arrived))
	f.tellsNothing(en.Text("talk.asked", nil), "is no longer waiting")
}
