package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"porchlight/flows/directory"
)

// A call brings the two of a handoff, and a line as the third, together by
// telephone without showing anybody's number. The person's record decides who
// is rung and who is let in (handoff_call.go); what is to be done at the
// network leaves through the outbox as a CallOrder, what the network says
// comes back as a CallReport.

// Caller is a network of telephones. Its errors are *SendError; they hold no number.
type Caller interface {
	// CallsFrom is the number that people see when they are called, in E.164.
	CallsFrom() string
	// Number is where the phone of an address is called, in E.164; empty: it has none.
	Number(a Address) string
	// Whole is a line's number in E.164, from how people of a country (ISO
	// 3166) dial it. It is not ok for what the network cannot call: short
	// codes and emergency numbers.
	Whole(phone, country string) (number string, ok bool)
	// Ring has a phone ring. Who picks up is let into the room once
	// Bot.Called admits them; a line is in it at once. The network ends the
	// call after Ring.Most. The id is the network's own, empty where it took
	// the call but its answer was lost.
	Ring(ctx context.Context, r Ring) (id string, err error)
	// HangUp ends a call, whether it rings or is answered. That it has ended
	// already is no error.
	HangUp(ctx context.Context, id string) error
}

// Leg is whose phone a call is to.
type Leg string

// The legs.
const (
	LegGuest    Leg = "guest"
	LegListener Leg = "listener"
	LegLine     Leg = "line"
)

// Ring is a phone that is to ring, and which room it leads to.
type Ring struct {
	Number string        // E.164
	Most   time.Duration // how long the call may last
	CallLeg
}

// CallLeg names one phone of one call. Nothing in it is a number.
type CallLeg struct {
	Room  string   `json:"r"` // no two calls have the same
	Guest PersonID `json:"g"` // whose call it is
	Leg   Leg      `json:"l"`
	Line  string   `json:"n,omitempty"` // id in the directory, with LegLine
}

// CallOrder is what an Outbound has done at the network of telephones.
type CallOrder struct {
	CallLeg
	HangUp string `json:"h,omitempty"` // the network's id of the call to end; empty: the phone is to ring
}

// CallReport is what the network says of one phone.
type CallReport struct {
	CallLeg
	ID    string // the network's id of the call
	State CallState
}

// CallState is what became of one phone.
type CallState string

// The states of a phone; the last three are final.
const (
	CallPlaced   CallState = "placed"   // the network took the call
	CallAnswered CallState = "answered" // by a person, as far as can be told
	CallMissed   CallState = "missed"   // busy, not picked up, or picked up by a machine
	CallFailed   CallState = "failed"   // the network cannot call it
	CallEnded    CallState = "ended"    // hung up
)

// Admission is what somebody hears who picked up.
type Admission struct {
	Room     string // where they are brought; empty: the call has ended
	Ends     bool   // the call ends for all when this phone hangs up
	Say      string // first; in Language
	Language string // BCP 47
}

// callsName is the channel on which orders to call travel: a failing network of
// telephones holds no text.
const callsName = "calls"

// calls is the channel that has orders carried out.
type calls struct{ b *Bot }

// Calls is the channel on which calls are placed. It is to be given to the
// Deliverer beside the networks.
func (b *Bot) Calls() Channel { return calls{b} }

func (calls) Name() string                 { return callsName }
func (calls) Divide(m Outbound) []Outbound { return []Outbound{m} }

// Send carries out an order that is still wanted. Who rings is looked up now:
// the two people, or a line of the directory, and nobody else. A process that
// dies in the middle may have a phone ring a second time; only the first who
// picks up is let in.
func (c calls) Send(ctx context.Context, m Outbound) (Receipt, error) {
	if m.Call == nil {
		return Receipt{}, &SendError{Failure: Refused, Code: "call", Err: errors.New("a message for the calls holds no order")}
	}
	if c.b.caller == nil { // calls were turned off meanwhile
		return Receipt{}, nil
	}
	if m.Call.HangUp != "" {
		return Receipt{}, c.passing(c.b.caller.HangUp(ctx, m.Call.HangUp))
	}
	number, err := c.b.wanted(ctx, m.Call.CallLeg)
	if err != nil {
		return Receipt{}, &SendError{Failure: Transient, Code: "store", Err: err}
	}
	if number == "" {
		return Receipt{}, nil
	}
	id, err := c.b.caller.Ring(ctx, Ring{Number: number, Most: callLasts, CallLeg: m.Call.CallLeg})
	report := CallReport{CallLeg: m.Call.CallLeg, ID: id, State: CallPlaced}
	if err != nil {
		if err := c.passing(err); err != nil {
			return Receipt{}, err
		}
		report.State = CallFailed
	}
	if _, err := c.b.Called(ctx, report); err != nil {
		if report.State == CallFailed {
			return Receipt{}, &SendError{Failure: Transient, Code: "store", Err: err}
		}
		c.b.log.Warn("a call was placed, which could not be kept; the network's own reports follow", "error", err)
	}
	return Receipt{ID: id}, nil
}

// passing is an error that may pass; what does not is for the log.
func (c calls) passing(err error) error {
	if err == nil {
		return nil
	}
	why := classify(err)
	if why.Failure == Transient || why.Failure == Throttled {
		return err
	}
	c.b.log.Error("the network refuses a call", "failure", why.Failure, "code", why.Code)
	return nil
}

// wanted is the number to ring for a leg, in E.164; empty: it is not to ring,
// or not any more.
func (b *Bot) wanted(ctx context.Context, leg CallLeg) (number string, err error) {
	p, ok, err := b.store.Look(ctx, leg.Guest)
	if err != nil || !ok {
		return "", err
	}
	h := p.Handoff
	if h == nil || h.Call == nil || h.Call.Room != leg.Room || h.Call.Line != leg.Line && leg.Leg == LegLine {
		return "", nil
	}
	if at := h.Call.phone(leg.Leg); at.ID != "" { // it rings, or rang, already
		return "", nil
	}
	switch {
	case leg.Leg == LegListener && h.Call.Stage == CallsListener:
		return b.caller.Number(b.workers[h.Listener].Phone), nil
	case leg.Leg == LegGuest && h.Call.Stage == CallsGuest:
		return b.caller.Number(p.Address), nil
	case leg.Leg == LegLine && h.Call.Stage == CallOpen:
		if line := b.line(b.country(p), leg.Line); line != nil {
			number, _ = b.caller.Whole(line.Phone, b.country(p))
		}
	}
	return number, nil
}

// Called takes in what the network says of a phone, and tells what is to
// become of who picked up. The error wraps ErrAway when the network should tell
// again.
func (b *Bot) Called(ctx context.Context, r CallReport) (Admission, error) {
	p, ok, err := b.store.Look(ctx, r.Guest)
	if err == nil && ok {
		if err = b.takeReport(ctx, p.Address, r); err == nil {
			p, ok, err = b.store.Look(ctx, r.Guest)
		}
	}
	if err != nil {
		return Admission{}, fmt.Errorf("call: %w", err)
	}
	c := (*Call)(nil)
	if ok && p.Handoff != nil && p.Handoff.Call != nil && p.Handoff.Call.Room == r.Room {
		c = p.Handoff.Call
	}
	switch {
	case c != nil && r.State == CallAnswered && c.phone(r.Leg).In && c.phone(r.Leg).ID == r.ID:
		return b.admission(p, r.CallLeg), nil
	case r.State == CallAnswered && r.Leg == LegLine, r.State == CallPlaced && (c == nil || c.phone(r.Leg).ID != r.ID) && r.ID != "":
		// Nobody waits for it any more, and nobody else ends it.
		if err := b.caller.HangUp(ctx, r.ID); err != nil {
			return Admission{}, fmt.Errorf("call: %w", err)
		}
	}
	return Admission{}, nil
}

func (b *Bot) takeReport(ctx context.Context, guest Address, r CallReport) error {
	channel, ok := b.channels[guest.Channel]
	if !ok {
		return nil
	}
	id := MessageID("")
	if r.ID != "" {
		id = MessageID("call " + r.Room + " " + r.ID + " " + string(r.State))
	}
	var kept *turn
	err := b.store.Update(ctx, guest, id, func(p *Person) error {
		if p.New {
			return errAsItWas
		}
		kept = b.turn(p, channel, string(id)+" "+r.Room+" "+string(r.Leg)+r.Line+" "+string(r.State))
		kept.reported(r)
		return nil
	})
	if errors.Is(err, errAsItWas) {
		return nil
	}
	if err == nil && kept != nil {
		kept.keep()
	}
	return err
}

// admission is what somebody hears who is let in, in their language.
func (b *Bot) admission(p Person, leg CallLeg) Admission {
	l := b.machine.Locale(p.Session)
	if leg.Leg == LegListener {
		if own := b.workers[p.Handoff.Listener].Languages; len(own) > 0 && b.machine.Catalog.Locale(own[0]) != nil {
			l = b.machine.Catalog.Locale(own[0])
		}
	}
	return Admission{Room: leg.Room, Ends: leg.Leg == LegGuest, Say: l.Text("talk.call-spoken", nil), Language: l.Tag}
}

// country is whose lines somebody is shown.
func (b *Bot) country(p Person) string {
	if p.Session.Country != "" {
		return p.Session.Country
	}
	return b.machine.Org.Country
}

// lines are those of a country's that have a phone, always in the same order.
func (b *Bot) lines(country string) (all []*directory.Line) {
	for _, c := range b.machine.Directory.Support(country, b.clock.Now()) {
		if c.Phone != "" {
			all = append(all, c.Line)
		}
	}
	return all
}

// line is one of a country's lines, or nil.
func (b *Bot) line(country, id string) *directory.Line {
	for _, l := range b.lines(country) {
		if l.ID == id {
			return l
		}
	}
	return nil
}
