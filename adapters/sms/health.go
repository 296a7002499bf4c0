package sms

import (
	"context"
	"errors"
	"fmt"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Health is what Twilio says of the account and of the number that texts come from.
type Health struct {
	Account string   // active, suspended or closed
	Trial   bool     // texts reach only numbers that were verified with Twilio
	Number  bool     // TWILIO_FROM is a number; of a messaging service nothing more is known here
	Ours    bool     // the number is the account's
	Wrong   []string // what does not fit the configuration, and how to mend it
}

// Check asks Twilio about the account. Its error wraps a *bot.SendError.
func (c *Channel) Check(ctx context.Context) (h Health, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	call := &call{ctx: ctx, channel: c}
	account, err := call.service().FetchAccount(c.cfg.AccountSID)
	if err != nil {
		return h, unanswered(call, err)
	}
	if account.Status != nil {
		h.Account = *account.Status
	}
	h.Trial = account.Type != nil && *account.Type == "Trial"
	if !isNumber(c.cfg.From) {
		return h, nil
	}
	h.Number = true
	p := &api.ListIncomingPhoneNumberParams{}
	p.SetPathAccountSid(c.cfg.AccountSID)
	p.SetPhoneNumber(c.cfg.From)
	page, err := call.service().PageIncomingPhoneNumber(p, "", "")
	if err != nil {
		return h, unanswered(call, err)
	}
	h.Ours = len(page.IncomingPhoneNumbers) > 0
	if want := c.public + InboundPath; h.Ours {
		if url := page.IncomingPhoneNumbers[0].SmsUrl; url == nil || *url != want {
			h.Wrong = append(h.Wrong, "what people text to TWILIO_FROM does not come here; set the number's webhook for incoming messages at Twilio to "+want)
		}
	} else {
		h.Wrong = append(h.Wrong, "TWILIO_FROM is not a number of this account; correct it")
	}
	return h, nil
}

func unanswered(call *call, err error) error {
	var refused *client.TwilioRestError
	if errors.As(err, &refused) {
		return fmt.Errorf("twilio: %w", failure(call, refused.Code, nil))
	}
	return fmt.Errorf("twilio: %w", failure(call, 0, err))
}
