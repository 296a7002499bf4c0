package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTelegramRefusals(t *testing.T) {
	w := start(t, nil)
	w.do(resident, "start", nil)
	w.do(worker, "block", nil)
	_, sent := w.call("sendMessage", "chat_id", "501", "text", "first", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`)
	first := fmt.Sprint(sent["result"].(map[string]any)["message_id"])
	mine := w.see(resident).Messages[0].ID
	keys := func(data string) string {
		raw, _ := json.Marshal(map[string]any{"inline_keyboard": [][]any{{map[string]string{"text": "x", "callback_data": data}}}})
		return string(raw)
	}
	for _, test := range []struct {
		name, method string
		args         []string
		code         int
		want         string // the description's beginning; empty: accepted
	}{
		{"no chat", "sendMessage", []string{"text", "x"}, 400, "Bad Request: chat_id is empty"},
		{"unknown chat", "sendMessage", []string{"chat_id", "9", "text", "x"}, 400, "Bad Request: chat not found"},
		{"blocked", "sendMessage", []string{"chat_id", "700100", "text", "x"}, 403, "Forbidden: bot was blocked by the user"},
		{"no text", "sendMessage", []string{"chat_id", "501"}, 400, "Bad Request: message text is empty"},
		{"only spaces", "sendMessage", []string{"chat_id", "501", "text", " \n"}, 400, "Bad Request: message text is empty"},
		{"4096 units", "sendMessage", []string{"chat_id", "501", "text", strings.Repeat("😀", 2048)}, 200, ""},
		{"4097 units", "sendMessage", []string{"chat_id", "501", "text", strings.Repeat("😀", 2048) + "x"}, 400, "Bad Request: message is too long"},
		{"not UTF-8", "sendMessage", []string{"chat_id", "501", "text", "\xff"}, 400, "Bad Request: strings must be encoded in UTF-8"},
		{"markup", "sendMessage", []string{"chat_id", "501", "text", "x", "parse_mode", "HTML"}, 400, "Bad Request: unsupported parse_mode"},
		{"data of 64 bytes", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", keys(strings.Repeat("é", 32))}, 200, ""},
		{"data of 65 bytes", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", keys(strings.Repeat("é", 32) + "x")}, 400, "Bad Request: BUTTON_DATA_INVALID"},
		{"empty data", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", keys("")}, 400, "Bad Request: BUTTON_DATA_INVALID"},
		{"flat keyboard", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", `{"inline_keyboard":[{"text":"x"}]}`}, 400, "Bad Request: can't parse inline keyboard"},
		{"button without action", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"x"}]]}`}, 400, "Bad Request: can't parse inline keyboard button: Text buttons"},
		{"button without text", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", `{"inline_keyboard":[[{"callback_data":"x"}]]}`}, 400, "Bad Request: can't parse inline keyboard button: Can't find"},
		{"markup is no object", "sendMessage", []string{"chat_id", "501", "text", "x", "reply_markup", `[]`}, 400, `Bad Request: parameter "reply_markup" must be of type`},
		{"nothing new", "editMessageText", []string{"chat_id", "501", "message_id", first, "text", "first", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`}, 400, "Bad Request: message is not modified"},
		{"new buttons", "editMessageText", []string{"chat_id", "501", "message_id", first, "text", "first"}, 200, ""},
		{"edit a ghost", "editMessageText", []string{"chat_id", "501", "message_id", "77777", "text", "x"}, 400, "Bad Request: message to edit not found"},
		{"edit theirs", "editMessageText", []string{"chat_id", "501", "message_id", mine, "text", "x"}, 400, "Bad Request: message can't be edited"},
		{"delete a ghost", "deleteMessage", []string{"chat_id", "501", "message_id", "77777"}, 400, "Bad Request: message to delete not found"},
		{"stale press", "answerCallbackQuery", []string{"callback_query_id", "1"}, 400, "Bad Request: query is too old"},
		{"venue without title", "sendVenue", []string{"chat_id", "501", "latitude", "1", "longitude", "1", "address", "x"}, 400, `Bad Request: parameter "title" is required`},
		{"off the earth", "sendLocation", []string{"chat_id", "501", "latitude", "91", "longitude", "1"}, 400, "Bad Request: wrong latitude"},
		{"unknown action", "sendChatAction", []string{"chat_id", "501", "action", "dancing"}, 400, "Bad Request: wrong parameter action"},
		{"region in language", "setMyCommands", []string{"commands", `[{"command":"a","description":"b"}]`, "language_code", "fa-AF"}, 400, "Bad Request: invalid language code specified"},
		{"capital command", "setMyCommands", []string{"commands", `[{"command":"Help","description":"b"}]`}, 400, "Bad Request: BOT_COMMAND_INVALID"},
		{"no description", "setMyCommands", []string{"commands", `[{"command":"help","description":""}]`}, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"},
		{"bad secret", "setWebhook", []string{"url", "https://example.org/", "secret_token", "a b"}, 400, "Bad Request: secret token contains"},
		{"bad webhook", "setWebhook", []string{"url", "ftp://example.org/"}, 400, "Bad Request: bad webhook"},
		{"unknown method", "sendPigeon", nil, 404, "Not Found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := w.call(test.method, test.args...)
			text, _ := body["description"].(string)
			if status != test.code || !strings.HasPrefix(text, test.want) || body["ok"] != (test.code == 200) {
				t.Errorf("%d %v", status, body)
			}
			if test.code != 200 && body["error_code"] != float64(test.code) {
				t.Errorf("error_code %v", body["error_code"])
			}
		})
	}
	for path, code := range map[string]int{"/bot123456:wrong/getMe": 401, "/botnonsense/getMe": 404, "/": 404} {
		resp, err := http.Get(w.api + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, code)
		}
	}
}

func TestTwilioRefusals(t *testing.T) {
	w := start(t, nil)
	w.do(newcomer, "text", map[string]string{"text": " stop "})
	for _, test := range []struct {
		name   string
		change url.Values // over a good message to +447700900124
		auth   string
		status int
		code   float64
	}{
		{"good", nil, testAuth, 201, 0},
		{"wrong password", nil, "nope", 401, 20003},
		{"no To", url.Values{"To": {""}}, testAuth, 400, 21604},
		{"bad To", url.Values{"To": {"07700900124"}}, testAuth, 400, 21211},
		{"no From", url.Values{"From": {""}}, testAuth, 400, 21603},
		{"bad From", url.Values{"From": {"me"}}, testAuth, 400, 21212},
		{"foreign From", url.Values{"From": {"+447700900555"}}, testAuth, 400, 21606},
		{"to ourselves", url.Values{"To": {testFrom}}, testAuth, 400, 21266},
		{"foreign service", url.Values{"From": {""}, "MessagingServiceSid": {"MG1"}}, testAuth, 400, 21701},
		{"empty body", url.Values{"Body": {" "}}, testAuth, 400, 21602},
		{"1,600 characters", url.Values{"Body": {strings.Repeat("ی", 1600)}}, testAuth, 201, 0},
		{"1,601 characters", url.Values{"Body": {strings.Repeat("ی", 1601)}}, testAuth, 400, 21617},
		{"opted out", url.Values{"To": {"+447700900123"}}, testAuth, 400, 21610},
		{"bad callback", url.Values{"StatusCallback": {"/status"}}, testAuth, 400, 21609},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := url.Values{"To": {"+447700900124"}, "From": {testFrom}, "Body": {"hello"}}
			for k, v := range test.change {
				form[k] = v
			}
			req, _ := http.NewRequest(http.MethodPost, w.api+"/2010-04-01/Accounts/"+testAccount+"/Messages.json", strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.SetBasicAuth(testAccount, test.auth)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var body map[string]any
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status || test.code != 0 && (body["code"] != test.code || body["status"] != float64(test.status)) {
				t.Errorf("%d %v", resp.StatusCode, body)
			}
		})
	}
}

// TestShapes holds every update and answer against the Bot API's own types.
func TestShapes(t *testing.T) {
	raw, err := os.ReadFile("testdata/botapi-types.json")
	if err != nil {
		t.Fatal(err)
	}
	var types map[string]signature
	if err := json.Unmarshal(raw, &types); err != nil {
		t.Fatal(err)
	}
	var check func(kind string, v any)
	check = func(kind string, v any) {
		t.Helper()
		if of, ok := strings.CutPrefix(kind, "Array of "); ok {
			list, ok := v.([]any)
			if !ok {
				t.Errorf("%v is not %s", v, kind)
			}
			for _, one := range list {
				check(of, one)
			}
			return
		}
		object, known := types[kind]
		fields, ok := v.(map[string]any)
		if !known || !ok {
			if scalar := map[string]bool{"Integer": true, "String": true, "Boolean": true, "Float": true}; known || scalar[kind] && ok {
				t.Errorf("%v is not %s", v, kind)
			}
			return
		}
		for name, field := range object {
			if _, given := fields[name]; field.Required && !given {
				t.Errorf("%s lacks %s", kind, name)
			}
		}
		for name, value := range fields {
			field, known := object[name]
			if !known {
				t.Errorf("%s has no %s", kind, name)
			} else if kinds := field.Types; kinds[0] == "ChatMember" {
				check(map[any]string{"member": "ChatMemberMember", "kicked": "ChatMemberBanned"}[value.(map[string]any)["status"]], value)
			} else {
				check(kinds[0], value)
			}
		}
	}
	w := start(t, nil)
	w.do(resident, "start", nil)
	_, sent := w.call("sendMessage", "chat_id", "501", "text", "hi", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"a"},{"text":"B","url":"https://example.org"}]]}`)
	check("Message", sent["result"])
	w.do(resident, "press", map[string]string{"data": "a"})
	w.do(resident, "edit", map[string]string{"text": "/menu now"})
	w.do(resident, "location", map[string]float64{"lat": 51, "lon": -1})
	for _, media := range []string{"photo", "voice", "sticker"} {
		w.do(resident, "media", map[string]string{"media": media})
	}
	_, venue := w.call("sendVenue", "chat_id", "501", "latitude", "51", "longitude", "-1", "title", "T", "address", "A")
	check("Message", venue["result"])
	w.do(resident, "block", nil)
	w.do(resident, "unblock", nil)
	_, info := w.call("getWebhookInfo")
	check("WebhookInfo", info["result"])
	_, me := w.call("getMe")
	check("User", me["result"])
	_, updates := w.call("getUpdates")
	list := updates["result"].([]any)
	var kinds []string
	for _, u := range list {
		check("Update", u)
		for name := range u.(map[string]any) {
			if name != "update_id" {
				kinds = append(kinds, name)
			}
		}
	}
	want := []string{"message", "callback_query", "edited_message", "message", "message", "message", "message", "my_chat_member", "my_chat_member"}
	if !slices.Equal(kinds, want) {
		t.Errorf("updates: %v", kinds)
	}
	last := list[len(list)-1].(map[string]any)["update_id"].(float64)
	if _, rest := w.call("getUpdates", "offset", strconv.Itoa(int(last)+1)); len(rest["result"].([]any)) != 0 {
		t.Error("an offset does not confirm what came before it")
	}
}

func FuzzKeyboard(f *testing.F) {
	for _, seed := range []string{"", "{}", "[]", `{"inline_keyboard":[[{"text":"x","callback_data":"y"}],[]]}`, `{"inline_keyboard":[[null]]}`, `{"inline_keyboard":null}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		rows, err := keyboard(markup)
		for _, row := range rows {
			for _, b := range row {
				if err == nil && (b.Text == "" || b.URL == "" && (len(b.Data) < 1 || len(b.Data) > callbackDataLimit)) {
					t.Errorf("accepted: %q", markup)
				}
			}
		}
	})
}
