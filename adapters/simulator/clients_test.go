package simulator

import (
	"errors"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/twilio/twilio-go/client"
	twilio "github.com/twilio/twilio-go/rest/api/v2010"
)

func TestTelegramClient(t *testing.T) {
	w := start(t, nil)
	b, ctx := w.telegramClient(), t.Context() // bot.New has called getMe with an empty multipart body

	_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: 501, Text: "too early"})
	if !errors.Is(err, bot.ErrorForbidden) {
		t.Fatalf("before /start: %v", err)
	}
	w.do(resident, "start", nil)
	keys := models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "Groups", CallbackData: "groups"}}}}
	sent, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: int64(501), Text: "Welcome", ReplyMarkup: keys})
	if err != nil {
		t.Fatal(err)
	}
	if sent.Chat.ID != 501 || sent.Text != "Welcome" || sent.ReplyMarkup.InlineKeyboard[0][0].CallbackData != "groups" {
		t.Errorf("answer: %+v", sent)
	}
	edited, err := b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: 501, MessageID: sent.ID, Text: "Better"})
	if err != nil || edited.Text != "Better" || edited.EditDate == 0 {
		t.Errorf("edit: %+v %v", edited, err)
	}
	if ok, err := b.SetMyCommands(ctx, &bot.SetMyCommandsParams{
		Commands: []models.BotCommand{{Command: "menu", Description: "Start over"}}, LanguageCode: "en",
		Scope: &models.BotCommandScopeAllPrivateChats{},
	}); !ok || err != nil {
		t.Errorf("commands: %v", err)
	}
	if _, err := b.SendVenue(ctx, &bot.SendVenueParams{ChatID: 501, Latitude: 51.5, Longitude: -0.1, Title: "Mill Lane Library", Address: "1 Mill Lane"}); err != nil {
		t.Errorf("venue: %v", err)
	}
	w.do(resident, "media", request{Media: "photo", Text: "my street"})
	w.do(resident, "media", request{Media: "voice"})
	held := w.see(resident).Messages
	photo, voice := "F"+held[3].ID, "F"+held[4].ID
	shown, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: 501, Photo: &models.InputFileString{Data: photo}, Caption: "GS01:", ProtectContent: true})
	if err != nil || len(shown.Photo) != 1 || shown.Photo[0].FileID != photo || shown.Caption != "GS01:" {
		t.Errorf("photo: %+v %v", shown, err)
	}
	if shown, err = b.SendVoice(ctx, &bot.SendVoiceParams{ChatID: 501, Voice: &models.InputFileString{Data: voice}}); err != nil || shown.Voice == nil || shown.Voice.FileID != voice {
		t.Errorf("voice: %+v %v", shown, err)
	}
	for name, file := range map[string]string{"made up": "F0", "of another kind": voice} {
		if _, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: 501, Photo: &models.InputFileString{Data: file}}); !errors.Is(err, bot.ErrorBadRequest) {
			t.Errorf("a photo whose id is %s: %v", name, err)
		}
	}
	p := w.see(resident)
	if len(p.Messages) != 7 || p.Messages[5].Media != "photo" || p.Messages[5].Text != "GS01:" || p.Messages[6].Media != "voice" || !p.Messages[1].Edited || p.Messages[2].Pin.Title != "Mill Lane Library" || p.Commands[0].Command != "menu" {
		t.Errorf("phone: %+v", p)
	}

	for _, f := range []Fault{{Kind: faultThrottled, Seconds: 7}, {Kind: faultBroken}, {Kind: faultBlocked}, {Kind: faultGone}, {Kind: faultLost}} {
		f.Network, f.Times = kindTelegram, 1
		if status, body := w.post("/sim/faults", f); status != 201 {
			t.Fatal(status, body)
		}
		_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: 501, Text: f.Kind})
		var slow *bot.TooManyRequestsError
		switch {
		case err == nil:
			t.Errorf("%s: no error", f.Kind)
		case f.Kind == faultThrottled && (!errors.As(err, &slow) || slow.RetryAfter != 7):
			t.Errorf("%s: %v", f.Kind, err)
		case f.Kind == faultBlocked && !errors.Is(err, bot.ErrorForbidden):
			t.Errorf("%s: %v", f.Kind, err)
		}
	}
	if m := w.see(resident).Messages; len(m) != 8 || m[7].Text != faultLost {
		t.Errorf("of all failures only the lost answer leaves its message on the phone: %d messages", len(m))
	}
}

func TestTwilioClient(t *testing.T) {
	hook, callbacks := webhook(t, nil)
	w := start(t, nil)
	api := w.twilioClient()
	send := func(to, body string) (*twilio.ApiV2010Message, error) {
		p := &twilio.CreateMessageParams{}
		return api.CreateMessage(p.SetTo(to).SetFrom(testFrom).SetBody(body).SetStatusCallback(hook + "/webhooks/twilio/status"))
	}
	sent, err := send("+447700900123", "سلام")
	if err != nil {
		t.Fatal(err)
	}
	if len(*sent.Sid) != 34 || *sent.Status != "queued" || *sent.NumSegments != "1" || *sent.DateCreated != "Wed, 25 Nov 2026 12:00:00 +0000" {
		t.Errorf("answer: sid %s status %s", *sent.Sid, *sent.Status)
	}
	validator := client.NewRequestValidator(testAuth)
	for _, want := range []string{"sent", "delivered"} {
		g := receive(t, callbacks)
		if !validator.ValidateBody(hook+g.path, g.body, g.header.Get("X-Twilio-Signature")) {
			t.Errorf("%s: the signature does not hold", want)
		}
		if f := g.form(t); f.Get("MessageStatus") != want || f.Get("MessageSid") != *sent.Sid {
			t.Errorf("callback: %v, want %s", f, want)
		}
	}
	fetched, err := api.FetchMessage(*sent.Sid, &twilio.FetchMessageParams{})
	if err != nil || *fetched.Status != "delivered" {
		t.Errorf("fetch: %v", err)
	}
	list, err := api.ListMessage((&twilio.ListMessageParams{}).SetLimit(5))
	if err != nil || len(list) != 1 {
		t.Errorf("list: %d %v", len(list), err)
	}
	if _, err := api.FetchAccount(testAccount); err != nil {
		t.Errorf("account: %v", err)
	}
	_, err = send("+44", "hello")
	var refused *client.TwilioRestError
	if !errors.As(err, &refused) || refused.Code != 21211 || refused.Status != 400 {
		t.Errorf("bad number: %v", err)
	}
	for kind, code := range map[string]string{faultUnreachable: "30003", faultFiltered: "30007"} {
		w.post("/sim/faults", Fault{Network: kindSMS, Kind: kind, Times: 1})
		if _, err := send("+447700900123", "hello"); err != nil {
			t.Fatal(err)
		}
		receive(t, callbacks) // sent
		if f := receive(t, callbacks).form(t); f.Get("MessageStatus") != "undelivered" || f.Get("ErrorCode") != code {
			t.Errorf("%s: %v", kind, f)
		}
	}
	w.post("/sim/faults", Fault{Network: kindSMS, Kind: faultThrottled, Times: 1})
	if _, err = send("+447700900123", "hello"); !errors.As(err, &refused) || refused.Status != 429 || refused.Code != 20429 {
		t.Errorf("throttled: %v", err)
	}
}
