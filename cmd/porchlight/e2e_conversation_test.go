package main

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"porchlight/adapters/adaptertest"
)

// turn is what somebody writes and what must be, and must not be, in the answer.
type turn struct {
	says string
	want []string
	not  string
}

// conversations are held on both channels, in both languages.
var conversations = map[string][]turn{
	"en": {
		{says: "hello", want: []string{"Riverside Welcome", "not a person"}},
		{says: "GROUPS", want: []string{"Groups this week", "Welcome cafe", "Wed"}},
		{says: "LEARN", want: []string{"Good to know"}},
		{says: "i want to kill myself", want: []string{"should not be alone", "116 123", "999"}},
		{says: "MENU", want: []string{"Good to know"}}, // back to where it was
		{says: "0", want: []string{"Help now", "116 123", "999"}},
		{says: "find", want: []string{"What do you need?"}},
		{says: "xyzzy plugh", want: []string{"What do you need?"}},
		{says: "talk", want: []string{"These people listen", "116 123"}},
		{says: "lang ar", want: []string{"سأكتب بالعربية"}, not: "How can I help"},
	},
	"ar": {
		{says: "مرحبا", want: []string{"Riverside Welcome", "مساعد آلي"}, not: "automatic"},
		{says: "لقاءات", want: []string{"لقاءات هذا الأسبوع"}},
		{says: "LEARN", want: []string{"معلومات مفيدة"}},
		{says: "أريد أن أموت", want: []string{"من الجيد أنك أخبرتني", "116 123", "999"}},
		{says: "قائمة", want: []string{"معلومات مفيدة"}},
		{says: "٠", want: []string{"مساعدة الآن", "116 123", "999"}},
		{says: "find", want: []string{"ما المساعدة"}},
		{says: "MENU", want: []string{"كيف أساعدك؟"}},
		{says: "lang en", want: []string{"I will write in English."}},
	},
}

// TestServeConversations holds several turns on each channel and in each language,
// with the process restarted in the middle.
func TestServeConversations(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	defer d.tellsNothing(words()...)
	d.networks.wait("Telegram is set up", func() bool {
		return len(d.networks.calls["setWebhook"]) > 0 && len(d.networks.calls["setMyCommands"]) >= 3
	})
	if hook := d.networks.calls["setWebhook"][0]; hook["url"] != publicURL+"/webhooks/telegram" || hook["secret_token"] != telegramSecret {
		t.Errorf("the webhook was set as %v", hook)
	}
	type person struct {
		to       string
		language string
		write    func(n int, text string) int
	}
	chat := func(id int64, language string) person {
		return person{strconv.FormatInt(id, 10), language, func(n int, text string) int {
			return d.telegram(written(id%100_000*100+int64(n), id, language, text))
		}}
	}
	phone := func(number, language string) person {
		return person{number, language, func(n int, text string) int {
			return d.text(number, textSID(len(language)+n)+number, text)
		}}
	}
	people := []person{chat(7391846201, "en"), chat(7391846202, "ar"), phone("+447700900171", "en"), phone("+447700900172", "ar")}
	check := func(p person, n int, next turn, got string) {
		for _, want := range next.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: to %q the answer has no %q:\n%s", p.to, next.says, want, got)
			}
		}
		if next.not != "" && strings.Contains(got, next.not) {
			t.Errorf("%s: to %q the answer has %q:\n%s", p.to, next.says, next.not, got)
		}
	}
	for n := range 10 {
		for _, p := range people {
			all := conversations[p.language]
			if n >= len(all) {
				continue
			}
			if got := p.write(n+1, all[n].says); got != http.StatusOK {
				t.Fatalf("%s: to %q the webhook answers %d", p.to, all[n].says, got)
			}
			check(p, n, all[n], d.networks.answer(p.to, n+1).Text)
		}
		if n == 4 {
			d.stop()
			d.start()
		}
	}
	for _, p := range people {
		if got, want := len(d.networks.all(p.to)), len(conversations[p.language]); got != want {
			t.Errorf("%s got %d messages for %d", p.to, got, want)
		}
	}
	if got := d.networks.all(people[2].to)[0].Callback; got != publicURL+"/webhooks/twilio/status" {
		t.Errorf("Twilio is to report at %q", got)
	}
}

// words are what nobody may read in Redis or in a log: what people wrote, what
// they were told, their names.
func words() []string {
	list := []string{"Quillon", "Vexworth", "How can I help", "Samaritans", "Groups this week"}
	for _, turns := range conversations {
		for _, turn := range turns {
			if len(turn.says) > 8 {
				list = append(list, turn.says)
			}
			for _, w := range turn.want {
				if w != "Riverside Welcome" && len(w) > 4 { // the organisation is no secret
					list = append(list, w)
				}
			}
		}
	}
	return list
}

// TestServeButtons presses a button: the press is acknowledged and the message that
// was pressed gives way to the answer.
func TestServeButtons(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	const chat = 7391846203
	defer d.tellsNothing(words()...)
	if got := d.telegram(written(1, chat, "en", "/start")); got != http.StatusOK {
		t.Fatal(got)
	}
	first := d.networks.answer("7391846203", 1)
	i := slices.IndexFunc(first.Buttons, func(b choiceButton) bool { return b.Text == "Groups this week" })
	if i < 0 {
		t.Fatalf("no such button: %v", first.Buttons)
	}
	for _, b := range first.Buttons {
		if len(b.Data) == 0 || len(b.Data) > 64 {
			t.Errorf("button %q carries %d bytes", b.Text, len(b.Data))
		}
	}
	if got := d.telegram(pressed(2, chat, int64(first.ID), "en", first.Buttons[i].Data)); got != http.StatusOK {
		t.Fatal(got)
	}
	second := d.networks.answer("7391846203", 2)
	if second.Edits != strconv.Itoa(first.ID) || !strings.Contains(second.Text, "Welcome cafe") {
		t.Errorf("the pressed message %d gave way to %+v", first.ID, second)
	}
	d.networks.wait("the press is acknowledged", func() bool {
		return len(d.networks.calls["answerCallbackQuery"]) == 1 && d.networks.calls["answerCallbackQuery"][0]["callback_query_id"] == "q2"
	})
	// A button of a flow that no longer exists leads somewhere.
	d.telegram(pressed(3, chat, int64(first.ID), "en", "gone.state.choice"))
	if third := d.networks.answer("7391846203", 3); len(third.Buttons) == 0 {
		t.Errorf("an old button leads to %+v", third)
	}
}

// TestServeStoppedByTheNetwork is Twilio's own handling of opt-out words: recorded,
// not answered a second time.
func TestServeStoppedByTheNetwork(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	const number = "+447700900173"
	defer d.tellsNothing(words()...)
	d.text(number, "SMa1", "hello")
	d.networks.answer(number, 1)
	for _, kind := range []string{"STOP", "HELP", "START"} {
		if got := d.text(number, "SMb"+kind, kind, "OptOutType", kind); got != http.StatusOK {
			t.Errorf("OptOutType %s is answered %d", kind, got)
		}
	}
	d.text(number, "SMc1", "LEARN") // its answer comes after all that
	if got := d.networks.answer(number, 2).Text; !strings.Contains(got, "Good to know") {
		t.Errorf("an opt-out word was answered a second time: %q", got)
	}
	// Where the account has no such handling, the bot answers itself.
	d.text(number, "SMd1", "STOP")
	if got := d.networks.answer(number, 3).Text; !strings.Contains(got, "no more news") {
		t.Errorf("STOP is answered %q", got)
	}
	d.text(number, "SMd2", "START")
	if got := d.networks.answer(number, 4).Text; !strings.Contains(got, "Write STOP to end it") {
		t.Errorf("START is answered %q", got)
	}
	// A crisis in an opt-out word's company is heard.
	d.text(number, "SMe1", "STOP i want to die", "OptOutType", "STOP")
	if got := d.networks.answer(number, 5).Text; !strings.Contains(got, "116 123") {
		t.Errorf("a crisis after STOP is answered %q", got)
	}
}

// TestServeReceipts reports what became of a text, repeated and out of order.
func TestServeReceipts(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	const number = "+447700900174"
	d.text(number, "SMa1", "hello")
	id := textSID(d.networks.answer(number, 1).ID)
	report := func(state string, more ...string) int {
		form := url.Values{"MessageSid": {id}, "SmsSid": {id}, "MessageStatus": {state}, "SmsStatus": {state}, "To": {number},
			"From": {twilioFrom}, "AccountSid": {twilioSID}, "ApiVersion": {"2010-04-01"}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return d.twilio("/webhooks/twilio/status", form)
	}
	for _, state := range []string{"delivered", "sent", "delivered", "queued"} {
		if got := report(state); got != http.StatusOK {
			t.Errorf("%s is answered %d", state, got)
		}
	}
	if metrics := d.page("/metrics"); !strings.Contains(metrics, `porchlight_receipts_total{channel="sms",status="delivered"} 1`) ||
		strings.Contains(metrics, `status="sent"`) {
		t.Errorf("receipts are not counted once, forwards:\n%s", metrics)
	}
	// 21610: the person has opted out. They are still answered when they write.
	id = "SMother"
	if got := report("undelivered", "ErrorCode", "21610"); got != http.StatusOK {
		t.Errorf("undelivered is answered %d", got)
	}
	d.text(number, "SMa2", "LEARN")
	d.networks.answer(number, 2)
	d.tellsNothing()
}

// TestServePolling is Telegram without a public address.
func TestServePolling(t *testing.T) {
	t.Parallel()
	d := deploy(t, "PORCHLIGHT_PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TELEGRAM_WEBHOOK_SECRET")
	const to = "7391846204"
	defer d.tellsNothing(words()...)
	arrive := func(update string) {
		d.networks.alter(func() { d.networks.updates = append(d.networks.updates, update) })
	}
	arrive(written(1, 7391846204, "ar", "مرحبا"))
	if got := d.networks.answer(to, 1).Text; !strings.Contains(got, "مساعد آلي") {
		t.Errorf("the first answer is %q", got)
	}
	d.networks.wait("the webhook is taken away", func() bool { return len(d.networks.calls["deleteWebhook"]) > 0 })
	arrive(`{"update_id":2,"something_new":{"nobody":"knows"}}`)
	arrive(written(3, 7391846204, "ar", "LEARN"))
	if got := d.networks.answer(to, 2).Text; !strings.Contains(got, "معلومات مفيدة") {
		t.Errorf("the second answer is %q", got)
	}
	d.networks.wait("what is kept is confirmed", func() bool { return d.networks.offset == 4 })

	// While Redis is away nothing is confirmed; when it is back, nothing is lost.
	d.redis.Kill()
	arrive(written(4, 7391846204, "ar", "GROUPS"))
	adaptertest.Eventually(t, "it is known that Redis is away", func() bool { return strings.Contains(d.log(), "polling waits: the store is away") })
	if d.networks.offset != 4 {
		t.Errorf("an update was confirmed that could not be kept: the offset is %d", d.networks.offset)
	}
	d.redis.Restart()
	if got := d.networks.answer(to, 3).Text; !strings.Contains(got, "لقاءات هذا الأسبوع") {
		t.Errorf("the answer after Redis came back is %q", got)
	}
	d.networks.wait("what is kept is confirmed", func() bool { return d.networks.offset == 5 })
	if got := d.post("/webhooks/telegram", http.Header{"Content-Type": {"application/json"}}, written(5, 7391846204, "ar", "MENU")); got != http.StatusForbidden {
		t.Errorf("without a secret the webhook believes anyone: %d", got)
	}
}
