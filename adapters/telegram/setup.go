package telegram

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// connections is how many updates Telegram may post at once, its own default;
// those of one chat come one after the other.
const connections = 40

// Command is an entry of the menu beside the input field.
type Command struct {
	Name        string // without the slash: 1 to 32 of a-z, 0-9 and _
	Description string // in the language's own words, 1 to 256 characters
}

var commandShape = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// Setup tells Telegram where to post updates, when there is a public address,
// and which commands to offer in each language, by BCP 47 tag; "" is for
// everybody else. It may be repeated: the last call holds.
//
// Telegram knows a language by two letters only (language_code of
// setMyCommands: ISO 639-1). So "fa-AF" is registered as "fa", unless "fa" is
// there itself, and a language of three letters gets the commands of "".
func (c *Channel) Setup(ctx context.Context, commands map[string][]Command) error {
	byCode, err := twoLetters(commands)
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	if c.config.PublicURL != "" {
		_, err := c.api.SetWebhook(ctx, &tg.SetWebhookParams{
			URL:            c.config.PublicURL + Path,
			SecretToken:    c.config.Secret,
			AllowedUpdates: allowed,
			MaxConnections: connections,
		})
		if err != nil {
			return c.told("setWebhook", err)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		_, err := c.api.SetMyCommands(ctx, &tg.SetMyCommandsParams{
			Commands:     byCode[code],
			Scope:        &models.BotCommandScopeAllPrivateChats{},
			LanguageCode: code,
		})
		if err != nil {
			return c.told("setMyCommands", err)
		}
	}
	return nil
}

func twoLetters(commands map[string][]Command) (map[string][]models.BotCommand, error) {
	byCode := map[string][]models.BotCommand{}
	for _, tag := range slices.Sorted(maps.Keys(commands)) { // "fa" comes before "fa-AF"
		code, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if _, taken := byCode[code]; taken || (code != "" && len(code) != 2) {
			continue
		}
		list := make([]models.BotCommand, 0, len(commands[tag]))
		for _, cmd := range commands[tag] {
			if !commandShape.MatchString(cmd.Name) {
				return nil, fmt.Errorf("command %q in language %q: Telegram takes 1 to 32 of a-z, 0-9 and _; rename it", cmd.Name, tag)
			}
			if n := utf8.RuneCountInString(cmd.Description); n < 1 || n > 256 {
				return nil, fmt.Errorf("command %q in language %q: its description has %d characters, Telegram takes 1 to 256; write one that fits", cmd.Name, tag, n)
			}
			list = append(list, models.BotCommand{Command: cmd.Name, Description: cmd.Description})
		}
		byCode[code] = list
	}
	return byCode, nil
}

// told is an error of a call that concerns no person, with Telegram's own
// words to the operator and without the credentials.
func (c *Channel) told(method string, err error) error {
	switch e := failure(err); {
	case errors.Is(err, tg.ErrorBadRequest):
		said := strings.ReplaceAll(err.Error(), c.config.Token, "***")
		if c.config.Secret != "" {
			said = strings.ReplaceAll(said, c.config.Secret, "***")
		}
		return fmt.Errorf("telegram %s: %s", method, said)
	default:
		return fmt.Errorf("telegram %s: %w", method, e)
	}
}

// Health is what Telegram says of the bot.
type Health struct {
	Username  string    // the bot's name, without @
	Webhook   string    // where updates are posted; empty: nowhere
	Pending   int       // updates that wait
	LastError string    // why Telegram could last not post an update; empty: it could
	LastAt    time.Time // when that was
	Wrong     []string  // what does not fit the configuration, and how to mend it
}

// Check asks Telegram whether the token is good and the webhook is as
// configured. An error means that it could not be asked or refused the token.
func (c *Channel) Check(ctx context.Context) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	me, err := c.api.GetMe(ctx)
	if err != nil {
		return Health{}, c.told("getMe", err)
	}
	info, err := c.api.GetWebhookInfo(ctx)
	if err != nil {
		return Health{}, c.told("getWebhookInfo", err)
	}
	h := Health{Username: me.Username, Webhook: info.URL, Pending: info.PendingUpdateCount, LastError: info.LastErrorMessage}
	if info.LastErrorDate > 0 {
		h.LastAt = time.Unix(int64(info.LastErrorDate), 0).UTC()
	}
	want := ""
	if c.config.PublicURL != "" {
		want = c.config.PublicURL + Path
	}
	switch {
	case want == info.URL:
	case want == "":
		h.Wrong = append(h.Wrong, "a webhook is set although this program polls; start it, and it takes the webhook away")
	case info.URL == "":
		h.Wrong = append(h.Wrong, "no webhook is set; start this program with PORCHLIGHT_PUBLIC_URL, and it sets one")
	default:
		h.Wrong = append(h.Wrong, "the webhook leads to another address than PORCHLIGHT_PUBLIC_URL; start this program to set it, and stop what else uses the token")
	}
	if want != "" && want == info.URL {
		for _, kind := range allowed {
			if len(info.AllowedUpdates) > 0 && !slices.Contains(info.AllowedUpdates, kind) {
				h.Wrong = append(h.Wrong, "the webhook does not bring "+kind+"; start this program to set it anew")
			}
		}
	}
	if strings.Contains(h.LastError, http.StatusText(http.StatusForbidden)) {
		h.Wrong = append(h.Wrong, "the webhook was refused for a wrong secret; start this program to set TELEGRAM_WEBHOOK_SECRET anew")
	}
	return h, nil
}
