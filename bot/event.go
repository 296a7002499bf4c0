package bot

import (
	"context"
	"errors"
	"strings"
)

// Event is what one person's turn has to tell another's. It leaves through
// the outbox like a message and arrives as a turn, once.
type Event struct {
	ID    MessageID `json:"i"`
	Kind  EventKind `json:"k"`
	From  Address   `json:"f"`
	To    Address   `json:"t"`
	Guest Guest     `json:"g"`
	Text  string    `json:"x,omitempty"`
	Media *Media    `json:"m,omitempty"`
	Late  bool      `json:"l,omitempty"` // with EventGone: in answer to somebody who came too late

	Date         *DateChange   `json:"d,omitempty"` // with EventDate
	Announcement *Announcement `json:"a,omitempty"` // with EventPost; otherwise Text is its id
	Sure         bool          `json:"u,omitempty"` // with EventPost: what its preview asks was seen
	Screen       string        `json:"c,omitempty"` // the message that shows what comes of it, as in Press.Message
}

// EventKind is what an Event tells.
type EventKind string

// The events to a listener.
const (
	EventOffer      EventKind = "offer"
	EventGone       EventKind = "gone"   // not on offer, or not theirs, any more
	EventOpened     EventKind = "opened" // it is theirs; Text is what was written while waiting
	EventText       EventKind = "text"
	EventMedia      EventKind = "media"
	EventReached    EventKind = "reached"
	EventNotReached EventKind = "not-reached"
	EventWaiting    EventKind = "waiting" // the guest waits for an answer
	EventWorry      EventKind = "worry"   // to coordinators: no word since the guest began to dial
	EventQuiet      EventKind = "quiet"   // nobody has written for long
	EventNotWords   EventKind = "not-words"
	EventLeft       EventKind = "left"   // ended by the guest
	EventLapsed     EventKind = "lapsed" // ended because nobody answered the guest
	EventLost       EventKind = "lost"   // ended because the guest cannot be reached
	// A message to the guest did not arrive; the next one may.
	EventUndelivered EventKind = "undelivered"
	EventClosed      EventKind = "closed"      // ended by this listener
	EventFinished    EventKind = "finished"    // ended while they were the second
	EventInvited     EventKind = "invited"     // colleagues were asked to join
	EventNobodyElse  EventKind = "nobody-else" // there is no colleague to ask
	EventFull        EventKind = "full"        // two are there already
	EventJoined      EventKind = "joined"      // a colleague is there too
	EventParted      EventKind = "parted"      // the colleague has gone; Text is their name
	EventStays       EventKind = "stays"       // in answer to one of two who goes
	EventAlso        EventKind = "also"        // the colleague wrote Text
	EventAlsoPhrase  EventKind = "also-phrase"
	EventAlsoNumbers EventKind = "also-numbers"
	EventAlsoMedia   EventKind = "also-media"
	EventUnheard     EventKind = "unheard" // to coordinators: messages do not reach a listener, whose name is Text
	EventSeen        EventKind = "seen"    // to coordinators, silently: how it is; Text is the listener's name
	EventUnseen      EventKind = "unseen"  // to coordinators, silently: it has ended
)

// The events to a listener about a call. Text is the id of a line, where one
// is concerned.
const (
	EventCallAgreed   EventKind = "call-agreed" // the guest wants it; the listener's phone rings
	EventCallDeclined EventKind = "call-declined"
	EventCallSilent   EventKind = "call-silent" // the guest has not said
	EventCallOpen     EventKind = "call-open"   // they speak; a line may be added
	EventCallOver     EventKind = "call-over"
	EventCallFailed   EventKind = "call-failed" // it could not be made
	EventMissedYou    EventKind = "call-missed-you"
	EventMissedThem   EventKind = "call-missed-them"
	EventLineRings    EventKind = "call-line-rings"
	EventLineIn       EventKind = "call-line-in"
	EventLineNot      EventKind = "call-line-not"   // it was not reached; the guest sees the number
	EventLineShort    EventKind = "call-line-short" // it cannot be called; the guest sees the number
)

// aboutCall reports whether an event tells a listener of a call.
func (k EventKind) aboutCall() bool { return strings.HasPrefix(string(k), "call-") }

// The events from a listener.
const (
	EventTake    EventKind = "take"   // Text is the listener's name
	EventRelieve EventKind = "over"   // take, also from a listener who is there: for coordinators
	EventJoin    EventKind = "join"   // beside the one who is there: for coordinators
	EventSecond  EventKind = "second" // have a colleague asked to join
	EventSay     EventKind = "say"
	EventPhrase  EventKind = "phrase"  // Text names a ready phrase
	EventNumbers EventKind = "numbers" // show the lines, stay while they dial
	EventShow    EventKind = "show"    // a picture or a voice note
	EventMissed  EventKind = "missed"  // a message did not reach the listener
	EventClose   EventKind = "close"
	EventQuit    EventKind = "quit" // the listener cannot be reached, or is gone
	EventCall    EventKind = "call" // ask whether they want to be phoned
	EventLine    EventKind = "line" // have a line join the call; Text is its id
	EventHangUp  EventKind = "hang-up"
)

// The events about announcements. The first four ask something of the board on
// behalf of the worker whom they are from, and come back to them.
const (
	EventPost    EventKind = "post"
	EventCancel  EventKind = "cancel"
	EventApprove EventKind = "approve"
	EventRefuse  EventKind = "refuse"
	EventConfirm EventKind = "confirm" // to others: one of them is to confirm an announcement
	EventDecided EventKind = "decided" // to its author: somebody did, or refused it
)

// EventDate asks for a date of a group to be changed, on behalf of the worker
// whom it is from, and comes back to them.
const EventDate EventKind = "date"

// fromDesk reports whether an event comes from a listener.
func (k EventKind) fromDesk() bool {
	switch k {
	case EventTake, EventRelieve, EventJoin, EventSecond, EventShow, EventMissed, EventSay, EventPhrase, EventNumbers, EventClose, EventQuit,
		EventCall, EventLine, EventHangUp:
		return true
	}
	return false
}

// insideName is the channel on which events travel.
const insideName = "inside"

// insideOf is where events to somebody go.
func insideOf(to Address) Address {
	return Address{Channel: insideName, ID: to.Channel + " " + to.ID}
}

// inside is the channel that brings events: sending is a turn of the other.
type inside struct{ b *Bot }

// Inside is the channel on which turns tell each other. It is to be given to
// the Deliverer beside the networks.
func (b *Bot) Inside() Channel { return inside{b} }

func (inside) Name() string                 { return insideName }
func (inside) Divide(m Outbound) []Outbound { return []Outbound{m} }
func (c inside) Send(ctx context.Context, m Outbound) (Receipt, error) {
	if m.Event == nil {
		return Receipt{}, &SendError{Failure: Impossible, Code: "event", Err: errors.New("a message for the inside holds no event")}
	}
	if err := c.b.tellInside(ctx, *m.Event); err != nil {
		return Receipt{}, &SendError{Failure: Transient, Code: "store", Err: err}
	}
	return Receipt{}, nil
}

// tellInside takes an event into the turn of whom it is for.
func (b *Bot) tellInside(ctx context.Context, e Event) error {
	channel, ok := b.channels[e.To.Channel]
	if !ok {
		b.log.Error("an event is for a channel that is not configured", "channel", e.To.Channel)
		return nil
	}
	if e.Kind == EventDate {
		return b.changeDate(ctx, channel, e)
	}
	if e.Kind.aboutBoard() {
		return b.tellBoard(ctx, channel, e)
	}
	var kept *turn
	err := b.store.Update(ctx, e.To, e.ID, func(p *Person) error {
		t := b.turn(p, channel, string(e.ID))
		if e.Kind.fromDesk() {
			t.fromListener(e)
			p.Erased = p.New // somebody who was erased is not kept again by a late word
		} else if w, ok := b.workers[e.To]; ok {
			t.toListener(w, e)
		}
		kept = t
		return nil
	})
	if err == nil && kept != nil {
		kept.keep()
	}
	return err
}
