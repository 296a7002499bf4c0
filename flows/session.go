// Package flows holds the conversations, as YAML, and the machine that steps
// through them. It does no I/O and has no clock: what it needs comes with the
// input, what should happen leaves as effects.
package flows

import "time"

// Session is where a person is in a conversation, and the little that a
// conversation knows about them. It does not grow with the number of turns.
type Session struct {
	Flow   string            `json:"f,omitempty"`
	State  string            `json:"s,omitempty"`
	Data   map[string]string `json:"d,omitempty"` // what the person chose on the way, by the name the flow gives it
	Offer  []string          `json:"o,omitempty"` // ids of the items last listed, in the order of their numbers
	Page   int               `json:"p,omitempty"` // which part of a long list is shown
	Aside  string            `json:"b,omitempty"` // "flow.state" of something said in between, such as crisis lines; Flow and State are where the person was
	Due    []string          `json:"r,omitempty"` // dates of groups of which the person asked to be reminded
	Talk   string            `json:"k,omitempty"` // TalkAsked or TalkOpen while somebody was asked for, or is there
	With   string            `json:"w,omitempty"` // the name of the listener who is there
	Beside string            `json:"j,omitempty"` // the name of a second one who is there
	Until  time.Time         `json:"u,omitzero"`  // when somebody of the organisation is there again, as last told
	// Crisis is the kind of crisis that was last read, until the person moves
	// on: a listener sees it only if the person asks for one.
	Crisis string `json:"i,omitempty"`
	Profile
}

// The values of Session.Talk.
const (
	TalkAsked = "asked"
	TalkOpen  = "open"
)

// Profile is what the person has told: nothing here identifies anyone.
type Profile struct {
	Language string   `json:"l,omitempty"` // BCP 47, one of the pack's; empty: not yet known
	Chosen   bool     `json:"c,omitempty"` // the person chose Language, it was not guessed
	Country  string   `json:"n,omitempty"` // ISO 3166 of the person's number; empty: the organisation's
	Area     string   `json:"a,omitempty"` // id of an area of the directory
	Topics   []string `json:"t,omitempty"` // announcements the person agreed to hear; empty: none. STOP silences them, START brings them back
	Stopped  bool     `json:"x,omitempty"` // the person said STOP: nothing is sent that they did not ask for
}

// Input is one thing the person did, or a timer that came.
type Input struct {
	Now         time.Time
	Channel     string // name of the channel, which decides how lists and choices are shown
	Kind        Kind
	Text        string    // what was written, with Text
	Choice      string    // Ref of the pressed choice, with Pressed
	Location    *Location // with Located
	Timer       string    // Data of the timer, with Timed
	Night       time.Time // with Timed: until when what can wait is to wait; zero: it is not night
	AppLanguage string    // language of the person's app, a hint; BCP 47 or empty
	Country     string    // ISO 3166 of the person's number, or empty
	Silent      bool      // the network has answered this itself (an opt-out word): record, do not reply
}

// Kind is what sort of thing an Input is.
type Kind uint8

// The kinds of input.
const (
	Text     Kind = iota // words
	Pressed              // a button
	Located              // a place was shared
	Media                // a picture, a voice, a sticker: something that cannot be read
	Edited               // an earlier message was changed
	Timed                // a timer came
	Blocked              // the person blocked the bot on the network
	Returned             // the person lifted that block
	Stop                 // the network says: opt-out word
	Start                // the network says: opt-in word
	Help                 // the network says: help word
)

// Location is a place on earth, WGS 84 degrees.
type Location struct {
	Latitude  float64 `json:"lat"`
	Longitude float64 `json:"lon"`
}

// Pin is a place to show on a map.
type Pin struct {
	Location
	Name    string `json:"n"`
	Address string `json:"a"`
}

// Choice is something the person can pick.
type Choice struct {
	Key   string `json:"k"`           // what to type: "1" to "99", a letter, or a word such as MENU
	Ref   string `json:"r,omitempty"` // what a button carries back as Input.Choice: at most 64 bytes
	Label string `json:"l"`           // in the person's language
}

// Urgency is how soon something said must reach the person.
type Urgency uint8

// The urgencies.
const (
	Ordinary Urgency = iota // an answer
	Crisis                  // before everything else
	Unasked                 // the person did not just ask for it: never to a person who has stopped
)

// Effect is something that should happen because of a step: one of the types
// below.
type Effect interface{ effect() }

// Say is a message to the person.
type Say struct {
	Text     string
	Choices  []Choice
	Language string // BCP 47 of Text
	Urgency  Urgency
	Pin      *Pin
	Replace  bool // the message that was pressed may give way to this one
}

// Remind asks for an Input of kind Timed at a time.
type Remind struct {
	Name string // a later Remind of the same name replaces this one
	At   time.Time
	Data string
}

// Unremind takes a Remind back.
type Unremind struct{ Name string }

// Forget erases everything that is kept about the person.
type Forget struct{}

// Ask asks for a person of the organisation: the person has agreed to what
// is passed on.
type Ask struct{}

// Note is something written while waiting for the one who comes.
type Note struct{ Text string }

// Relay is something written to the listener who is there.
type Relay struct{ Text string }

// Through says whether the person got through to the line they called.
type Through struct{ Reached bool }

// Leave ends the talk, or the waiting for it.
type Leave struct{}

// CallAnswer says whether the person wants to be phoned.
type CallAnswer struct{ Yes bool }

// FollowUp is the person's agreement to be asked once how they are.
type FollowUp struct{}

func (Say) effect()        {}
func (Remind) effect()     {}
func (Unremind) effect()   {}
func (Forget) effect()     {}
func (Ask) effect()        {}
func (Note) effect()       {}
func (Relay) effect()      {}
func (Through) effect()    {}
func (Leave) effect()      {}
func (CallAnswer) effect() {}
func (FollowUp) effect()   {}
