package telegram

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/flows"
)

// updateCases are updates as https://core.telegram.org/bots/api describes
// them, and what the bot gets to know of each; nothing where want is null.
func updateCases(t testing.TB) map[string]struct {
	Update json.RawMessage
	Want   *bot.Inbound
} {
	t.Helper()
	raw, err := os.ReadFile("testdata/updates.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		Update json.RawMessage
		Want   *bot.Inbound
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 40 {
		t.Fatalf("only %d updates in testdata", len(cases))
	}
	return cases
}

func TestDecode(t *testing.T) {
	for name, tt := range updateCases(t) {
		t.Run(name, func(t *testing.T) {
			id, got, err := decode(tt.Update)
			if err != nil || id == 0 {
				t.Fatalf("id %d, error %v", id, err)
			}
			if !reflect.DeepEqual(got, tt.Want) {
				t.Errorf("\n got %s\nwant %s", mustJSON(t, got), mustJSON(t, tt.Want))
			}
			for _, kept := range []string{"447700900123", "Amina", "amina_k"} {
				if bytes.Contains(mustJSON(t, got), []byte(kept)) {
					t.Errorf("%q is passed on", kept)
				}
			}
		})
	}
}

var malformed = map[string]string{
	"nothing":            "",
	"not JSON":           "{",
	"null":               "null",
	"a list":             "[]",
	"a text":             `"hello"`,
	"no id":              `{"message":{"text":"zamburak"}}`,
	"id zero":            `{"update_id":0}`,
	"id negative":        `{"update_id":-4}`,
	"id a text":          `{"update_id":"7"}`,
	"id too large":       `{"update_id":99999999999999999999}`,
	"message a text":     `{"update_id":7,"message":"zamburak"}`,
	"text a number":      `{"update_id":7,"message":{"text":5,"chat":{"id":700100,"type":"private"}}}`,
	"chat id a text":     `{"update_id":7,"message":{"text":"zamburak","chat":{"id":"700100","type":"private"}}}`,
	"two updates in one": `{"update_id":7}{"update_id":8}`,
	"not UTF-8":          "{\"update_id\":7,\"message\":{\"text\":\"zamburak \xff\xfe\"}}",
	"nested without end": strings.Repeat(`{"a":`, 20000),
}

func TestDecodeMalformed(t *testing.T) {
	for name, body := range malformed {
		t.Run(name, func(t *testing.T) {
			_, in, err := decode([]byte(body))
			if err == nil || in != nil {
				t.Fatalf("taken as %v", in)
			}
			if strings.Contains(err.Error(), inConfidence) {
				t.Errorf("the error repeats the words: %v", err)
			}
		})
	}
}

// FuzzDecode: whatever is posted, decode does not panic, takes private chats
// only, and what it passes on is complete.
func FuzzDecode(f *testing.F) {
	for _, c := range updateCases(f) {
		f.Add([]byte(c.Update))
	}
	for _, body := range malformed {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		id, in, err := decode(body)
		if err != nil || in == nil {
			if err != nil && in != nil {
				t.Fatal("an error and a message")
			}
			return
		}
		if id <= 0 || in.ID == "" || in.ID[0] != 'u' || in.From.Channel != Name || in.From.ID == "" || in.From.ID[0] == '-' {
			t.Fatalf("id %d, message %q from %q", id, in.ID, in.From.ID)
		}
		switch in.Input.Kind {
		case flows.Text, flows.Edited:
			if in.Input.Text == "" {
				t.Fatal("words without words")
			}
		case flows.Pressed:
			if in.Press == nil || in.Input.Choice == "" {
				t.Fatal("a press of nothing")
			}
		case flows.Located:
			if in.Input.Location == nil {
				t.Fatal("nowhere")
			}
		case flows.Media, flows.Blocked, flows.Returned:
		default:
			t.Fatalf("kind %d", in.Input.Kind)
		}
	})
}
