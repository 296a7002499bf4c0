// Package telegram is the channel to Telegram's Bot API: updates in, by
// webhook or by long polling, and messages out. It serves private chats only.
package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"porchlight/bot"
)

// Name is the channel's name in addresses, keys and metrics.
const Name = "telegram"

// MaxData is how many bytes a button can carry back: callback_data in
// https://core.telegram.org/bots/api#inlinekeyboardbutton.
const MaxData = 64

// MaxText is how many UTF-16 code units one message holds: text in
// https://core.telegram.org/bots/api#sendmessage.
const MaxText = 4096

// Config is what a channel needs from its operator.
type Config struct {
	Token     string       // as @BotFather gave it
	Secret    string       // what Telegram repeats in each webhook call; required with PublicURL
	APIURL    string       // another Bot API server; empty: Telegram's own
	PublicURL string       // what the outside world reaches this program under; empty: long polling
	HTTP      *http.Client // empty: one of its own. Its Timeout is not used: each call has its own
	Log       *slog.Logger // empty: slog's default
}

// Channel speaks the Bot API. It is safe for use by many goroutines.
type Channel struct {
	api    *tg.Bot
	http   *doer
	config Config
	log    *slog.Logger
	sleep  sleeper
	tries  attempts
}

var (
	_ bot.Channel = (*Channel)(nil)

	tokenShape  = regexp.MustCompile(`^[0-9]{1,19}:[A-Za-z0-9_-]{3,}$`)
	secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

const telegramURL = "https://api.telegram.org"

// New checks the configuration and makes no call. Its errors say what to set
// and never show a credential.
func New(c Config) (*Channel, error) {
	if c.APIURL == "" {
		c.APIURL = telegramURL
	}
	c.APIURL = strings.TrimRight(c.APIURL, "/")
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.HTTP == nil {
		// The default transport keeps two idle connections a host; deliveries run side by side.
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 64
		c.HTTP = &http.Client{Transport: transport}
	}
	client := *c.HTTP
	client.Timeout = 0 // would end a long poll; doer bounds every call by itself
	d := &doer{client: &client}
	log := c.Log.With("channel", Name)
	api, err := tg.New(c.Token,
		tg.WithSkipGetMe(),
		tg.WithServerURL(c.APIURL),
		tg.WithHTTPClient(time.Minute, d),
		// The library's errors may repeat a text or a token: only that there was one is told.
		tg.WithErrorsHandler(func(error) { log.Warn("a call's connection was not closed cleanly") }),
	)
	if err != nil {
		return nil, errors.New("telegram: the Bot API client did not start; check TELEGRAM_BOT_TOKEN")
	}
	return &Channel{api: api, http: d, config: c, log: log, sleep: sleep}, nil
}

func (c Config) check() error {
	switch {
	case c.Token == "":
		return errors.New("no bot token; set TELEGRAM_BOT_TOKEN to the one @BotFather gave you")
	case !tokenShape.MatchString(c.Token):
		return errors.New("TELEGRAM_BOT_TOKEN is not a bot token; " +
			"it is digits, a colon and letters, as in 123456:ABC-DEF1234, without spaces or quotes; copy it again from @BotFather")
	case c.Secret != "" && !secretShape.MatchString(c.Secret):
		return errors.New("TELEGRAM_WEBHOOK_SECRET is not one that Telegram accepts; use 1 to 256 of A-Z, a-z, 0-9, _ and -")
	}
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("TELEGRAM_API_URL is not a web address; give one such as https://bots.example.org, or leave it empty for Telegram's own")
	}
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("PORCHLIGHT_PUBLIC_URL is not a web address; give one such as https://bot.example.org")
	}
	if u.Scheme != "https" && c.APIURL == telegramURL {
		return errors.New("Telegram calls https addresses only; make PORCHLIGHT_PUBLIC_URL begin with https://, or leave it empty for long polling")
	}
	if c.Secret == "" {
		return errors.New("a webhook without a secret would believe anyone; " +
			"set TELEGRAM_WEBHOOK_SECRET to a long random text of A-Z, a-z, 0-9, _ and -")
	}
	return nil
}

// Name is "telegram".
func (c *Channel) Name() string { return Name }

// CanBeSilent says that announcements at night come without a sound.
func (c *Channel) CanBeSilent() {}

// doer carries the library's calls. It puts what is not the Bot API's JSON,
// such as a gateway's page, into the Bot API's form, so that one table names
// every failure and no page gets into an error.
type doer struct{ client *http.Client }

// What is read of an answer and of a refusal, in bytes: a hundred updates with
// long texts fit many times over.
const (
	maxAnswer  = 32 << 20
	maxRefusal = 64 << 10
)

// Do implements the library's HttpClient. The library streams each form through
// a pipe, a few bytes at a time: gathered, a call is one write to the network.
func (d *doer) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		form, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(form)), int64(len(form))
	}
	resp, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < http.StatusBadRequest {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
		return resp, nil
	}
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if json.Valid(page) {
		resp.Body = io.NopCloser(bytes.NewReader(page))
		return resp, nil
	}
	pause, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	body, err := json.Marshal(map[string]any{
		"ok": false, "error_code": resp.StatusCode,
		"parameters": map[string]int{"retry_after": pause},
	})
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
