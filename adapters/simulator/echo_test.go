package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// echoBot is the smallest bot there is, on both networks: it repeats, offers
// two buttons, and knows some Arabic with a phone number in it.
type echoBot struct {
	t   *testing.T
	api string
	web *httptest.Server
}

const arabicReply = "مرحباً بك. أنا مساعد آلي ولست شخصاً.\n1 ابحث عن مساعدة قريبة\n2 مجموعات هذا الأسبوع\nاتصل مجاناً: \u2066116 123\u2069، ليلاً ونهاراً.\nفي خطر الآن: \u2066999\u2069"

const englishReply = "Welcome to Riverside. I am Porchlight, an automatic helper, not a person.\n1 Find help near you\n2 Groups this week\n3 Talk to someone\nLANG other languages. 0 help now."

// newEchoBot starts the bot's web server; the networks' address comes later.
func newEchoBot(t *testing.T) *echoBot {
	b := &echoBot{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/telegram", b.telegram)
	mux.HandleFunc("POST /webhooks/twilio/sms", b.sms)
	b.web = httptest.NewServer(mux)
	t.Cleanup(b.web.Close)
	return b
}

func (b *echoBot) reply(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r >= 0x600 && r < 0x700 }) {
		return arabicReply
	}
	if strings.EqualFold(text, "hello") || text == "/start" {
		return englishReply
	}
	return "You wrote: " + text
}

func (b *echoBot) telegram(w http.ResponseWriter, r *http.Request) {
	var u struct {
		Message struct {
			Chat struct{ ID int64 }
			Text string
		}
		Callback struct {
			ID      string
			Data    string
			Message struct {
				ID   int64 `json:"message_id"`
				Chat struct{ ID int64 }
			}
		} `json:"callback_query"`
	}
	if r.Header.Get("X-Telegram-Bot-Api-Secret-Token") != testSecret || json.NewDecoder(r.Body).Decode(&u) != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if q := u.Callback; q.ID != "" {
		b.call("editMessageText", "chat_id", strconv.FormatInt(q.Message.Chat.ID, 10), "message_id", strconv.FormatInt(q.Message.ID, 10),
			"text", "You chose: "+q.Data, "reply_markup", `{"inline_keyboard":[[{"text":"Back","callback_data":"back"}]]}`)
		b.call("answerCallbackQuery", "callback_query_id", q.ID, "text", "Noted")
		return
	}
	chat := strconv.FormatInt(u.Message.Chat.ID, 10)
	switch text := u.Message.Text; text {
	case "":
		b.call("sendVenue", "chat_id", chat, "latitude", "51.4561", "longitude", "-0.9702", "title", "Mill Lane Library", "address", "12 Mill Lane, Riverside")
	default:
		markup := `{"inline_keyboard":[[{"text":"Find help near you","callback_data":"find"}],[{"text":"Groups this week","callback_data":"groups"},{"text":"Talk to someone","callback_data":"talk"}]]}`
		reply := b.reply(text)
		if reply == arabicReply {
			markup = `{"inline_keyboard":[[{"text":"ابحث عن مساعدة قريبة","callback_data":"find"}],[{"text":"مجموعات هذا الأسبوع","callback_data":"groups"},{"text":"تحدث مع شخص","callback_data":"talk"}]]}`
		}
		b.call("sendMessage", "chat_id", chat, "text", reply, "reply_markup", markup)
	}
}

func (b *echoBot) sms(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.Header.Get("X-Twilio-Signature") != sign(testAuth, b.web.URL+"/webhooks/twilio/sms", r.PostForm) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, "<Response/>")
	if r.PostForm.Get("OptOutType") == "" {
		b.text(r.PostForm.Get("From"), b.reply(r.PostForm.Get("Body")))
	}
}

func (b *echoBot) text(to, body string) {
	form := url.Values{"To": {to}, "From": {testFrom}, "Body": {body}}
	req, _ := http.NewRequest(http.MethodPost, b.api+"/2010-04-01/Accounts/"+testAccount+"/Messages.json", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(testAccount, testAuth)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Error(err)
		return
	}
	resp.Body.Close()
}

func (b *echoBot) call(method string, args ...string) {
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	resp, err := http.PostForm(b.api+"/bot"+testToken+"/"+method, form)
	if err != nil {
		b.t.Error(err)
		return
	}
	resp.Body.Close()
}

// startWithBot is start with the echo bot at the other end of both webhooks.
func startWithBot(t *testing.T) *world {
	t.Helper()
	b := newEchoBot(t)
	w := start(t, func(o *Options) {
		o.Telegram.WebhookURL = b.web.URL + "/webhooks/telegram"
		o.Twilio.WebhookURL = b.web.URL + "/webhooks/twilio/sms"
	})
	b.api = w.api
	return w
}
