package bot

import (
	"time"

	"porchlight/flows"
)

// Address says where on which network a person is reached. It identifies a
// person: it is never written to a log, and the store keeps it sealed.
type Address struct {
	Channel string `json:"c"` // the channel's Name, such as "sms" or "telegram"
	ID      string `json:"i"` // an E.164 number, or a chat's id in decimal
}

// MessageID is the network's own id of a message, unique within its channel.
// A message that arrives again with the same id is dropped.
type MessageID string

// Inbound is one thing that a person did on a network: wrote, pressed a
// button, sent a place, blocked the bot.
type Inbound struct {
	ID    MessageID
	From  Address
	Input flows.Input // what the conversation needs to know of it
	Press *Press      // set when a button was pressed
	Media *Media      // a picture or a voice note that can be passed on; words under it are Input.Text
}

// Media is a picture or a voice note, by the name that the network has for it.
// Nothing of it is fetched or stored. It can be sent on the same network only.
type Media struct {
	Kind MediaKind `json:"k"`
	File string    `json:"f"` // identifies what a person sent: kept sealed, never logged
}

// MediaKind is what a Media is.
type MediaKind string

// The kinds of Media that are passed on.
const (
	Photo MediaKind = "photo"
	Voice MediaKind = "voice"
)

// Press names the button press that a reply answers, so that the channel can
// acknowledge it and change the pressed message in place.
type Press struct {
	Query   string `json:"q"`           // the network's id of the press, to be acknowledged
	Message string `json:"m,omitempty"` // the message that holds the button; empty: do not edit, send anew
}

// Lane is a message's urgency. A lower lane's messages never delay a higher one's.
type Lane uint8

// The lanes, most urgent first.
const (
	Urgent Lane = iota // crisis and handoff
	Reply              // answers to what a person did
	Bulk               // announcements and reminders: only to people who have not stopped
)

// Lanes lists every lane, most urgent first.
var Lanes = [...]Lane{Urgent, Reply, Bulk}

// String names the lane as keys and metrics do.
func (l Lane) String() string { return [...]string{"urgent", "reply", "bulk"}[l] }

// Outbound is one message to one person, complete: text in the person's
// language, within what one message of the channel holds.
type Outbound struct {
	To       Address        `json:"to"`
	Lane     Lane           `json:"l,omitempty"`
	Text     string         `json:"t"`
	Language string         `json:"g,omitempty"` // BCP 47, for direction
	Choices  []flows.Choice `json:"b,omitempty"` // to be shown as buttons where the channel has them
	Pin      *flows.Pin     `json:"p,omitempty"` // a place to show on a map where the channel can
	Press    *Press         `json:"x,omitempty"`
	Media    *Media         `json:"m,omitempty"` // shown with Text, which is short, under it
	Event    *Event         `json:"e,omitempty"` // what a turn tells another's, on the channel of Inside
	Silent   bool           `json:"s,omitempty"` // without a sound, where the channel can
	// Announcement is the id of the one that this is part of.
	Announcement string     `json:"a,omitempty"`
	Call         *CallOrder `json:"c,omitempty"` // what is to be done at the network of telephones, on the channel of Calls
}

// Receipt is the network's word that it took a message.
type Receipt struct {
	ID string // the network's id of the message
}

// Status is how far a message that the network took has come. Higher is later;
// a status never goes back.
type Status uint8

// The statuses, in the order a message passes through them. The last two are final.
const (
	Accepted  Status = iota + 1
	Sent             // handed to the carrier; not yet received
	Delivered        // the handset has it
	Failed           // it never will
)

// Delivery is a later word about a message that the network took.
type Delivery struct {
	To      Address
	ID      string // the id of the Receipt
	Status  Status
	Failure *SendError // why, when Status is Failed
	At      time.Time
	// Announcement is Outbound.Announcement of the message, where the network
	// gives it back.
	Announcement string
}
