package telegram

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
	"porchlight/flows"
)

func refused(name, body string, status int, want bot.Failure) adaptertest.Failure {
	return adaptertest.Failure{Name: name, Want: want, Answer: adaptertest.Answer{Status: status, Body: body}}
}

func TestChannel(t *testing.T) {
	said := func(status, description string) string {
		return `{"ok":false,"error_code":` + status + `,"description":"` + description + ` {text} {to} {secret}"}`
	}
	failures := []adaptertest.Failure{
		refused("blocked", said("403", "Forbidden: bot was blocked by the user"), 403, bot.Blocked),
		refused("deactivated", said("403", "Forbidden: user is deactivated"), 403, bot.Blocked),
		refused("kicked", said("403", "Forbidden: bot was kicked from the group chat"), 403, bot.Blocked),
		refused("never wrote", said("403", "Forbidden: bot can't initiate conversation with a user"), 403, bot.Blocked),
		refused("a bot", said("403", "Forbidden: bots can't send messages to bots"), 403, bot.Impossible),
		refused("no chat", said("400", "Bad Request: chat not found"), 400, bot.Impossible),
		refused("deactivated, as a 400", said("400", "Bad Request: user is deactivated"), 400, bot.Impossible),
		refused("old error names", said("400", "Bad Request: PEER_ID_INVALID"), 400, bot.Impossible),
		refused("too long", said("400", "Bad Request: message is too long"), 400, bot.Refused),
		refused("bad button", said("400", "Bad Request: BUTTON_DATA_INVALID"), 400, bot.Refused),
		refused("something new", said("400", "Bad Request: the stars are wrong"), 400, bot.Refused),
		refused("moved", `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001}}`, 400, bot.Impossible),
		refused("wrong token", said("401", "Unauthorized"), 401, bot.Misconfigured),
		refused("no such method", said("404", "Not Found"), 404, bot.Misconfigured),
		refused("not a Bot API server", "<html>{secret} not here</html>", 404, bot.Misconfigured),
		refused("server broken", said("500", "Internal Server Error"), 500, bot.Transient),
		refused("no JSON at all", "{text} {to} {secret}", 200, bot.Transient),
		refused("no answer", "", 200, bot.Transient),
		{Name: "too many", Want: bot.Throttled, RetryAfter: 17 * time.Second, Code: "429", Answer: adaptertest.Answer{
			Status: 429, Body: `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17 {text}","parameters":{"retry_after":17}}`}},
		{Name: "too many, says a gateway", Want: bot.Throttled, RetryAfter: 9 * time.Second, Code: "429", Answer: adaptertest.Answer{
			Status: 429, Header: http.Header{"Content-Type": {"text/html"}, "Retry-After": {"9"}}, Body: "{text}"}},
	}
	adaptertest.Channel(t, adaptertest.Network{
		Open: func(t *testing.T, serverURL string) bot.Channel {
			c, err := New(Config{Token: testToken, APIURL: serverURL})
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		To:       bot.Address{Channel: Name, ID: "700100"},
		Secrets:  []string{testToken, "AAtest-token"},
		Units:    units,
		Limit:    4096,
		Same:     func(s string) string { return strings.ReplaceAll(s, "\u200f", "") },
		Taken:    adaptertest.Answer{Status: 200, Body: `{"ok":true,"result":{"message_id":555,"date":1,"chat":{"id":700100,"type":"private"}}}`},
		Receipt:  "555",
		Failures: failures,
	})
}

var amina = bot.Address{Channel: Name, ID: "700100"}

func TestSend(t *testing.T) {
	menu := []flows.Choice{{Key: "1", Ref: "menu.find", Label: "Find help near you"}, {Key: "2", Ref: "menu.groups", Label: "Groups"}, {Key: "3", Ref: "menu.talk", Label: "Talk"}}
	const keys = `{"inline_keyboard":[[{"text":"Find help near you","callback_data":"menu.find"}],[{"text":"Groups","callback_data":"menu.groups"},{"text":"Talk","callback_data":"menu.talk"}]]}`
	pin := &flows.Pin{Location: flows.Location{Latitude: 51.5, Longitude: -0.1}, Name: "Mill Lane Library", Address: "Mill Lane"}
	press := func(message string) *bot.Press { return &bot.Press{Query: "77", Message: message} }
	old := refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
	tests := []struct {
		name    string
		m       bot.Outbound
		answers map[string]reply
		calls   string
		last    map[string]string // parameters of the last call
		receipt string
		failure bot.Failure
	}{
		{"text", bot.Outbound{Text: "Hello <b>&_*"}, nil, "sendMessage",
			map[string]string{"chat_id": "700100", "text": "Hello <b>&_*", "link_preview_options": `{"is_disabled":true}`}, "101", ""},
		{"buttons", bot.Outbound{Text: "What would help?", Choices: menu}, nil, "sendMessage",
			map[string]string{"chat_id": "700100", "text": "What would help?", "link_preview_options": `{"is_disabled":true}`, "reply_markup": keys}, "101", ""},
		{"place", bot.Outbound{Pin: pin, Choices: menu}, nil, "sendVenue",
			map[string]string{"chat_id": "700100", "latitude": "51.5", "longitude": "-0.1", "title": "Mill Lane Library", "address": "Mill Lane", "reply_markup": keys}, "101", ""},
		{"place without an address", bot.Outbound{Pin: &flows.Pin{Location: pin.Location, Name: "Library"}}, nil, "sendVenue",
			map[string]string{"chat_id": "700100", "latitude": "51.5", "longitude": "-0.1", "title": "Library", "address": "Library"}, "101", ""},
		{"place without a name", bot.Outbound{Pin: &flows.Pin{Location: pin.Location}}, nil, "sendLocation",
			map[string]string{"chat_id": "700100", "latitude": "51.5", "longitude": "-0.1"}, "101", ""},
		{"picture", bot.Outbound{Text: "GS01:", Media: &bot.Media{Kind: bot.Photo, File: "AgAC-1"}}, nil, "sendPhoto",
			map[string]string{"chat_id": "700100", "photo": "AgAC-1", "caption": "GS01:", "protect_content": "true"}, "101", ""},
		{"voice note", bot.Outbound{Text: "GS01:", Media: &bot.Media{Kind: bot.Voice, File: "AwAC-1"}}, nil, "sendVoice",
			map[string]string{"chat_id": "700100", "voice": "AwAC-1", "caption": "GS01:", "protect_content": "true"}, "101", ""},
		{"something else that is no text", bot.Outbound{Text: "GS01:", Media: &bot.Media{Kind: "film", File: "B"}}, nil, "", nil, "", bot.Refused},
		{"press edits", bot.Outbound{Text: "Groups this week", Choices: menu, Press: press("21")}, nil, "answerCallbackQuery editMessageText",
			map[string]string{"chat_id": "700100", "message_id": "21", "text": "Groups this week", "link_preview_options": `{"is_disabled":true}`, "reply_markup": keys}, "21", ""},
		{"press, the message is as it was", bot.Outbound{Text: "What would help?", Press: press("21")}, nil, "answerCallbackQuery editMessageText", nil, "21", ""},
		{"press, the message is gone", bot.Outbound{Text: "Groups", Press: press("9")}, nil, "answerCallbackQuery editMessageText sendMessage",
			map[string]string{"chat_id": "700100", "text": "Groups", "link_preview_options": `{"is_disabled":true}`}, "101", ""},
		{"press, a new message", bot.Outbound{Text: "Groups", Press: press("")}, nil, "answerCallbackQuery sendMessage", nil, "101", ""},
		{"press, a place", bot.Outbound{Pin: pin, Press: press("21")}, nil, "answerCallbackQuery sendVenue", nil, "101", ""},
		{"press, too old to acknowledge", bot.Outbound{Text: "Groups", Press: press("21")}, map[string]reply{"answerCallbackQuery": old}, "answerCallbackQuery editMessageText", nil, "21", ""},
		{"press, acknowledging breaks", bot.Outbound{Text: "Groups", Press: press("21")}, map[string]reply{"answerCallbackQuery": {502, "<html>"}}, "answerCallbackQuery editMessageText", nil, "21", ""},
		{"press, throttled at once", bot.Outbound{Text: "Groups", Press: press("21")}, map[string]reply{"answerCallbackQuery": refusal(429, "Too Many Requests: retry after 3")}, "answerCallbackQuery", nil, "", bot.Throttled},
		{"press, blocked meanwhile", bot.Outbound{Text: "Groups", Press: press("21")}, map[string]reply{"editMessageText": refusal(403, "Forbidden: bot was blocked by the user")}, "answerCallbackQuery editMessageText", nil, "", bot.Blocked},
		{"press, throttled while editing", bot.Outbound{Text: "Groups", Press: press("21")}, map[string]reply{"editMessageText": refusal(429, "Too Many Requests")}, "answerCallbackQuery editMessageText", nil, "", bot.Throttled},
		{"an answer newer than the library", bot.Outbound{Text: "Hello"}, map[string]reply{"sendMessage": {200, `{"ok":true,"result":{"message_id":"new-style"}}`}}, "sendMessage", nil, "", ""},
		{"empty text", bot.Outbound{Text: " "}, nil, "sendMessage", nil, "", bot.Refused},
		{"button over 64 bytes", bot.Outbound{Text: "x", Choices: []flows.Choice{{Label: "y", Ref: strings.Repeat("é", 33)}}}, nil, "", nil, "", bot.Refused},
		{"text and place in one", bot.Outbound{Text: "x", Pin: pin}, nil, "", nil, "", bot.Refused},
		{"another network's address", bot.Outbound{Text: "x", To: bot.Address{Channel: "sms", ID: "+447700900123"}}, nil, "", nil, "", bot.Impossible},
		{"no address", bot.Outbound{Text: "x", To: bot.Address{Channel: Name, ID: "amina"}}, nil, "", nil, "", bot.Impossible},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := newBotAPI(t)
			api.messages["21"] = "What would help?"
			for method, r := range tt.answers {
				api.say(method, r)
			}
			c, _ := api.open()
			if tt.m.To == (bot.Address{}) {
				tt.m.To = amina
			}
			receipt, err := c.Send(t.Context(), tt.m)
			var failed bot.SendError
			if e := (*bot.SendError)(nil); errors.As(err, &e) {
				failed = *e
			} else if err != nil {
				t.Fatalf("not a *bot.SendError: %T", err)
			}
			if failed.Failure != tt.failure || receipt.ID != tt.receipt {
				t.Errorf("receipt %q, failure %q (%v); want %q, %q", receipt.ID, failed.Failure, err, tt.receipt, tt.failure)
			}
			calls := api.took()
			if got := methods(calls); got != tt.calls {
				t.Fatalf("calls %q, want %q", got, tt.calls)
			}
			if tt.last != nil {
				got, want := calls[len(calls)-1].Params, tt.last
				if string(mustJSON(t, got)) != string(mustJSON(t, want)) {
					t.Errorf("parameters\n got %s\nwant %s", mustJSON(t, got), mustJSON(t, want))
				}
			}
		})
	}
}

func TestKeyboardRows(t *testing.T) {
	tests := []struct {
		name   string
		labels []string
		want   string
	}{
		{"long ones stand alone", []string{"Find help near you", "Talk to someone"}, "Find help near you/Talk to someone"},
		{"short ones share", []string{"Yes please", "No thanks"}, "Yes please|No thanks"},
		{"at most four", []string{"1", "2", "3", "4", "5"}, "1|2|3|4/5"},
		{"as wide as a phone", []string{"twelve chars", "twelve chars", "x"}, "twelve chars|twelve chars/x"},
		{"a long one parts them", []string{"a", "Find help near you", "b", "c"}, "a/Find help near you/b|c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var choices []flows.Choice
			for _, l := range tt.labels {
				choices = append(choices, flows.Choice{Label: l, Ref: "r"})
			}
			k, err := keyboard(choices)
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for _, row := range k.(markup).Rows {
				var labels []string
				for _, b := range row {
					labels = append(labels, b.Text)
				}
				rows = append(rows, strings.Join(labels, "|"))
			}
			if got := strings.Join(rows, "/"); got != tt.want {
				t.Errorf("rows %q, want %q", got, tt.want)
			}
		})
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
