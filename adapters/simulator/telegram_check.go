package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of https://core.telegram.org/bots/api.
const (
	textLimit         = 4096 // UTF-16 units of a message
	captionLimit      = 1024 // UTF-16 units under a picture or a voice note
	callbackDataLimit = 64   // bytes
	callbackTextLimit = 200  // UTF-16 units of answerCallbackQuery
	commandsLimit     = 100
	descriptionLimit  = 256
	buttonsLimit      = 100 // of one message; found by trial, not documented
)

var (
	tokenShape    = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)
	secretShape   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	commandShape  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languageShape = regexp.MustCompile(`^[a-z]{2}$`)
	commandInText = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]+)?)`)
)

// signature is a method's fields by name, as the Bot API describes them.
type signature map[string]struct {
	Types    []string `json:"types"`
	Required bool     `json:"required"`
}

// schema reads botapi.json, keyed by the method's name in lower case.
func schema() map[string]signature {
	var described struct {
		Methods map[string]signature `json:"methods"`
	}
	if err := json.Unmarshal(botAPI, &described); err != nil {
		panic(err) // embedded
	}
	byName := make(map[string]signature)
	for name, fields := range described.Methods {
		byName[strings.ToLower(name)] = fields
	}
	return byName
}

// missing is what the server says for the fields it has its own words for.
var missing = map[string]string{"chat_id": "chat_id is empty", "text": "message text is empty"}

// check refuses a call that lacks a required field or has one of another type.
// Fields that the Bot API does not know are ignored, as it does.
func (sig signature) check(p params) *apiError {
	for _, name := range sortedKeys(sig) {
		value, given := p[name]
		switch field := sig[name]; {
		case field.Required && (!given || value == ""):
			if words, ok := missing[name]; ok {
				return badRequest("%s", words)
			}
			return badRequest("parameter %q is required", name)
		case !utf8.ValidString(value):
			return badRequest("strings must be encoded in UTF-8")
		case given && value != "" && !slices.ContainsFunc(field.Types, func(t string) bool { return fits(t, value) }):
			return badRequest("parameter %q must be of type %s", name, strings.Join(field.Types, " or "))
		}
	}
	return nil
}

// fits tells whether a value can be read as a type of the Bot API.
func fits(kind, value string) bool {
	switch kind {
	case "Integer":
		_, err := strconv.ParseInt(value, 10, 64)
		return err == nil
	case "Float":
		_, err := strconv.ParseFloat(value, 64)
		return err == nil
	case "Boolean":
		return slices.Contains([]string{"true", "false", "1", "0"}, strings.ToLower(value))
	case "String", "InputFile":
		return true
	}
	var v any
	if json.Unmarshal([]byte(value), &v) != nil {
		return false
	}
	if strings.HasPrefix(kind, "Array of") {
		_, ok := v.([]any)
		return ok
	}
	_, ok := v.(map[string]any)
	return ok
}

// messageText checks and trims the words of a message. How text is marked up
// is not simulated: a parse_mode is refused rather than shown wrongly.
func messageText(p params) (string, *apiError) {
	text := strings.TrimSpace(p["text"])
	switch {
	case p["parse_mode"] != "":
		return "", badRequest("unsupported parse_mode (the simulator takes plain text only)")
	case text == "":
		return "", badRequest("message text is empty")
	case units(text) > textLimit:
		return "", badRequest("message is too long")
	}
	return text, nil
}

// units counts as Telegram does: UTF-16 code units.
func units(text string) int { return len(utf16.Encode([]rune(text))) }

// keyboard reads a reply_markup. Only inline keyboards are simulated.
func keyboard(markup string) ([][]button, *apiError) {
	if markup == "" {
		return nil, nil
	}
	var m struct {
		Rows [][]json.RawMessage `json:"inline_keyboard"`
	}
	if err := json.Unmarshal([]byte(markup), &m); err != nil {
		return nil, badRequest("can't parse inline keyboard: expected an Array of Array of InlineKeyboardButton")
	}
	if m.Rows == nil && markup != "{}" {
		return nil, badRequest("reply markup is not an inline keyboard (the simulator shows no other)")
	}
	var rows [][]button
	total := 0
	for _, raw := range m.Rows {
		var row []button
		for _, one := range raw {
			b, err := inlineButton(one)
			if err != nil {
				return nil, err
			}
			row = append(row, b)
		}
		if total += len(row); total > buttonsLimit {
			return nil, badRequest("reply markup is too long")
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func inlineButton(raw json.RawMessage) (button, *apiError) {
	var b struct {
		Text *string `json:"text"`
		Data *string `json:"callback_data"`
		URL  string  `json:"url"`
	}
	if json.Unmarshal(raw, &b) != nil {
		return button{}, badRequest("can't parse inline keyboard button: expected an Object")
	}
	switch {
	case b.Text == nil:
		return button{}, badRequest(`can't parse inline keyboard button: Can't find field "text"`)
	case strings.TrimSpace(*b.Text) == "":
		return button{}, badRequest("inline keyboard button text must be non-empty")
	case b.URL != "":
		if !strings.HasPrefix(b.URL, "https://") && !strings.HasPrefix(b.URL, "http://") && !strings.HasPrefix(b.URL, "tg://") {
			return button{}, badRequest("inline keyboard button URL '%s' is invalid: Unsupported URL protocol", b.URL)
		}
		return button{Text: *b.Text, URL: b.URL}, nil
	case b.Data == nil:
		return button{}, badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case len(*b.Data) < 1 || len(*b.Data) > callbackDataLimit:
		return button{}, badRequest("BUTTON_DATA_INVALID")
	}
	return button{Text: *b.Text, Data: *b.Data}, nil
}

// place checks coordinates.
func place(p params) (*pin, *apiError) {
	lat, _ := strconv.ParseFloat(p["latitude"], 64)
	lon, _ := strconv.ParseFloat(p["longitude"], 64)
	if !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
		return nil, badRequest("wrong latitude or longitude specified")
	}
	return &pin{Latitude: lat, Longitude: lon}, nil
}

// commandList checks what setMyCommands brings.
func commandList(raw string) ([]command, *apiError) {
	var list []command
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil, badRequest("can't parse BotCommand: expected an Object")
	}
	if len(list) > commandsLimit {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for _, c := range list {
		if !commandShape.MatchString(strings.TrimPrefix(c.Command, "/")) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := units(c.Description); n < 1 || n > descriptionLimit {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	return list, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
