package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"porchlight/adapters/adaptertest"
)

// TestServeBadInput gives both webhooks what they must refuse, with the status
// that the contract gives, and then what they must take and leave unanswered.
func TestServeBadInput(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	const inbound, status, telegram = "/webhooks/twilio/sms", "/webhooks/twilio/status", "/webhooks/telegram"
	good := textForm("+447700900181", "SMbad", "xylophonic murmuration")
	// signed is a form's header; what is signed may be another form.
	signed := func(path string, form url.Values) http.Header {
		return http.Header{"Content-Type": {formType}, "X-Twilio-Signature": {signature(path, form)}}
	}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	latin := url.Values{}
	for name, values := range good {
		latin[name] = values
	}
	latin.Set("Body", "caf\xe9 \xff\xfe")
	latin.Set("MessageSid", "SMlatin")
	empty := url.Values{}
	noSender := url.Values{"MessageSid": {"SMx"}, "Body": {"hi"}}
	otherAccount := textForm("+447700900181", "SMother", "hi", "AccountSid", "AC99999999999999999999999999999999")
	secret := http.Header{"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {telegramSecret}}
	chat := int64(7391846211)
	update := written(5001, chat, "en", "xylophonic murmuration")
	for _, c := range []struct {
		name, path string
		header     http.Header
		body       string
		want       []int
	}{
		{"unsigned", inbound, http.Header{"Content-Type": {formType}}, good.Encode(), []int{403}},
		{"signed for another path", inbound, signed(status, good), good.Encode(), []int{403}},
		{"signed for another text", inbound, signed(inbound, latin), good.Encode(), []int{403}},
		{"signature cut short", inbound, with(signed(inbound, good), "X-Twilio-Signature", signature(inbound, good)[:10]), good.Encode(), []int{403}},
		{"signature no base64", inbound, with(signed(inbound, good), "X-Twilio-Signature", "%%%\x01"), good.Encode(), []int{403, 400, 0}},
		{"field twice", inbound, signed(inbound, good), good.Encode() + "&Body=other", []int{400, 403}},
		{"oversize", inbound, signed(inbound, good), good.Encode() + "&Pad=" + strings.Repeat("a", 5<<20), []int{413, 0}},
		{"malformed form", inbound, signed(inbound, good), "%zz=%%%&;;;", []int{400, 403}},
		{"empty form", inbound, signed(inbound, empty), "", []int{400}},
		{"no sender", inbound, signed(inbound, noSender), noSender.Encode(), []int{400}},
		{"another account", inbound, signed(inbound, otherAccount), otherAccount.Encode(), []int{403}},
		{"JSON for a form", inbound, with(signed(inbound, good), "Content-Type", "application/json"), `{"Body":"hi"}`, []int{415}},
		{"multipart", inbound, with(signed(inbound, good), "Content-Type", "multipart/form-data; boundary=x"), "--x--", []int{415}},
		{"no content type", inbound, http.Header{}, good.Encode(), []int{415, 403}},
		{"status unsigned", status, http.Header{"Content-Type": {formType}}, good.Encode(), []int{403}},
		{"status without a message", status, signed(status, empty), "", []int{400}},
		{"no secret", telegram, http.Header{"Content-Type": {"application/json"}}, update, []int{403}},
		{"wrong secret", telegram, with(secret, "X-Telegram-Bot-Api-Secret-Token", telegramSecret+"x"), update, []int{403}},
		{"secret cut short", telegram, with(secret, "X-Telegram-Bot-Api-Secret-Token", telegramSecret[:4]), update, []int{403}},
		{"update oversize", telegram, secret, `{"update_id":5002,"x":"` + strings.Repeat("a", 5<<20) + `"}`, []int{413, 0}},
		{"not JSON", telegram, secret, `update_id=1`, []int{400}},
		{"half an update", telegram, secret, update[:len(update)/2], []int{400}},
		{"empty update", telegram, secret, ``, []int{400}},
		{"null", telegram, secret, `null`, []int{400}},
		{"a list", telegram, secret, `[1,2,3]`, []int{400}},
		{"not UTF-8", telegram, secret, strings.Replace(update, "xylophonic", "\xff\xfe\xc3", 1), []int{400}},
		{"no update_id", telegram, secret, `{"message":{"message_id":1}}`, []int{400}},
		{"update_id is a word", telegram, secret, `{"update_id":"one"}`, []int{400}},
		{"deeply nested", telegram, secret, `{"update_id":5003,"message":` + strings.Repeat("[", 200_000), []int{400}},
	} {
		if got := d.post(c.path, c.header, c.body); !slices.Contains(c.want, got) {
			t.Errorf("%s: %d, not %v", c.name, got, c.want)
		}
		if d.cmd.ProcessState != nil {
			t.Fatalf("%s ended the program", c.name)
		}
	}
	for _, path := range []string{inbound, status, telegram} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodHead} {
			r, _ := http.NewRequest(method, d.address()+path, nil)
			r.Header = secret
			resp, err := d.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, resp.StatusCode)
			}
		}
	}

	// What is no conversation is taken, or Telegram would send it for ever.
	group := func(kind string, id int64) string {
		u := written(6000-id, chat, "en", "xylophonic murmuration")
		return strings.Replace(u, fmt.Sprintf(`"chat":{"id":%d,"first_name":"Quillon","last_name":"Vexworth","type":"private"}`, chat),
			fmt.Sprintf(`"chat":{"id":%d,"title":"Neighbours","type":%q}`, id, kind), 1)
	}
	for i, quiet := range []string{
		group("group", -55), group("supergroup", -1001), group("channel", -1002),
		`{"update_id":7001}`, `{"update_id":7002,"something_new":{"a":[1,2]}}`,
		`{"update_id":7003,"channel_post":{"message_id":1,"chat":{"id":-1002,"type":"channel"},"date":1,"text":"hi"}}`,
		`{"update_id":7004,"poll":{"id":"1"}}`, `{"update_id":7005,"inline_query":{"id":"1","from":{"id":7391846211},"query":"","offset":""}}`,
		`{"update_id":7006,"chat_member":{"chat":{"id":7391846211,"type":"private"}}}`,
		`{"update_id":7007,"message":{"message_id":3,"date":1,"chat":{"id":7391846211,"type":"private"},"from":{"id":7391846211,"is_bot":false,"first_name":"Q"},"pinned_message":{"message_id":1}}}`,
		`{"update_id":7008,"callback_query":{"id":"q","from":{"id":7391846211,"is_bot":false,"first_name":"Q"},"inline_message_id":"x","chat_instance":"1","data":"x"}}`,
	} {
		if got := d.telegram(quiet); got != http.StatusOK {
			t.Errorf("quiet update %d is answered %d", i, got)
		}
	}
	d.telegram(written(8001, chat, "en", "hello"))
	if got := d.networks.answer("7391846211", 1).Text; !strings.Contains(got, "not a person") {
		t.Errorf("the first answer is not to the first message: %q", got)
	}

	// What cannot be read has an answer all the same.
	if got := d.twilio(inbound, latin); got != http.StatusOK {
		t.Errorf("a text that is not UTF-8: %d", got)
	}
	d.networks.answer("+447700900181", 1)
	for i, said := range []string{"", " ", "\x00\x01\x02", strings.Repeat("a", 1600), strings.Repeat("\u0301", 900), "\u202e\u2066\u200f", "😀😀😀", "%s%d{{.}}${x}", "\r\n\r\n"} {
		if got := d.text("+447700900181", fmt.Sprintf("SModd%d", i), said); got != http.StatusOK {
			t.Errorf("odd text %d: %d", i, got)
		}
		d.networks.answer("+447700900181", i+2)
	}
	for i, odd := range []string{`"photo":[]`, `"sticker":{}`, `"voice":{}`, `"location":{"latitude":51.5,"longitude":-0.1}`, `"location":{"latitude":1e300,"longitude":-999}`, `"future_kind":{"a":1}`} {
		u := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":9,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"is_bot":false,"first_name":"Q"},%s}}`, 9000+i, chat+1+int64(i), chat+1+int64(i), odd)
		if got := d.telegram(u); got != http.StatusOK {
			t.Errorf("%s: %d", odd, got)
		}
		d.networks.answer(strconv.FormatInt(chat+1+int64(i), 10), 1)
	}

	// A number that may not be written to gets nothing, and is kept.
	if got := d.text("+12025550143", "SMabroad", "hello"); got != http.StatusOK {
		t.Errorf("a number from elsewhere: %d", got)
	}
	for _, sender := range []string{"78901", "RIVERSIDE", "whatsapp:+447700900181"} {
		if got := d.text(sender, "SM"+sender, "hello"); got != http.StatusOK {
			t.Errorf("sender %s: %d", sender, got)
		}
	}
	// A newcomer's later message may arrive first: each is answered.
	for i, update := range []int64{9503, 9501, 9502, 9501} {
		if got := d.telegram(written(update, chat, "en", []string{"LEARN", "GROUPS", "FIND", "GROUPS"}[i])); got != http.StatusOK {
			t.Errorf("update %d: %d", update, got)
		}
	}
	d.telegram(written(9504, chat, "en", "MENU"))
	for i, want := range []string{"Good to know", "Groups this week", "What do you need", "How can I help"} {
		if got := d.networks.answer("7391846211", i+2).Text; !strings.HasPrefix(got, want) {
			t.Errorf("answer %d is %q", i+2, got)
		}
	}
	if sent := d.networks.all("+12025550143"); len(sent) > 0 {
		t.Error("a number outside of sms.countries was written to")
	}
	d.tellsNothing("xylophonic", "murmuration", "Quillon", "Vexworth", "Neighbours", "2025550143")
}

// TestServeRepeats delivers each of 200 messages on each channel twice at once,
// and once more: one answer.
func TestServeRepeats(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	const people = 200
	both := func(n int, said string) (to string, deliver func() int) {
		if n%2 == 0 {
			to = fmt.Sprintf("+4477009%05d", n)
			return to, func() int { return d.text(to, "SM"+said+to, said) }
		}
		id := 7391800000 + int64(n)
		return strconv.FormatInt(id, 10), func() int { return d.telegram(written(id+int64(len(said))*1_000_000, id, "en", said)) }
	}
	// A machine that has too much to do may answer 503: networks deliver again.
	taken := func(deliver func() int) {
		for end := time.Now().Add(patience); time.Now().Before(end); {
			switch got := deliver(); got {
			case http.StatusOK:
				return
			case 0, http.StatusServiceUnavailable:
			default:
				t.Errorf("a repeated message is answered %d", got)
				return
			}
		}
		t.Error("a message is never taken")
	}
	var all sync.WaitGroup
	gate := make(chan struct{})
	for n := range 2 * people {
		_, deliver := both(n, "GROUPS")
		for range 2 {
			all.Go(func() {
				<-gate
				taken(deliver)
			})
		}
	}
	close(gate)
	all.Wait()
	for n := range 2 * people {
		_, again := both(n, "GROUPS")
		_, last := both(n, "LEARN") // its answer comes after any other
		all.Go(func() {
			taken(again)
			taken(last)
		})
		if n%50 == 49 {
			all.Wait()
		}
	}
	all.Wait()
	for n := range 2 * people {
		to, _ := both(n, "")
		if got := d.networks.answer(to, 2).Text; !strings.Contains(got, "Good to know") {
			t.Errorf("a message that came three times was answered again: %q", got)
		}
	}
	d.tellsNothing("Good to know")
}

// TestServeRedisAway takes Redis away, by a crash and by a standstill: what
// cannot be kept is not accepted, and when Redis is back all goes on.
func TestServeRedisAway(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	const number, chat = "+447700900182", 7391846212
	to := strconv.Itoa(chat)
	deliver := func(n int) (sms, telegram int) {
		said := []string{"GROUPS", "LEARN", "FIND"}[n]
		return d.text(number, "SMaway"+said, said), d.telegram(written(int64(100+n), chat, "en", said))
	}
	expect := func(when string, n, want int) {
		t.Helper()
		if sms, telegram := deliver(n); sms != want || telegram != want {
			t.Fatalf("%s: %d and %d, not %d", when, sms, telegram, want)
		}
	}
	back := func(n int) {
		t.Helper()
		adaptertest.Eventually(t, "the program is ready again", func() bool { return d.get("/readyz") == http.StatusOK })
		for range 2 { // as the networks deliver again
			adaptertest.Eventually(t, "the same message is taken", func() bool {
				sms, telegram := deliver(n)
				return sms == http.StatusOK && telegram == http.StatusOK
			})
		}
		for _, person := range []string{number, to} {
			want := []string{"Groups this week", "Good to know", "What do you need"}[n]
			if got := d.networks.answer(person, n+1).Text; !strings.Contains(got, want) {
				t.Errorf("answer %d is %q", n+1, got)
			}
			if got := len(d.networks.all(person)); got != n+1 {
				t.Errorf("%d answers to %d messages", got, n+1)
			}
		}
	}
	expect("at first", 0, http.StatusOK)
	back(0)

	d.redis.Kill()
	expect("while Redis is gone", 1, http.StatusServiceUnavailable)
	if ready, alive := d.get("/readyz"), d.get("/healthz"); ready != http.StatusServiceUnavailable || alive != http.StatusOK {
		t.Errorf("while Redis is gone: ready %d, alive %d", ready, alive)
	}
	d.page("/metrics")
	d.redis.Restart()
	back(1)

	client := goredis.NewClient(&goredis.Options{Addr: d.redis.Addr})
	defer client.Close()
	pid, err := strconv.Atoi(client.InfoMap(t.Context(), "server").Val()["Server"]["process_id"])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(pid, syscall.SIGCONT)
	expect("while Redis stands still", 2, http.StatusServiceUnavailable) // before Twilio has given up: see deployment.client
	if ready, alive := d.get("/readyz"), d.get("/healthz"); ready != http.StatusServiceUnavailable || alive != http.StatusOK {
		t.Errorf("while Redis stands still: ready %d, alive %d", ready, alive)
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	back(2)
	if metrics := d.page("/metrics"); !strings.Contains(metrics, `porchlight_received_total{channel="sms"}`) || !strings.Contains(metrics, `porchlight_sent_total{channel="telegram",lane="reply"}`) {
		t.Errorf("the metrics lack what was received and sent:\n%s", metrics)
	}
	d.tellsNothing("Good to know", "What do you need")
}

// TestServeStartsBeforeRedis starts the program while Redis is not there yet.
func TestServeStartsBeforeRedis(t *testing.T) {
	t.Parallel()
	d := &deployment{t: t, redis: adaptertest.Redis(t), networks: standIns(t), client: &http.Client{}}
	t.Cleanup(d.end)
	d.configure()
	d.redis.Kill()
	d.run()
	if got := d.get("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("without Redis it is %d", got)
	}
	if got := d.text("+447700900183", "SMearly", "hello"); got != http.StatusServiceUnavailable {
		t.Errorf("without Redis a text is answered %d", got)
	}
	d.redis.Restart()
	adaptertest.Eventually(t, "the program is ready", func() bool { return d.get("/readyz") == http.StatusOK })
	adaptertest.Eventually(t, "the text is taken", func() bool { return d.text("+447700900183", "SMearly", "hello") == http.StatusOK })
	d.networks.answer("+447700900183", 1)
}
