package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"porchlight/adapters/redis"
	"porchlight/bot"
	"porchlight/flows"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// The people of these tests. The numbers are reserved for drama by Ofcom.
var (
	amina = bot.Address{Channel: "sms", ID: "+447700900123"}
	omid  = bot.Address{Channel: "telegram", ID: "700900501"}
	lina  = bot.Address{Channel: "telegram", ID: "700100001"} // a listener
	sami  = bot.Address{Channel: "telegram", ID: "700100002"} // a listener
	tara  = bot.Address{Channel: "sms", ID: "+447700900444"}  // a listener with a plain phone
	coco  = bot.Address{Channel: "telegram", ID: "700100009"} // a coordinator
)

// staff are workers as org.yaml has them.
const (
	linaWorks = "  - {name: Lina, telegram: '700100001', roles: [listener], languages: [en]}\n"
	samiWorks = "  - {name: Sami, telegram: '700100002', roles: [listener], languages: [ar]}\n"
	taraWorks = "  - {name: Tara, sms: '+447700900444', roles: [listener], languages: [en]}\n"
	cocoWorks = "  - {name: Coco, telegram: '700100009', roles: [coordinator], languages: [en]}\n"
)

// store is all that a world keeps.
type worldStore interface {
	bot.Store
	// Waiting lists what is to be sent, in the order in which it leaves.
	Waiting(ctx context.Context) ([]bot.Entry, error)
	Done(ctx context.Context, done []bot.EntryRef) error
	// NextTimer is when the first timer comes.
	NextTimer(ctx context.Context) (time.Time, error)
}

// world is the bot with people around it. Nothing happens in it by itself.
type world struct {
	t      testing.TB
	ctx    context.Context
	at     time.Time
	store  worldStore
	pack   *pack.Pack
	bot    *bot.Bot
	marker *bot.Deliverer // takes in what networks say about messages
	told   map[bot.Address][]bot.Outbound
	shut   map[bot.Address]bot.Failure // who cannot be reached, and why
	parts  []bot.Partition             // in which timers come
	phones *telephones
	ids    int
	names  int
	two    bool      // a second worker confirms announcements
	night  bot.Quiet // nil: it never is
}

func (w *world) Now() time.Time                       { return w.at }
func (w *world) After(time.Duration) <-chan time.Time { return nil }

// newWorld begins on a Sunday morning with these workers.
func newWorld(t testing.TB, workers string) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), parts: redis.Partitions()}
	began := w.at // the store's own clock stands: nothing is to expire
	kept, err := redis.OpenEmbedded(w.ctx, redis.Options{Keys: [][]byte{make([]byte, 32)}, Now: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	w.wire(embeddedStore{kept}, kept, workers)
	return w
}

// packs are read once for each set of workers.
var packs sync.Map

func (w *world) wire(store worldStore, outbox bot.Outbox, workers string) {
	w.t.Helper()
	w.phones = &telephones{}
	w.told, w.shut = map[bot.Address][]bot.Outbound{}, map[bot.Address]bot.Failure{}
	org := "name: Riverside\ncountry: GB\ntimezone: Europe/London\nlanguages: [en, ar]\nworkers:\n" + workers
	kept, _ := packs.LoadOrStore(workers, sync.OnceValues(func() (*pack.Pack, error) {
		return pack.Load(fstest.MapFS{"org.yaml": {Data: []byte(org)}})
	}))
	p, err := kept.(func() (*pack.Pack, error))()
	if err != nil {
		w.t.Fatal(err)
	}
	w.pack = p
	machine, err := p.Machine(map[string]flows.Presentation{"telegram": {Buttons: true}})
	if err != nil {
		w.t.Fatal(err)
	}
	var staff []bot.Worker
	for _, x := range p.Org.Workers {
		worker := bot.Worker{Name: x.Name, Roles: x.Roles, Languages: x.Languages, Hours: x.OnCall, Address: bot.Address{Channel: "telegram", ID: x.Telegram}}
		if x.SMS != "" {
			worker.Phone = bot.Address{Channel: "sms", ID: x.SMS}
		}
		if x.Telegram == "" {
			worker.Address = worker.Phone
		}
		staff = append(staff, worker)
	}
	w.store = store
	channels := []bot.Channel{worldChannel{w, "telegram"}, worldChannel{w, "sms"}}
	quiet := slog.New(slog.DiscardHandler)
	board, _ := store.(bot.Board)
	w.bot = bot.New(bot.Config{
		Board: board, Quiet: w.night, Announcing: bot.Announcing{Two: w.two}, Store: store, Machine: machine, Channels: channels, Workers: staff, Clock: w, Log: quiet,
		Handoff: bot.HandoffTimes{Offer: time.Minute, Escalate: 3 * time.Minute, GiveUp: 10 * time.Minute}, Caller: w.phones,
		NewID: func() string { w.names++; return fmt.Sprintf("GS%02d-tested", w.names) },
	})
	w.marker = bot.NewDeliverer(bot.DeliveryConfig{Store: struct {
		bot.Store
		bot.Outbox
	}{store, outbox}, Owner: "world", Clock: w, Log: quiet})
}

// worldChannel notes what it is given.
type worldChannel struct {
	w    *world
	name string
}

func (c worldChannel) Name() string                         { return c.name }
func (c worldChannel) Divide(m bot.Outbound) []bot.Outbound { return []bot.Outbound{m} }
func (c worldChannel) Send(_ context.Context, m bot.Outbound) (bot.Receipt, error) {
	if why, ok := c.w.shut[m.To]; ok {
		return bot.Receipt{}, &bot.SendError{Failure: why, Code: "test"}
	}
	c.w.told[m.To] = append(c.w.told[m.To], m)
	return bot.Receipt{}, nil
}

type embeddedStore struct{ *redis.Store }

func (s embeddedStore) Waiting(ctx context.Context) (all []bot.Entry, err error) {
	var from []bot.Cursor
	for _, lane := range bot.Lanes {
		for _, p := range redis.Partitions() {
			from = append(from, bot.Cursor{Partition: p, Lane: lane})
		}
	}
	lanes, err := s.ReadLanes(ctx, from, 100)
	for _, entries := range lanes {
		all = append(all, entries...)
	}
	return all, err
}

func (s embeddedStore) NextTimer(ctx context.Context) (first time.Time, err error) {
	for _, p := range redis.Partitions() {
		_, next, err := s.Due(ctx, p, time.Time{}, 1)
		if err != nil {
			return first, err
		}
		if !next.IsZero() && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}
	return first, nil
}

// send hands one entry to its channel, and takes in what a network says then.
func (w *world) send(e bot.Entry) {
	w.t.Helper()
	channel := w.bot.Inside()
	switch {
	case e.Message.Call != nil:
		channel = w.bot.Calls()
	case e.Message.Event == nil:
		channel = worldChannel{w, e.Message.To.Channel}
	}
	_, err := channel.Send(w.ctx, e.Message)
	var failure *bot.SendError
	switch {
	case errors.As(err, &failure) && e.Message.Event == nil && e.Message.Call == nil:
		w.ids++
		word := bot.Delivery{To: e.Message.To, ID: fmt.Sprint("sent-", w.ids), Status: bot.Failed, Failure: failure, At: w.at}
		if err := w.marker.Delivered(w.ctx, word); err != nil {
			w.t.Fatal(err)
		}
	case err != nil:
		w.t.Fatal(err)
	}
	if err := w.store.Done(w.ctx, []bot.EntryRef{e.EntryRef}); err != nil {
		w.t.Fatal(err)
	}
}

// settle delivers and lets timers come until nothing is left to do now.
func (w *world) settle() {
	w.t.Helper()
	for range 200 {
		entries, err := w.store.Waiting(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range entries {
			w.send(e)
		}
		if len(entries) > 0 {
			continue
		}
		next, err := w.store.NextTimer(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() || next.After(w.at) {
			return
		}
		for _, p := range w.parts {
			if _, err := w.bot.Fire(w.ctx, p); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.t.Fatal("it does not come to rest")
}

// pass lets time pass, stopping wherever a timer comes.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	end := w.at.Add(d)
	for {
		next, err := w.store.NextTimer(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() || next.After(end) {
			break
		}
		if next.After(w.at) {
			w.at = next
		}
		w.settle()
	}
	w.at = end
}

// does is one thing that somebody does, before anything of it is delivered.
func (w *world) does(who bot.Address, in flows.Input) {
	w.t.Helper()
	w.ids++
	in.Country = "GB"
	if err := w.bot.Receive(w.ctx, bot.Inbound{ID: bot.MessageID(fmt.Sprint("in-", w.ids)), From: who, Input: in}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) writes(who bot.Address, text string) {
	w.t.Helper()
	w.does(who, flows.Input{Kind: flows.Text, Text: text})
	w.settle()
}

// presses follows a button that carries ref.
func (w *world) presses(who bot.Address, ref string) {
	w.t.Helper()
	w.does(who, flows.Input{Kind: flows.Pressed, Choice: ref})
	w.settle()
}

// asks brings a person to where they wait for somebody.
func (w *world) asks(who bot.Address) {
	w.t.Helper()
	w.presses(who, "settings.language/:en")
	w.writes(who, "TALK")
	w.presses(who, "talk.talk/ask")
}

// opened is a world in which Lina is with a guest.
func (w *world) opens(guest, listener bot.Address, id string) {
	w.t.Helper()
	w.asks(guest)
	w.presses(listener, "!desk:take:"+id)
	w.stage(guest, bot.Open)
	w.forgetTold()
}

func (w *world) forgetTold() { clear(w.told) }

// all is what a text may mention in these tests.
func (w *world) text(id string, with locales.Args) string {
	args := locales.Args{"org": "Riverside", "alias": "GS01", "listener": "Lina", "language": "English", "channel": "SMS", "since": "09:00", "kind": "", "close": "/close", "oncall": "/oncall", "colleague": "Tara"}
	for k, v := range with {
		args[k] = v
	}
	return strings.TrimSpace(w.pack.Catalog.Locale("en").Text(id, args))
}

// count is how often somebody was told a text since the last forgetTold.
func (w *world) count(who bot.Address, text string) (n int) {
	for _, m := range w.told[who] {
		if strings.Contains(m.Text, text) {
			n++
		}
	}
	return n
}

// hears checks that somebody was told each text once.
func (w *world) hears(who bot.Address, ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if n := w.count(who, w.text(id, nil)); n != 1 {
			w.t.Errorf("%s was told %s %d times, want once; told: %s", who.ID, id, n, w.heard(who))
		}
	}
}

func (w *world) hearsWith(who bot.Address, id string, args locales.Args) {
	w.t.Helper()
	if n := w.count(who, w.text(id, args)); n != 1 {
		w.t.Errorf("%s was told %s %v %d times, want once; told: %s", who.ID, id, args, n, w.heard(who))
	}
}

// silent checks that somebody was told nothing.
func (w *world) silent(who ...bot.Address) {
	w.t.Helper()
	for _, a := range who {
		if len(w.told[a]) > 0 {
			w.t.Errorf("%s was told %s, want nothing", a.ID, w.heard(a))
		}
	}
}

func (w *world) heard(who bot.Address) string {
	var texts []string
	for _, m := range w.told[who] {
		texts = append(texts, fmt.Sprintf("%q", m.Text))
	}
	return strings.Join(texts, ", ")
}

// person is what is kept of somebody.
func (w *world) person(who bot.Address) bot.Person {
	w.t.Helper()
	p, _, err := w.store.LookAt(w.ctx, who)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// over checks that nothing is left of a handoff, with anybody.
func (w *world) over(guest bot.Address, workers ...bot.Address) {
	w.t.Helper()
	p := w.person(guest)
	if p.Handoff != nil || p.Session.Talk != "" {
		w.t.Errorf("the handoff is still there: %+v", p.Handoff)
	}
	for _, a := range workers {
		if d := w.person(a).Desk; d != nil && len(d.Guests)+len(d.Offers)+len(d.Seen) > 0 {
			w.t.Errorf("%s still has somebody on the desk: %s", a.ID, asJSON(d))
		}
	}
}

func (w *world) stage(guest bot.Address, want bot.Stage) {
	w.t.Helper()
	if h := w.person(guest).Handoff; h == nil || h.Stage != want {
		w.t.Errorf("the handoff is %s, want stage %s", asJSON(h), want)
	}
}

func asJSON(v any) string { b, _ := json.Marshal(v); return string(b) }
