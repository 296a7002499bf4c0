package telegram

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"porchlight/bot"
)

// failure names an error of a call to the Bot API. What the server says is
// compared with texts known from its source and never repeated: it may quote
// the message or the chat.
func failure(err error) *bot.SendError {
	var slow *tg.TooManyRequestsError
	var moved *tg.MigrateError
	switch {
	case errors.As(err, &slow):
		return &bot.SendError{Failure: bot.Throttled, Code: "429", Err: errors.New("too many requests"),
			RetryAfter: time.Duration(max(slow.RetryAfter, 1)) * time.Second}
	case errors.As(err, &moved):
		// Only groups become supergroups, and this bot speaks in private chats.
		return &bot.SendError{Failure: bot.Impossible, Code: "400", Err: errors.New("the chat is a group that moved")}
	case errors.Is(err, tg.ErrorForbidden):
		return forbidden(err)
	case errors.Is(err, tg.ErrorBadRequest):
		return badRequest(err)
	case errors.Is(err, tg.ErrorUnauthorized):
		return &bot.SendError{Failure: bot.Misconfigured, Code: "401", Err: errBadToken}
	case errors.Is(err, tg.ErrorNotFound):
		return &bot.SendError{Failure: bot.Misconfigured, Code: "404", Err: errBadToken}
	case errors.Is(err, tg.ErrorConflict):
		return &bot.SendError{Failure: bot.Transient, Code: "409",
			Err: errors.New("another process polls with the same token, or a webhook is set; let one of them run")}
	}
	return &bot.SendError{Failure: bot.Transient, Code: code(err), Err: cause(err)}
}

var errBadToken = errors.New("the Bot API does not know this token, or TELEGRAM_API_URL is not a Bot API server; check both")

func forbidden(err error) *bot.SendError {
	e := &bot.SendError{Failure: bot.Blocked, Code: "403", Err: errors.New("the Bot API forbids it")}
	switch said := strings.ToLower(err.Error()); {
	case strings.Contains(said, "bot was blocked"):
		e.Err = errors.New("the person blocked the bot")
	case strings.Contains(said, "deactivated"):
		e.Err = errors.New("the account was deactivated")
	case strings.Contains(said, "kicked"):
		e.Err = errors.New("the bot was removed from the chat")
	case strings.Contains(said, "initiate conversation"):
		e.Err = errors.New("the person has not written to the bot yet")
	case strings.Contains(said, "send messages to bots"), strings.Contains(said, "send messages to the bot"):
		e.Failure, e.Err = bot.Impossible, errors.New("the address is a bot's")
	}
	return e
}

// The 400s that speak of the address rather than of the message.
var noSuchChat = []string{"chat not found", "chat_id is empty", "user not found", "deactivated", "peer_id_invalid", "chat_id_invalid", "user_id_invalid", "group chat was upgraded"}

// The 400s that speak of the message and are worth telling apart.
var badMessage = map[string]string{
	"message is too long":     "the text is too long",
	"message_too_long":        "the text is too long",
	"text is empty":           "the text is empty",
	"text must be non-empty":  "the text is empty",
	"button_data_invalid":     "a button carries more than 64 bytes",
	"reply_markup_too_long":   "there are too many buttons",
	"parse inline keyboard":   "a button is not well formed",
	"strings must be encoded": "the text is not UTF-8",
	"latitude":                "the place is not on earth",
	"longitude":               "the place is not on earth",
}

func badRequest(err error) *bot.SendError {
	said := strings.ToLower(err.Error())
	for _, s := range noSuchChat {
		if strings.Contains(said, s) {
			return &bot.SendError{Failure: bot.Impossible, Code: "400", Err: errors.New("there is no such chat")}
		}
	}
	e := &bot.SendError{Failure: bot.Refused, Code: "400", Err: errors.New("the Bot API refuses the message")}
	for s, why := range badMessage {
		if strings.Contains(said, s) {
			e.Err = errors.New(why)
		}
	}
	return e
}

// code finds the HTTP status in the library's error for answers it has no
// value for: "error response from telegram for method M, 502 ...".
func code(err error) string {
	_, after, ok := strings.Cut(err.Error(), "error response from telegram for method ")
	if !ok {
		return ""
	}
	_, after, _ = strings.Cut(after, ", ")
	status, _, _ := strings.Cut(after, " ")
	if n, err := strconv.Atoi(status); err != nil || n < http.StatusBadRequest || n > 599 {
		return ""
	}
	return status
}

// cause keeps of a transport's error what says nothing of the request: its
// address holds the token.
func cause(err error) error {
	var dns *net.DNSError
	var op *net.OpError
	var u *url.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.As(err, &dns):
		return errors.New("the Bot API server's name was not found; check the network and TELEGRAM_API_URL")
	case errors.As(err, &op):
		return errors.New("no connection to the Bot API server (" + op.Op + ")")
	case errors.As(err, &u):
		return errors.New("the connection to the Bot API server broke")
	}
	return errors.New("the Bot API server answers with something else than the Bot API")
}
