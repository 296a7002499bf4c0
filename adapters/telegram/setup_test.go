package telegram

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name string
		c    Config
		say  string // what the error must speak of; empty: it starts
	}{
		{"polling", Config{Token: testToken}, ""},
		{"webhook", Config{Token: testToken, Secret: testSecret, PublicURL: "https://bot.example.org/"}, ""},
		{"webhook to a local server", Config{Token: testToken, Secret: testSecret, APIURL: "http://127.0.0.1:8081", PublicURL: "http://127.0.0.1:8080"}, ""},
		{"no token", Config{}, "TELEGRAM_BOT_TOKEN"},
		{"token in quotes", Config{Token: `"` + testToken + `"`}, "TELEGRAM_BOT_TOKEN"},
		{"token with a line end", Config{Token: testToken + "\n"}, "TELEGRAM_BOT_TOKEN"},
		{"token without a colon", Config{Token: strings.ReplaceAll(testToken, ":", "")}, "TELEGRAM_BOT_TOKEN"},
		{"token with a path", Config{Token: testToken + "/../x"}, "TELEGRAM_BOT_TOKEN"},
		{"webhook without a secret", Config{Token: testToken, PublicURL: "https://bot.example.org"}, "TELEGRAM_WEBHOOK_SECRET"},
		{"secret Telegram refuses", Config{Token: testToken, Secret: "so secret!", PublicURL: "https://bot.example.org"}, "TELEGRAM_WEBHOOK_SECRET"},
		{"secret too long", Config{Token: testToken, Secret: strings.Repeat("a", 257)}, "TELEGRAM_WEBHOOK_SECRET"},
		{"public address without https", Config{Token: testToken, Secret: testSecret, PublicURL: "http://bot.example.org"}, "https://"},
		{"public address that is none", Config{Token: testToken, Secret: testSecret, PublicURL: "bot.example.org"}, "PORCHLIGHT_PUBLIC_URL"},
		{"server that is none", Config{Token: testToken, APIURL: "localhost:8081"}, "TELEGRAM_API_URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(tt.c)
			if tt.say == "" {
				if err != nil || c.Name() != "telegram" {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.say) {
				t.Fatalf("error %v, want one that names %s", err, tt.say)
			}
			for _, kept := range []string{"AAtest-token", testSecret, "so secret", "aaaaaaaa"} {
				if strings.Contains(err.Error(), kept) {
					t.Errorf("the error shows a credential: %v", err)
				}
			}
		})
	}
}

func public(c *Config) { c.PublicURL = "https://bot.example.org/" }

func TestSetup(t *testing.T) {
	commands := map[string][]Command{
		"":      {{"groups", "Groups this week"}},
		"en":    {{"groups", "Groups this week"}},
		"fa-AF": {{"groups", "گروه‌ها"}},
		"pt":    {{"groups", "Grupos"}},
		"pt-BR": {{"groups", "Grupos (Brasil)"}},
		"rhg":   {{"groups", "Groups"}},
	}
	api := newBotAPI(t)
	c, _ := api.open(public)
	for range 2 { // it may be repeated
		if err := c.Setup(t.Context(), commands); err != nil {
			t.Fatal(err)
		}
	}
	calls := api.took()
	if want := strings.Repeat(" setWebhook setMyCommands setMyCommands setMyCommands setMyCommands", 2); " "+methods(calls) != want {
		t.Fatalf("calls %s", methods(calls))
	}
	hook := calls[0].Params
	if hook["url"] != "https://bot.example.org/webhooks/telegram" || hook["secret_token"] != testSecret || hook["max_connections"] != "40" ||
		hook["allowed_updates"] != `["message","edited_message","callback_query","my_chat_member"]` || hook["drop_pending_updates"] == "true" {
		t.Errorf("setWebhook %v", hook)
	}
	got := map[string]string{}
	for _, call := range calls[1:5] {
		if call.Params["scope"] != `{"type":"all_private_chats"}` {
			t.Errorf("scope %s", call.Params["scope"])
		}
		var list []struct{ Command, Description string }
		if err := json.Unmarshal([]byte(call.Params["commands"]), &list); err != nil || len(list) != 1 || list[0].Command != "groups" {
			t.Errorf("commands %s", call.Params["commands"])
			continue
		}
		got[call.Params["language_code"]] = list[0].Description
	}
	want := map[string]string{"": "Groups this week", "en": "Groups this week", "fa": "گروه‌ها", "pt": "Grupos"}
	if !maps.Equal(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
}

func TestSetupPolling(t *testing.T) {
	api := newBotAPI(t)
	c, _ := api.open()
	if err := c.Setup(t.Context(), nil); err != nil || len(api.took()) != 0 {
		t.Errorf("error %v, calls %s", err, methods(api.took()))
	}
}

func TestSetupRefuses(t *testing.T) {
	for name, cmd := range map[string]Command{
		"capitals":       {"Groups", "x"},
		"a hyphen":       {"take-part", "x"},
		"no description": {"groups", ""},
		"long":           {"groups", strings.Repeat("é", 257)},
	} {
		t.Run(name, func(t *testing.T) {
			api := newBotAPI(t)
			c, _ := api.open(public)
			err := c.Setup(t.Context(), map[string][]Command{"en": {cmd}})
			if err == nil || !strings.Contains(err.Error(), `"en"`) || len(api.took()) != 0 {
				t.Errorf("error %v, calls %s", err, methods(api.took()))
			}
		})
	}
	api := newBotAPI(t)
	api.say("setWebhook", refusal(400, "Bad Request: bad webhook: IP address 127.0.0.1 is reserved "+testToken+testSecret))
	c, _ := api.open(public)
	err := c.Setup(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "IP address 127.0.0.1 is reserved") || strings.Contains(err.Error(), testToken) || strings.Contains(err.Error(), testSecret) {
		t.Errorf("the operator reads: %v", err)
	}
}

func TestCheck(t *testing.T) {
	info := func(fields string) reply {
		return reply{200, `{"ok":true,"result":{"has_custom_certificate":false,"pending_update_count":3,` + fields + `}}`}
	}
	tests := []struct {
		name   string
		public bool
		info   reply
		wrong  []string // a word of each fault
	}{
		{"polling", false, info(`"url":""`), nil},
		{"webhook", true, info(`"url":"https://bot.example.org/webhooks/telegram","allowed_updates":["message","edited_message","callback_query","my_chat_member"]`), nil},
		{"a webhook while polling", false, info(`"url":"https://bot.example.org/webhooks/telegram"`), []string{"polls"}},
		{"no webhook", true, info(`"url":""`), []string{"no webhook"}},
		{"another's webhook", true, info(`"url":"https://other.example.org/"`), []string{"another address"}},
		{"not all kinds", true, info(`"url":"https://bot.example.org/webhooks/telegram","allowed_updates":["message","callback_query","my_chat_member"]`), []string{"edited_message"}},
		{"wrong secret", true, info(`"url":"https://bot.example.org/webhooks/telegram","last_error_date":1793000000,"last_error_message":"Wrong response from the webhook: 403 Forbidden"`), []string{"secret"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := newBotAPI(t)
			api.say("getWebhookInfo", tt.info)
			c, _ := api.open(func(c *Config) {
				if tt.public {
					public(c)
				}
			})
			h, err := c.Check(t.Context())
			if err != nil || h.Username != "porchlight_bot" || h.Pending != 3 || len(h.Wrong) != len(tt.wrong) {
				t.Fatalf("%+v, error %v", h, err)
			}
			for i, w := range tt.wrong {
				if !strings.Contains(h.Wrong[i], w) {
					t.Errorf("%q does not speak of %q", h.Wrong[i], w)
				}
			}
			if (h.LastError != "") == h.LastAt.IsZero() {
				t.Errorf("last error %q at %v", h.LastError, h.LastAt)
			}
		})
	}
	t.Run("wrong token", func(t *testing.T) {
		api := newBotAPI(t)
		api.say("getMe", refusal(401, "Unauthorized"))
		c, _ := api.open()
		if _, err := c.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not know this token") {
			t.Errorf("error %v", err)
		}
	})
}

// The fake server knows every method that the channel calls, and no other.
func TestMethodsAreInUse(t *testing.T) {
	api := newBotAPI(t)
	want := []string{"answerCallbackQuery", "deleteWebhook", "editMessageText", "getMe", "getUpdates", "getWebhookInfo", "sendLocation", "sendMessage", "sendPhoto", "sendVenue", "sendVoice", "setMyCommands", "setWebhook"}
	if got := slices.Sorted(maps.Keys(api.methods)); !slices.Equal(got, want) {
		t.Errorf("methods %v", got)
	}
}
