package bot_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/redis"
	"porchlight/bot"
	"porchlight/flows"
	"porchlight/flows/pack"
)

// tableDate is the English table of the sample, on Tuesday, 24 November 2026
// at 17:30.
const tableDate = "english-table@20261124"

var desk = bot.Address{Channel: "telegram", ID: "700100"} // the sample's coordinator

// town is people and workers around several processes on one real Redis.
type town struct {
	t    *testing.T
	ctx  context.Context
	at   time.Time
	url  string
	pack *pack.Pack
	told map[bot.Address][]bot.Outbound
	ids  int
}

func (w *town) Now() time.Time                       { return w.at }
func (w *town) After(time.Duration) <-chan time.Time { return nil }

func newTown(t *testing.T) *town {
	t.Helper()
	p, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return &town{t: t, ctx: t.Context(), at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), url: adaptertest.Redis(t).URL, pack: p, told: map[bot.Address][]bot.Outbound{}}
}

// process is one that serves.
type process struct {
	*town
	bot   *bot.Bot
	store embeddedStore
}

func (w *town) starts() *process {
	w.t.Helper()
	began := w.at // the store's own clock stands: nothing is to expire
	store, err := redis.Open(w.ctx, redis.Options{URL: w.url, Keys: [][]byte{make([]byte, 32)}, Now: func() time.Time { return began }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { store.Close() })
	m, err := w.pack.Machine(map[string]flows.Presentation{"telegram": {Buttons: true}})
	if err != nil {
		w.t.Fatal(err)
	}
	p := &process{town: w, store: embeddedStore{store}}
	p.bot = bot.New(bot.Config{
		Store: store, Board: store, Dates: store, Machine: m, Clock: w, Log: slog.New(slog.DiscardHandler),
		Channels: []bot.Channel{townChannel{w, "telegram"}, townChannel{w, "sms"}},
		Workers:  []bot.Worker{{Name: "Outreach desk", Roles: []string{"outreach"}, Languages: []string{"en"}, Address: desk}},
		Quiet: func(to bot.Address, now time.Time) time.Time {
			if to.Channel == "sms" {
				return w.pack.Org.Quiet(now)
			}
			return time.Time{}
		},
	})
	if err := p.bot.SyncDates(w.ctx, nil); err != nil {
		w.t.Fatal(err)
	}
	return p
}

type townChannel struct {
	w    *town
	name string
}

func (c townChannel) Name() string                         { return c.name }
func (c townChannel) Divide(m bot.Outbound) []bot.Outbound { return []bot.Outbound{m} }
func (c townChannel) Send(_ context.Context, m bot.Outbound) (bot.Receipt, error) {
	c.w.told[m.To] = append(c.w.told[m.To], m)
	return bot.Receipt{}, nil
}

func (p *process) presses(who bot.Address, ref string) {
	p.t.Helper()
	p.does(who, flows.Input{Kind: flows.Pressed, Choice: ref})
}

func (p *process) does(who bot.Address, in flows.Input) {
	p.t.Helper()
	p.ids++
	if err := p.bot.Receive(p.ctx, bot.Inbound{ID: bot.MessageID(fmt.Sprint(p.ids)), From: who, Input: in}); err != nil {
		p.t.Fatal(err)
	}
	p.delivers()
}

// delivers sends what waits, and takes what workers asked for.
func (p *process) delivers() {
	p.t.Helper()
	for {
		entries, err := p.store.Waiting(p.ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		if len(entries) == 0 {
			return
		}
		for _, e := range entries {
			channel := p.bot.Inside()
			if e.Message.Event == nil {
				channel = townChannel{p.town, e.Message.To.Channel}
			}
			if _, err := channel.Send(p.ctx, e.Message); err != nil {
				p.t.Fatal(err)
			}
			if err := p.store.Done(p.ctx, []bot.EntryRef{e.EntryRef}); err != nil {
				p.t.Fatal(err)
			}
		}
	}
}

// tells has the process take up changes and tell people, in these partitions.
func (p *process) tells(held []bot.Partition) {
	p.t.Helper()
	if err := p.bot.SyncDates(p.ctx, held); err != nil {
		p.t.Fatal(err)
	}
	p.fires(held)
}

func (p *process) fires(held []bot.Partition) {
	p.t.Helper()
	for _, partition := range held {
		if _, err := p.bot.Fire(p.ctx, partition); err != nil {
			p.t.Fatal(err)
		}
	}
	p.delivers()
}

// button is what the last message to somebody with this label carries.
func (w *town) button(who bot.Address, label string) string {
	w.t.Helper()
	all := w.told[who]
	for i := len(all) - 1; i >= 0; i-- {
		for _, c := range all[i].Choices {
			if c.Label == label {
				return c.Ref
			}
		}
	}
	w.t.Fatalf("no button %q", label)
	return ""
}

// asks has people ask to be reminded, each in their language.
func (p *process) asks(n int) (all []bot.Address) {
	p.t.Helper()
	for i := range n {
		who := bot.Address{Channel: []string{"sms", "telegram"}[i%2], ID: fmt.Sprintf("+4477009%05d", i)}
		p.presses(who, "settings.language/:"+[]string{"en", "ar", "so"}[i%3])
		p.presses(who, "groups.week/:"+tableDate)
		p.presses(who, "groups.group/"+[]string{"day", "hours"}[i%2])
		all = append(all, who)
	}
	clear(p.told)
	return all
}

// once checks that each person was told a text once, in their language, and
// nothing else.
func (w *town) once(all []bot.Address, id string) {
	w.t.Helper()
	for i, who := range all {
		want, _, _ := strings.Cut(w.pack.Catalog.Locale([]string{"en", "ar", "so"}[i%3]).Text(id, map[string]any{"line": "\x00"}), "\x00")
		if got := w.told[who]; len(got) != 1 || !strings.HasPrefix(got[0].Text, want) {
			w.t.Errorf("%d: told %d times %v, want once: %s", i, len(got), got, want)
		}
	}
	clear(w.told)
}

// TestDateThroughACrash: a process keeps a change and is killed; another, that
// is killed as well while it tells people, and a third: everybody is told once.
func TestDateThroughACrash(t *testing.T) {
	w := newTown(t)
	a, b := w.starts(), w.starts()
	people := a.asks(40)
	stopped := people[39]
	a.does(stopped, flows.Input{Kind: flows.Text, Text: "STOP"})
	clear(w.told)

	a.presses(desk, "groups.week/:"+tableDate)
	a.presses(desk, a.button(desk, "Cancel this date"))
	if text := w.told[desk][len(w.told[desk])-1].Text; !strings.Contains(text, "40 people") {
		t.Errorf("the worker sees %q", text)
	}
	a.presses(desk, a.button(desk, "Yes, cancel it")) // and then a is killed
	clear(w.told)

	all := redis.Partitions()
	if err := b.bot.SyncDates(w.ctx, all[:40]); err != nil {
		t.Fatal(err)
	}
	b.fires(all[:10]) // and then b is killed
	c := w.starts()
	c.tells(all)
	w.once(people[:39], "remind.cancelled")
	if n := len(w.told[stopped]); n > 0 {
		t.Errorf("somebody who said STOP was told %d times", n)
	}
	w.at = w.at.Add(time.Minute)
	c.tells(all)
	w.starts().tells(all)
	for _, who := range people {
		if got := w.told[who]; len(got) > 0 {
			t.Errorf("told again: %v", got)
		}
	}
	c.presses(people[0], "groups.week/:"+tableDate)
	if text := w.told[people[0]][0].Text; !strings.Contains(text, "cancelled") {
		t.Errorf("the card says %q", text)
	}
}

// TestDateOnAProcessThatIsBehind: somebody asks to be reminded on a process
// that has not seen the change yet, after everybody else was told.
func TestDateOnAProcessThatIsBehind(t *testing.T) {
	w := newTown(t)
	a, behind := w.starts(), w.starts()
	a.presses(desk, "groups.week/:"+tableDate)
	a.presses(desk, a.button(desk, "Move this date"))
	a.does(desk, flows.Input{Kind: flows.Text, Text: "26.11. 18:15"})
	a.presses(desk, a.button(desk, "Yes, move it"))
	a.tells(redis.Partitions())
	people := behind.asks(6)
	behind.fires(redis.Partitions())
	w.at = w.at.Add(3 * time.Second)
	behind.tells(redis.Partitions())
	a.tells(redis.Partitions())
	w.at = w.at.Add(10 * time.Second)
	a.tells(redis.Partitions())
	w.once(people, "remind.moved")

	w.at = time.Date(2026, 11, 25, 18, 15, 0, 0, time.UTC) // a day before
	behind.fires(redis.Partitions())
	for i, who := range people {
		if n := len(w.told[who]); n != 1-i%2 {
			t.Errorf("%d is reminded %d times a day before", i, n)
		}
	}
	w.at = time.Date(2026, 11, 26, 16, 15, 0, 0, time.UTC) // two hours before
	a.fires(redis.Partitions())
	w.once(people, "remind.comes")
}

// TestDateAtNight: whoever can still be told in time in the morning is not woken.
func TestDateAtNight(t *testing.T) {
	w := newTown(t)
	a := w.starts()
	people := a.asks(4)
	w.at = time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC)
	a.presses(desk, "groups.week/:"+tableDate)
	a.presses(desk, a.button(desk, "Cancel this date"))
	a.presses(desk, a.button(desk, "Yes, cancel it"))
	a.tells(redis.Partitions())
	for _, who := range people {
		if told := len(w.told[who]) > 0; told != (who.Channel == "telegram") {
			t.Errorf("at night %s is told: %v", who.Channel, told)
		}
	}
	w.at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	a.tells(redis.Partitions())
	w.once(people, "remind.cancelled")
}
