package sms

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	"github.com/twilio/twilio-go/twiml"

	"porchlight/bot"
)

var _ bot.Caller = (*Channel)(nil)

// How long a phone rings, in seconds: a person's shortly, so that no answering
// machine of a carrier's picks up; a line's for longer, for people wait there.
const (
	personRings = 30
	lineRings   = 120
)

// fewestDigits of a number, without the country's code, that works from
// everywhere: fewer is a short code.
const fewestDigits = 7

// CallsFrom is the number that calls come from, in E.164; empty: there are
// none, because texts leave through a messaging service and no number is named
// for calls.
func (c *Channel) CallsFrom() string { return c.cfg.VoiceFrom }

// Number is the number of an address of this channel.
func (c *Channel) Number(a bot.Address) string {
	if a.Channel != c.Name() || !isNumber(a.ID) {
		return ""
	}
	return a.ID
}

// Whole is bot.Caller's. Twilio calls numbers in E.164 only
// (https://www.twilio.com/docs/api/errors/21211), which short codes do not have.
func (c *Channel) Whole(phone, country string) (number string, ok bool) {
	n, err := phonenumbers.Parse(phone, country)
	if err != nil || !phonenumbers.IsValidNumber(n) || phonenumbers.ConnectsToEmergencyNumber(phone, country) {
		return "", false
	}
	if len(phonenumbers.GetNationalSignificantNumber(n)) < fewestDigits {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// Ring calls a phone. A person who picks up is asked after at VoicePath; a line
// joins the room, a Twilio conference, at once. Neither the room's name nor an
// address of a webhook holds a number. A person's number outside the
// configured countries is refused here, with the code "country".
func (c *Channel) Ring(ctx context.Context, r bot.Ring) (id string, err error) {
	if !isNumber(r.Number) {
		return "", &bot.SendError{Failure: bot.Refused, Code: "number"}
	}
	if r.Leg != bot.LegLine && len(c.countries) > 0 && !c.countries[country(r.Number)] {
		return "", &bot.SendError{Failure: bot.Refused, Code: "country"}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	call := &call{ctx: ctx, channel: c}
	if r.Leg == bot.LegLine {
		in, err := call.service().CreateParticipant(r.Room, c.participant(r))
		if err == nil && in.CallSid != nil {
			id = *in.CallSid
		}
		return id, placed(call, id, err)
	}
	made, err := call.service().CreateCall(c.personCall(r))
	if err == nil && made.Sid != nil {
		id = *made.Sid
	}
	return id, placed(call, id, err)
}

// placed is what came of a request to call.
func placed(call *call, id string, err error) error {
	var refused *client.TwilioRestError
	switch {
	case id != "":
		return nil
	case call.status == http.StatusCreated:
		call.channel.cfg.Log.Warn("Twilio took a call but its answer could not be read")
		return nil
	case errors.As(err, &refused):
		return failure(call, refused.Code, nil)
	}
	return failure(call, 0, err)
}

// personCall is the call to one of the two people. Whether a machine has picked
// up is found out before they are brought together: nobody is to speak to the
// other's mailbox. A second address to ask at is the same one: Twilio asks an
// address again only so.
func (c *Channel) personCall(r bot.Ring) *api.CreateCallParams {
	p := &api.CreateCallParams{}
	p.SetPathAccountSid(c.cfg.AccountSID)
	p.SetTo(r.Number)
	p.SetFrom(c.cfg.VoiceFrom)
	p.SetUrl(c.voiceURL(r.CallLeg, false))
	p.SetFallbackUrl(c.voiceURL(r.CallLeg, false))
	p.SetStatusCallback(c.voiceURL(r.CallLeg, true))
	p.SetStatusCallbackEvent([]string{"completed"})
	p.SetMachineDetection("Enable")
	p.SetTimeout(personRings)
	p.SetTimeLimit(int(r.Most / time.Second))
	return p
}

// participant is a line on its way into the room, which hears it ring.
func (c *Channel) participant(r bot.Ring) *api.CreateParticipantParams {
	p := &api.CreateParticipantParams{}
	p.SetPathAccountSid(c.cfg.AccountSID)
	p.SetTo(r.Number)
	p.SetFrom(c.cfg.VoiceFrom)
	p.SetLabel(string(bot.LegLine))
	p.SetStatusCallback(c.voiceURL(r.CallLeg, true))
	p.SetStatusCallbackEvent([]string{"answered", "completed"})
	p.SetEarlyMedia(true)
	p.SetEndConferenceOnExit(false)
	p.SetTimeout(lineRings)
	p.SetTimeLimit(int(r.Most / time.Second))
	return p
}

// voiceURL is where Twilio asks or tells about a leg.
func (c *Channel) voiceURL(leg bot.CallLeg, status bool) string {
	q := url.Values{
		"room": {leg.Room}, "leg": {string(leg.Leg)},
		"guest": {strconv.Itoa(int(leg.Guest.Partition)) + "." + leg.Guest.Hash}, // a keyed hash
	}
	if leg.Line != "" {
		q.Set("line", leg.Line)
	}
	if status {
		q.Set("about", "status")
	}
	return c.public + VoicePath + "?" + q.Encode()
}

// legOf reads back what voiceURL wrote.
func legOf(q url.Values) (leg bot.CallLeg, ok bool) {
	partition, hash, _ := strings.Cut(q.Get("guest"), ".")
	n, err := strconv.ParseUint(partition, 10, 16)
	leg = bot.CallLeg{Room: q.Get("room"), Leg: bot.Leg(q.Get("leg")), Line: q.Get("line"), Guest: bot.PersonID{Partition: bot.Partition(n), Hash: hash}}
	switch leg.Leg {
	case bot.LegGuest, bot.LegListener, bot.LegLine:
		return leg, err == nil && hash != "" && leg.Room != ""
	}
	return leg, false
}

// HangUp ends a call.
func (c *Channel) HangUp(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	call := &call{ctx: ctx, channel: c}
	p := &api.UpdateCallParams{}
	p.SetPathAccountSid(c.cfg.AccountSID)
	p.SetStatus("completed")
	_, err := call.service().UpdateCall(id, p)
	if err == nil {
		return nil
	}
	var refused *client.TwilioRestError
	if !errors.As(err, &refused) {
		return failure(call, 0, err)
	}
	if refused.Code == 20404 || refused.Code == 21220 { // gone; not in progress
		return nil
	}
	return failure(call, refused.Code, nil)
}

// Voice receives, at VoicePath, that a person has picked up, and answers with
// what they hear and where they are brought; and what became of a phone, which
// it answers with nothing. Refusals are those of Inbound.
func (c *Channel) Voice(called func(context.Context, bot.CallReport) (bot.Admission, error)) http.Handler {
	return c.answering(func(r *http.Request, form url.Values) (string, error) {
		leg, ok := legOf(r.URL.Query())
		id := form.Get("CallSid")
		if !ok || id == "" {
			return "", errMissing
		}
		report := bot.CallReport{CallLeg: leg, ID: id}
		if r.URL.Query().Get("about") == "status" {
			if report.State = callState(form.Get("CallStatus"), leg.Leg); report.State == "" {
				c.ignored.Add(1)
				return noAnswer, nil
			}
			_, err := called(r.Context(), report)
			return noAnswer, err
		}
		report.State = bot.CallAnswered
		if by := form.Get("AnsweredBy"); strings.HasPrefix(by, "machine") || by == "fax" {
			report.State = bot.CallMissed
		}
		admission, err := called(r.Context(), report)
		if err != nil {
			return "", err
		}
		return answerCall(admission)
	})
}

// callState is what a status of Twilio's means, empty when it means nothing here
// (https://www.twilio.com/docs/voice/api/call-resource#call-status-values).
// That a person's phone was picked up is asked at VoicePath instead.
func callState(status string, leg bot.Leg) bot.CallState {
	switch status {
	case "in-progress":
		if leg == bot.LegLine {
			return bot.CallAnswered
		}
	case "busy", "no-answer", "canceled":
		return bot.CallMissed
	case "failed":
		return bot.CallFailed
	case "completed":
		return bot.CallEnded
	}
	return ""
}

// answerCall is what somebody hears who picked up, as TwiML.
func answerCall(a bot.Admission) (string, error) {
	verbs := []twiml.Element{&twiml.VoiceHangup{}}
	if a.Room != "" {
		verbs = nil
		if as, ok := spoken[a.Language]; ok && a.Say != "" {
			verbs = append(verbs, &twiml.VoiceSay{Message: a.Say, Voice: "alice", Language: as})
		}
		verbs = append(verbs, &twiml.VoiceDial{InnerElements: []twiml.Element{&twiml.VoiceConference{
			Name: a.Room, EndConferenceOnExit: strconv.FormatBool(a.Ends), MaxParticipants: "3", Record: "do-not-record",
		}}})
	}
	doc, response := twiml.CreateDocument()
	twiml.AddAllVerbs(response, verbs)
	for _, verb := range response.ChildElements() { // twiml writes them in any order
		verb.SortAttrs()
		for _, noun := range verb.ChildElements() {
			noun.SortAttrs()
		}
	}
	return twiml.ToXML(doc)
}

// spoken are the organisation's languages that Twilio's voice "alice" speaks
// (https://www.twilio.com/docs/voice/twiml/say); in others nothing is said: a
// voice that reads a language wrongly helps nobody.
var spoken = map[string]string{
	"de": "de-DE", "en": "en-GB", "es": "es-ES", "fr": "fr-FR", "it": "it-IT", "nl": "nl-NL", "pl": "pl-PL",
	"pt": "pt-PT", "ru": "ru-RU", "sv": "sv-SE", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW",
}
