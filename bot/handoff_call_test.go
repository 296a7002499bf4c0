package bot_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/locales"
)

// telephones stand in for the network of telephones: they note whom they are
// to ring, and which calls to end.
type telephones struct {
	rung []bot.Ring
	hung []string
	fail error // what the next rings come to
	lost bool  // the next ring's answer does not arrive
}

const callsFrom = "+441632960100"

func (*telephones) CallsFrom() string { return callsFrom }
func (*telephones) Number(a bot.Address) string {
	if a.Channel != "sms" {
		return ""
	}
	return a.ID
}

func (*telephones) Whole(phone, _ string) (string, bool) {
	digits := strings.ReplaceAll(phone, " ", "")
	return "+44" + strings.TrimPrefix(digits, "0"), len(digits) > 7
}

func (p *telephones) Ring(_ context.Context, r bot.Ring) (string, error) {
	if p.fail != nil {
		return "", p.fail
	}
	p.rung = append(p.rung, r)
	if p.lost {
		p.lost = false
		return "", nil
	}
	return "CA" + strconv.Itoa(len(p.rung)), nil
}

func (p *telephones) HangUp(_ context.Context, id string) error {
	p.hung = append(p.hung, id)
	return nil
}

const (
	linaPhoned = "  - {name: Lina, telegram: '700100001', sms: '+447700900333', roles: [listener], languages: [en]}\n"
	linaPhone  = "+447700900333"
	aCall      = "GS01-tested"
)

// reports is what the network says of a phone that was rung last.
func (w *world) reports(leg bot.Leg, state bot.CallState) bot.Admission {
	w.t.Helper()
	for i, r := range slices.Backward(w.phones.rung) {
		if r.Leg == leg {
			return w.reportsOf("CA"+strconv.Itoa(i+1), r.CallLeg, state)
		}
	}
	w.t.Fatalf("the %s was never rung", leg)
	return bot.Admission{}
}

func (w *world) reportsOf(id string, leg bot.CallLeg, state bot.CallState) bot.Admission {
	w.t.Helper()
	a, err := w.bot.Called(w.ctx, bot.CallReport{CallLeg: leg, ID: id, State: state})
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return a
}

// numbers are those that were rung.
func (w *world) numbers() (all []string) {
	for _, r := range w.phones.rung {
		all = append(all, r.Number)
	}
	return all
}

// proposes is a world in which Lina has asked whether she may phone.
func (w *world) proposes() {
	w.t.Helper()
	w.opens(amina, lina, aCall)
	w.presses(lina, "!desk:call:"+aCall)
}

// speaks is a world in which both are on the phone.
func (w *world) speaks() {
	w.t.Helper()
	w.proposes()
	w.writes(amina, "1")
	w.reports(bot.LegListener, bot.CallAnswered)
	w.reports(bot.LegGuest, bot.CallAnswered)
	if c := w.person(amina).Handoff.Call; c == nil || c.Stage != bot.CallOpen {
		w.t.Fatalf("the call is %s", asJSON(c))
	}
	w.forgetTold()
}

// relays checks that words go both ways, and that nobody is on the phone.
func (w *world) relays() {
	w.t.Helper()
	if p := w.person(amina); p.Handoff == nil || p.Handoff.Call != nil {
		w.t.Errorf("the handoff is %s, want one without a call", asJSON(p.Handoff))
	}
	w.forgetTold()
	w.writes(amina, "can you read this")
	w.writes(lina, "yes I can")
	w.hearsWith(lina, "desk.from", locales.Args{"text": "can you read this"})
	w.hearsWith(amina, "talk.from", locales.Args{"text": "yes I can"})
}

func TestCall(t *testing.T) {
	w := newWorld(t, linaPhoned)
	w.asks(amina)
	w.forgetTold()
	w.presses(lina, "!desk:take:"+aCall)
	if n := w.count(lina, w.text("desk.taken", nil)); n != 1 || !offers(w.told[lina], "!desk:call:"+aCall) {
		t.Errorf("a call is not offered: %s", asJSON(w.told[lina]))
	}
	w.forgetTold()
	w.writes(lina, "/call")
	w.hears(lina, "desk.call-asked")
	if w.count(amina, w.text("talk.call", nil)) != 1 || w.count(amina, "116 123") != 1 || len(w.phones.rung) > 0 {
		t.Errorf("asked, with the numbers, before anything rings: %s, %v", w.heard(amina), w.phones.rung)
	}
	w.forgetTold()
	w.writes(amina, "1")
	w.hears(amina, "talk.call-wait")
	w.hearsWith(lina, "desk.call-agreed", locales.Args{"phone": callsFrom})
	if got := w.numbers(); !slices.Equal(got, []string{linaPhone}) {
		t.Fatalf("rung are %v, want the listener alone", got)
	}
	a := w.reports(bot.LegListener, bot.CallAnswered)
	if a.Room == "" || a.Ends || a.Say != w.text("talk.call-spoken", nil) || a.Language != "en" {
		t.Errorf("the listener hears %+v", a)
	}
	w.hearsWith(amina, "talk.call-rings", locales.Args{"phone": callsFrom})
	b := w.reports(bot.LegGuest, bot.CallAnswered)
	if got := w.numbers(); b.Room != a.Room || !b.Ends || !slices.Equal(got, []string{linaPhone, amina.ID}) {
		t.Errorf("the guest hears %+v, want the listener's room %s; rung are %v", b, a.Room, got)
	}
	for _, number := range []string{amina.ID, linaPhone} {
		if strings.Contains(a.Room, strings.TrimPrefix(number, "+")) {
			t.Errorf("the room %q holds a number", a.Room)
		}
	}
	w.hears(lina, "desk.call-open")
	if !offers(w.told[lina], "!desk:line:gb-childline:"+aCall) {
		t.Errorf("no line is offered: %s", asJSON(w.told[lina]))
	}
	// While they speak, nobody is replaced for not writing.
	w.forgetTold()
	w.writes(amina, "I write while we speak")
	w.pass(30 * time.Minute)
	if w.count(lina, w.text("desk.waiting", nil)) > 0 {
		t.Errorf("a listener who speaks is reminded to write: %s", w.heard(lina))
	}
	w.forgetTold()
	w.presses(lina, "!desk:line:gb-childline:"+aCall)
	w.hearsWith(lina, "desk.call-line-rings", locales.Args{"name": "Childline"})
	if got := w.numbers(); len(got) != 3 || got[2] != "+448001111" {
		t.Fatalf("rung are %v, want the line as the third", got)
	}
	w.reports(bot.LegLine, bot.CallAnswered)
	w.hearsWith(lina, "desk.call-line-in", locales.Args{"name": "Childline"})
	// The listener may go: the guest stays with the line.
	w.forgetTold()
	w.reports(bot.LegListener, bot.CallEnded)
	w.silent(amina)
	if len(w.phones.hung) > 0 {
		t.Errorf("hung up: %v", w.phones.hung)
	}
	w.reports(bot.LegLine, bot.CallEnded)
	w.hears(amina, "talk.call-over")
	w.hears(lina, "desk.call-over")
	if !slices.Equal(w.phones.hung, []string{"CA2"}) {
		t.Errorf("hung up: %v, want the guest, who would be alone", w.phones.hung)
	}
	w.relays()
}

func offers(told []bot.Outbound, ref string) bool {
	return slices.ContainsFunc(told, func(m bot.Outbound) bool {
		return slices.ContainsFunc(m.Choices, func(c flows.Choice) bool { return c.Ref == ref && len(c.Ref) <= 64 })
	})
}

// Whatever goes wrong, both learn of it, nobody's phone rings on, and they go
// on in writing.
func TestCallFails(t *testing.T) {
	for _, test := range []struct {
		name          string
		to            func(w *world) // to where it goes wrong
		goes          func(w *world) // wrong
		guest, worker string         // what they are told
		hung          []string
	}{
		{"the guest would rather write", (*world).proposes, func(w *world) { w.writes(amina, "2") }, "talk.good", "desk.call-declined", nil},
		{"the guest writes instead, and is asked in vain", (*world).proposes, func(w *world) {
			w.writes(amina, "I am not sure")
			w.writes(lina, "that is all right")
			w.pass(5 * time.Minute)
		}, "", "desk.call-silent", nil},
		{"the listener takes the question back", (*world).proposes, func(w *world) { w.writes(lina, "/hangup") }, "talk.call-not", "desk.call-over", nil},
		{"the listener does not pick up", ringingListener, func(w *world) { w.reports(bot.LegListener, bot.CallMissed) }, "talk.call-not", "desk.call-missed-you", nil},
		{"the listener's phone cannot be called", ringingListener, func(w *world) { w.reports(bot.LegListener, bot.CallFailed) }, "talk.call-not", "desk.call-failed", nil},
		{"nothing is heard of the listener's phone", ringingListener, func(w *world) { w.pass(90 * time.Second) }, "talk.call-not", "desk.call-failed", []string{"CA1"}},
		{"the guest changes their mind", ringingListener, func(w *world) { w.presses(amina, "talk.call/no") }, "talk.good", "desk.call-over", []string{"CA1"}},
		{"the network refuses", (*world).proposes, func(w *world) {
			w.phones.fail = &bot.SendError{Failure: bot.Refused, Code: "21215"}
			w.writes(amina, "1")
		}, "talk.call-not", "desk.call-failed", nil},
		{"the guest does not pick up", ringingGuest, func(w *world) { w.reports(bot.LegGuest, bot.CallMissed) }, "talk.call-not", "desk.call-missed-them", []string{"CA1"}},
		{"the listener hangs up too soon", ringingGuest, func(w *world) { w.reports(bot.LegListener, bot.CallEnded) }, "talk.call-not", "desk.call-over", []string{"CA2"}},
		{"nothing is heard of the guest's phone", ringingGuest, func(w *world) { w.pass(90 * time.Second) }, "talk.call-not", "desk.call-failed", []string{"CA2", "CA1"}},
		{"the guest hangs up", (*world).speaks, func(w *world) { w.reports(bot.LegGuest, bot.CallEnded) }, "talk.call-over", "desk.call-over", []string{"CA1"}},
		{"the listener hangs up", (*world).speaks, func(w *world) { w.reports(bot.LegListener, bot.CallEnded) }, "talk.call-over", "desk.call-over", []string{"CA2"}},
		{"the listener ends it for all", (*world).speaks, func(w *world) { w.presses(lina, "!desk:hangup:"+aCall) }, "talk.call-over", "desk.call-over", []string{"CA2", "CA1"}},
		{"it never ends", (*world).speaks, func(w *world) { w.pass(2 * time.Hour) }, "talk.call-over", "desk.call-over", []string{"CA2", "CA1"}},
		{"a no after it is over", func(w *world) {
			w.speaks()
			w.reports(bot.LegGuest, bot.CallEnded)
			w.phones.hung = nil
			w.forgetTold()
		}, func(w *world) {
			w.presses(amina, "talk.call/yes")
		}, "talk.call-not", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newMemoryWorld(t, linaPhoned)
			test.to(w)
			w.forgetTold()
			test.goes(w)
			if test.guest != "" {
				w.hears(amina, test.guest)
			}
			if test.worker != "" {
				w.hears(lina, test.worker)
			}
			if !slices.Equal(w.phones.hung, test.hung) {
				t.Errorf("hung up: %v, want %v", w.phones.hung, test.hung)
			}
			w.relays()
		})
	}
}

func ringingListener(w *world) { w.proposes(); w.writes(amina, "1") }

func ringingGuest(w *world) { ringingListener(w); w.reports(bot.LegListener, bot.CallAnswered) }

// Nobody is called who did not agree, nor anything but the two and the lines
// of the directory.
func TestCallRefused(t *testing.T) {
	for _, test := range []struct {
		name, workers string
		guest         bot.Address
		does          func(w *world)
		guestHears    string
		workerHears   string
		rung          []string
	}{
		{"the guest has not answered", linaPhoned, amina, func(w *world) { w.proposes() }, "talk.call", "desk.call-asked", nil},
		{"the guest was not asked", linaPhoned, amina, func(w *world) {
			w.opens(amina, lina, aCall)
			w.presses(amina, "talk.call/yes")
		}, "talk.call-not", "", nil},
		{"nobody is there", linaPhoned, amina, func(w *world) {
			w.presses(amina, "settings.language/:en")
			w.forgetTold()
			w.presses(amina, "talk.call/yes")
		}, "talk.left", "", nil},
		{"a guest without a number", linaPhoned, omid, func(w *world) {
			w.opens(omid, lina, aCall)
			w.writes(lina, "/call")
		}, "", "desk.call-no-number", nil},
		{"a listener without a number", linaWorks, amina, func(w *world) {
			w.opens(amina, lina, aCall)
			w.writes(lina, "/call")
		}, "", "desk.call-no-number", nil},
		{"a short code", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.presses(lina, "!desk:line:gb-samaritans:"+aCall)
		}, "talk.call-dial", "desk.call-line-short", []string{linaPhone, amina.ID}},
		{"a short code, typed", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.writes(lina, "/line 1")
		}, "talk.call-dial", "desk.call-line-short", []string{linaPhone, amina.ID}},
		{"a number that is no line", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.writes(lina, "/line +447700900999")
		}, "", "desk.call-open", []string{linaPhone, amina.ID}},
		{"a line of another country", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.presses(lina, "!desk:line:us-nami:"+aCall)
		}, "", "desk.call-open", []string{linaPhone, amina.ID}},
		{"an emergency number", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.presses(lina, "!desk:line:gb-999:"+aCall)
		}, "", "desk.call-open", []string{linaPhone, amina.ID}},
		{"a line, with nobody on the phone", linaPhoned, amina, func(w *world) {
			w.opens(amina, lina, aCall)
			w.presses(lina, "!desk:line:gb-childline:"+aCall)
		}, "", "desk.call-over", nil},
		{"another line, after the listener has hung up", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.presses(lina, "!desk:line:gb-childline:"+aCall)
			w.reports(bot.LegLine, bot.CallAnswered)
			w.reports(bot.LegListener, bot.CallEnded)
			w.forgetTold()
			w.presses(lina, "!desk:line:gb-mind:"+aCall)
		}, "", "desk.call-line-in", []string{linaPhone, amina.ID, "+448001111"}},
		{"a line that is not reached", linaPhoned, amina, func(w *world) {
			w.speaks()
			w.presses(lina, "!desk:line:gb-childline:"+aCall)
			w.forgetTold()
			w.reports(bot.LegLine, bot.CallMissed)
		}, "talk.call-dial", "desk.call-line-not", []string{linaPhone, amina.ID, "+448001111"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newMemoryWorld(t, test.workers)
			test.does(w)
			args := locales.Args{"numbers": "/numbers", "name": "Samaritans", "phone": "116 123"}
			if slices.Contains(test.rung, "+448001111") {
				args["name"], args["phone"] = "Childline", "0800 1111"
			}
			if test.guestHears != "" {
				w.hearsWith(test.guest, test.guestHears, args)
			} else {
				w.silent(test.guest)
			}
			if test.workerHears != "" {
				w.hearsWith(lina, test.workerHears, args)
			}
			if got := w.numbers(); !slices.Equal(got, test.rung) {
				t.Errorf("rung are %v, want %v", got, test.rung)
			}
		})
	}
}

// A talk that ends, however, leaves nobody on the phone.
func TestNobodyIsLeftOnThePhone(t *testing.T) {
	for _, test := range []struct {
		name string
		goes func(w *world)
	}{
		{"FORGET", func(w *world) { w.presses(amina, "settings.forget/yes") }},
		{"STOP", func(w *world) { w.writes(amina, "STOP") }},
		{"the guest leaves", func(w *world) { w.presses(amina, "talk.here/leave") }},
		{"the listener closes", func(w *world) { w.writes(lina, "/close") }},
		{"the listener forgets", func(w *world) { w.presses(lina, "settings.forget/yes") }},
		{"a coordinator takes over", func(w *world) { w.presses(coco, "!desk:over:"+aCall) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newMemoryWorld(t, linaPhoned+cocoWorks)
			w.speaks()
			w.presses(lina, "!desk:line:gb-childline:"+aCall)
			test.goes(w)
			slices.Sort(w.phones.hung)
			if !slices.Equal(w.phones.hung, []string{"CA1", "CA2", "CA3"}) {
				t.Errorf("hung up: %v, want everybody", w.phones.hung)
			}
			if h := w.person(amina).Handoff; h != nil && h.Call != nil {
				t.Errorf("there is still a call: %s", asJSON(h.Call))
			}
			// Who picks up now is not let in.
			w.phones.hung = nil
			if a := w.reports(bot.LegGuest, bot.CallAnswered); a.Room != "" {
				t.Errorf("let into %q", a.Room)
			}
			w.reports(bot.LegLine, bot.CallAnswered)
			if !slices.Equal(w.phones.hung, []string{"CA3"}) {
				t.Errorf("the line is left alone: %v", w.phones.hung)
			}
		})
	}
}

// A process that dies while it places a call may place it twice: whoever picks
// up first is in, the other is not, and an order that is done is not done
// again.
func TestCallPlacedTwice(t *testing.T) {
	w := newMemoryWorld(t, linaPhoned)
	w.proposes()
	w.does(amina, flows.Input{Kind: flows.Text, Text: "1"})
	entries, err := w.store.Waiting(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var order bot.Entry
	for _, e := range entries {
		if e.Message.Call != nil {
			order = e
		}
	}
	if order.Message.Call == nil {
		t.Fatal("no order waits")
	}
	for range 2 {
		if _, err := w.bot.Calls().Send(w.ctx, order.Message); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.phones.rung) != 1 {
		t.Fatalf("rung are %v, want one", w.numbers())
	}
	w.settle()
	leg := order.Message.Call.CallLeg
	if a := w.reportsOf("CA-lost", leg, bot.CallAnswered); a.Room == "" { // placed by a process that died at once
		t.Error("the first who picks up is not let in")
	}
	if !slices.Equal(w.phones.hung, []string{"CA1"}) {
		t.Errorf("hung up: %v, want the phone that rings on", w.phones.hung)
	}
	if a := w.reportsOf("CA1", leg, bot.CallAnswered); a.Room != "" {
		t.Error("let in twice")
	}
	w.reportsOf("CA1", leg, bot.CallEnded)
	if c := w.person(amina).Handoff.Call; c == nil || c.Stage != bot.CallsGuest {
		t.Errorf("the call is %s, want one that rings the guest", asJSON(c))
	}
	if a := w.reportsOf("CA-lost", leg, bot.CallAnswered); a.Room == "" { // the network asks again
		t.Error("a repeated question is answered otherwise")
	}
}

// Of two listeners the one who asks is phoned, and the other is not.
func TestCallByTheSecond(t *testing.T) {
	w := newMemoryWorld(t, linaWorks+taraWorks)
	w.opens(amina, lina, aCall)
	w.writes(lina, "/second")
	w.presses(tara, "!desk:take:"+aCall)
	w.forgetTold()
	w.writes(tara, "/call")
	if w.count(amina, w.text("talk.call", locales.Args{"listener": "Tara"})) != 1 {
		t.Fatalf("the guest is told %s", w.heard(amina))
	}
	w.writes(amina, "1")
	w.reports(bot.LegListener, bot.CallAnswered)
	w.reports(bot.LegGuest, bot.CallAnswered)
	if got := w.numbers(); !slices.Equal(got, []string{tara.ID, amina.ID}) {
		t.Errorf("rung are %v", got)
	}
	w.writes(lina, "/close") // who is not on the phone may go
	if len(w.phones.hung) > 0 {
		t.Errorf("hung up: %v", w.phones.hung)
	}
	w.writes(tara, "/close")
	if slices.Sort(w.phones.hung); !slices.Equal(w.phones.hung, []string{"CA1", "CA2"}) {
		t.Errorf("hung up: %v, want both", w.phones.hung)
	}
}
