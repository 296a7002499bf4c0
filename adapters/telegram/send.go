package telegram

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"porchlight/bot"
	"porchlight/flows"
)

// callTimeout bounds one call that is not a long poll.
const callTimeout = 20 * time.Second

// Send hands one element of Divide to the Bot API. A press is acknowledged
// first, so that the person's button stops spinning, and the pressed message
// gives way to m where Telegram still lets it be edited; where not, m is sent
// anew. Its error is a *bot.SendError.
func (c *Channel) Send(ctx context.Context, m bot.Outbound) (bot.Receipt, error) {
	chat, err := strconv.ParseInt(m.To.ID, 10, 64)
	if m.To.Channel != Name || err != nil {
		return bot.Receipt{}, &bot.SendError{Failure: bot.Impossible, Err: errors.New("the address is not a Telegram chat")}
	}
	keys, err := keyboard(m.Choices)
	if err != nil {
		return bot.Receipt{}, &bot.SendError{Failure: bot.Refused, Code: "callback_data", Err: err}
	}
	if m.Press != nil && m.Press.Query != "" {
		if err := c.acknowledge(ctx, m.Press.Query); err != nil {
			return bot.Receipt{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	switch {
	case m.Media != nil:
		return c.sendMedia(ctx, chat, *m.Media, m.Text)
	case m.Pin != nil && m.Text != "":
		return bot.Receipt{}, &bot.SendError{Failure: bot.Refused, Err: errors.New("a text and a place are two messages; Divide parts them")}
	case m.Pin != nil:
		return c.sendPlace(ctx, chat, *m.Pin, keys)
	case m.Press != nil && m.Press.Message != "":
		return c.edit(ctx, chat, m, keys)
	}
	return c.sendText(ctx, chat, m, keys)
}

// acknowledge answers a press. That Telegram no longer waits for the answer,
// or that this one call went wrong, must not keep the reply from the person:
// only what would stop the reply as well is an error.
func (c *Channel) acknowledge(ctx context.Context, query string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout/2)
	defer cancel()
	_, err := c.api.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: query})
	if err == nil {
		return nil
	}
	if e := failure(err); e.Failure == bot.Throttled || e.Failure == bot.Misconfigured {
		return e
	}
	return nil
}

func (c *Channel) edit(ctx context.Context, chat int64, m bot.Outbound, keys models.ReplyMarkup) (bot.Receipt, error) {
	id, err := strconv.Atoi(m.Press.Message)
	if err != nil {
		return c.sendText(ctx, chat, m, keys)
	}
	_, err = c.api.EditMessageText(ctx, &tg.EditMessageTextParams{
		ChatID: chat, MessageID: id, Text: m.Text,
		LinkPreviewOptions: noPreview(), ReplyMarkup: keys,
	})
	switch {
	case err == nil, unreadable(err), strings.Contains(err.Error(), "message is not modified"):
		return bot.Receipt{ID: m.Press.Message}, nil
	case errors.Is(err, tg.ErrorBadRequest):
		// Too old, deleted, or a map: the person gets a new message. What is
		// wrong with the text or the chat, Telegram says again.
		return c.sendText(ctx, chat, m, keys)
	}
	return bot.Receipt{}, failure(err)
}

func (c *Channel) sendText(ctx context.Context, chat int64, m bot.Outbound, keys models.ReplyMarkup) (bot.Receipt, error) {
	return receipt(c.api.SendMessage(ctx, &tg.SendMessageParams{
		ChatID: chat, Text: m.Text, DisableNotification: m.Silent, LinkPreviewOptions: noPreview(), ReplyMarkup: keys,
	}))
}

// sendMedia shows a picture or a voice note that Telegram has, so that it
// cannot be forwarded from there. Its caption says from whom it is.
func (c *Channel) sendMedia(ctx context.Context, chat int64, m bot.Media, caption string) (bot.Receipt, error) {
	file := &models.InputFileString{Data: m.File}
	switch m.Kind {
	case bot.Photo:
		return receipt(c.api.SendPhoto(ctx, &tg.SendPhotoParams{ChatID: chat, Photo: file, Caption: caption, ProtectContent: true}))
	case bot.Voice:
		return receipt(c.api.SendVoice(ctx, &tg.SendVoiceParams{ChatID: chat, Voice: file, Caption: caption, ProtectContent: true}))
	}
	return bot.Receipt{}, &bot.SendError{Failure: bot.Refused, Code: "media", Err: errors.New("only pictures and voice notes are sent")}
}

// sendPlace shows a place with its name and address; a place without either
// is only a point on the map, for a venue must have both.
func (c *Channel) sendPlace(ctx context.Context, chat int64, p flows.Pin, keys models.ReplyMarkup) (bot.Receipt, error) {
	name, address := strings.TrimSpace(p.Name), strings.TrimSpace(p.Address)
	if name == "" {
		name = address
	}
	if address == "" {
		address = name
	}
	if name == "" {
		return receipt(c.api.SendLocation(ctx, &tg.SendLocationParams{
			ChatID: chat, Latitude: p.Latitude, Longitude: p.Longitude, ReplyMarkup: keys,
		}))
	}
	return receipt(c.api.SendVenue(ctx, &tg.SendVenueParams{
		ChatID: chat, Latitude: p.Latitude, Longitude: p.Longitude, Title: name, Address: address, ReplyMarkup: keys,
	}))
}

func receipt(m *models.Message, err error) (bot.Receipt, error) {
	if unreadable(err) {
		return bot.Receipt{}, nil
	}
	if err != nil {
		return bot.Receipt{}, failure(err)
	}
	return bot.Receipt{ID: strconv.Itoa(m.ID)}, nil
}

// unreadable reports that Telegram took the call, in an answer newer than the
// library can read. To take that for a failure would send the message again.
func unreadable(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "error decode response result for method ")
}

// noPreview keeps Telegram from fetching links on a person's behalf and from
// filling a small screen with them.
func noPreview() *models.LinkPreviewOptions {
	return &models.LinkPreviewOptions{IsDisabled: tg.True()}
}

// markup and button are the Bot API's InlineKeyboardMarkup without what is
// not used here: the library's own type puts an empty copy_text into every button.
type markup struct {
	Rows [][]button `json:"inline_keyboard"`
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

// keyboard lays choices out one a row; short ones that follow each other
// share a row as far as a phone is wide.
func keyboard(choices []flows.Choice) (models.ReplyMarkup, error) {
	const short, wide, most = 12, 24, 4 // characters of a label, characters of a row, buttons of a row
	var rows [][]button
	room, left := 0, 0
	for _, ch := range choices {
		if ch.Ref == "" {
			continue
		}
		if len(ch.Ref) > MaxData {
			return nil, errors.New("a button carries more than 64 bytes; shorten the choice's reference")
		}
		b := button{Text: ch.Label, Data: ch.Ref}
		if b.Text == "" {
			b.Text = ch.Key // Telegram refuses a button without a text
		}
		size := utf8.RuneCountInString(b.Text)
		if size <= short && size <= room && left > 0 {
			rows[len(rows)-1] = append(rows[len(rows)-1], b)
			room, left = room-size, left-1
			continue
		}
		rows = append(rows, []button{b})
		room, left = wide-size, most-1
		if size > short {
			room = 0
		}
	}
	if rows == nil {
		return nil, nil
	}
	return markup{Rows: rows}, nil
}
