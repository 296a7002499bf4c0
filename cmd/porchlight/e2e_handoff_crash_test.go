package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"porchlight/locales"
)

// TestServeHandoffCrash: people are handed over and write to each other while
// processes and Redis are killed, one and several at a time, whenever a message
// is on its way. Nothing that a webhook has accepted is lost, the order holds,
// and nobody who asked is left without a word.
func TestServeHandoffCrash(t *testing.T) {
	const guests, unheard, atOnce, texts, strikes = 200, 8, 8, 3, 7
	team := append(listeners(5, 7391860001, "en"), listeners(3, 7391860101, "ar")...)
	f := fleetOf(t, 3, "{offer_seconds: 20, escalate_seconds: 20, give_up_seconds: 20}", team)
	c := &crash{fleet: f, team: team, texts: texts, guests: make([]*talker, guests)}
	for i := range c.guests {
		g := &talker{n: i, chat: 7391870000 + int64(i), language: "en"}
		switch {
		case i%(guests/unheard) == 0:
			g.language, g.unheard = "so", true // nobody speaks it, and nobody comes
		case i%3 == 1:
			g.language = "ar"
		case i%3 == 2:
			g.number = "+447700900" + strconv.Itoa(100+i)
		}
		g.to = strconv.FormatInt(g.chat, 10)
		if g.number != "" {
			g.to = g.number
		}
		c.guests[i] = g
	}
	k := newKiller(f, strikes, guests-unheard)
	f.killer.Store(k)

	over := make(chan struct{})
	var listening, asking sync.WaitGroup
	for i, w := range team {
		listening.Go(func() { c.listen(w, seeded(uint64(i)), over) })
	}
	turns := make(chan struct{}, atOnce)
	for _, g := range c.guests {
		if !g.unheard {
			turns <- struct{}{}
			k.calm()
		}
		asking.Go(func() {
			c.ask(g)
			if !g.unheard {
				k.handoffs.Add(1)
				<-turns
			}
		})
	}
	asking.Wait()
	k.rest()
	f.settled()
	close(over)
	listening.Wait()

	c.count(k)
	f.tellsNothing(f.locale("en").Text("talk.asked", nil), f.locale("ar").Text("talk.asked", nil), "is no longer waiting")
}

// crash is what the test knows of the people.
type crash struct {
	*fleet
	team   []worker
	texts  int // that each of two writes to the other
	guests []*talker
}

// talker is a guest.
type talker struct {
	n                int
	chat             int64
	number, language string // number: of a phone
	to               string
	unheard          bool
	listener         atomic.Pointer[string] // whose words reach them

	taken, honest bool // what became of the handoff
}

func (c *crash) writes(g *talker, text string) {
	if g.number != "" {
		c.fleet.texts(g.n, g.number, text)
		return
	}
	c.fleet.writes(g.n, g.chat, g.language, text)
}

var askLine = regexp.MustCompile(`(?m)^(\d+) (.*)$`)

// ask is a guest who asks for somebody and talks with whoever comes.
func (c *crash) ask(g *talker) {
	l := c.locale(g.language)
	box := inbox{f: c.fleet, to: g.to}
	c.writes(g, "talk")
	if g.number != "" {
		m, ok := box.until("a guest may ask", func(m sent) bool { return strings.Contains(m.Text, l.Text("talk.ask", nil)) })
		if !ok {
			return
		}
		for _, line := range askLine.FindAllStringSubmatch(m.Text, -1) {
			if line[2] == l.Text("talk.ask", nil) {
				c.writes(g, line[1])
			}
		}
	} else {
		m, ok := box.until("a guest may ask", func(m sent) bool { _, ok := m.button(askButton); return ok })
		if !ok {
			return
		}
		c.presses(g.n, g.chat, g.language, m, askButton)
	}
	// The first words are written while nobody is there yet.
	c.writes(g, numbered("quillfeather", g.n, 0))
	m, ok := box.until("guest "+strconv.Itoa(g.n)+" is told whether somebody comes", func(m sent) bool {
		return strings.Contains(m.Text, l.Text("talk.late", nil)) || c.names(l, "talk.opened", m.Text)
	})
	if !ok {
		return
	}
	if g.honest = strings.Contains(m.Text, l.Text("talk.late", nil)); g.honest {
		return
	}
	g.taken = true
	for k := 1; k < c.texts; k++ {
		c.writes(g, numbered("quillfeather", g.n, k))
	}
	if _, ok := box.until("guest "+strconv.Itoa(g.n)+" is told that the talk ended", func(m sent) bool { return c.names(l, "talk.ended", m.Text) }); !ok {
		c.t.Logf("guest %d read %v", g.n, order(c.networks.all(g.to), "brackenmoor", g.n))
	}
}

// names reports whether a text is one that names a listener.
func (c *crash) names(l *locales.Locale, id, text string) bool {
	return slices.ContainsFunc(c.team, func(w worker) bool {
		return strings.Contains(text, l.Text(id, locales.Args{"listener": w.name, "org": c.pack.Org.Name}))
	})
}

// listen is a listener who takes one guest after the other, whoever is on
// offer, until it is over.
func (c *crash) listen(w worker, chance *rand.Rand, over chan struct{}) {
	l := c.locale(w.language)
	foreign := l.LanguageName("so")
	var offers []sent
	asked, read := "", 0 // the handoff that is asked for
	next := func(is func() bool) bool {
		for {
			c.networks.mu.Lock()
			ok, changed := is(), c.networks.changed
			c.networks.mu.Unlock()
			if ok {
				return true
			}
			select {
			case <-changed:
			case <-over:
				return false
			}
		}
	}
	for {
		if asked == "" && len(offers) > 0 {
			m := offers[chance.IntN(len(offers))]
			data, _ := m.button(takeButton)
			asked = strings.TrimPrefix(data, takeButton)
			c.presses(int(w.chat), w.chat, w.language, m, data)
		}
		if !next(func() bool { return len(c.networks.sent[w.to()]) > read }) {
			return
		}
		c.networks.mu.Lock()
		m := c.networks.sent[w.to()][read]
		c.networks.mu.Unlock()
		read++
		if _, ok := m.button(takeButton); ok && !strings.Contains(m.Text, foreign) {
			offers = append(offers, m)
		}
		offers = slices.DeleteFunc(offers, func(o sent) bool {
			data, _ := o.button(takeButton)
			id := strings.TrimPrefix(data, takeButton)
			gone := containsAny(m.Text, c.goneTexts(w.language, id))
			if gone && id == asked {
				asked = ""
			}
			return gone
		})
		if _, ok := m.button(closeButton); ok && asked != "" && strings.Contains(m.Text, alias(asked)) {
			id := asked
			asked = ""
			if !c.talk(w, id, m, next) {
				return
			}
			offers = slices.DeleteFunc(offers, func(o sent) bool { _, ok := o.button(takeButton + id); return ok })
		}
	}
}

// talk is a listener's part of a talk: to read, to answer, to end it.
func (c *crash) talk(w worker, id string, taken sent, next func(func() bool) bool) bool {
	// look goes on through what somebody was sent.
	look := func(to string, at *int, each func(sent)) {
		for list := c.networks.sent[to]; *at < len(list); *at++ {
			each(list[*at])
		}
	}
	var g *talker
	var mine, theirs int // how far was looked
	var ask sent
	came := map[string]bool{}
	read := func(m sent) {
		for _, s := range spoken.FindAllStringSubmatch(m.Text, -1) {
			n, _ := strconv.Atoi(s[2])
			if s[1] == "quillfeather" && strings.Contains(m.Text, alias(id)) {
				g = c.guests[n] // who it is, is learnt from the first words
			}
			if g != nil && n == g.n {
				came[s[0]] = true
			}
		}
		if _, ok := m.button(outcomeButton); ok && strings.Contains(m.Text, alias(id)) {
			ask = m
		}
	}
	if !next(func() bool { look(w.to(), &mine, read); return g != nil }) {
		return false
	}
	to := w.to()
	g.listener.Store(&to)
	for k := range c.texts {
		c.fleet.writes(g.n+k, w.chat, w.language, numbered("brackenmoor", g.n, k))
	}
	if !next(func() bool {
		look(w.to(), &mine, read)
		look(g.to, &theirs, read)
		return len(came) == 2*c.texts
	}) {
		return false
	}
	c.presses(g.n, w.chat, w.language, taken, closeButton)
	if !next(func() bool { look(w.to(), &mine, read); return ask.ID != 0 }) {
		return false
	}
	data, _ := ask.button(outcomeButton)
	c.presses(g.n, w.chat, w.language, ask, data)
	return true
}

// order lists the numbers of what was said to a guest or by one, as they came.
func order(list []sent, who string, guest int) (numbers []int) {
	for _, m := range list {
		for _, s := range spoken.FindAllStringSubmatch(m.Text, -1) {
			if n, _ := strconv.Atoi(s[2]); s[1] == who && n == guest {
				k, _ := strconv.Atoi(s[3])
				numbers = append(numbers, k)
			}
		}
	}
	return numbers
}

// first lists each number where it came first.
func first(numbers []int) (once []int) {
	for _, n := range numbers {
		if !slices.Contains(once, n) {
			once = append(once, n)
		}
	}
	return once
}

// count holds the outcome to what was promised.
func (c *crash) count(k *killer) {
	t := c.t
	taken, honest, relayed, twice := 0, 0, 0, 0
	for _, g := range c.guests {
		switch {
		case g.taken == g.honest:
			t.Errorf("guest %d (%s) was neither come to nor told the truth", g.n, g.language)
			continue
		case g.honest:
			honest++
			continue
		case g.unheard:
			t.Errorf("guest %d was taken by nobody's doing", g.n)
		}
		taken++
		to := g.listener.Load()
		if to == nil {
			t.Errorf("guest %d was taken by nobody", g.n)
			continue
		}
		for _, way := range []struct {
			who  string
			list []sent
		}{{"quillfeather", c.networks.all(*to)}, {"brackenmoor", c.networks.all(g.to)}} {
			came := order(way.list, way.who, g.n)
			relayed += len(first(came))
			twice += len(came) - len(first(came))
			if once := first(came); !slices.IsSorted(once) || len(once) != c.texts {
				t.Errorf("of %d texts to %s these came: %v", c.texts, way.who, came)
			}
		}
	}
	if want := len(c.guests) * 3 / 4; taken < want {
		t.Errorf("%d were taken; the test means to see at least %d", taken, want)
	}
	c.fleet.mu.Lock()
	defer c.fleet.mu.Unlock()
	last := map[string]arrival{}
	readers := map[string]map[string]bool{}
	byStrike := map[int]int{}
	for _, a := range c.arrived {
		for _, words := range spoken.FindAllString(a.text, -1) {
			key := a.to + " " + words
			if before, ok := last[key]; ok {
				byStrike[a.epoch]++
				if !k.killed(before, a) {
					t.Errorf("a text came twice although nothing was killed between: process %d in epoch %d, then process %d in epoch %d",
						before.process, before.epoch, a.process, a.epoch)
				}
			}
			last[key] = a
			if readers[words] == nil {
				readers[words] = map[string]bool{}
			}
			readers[words][a.to] = true
		}
	}
	for words, who := range readers {
		if len(who) != 1 {
			t.Errorf("%q was read by %d", words, len(who))
		}
	}
	for epoch, n := range byStrike {
		if most := 2 * len(c.team); n > most {
			t.Errorf("after strike %d %d texts came again; no more than %d were on their way", epoch, n, most)
		}
	}
	t.Logf("%d handoffs: %d taken, %d told the truth; %d texts relayed, %d came twice (by strike: %v); killed: %v; brought again: %v; %d messages",
		len(c.guests), taken, honest, relayed, twice, byStrike, k.record, c.again, len(c.arrived))
}
