package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/flows/pack"
)

// What the outside knows of the deployment under test.
const (
	publicURL      = "https://porchlight.example.org"
	telegramToken  = "7000000001:AAE-end-to-end"
	telegramSecret = "what-telegram-repeats"
	twilioSID      = "AC00000000000000000000000000000001"
	twilioToken    = "what-twilio-signs-with"
	twilioFrom     = "+441632960100"
)

// patience is how long something may take that another process does: only a
// fault takes so long.
const patience = 60 * time.Second

// deployment is the program as a process, a real Redis, and stand-ins for both
// networks' servers.
type deployment struct {
	t        testing.TB
	redis    *adaptertest.RedisServer
	networks *networks
	env      []string
	client   *http.Client
	command  string // the program; empty: as it is under test

	mu   sync.Mutex
	cmd  *exec.Cmd
	url  string // of its web server; another after each start
	logs bytes.Buffer
	all  sync.WaitGroup // readers of what processes write
}

// org makes of the sample a pack without limits to the pace of answers.
const org = `name: Riverside Welcome
country: GB
timezone: Europe/London
languages: [en, ar]
sms: {countries: [GB, IE]}
rates: {telegram_per_second: 100000, sms_per_second: 100000}
`

// deploy starts everything. Settings of the environment replace the usual
// ones; one without a value takes it away.
func deploy(t testing.TB, settings ...string) *deployment {
	t.Helper()
	d := &deployment{t: t, redis: adaptertest.Redis(t), networks: standIns(t), client: &http.Client{
		Timeout:   15 * time.Second, // as long as Twilio waits for a webhook
		Transport: &http.Transport{MaxIdleConnsPerHost: 512},
	}}
	d.configure(settings...)
	d.start()
	t.Cleanup(d.end)
	return d
}

func (d *deployment) configure(settings ...string) {
	dir := filepath.Join(d.t.TempDir(), "pack")
	if err := os.CopyFS(dir, pack.Sample()); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "org.yaml"), []byte(org), 0o600); err != nil {
		d.t.Fatal(err)
	}
	values := map[string]string{
		"REDIS_URL": d.redis.URL, "PORCHLIGHT_LISTEN": "127.0.0.1:0", "PORCHLIGHT_PUBLIC_URL": publicURL, "PORCHLIGHT_ORG": dir,
		"PORCHLIGHT_KEY":     base64.StdEncoding.EncodeToString(deploymentKey),
		"TELEGRAM_BOT_TOKEN": telegramToken, "TELEGRAM_WEBHOOK_SECRET": telegramSecret, "TELEGRAM_API_URL": d.networks.server.URL,
		"TWILIO_ACCOUNT_SID": twilioSID, "TWILIO_AUTH_TOKEN": twilioToken, "TWILIO_FROM": twilioFrom, "TWILIO_API_URL": d.networks.server.URL,
	}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		values[name] = value
	}
	d.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}
	for name, value := range values {
		if value != "" {
			d.env = append(d.env, name+"="+value)
		}
	}
}

var deploymentKey = []byte("thirty-two bytes of a test's key")

var servingAt = regexp.MustCompile(`msg=serving address=(\S+)`)

// start runs `porchlight serve` and waits until it is ready.
func (d *deployment) start() {
	d.t.Helper()
	d.run()
	adaptertest.Eventually(d.t, "the program is ready", func() bool { return d.get("/readyz") == http.StatusOK })
}

// run runs `porchlight serve` and waits until it listens.
func (d *deployment) run() {
	d.t.Helper()
	name := d.command
	if name == "" {
		name = "porchlight"
	}
	cmd := exec.Command(name, "serve")
	cmd.Env = d.env
	out, err := cmd.StderrPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	listens := make(chan string, 1)
	d.all.Go(func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			d.mu.Lock()
			d.logs.Write(append(lines.Bytes(), '\n'))
			d.mu.Unlock()
			if m := servingAt.FindSubmatch(lines.Bytes()); m != nil {
				listens <- string(m[1])
			}
		}
		close(listens)
	})
	addr, ok := <-listens
	if !ok {
		_ = cmd.Wait()
		d.t.Fatalf("the program ended before it listened:\n%s", d.log())
	}
	d.mu.Lock()
	d.cmd, d.url = cmd, "http://"+addr
	d.mu.Unlock()
}

// kill ends the program as kill -9 does.
func (d *deployment) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	d.all.Wait() // all it wrote is read
	_ = d.cmd.Wait()
	d.cmd = nil
}

// stop asks the program to end and waits until it has done so well.
func (d *deployment) stop() {
	d.t.Helper()
	if d.cmd == nil {
		return
	}
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	d.all.Wait()
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("the program ended badly: %v\n%s", err, d.log())
	}
	d.cmd = nil
}

// end looks, after every test, for what must be in no log.
func (d *deployment) end() {
	d.client.CloseIdleConnections()
	d.stop()
	for _, sign := range []string{"DATA RACE", "panic", "goroutine "} {
		if strings.Contains(d.log(), sign) {
			d.t.Errorf("%q in the log:\n%s", sign, d.log())
		}
	}
	if d.t.Failed() {
		d.t.Logf("the log:\n%s", d.log())
	}
}

func (d *deployment) log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logs.String()
}

func (d *deployment) address() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.url
}

// get gives the status of an answer, 0 where there is none.
func (d *deployment) get(path string) int {
	resp, err := d.client.Get(d.address() + path)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// post gives the status of an answer, 0 where there is none.
func (d *deployment) post(path string, header http.Header, body string) int {
	r, err := http.NewRequest(http.MethodPost, d.address()+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header = header
	resp, err := d.client.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

const formType = "application/x-www-form-urlencoded"

// twilio posts a form as Twilio does, signed as it documents:
// https://www.twilio.com/docs/usage/security.
func (d *deployment) twilio(path string, form url.Values) int {
	return d.post(path, http.Header{"Content-Type": {formType + "; charset=utf-8"}, "X-Twilio-Signature": {signature(path, form)}}, form.Encode())
}

func signature(path string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(twilioToken))
	io.WriteString(mac, publicURL+path)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		io.WriteString(mac, name+form.Get(name))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// textForm is an incoming text as Twilio tells of it; more are further fields,
// names and values.
func textForm(from, sid, body string, more ...string) url.Values {
	form := url.Values{
		"ToCountry": {"GB"}, "ToState": {""}, "SmsMessageSid": {sid}, "NumMedia": {"0"}, "ToCity": {""}, "FromZip": {""},
		"SmsSid": {sid}, "FromState": {""}, "SmsStatus": {"received"}, "FromCity": {""}, "Body": {body}, "FromCountry": {"GB"},
		"To": {twilioFrom}, "ToZip": {""}, "NumSegments": {"1"}, "MessageSid": {sid}, "AccountSid": {twilioSID}, "From": {from},
		"ApiVersion": {"2010-04-01"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// text brings an incoming text to the program.
func (d *deployment) text(from, sid, body string, more ...string) int {
	return d.twilio("/webhooks/twilio/sms", textForm(from, sid, body, more...))
}

// telegram brings an update to the program, with the secret.
func (d *deployment) telegram(update string) int {
	return d.post("/webhooks/telegram", http.Header{"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {telegramSecret}}, update)
}

// written is an update about a message in a private chat, as
// https://core.telegram.org/bots/api#update has it.
func written(update, chat int64, language, text string) string {
	words, _ := json.Marshal(text)
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Quillon","last_name":"Vexworth","language_code":%q},
		"chat":{"id":%d,"first_name":"Quillon","last_name":"Vexworth","type":"private"},"date":1795305600,"text":%s}}`,
		update, update%100_000, chat, language, chat, words)
}

// pressed is an update about a press of a button under a message of the bot.
func pressed(update, chat, message int64, language, data string) string {
	return fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"q%d","from":{"id":%d,"is_bot":false,"first_name":"Quillon","language_code":%q},
		"message":{"message_id":%d,"from":{"id":7000000001,"is_bot":true,"first_name":"Porchlight"},"chat":{"id":%d,"first_name":"Quillon","type":"private"},
		"date":1795305600,"text":"what was said"},"chat_instance":"1","data":%q}}`, update, update, chat, language, message, chat, data)
}

// page reads one of the program's own addresses.
func (d *deployment) page(path string) string {
	d.t.Helper()
	resp, err := d.client.Get(d.address() + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return string(body)
}
