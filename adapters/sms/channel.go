// Package sms is the SMS channel, over Twilio: texts go out through its REST
// API, what people write and what became of our texts comes in as webhooks.
package sms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"porchlight/bot"
)

// The paths at which Twilio reaches the webhooks, below the public URL.
const (
	InboundPath = "/webhooks/twilio/sms"
	StatusPath  = "/webhooks/twilio/status"
	VoicePath   = "/webhooks/twilio/voice"
)

const (
	twilioURL   = "https://api.twilio.com"
	timeout     = 15 * time.Second // of one request to Twilio
	connections = 64               // to Twilio, kept open between requests
	staleAfter  = 4 * 60 * 60      // seconds after which Twilio drops a bulk text that still waits in its queue
)

// Config is what the channel needs to know.
type Config struct {
	AccountSID string
	AuthToken  string
	From       string   // an E.164 number, or the SID of a messaging service (MG…)
	VoiceFrom  string   // the E.164 number that calls come from; empty: From, if it is a number
	APIURL     string   // Twilio's REST API; empty: Twilio's own
	PublicURL  string   // where the outside world reaches the program: Twilio signs over it
	Countries  []string // ISO 3166 codes that texts may go to; empty: everywhere

	MaxSegments int              // the longest text sent, in segments; 0: 3
	HTTP        *http.Client     // its Transport carries the requests; nil: one of its own
	Log         *slog.Logger     // nil: nothing is logged
	Now         func() time.Time // nil: time.Now
}

// Channel sends and receives texts. It is safe for concurrent use.
type Channel struct {
	cfg       Config
	api       *url.URL
	public    string
	transport http.RoundTripper
	countries map[string]bool
	validator client.RequestValidator
	ignored   atomic.Int64
}

var _ bot.Channel = (*Channel)(nil)

// New makes the channel. It does no I/O. Its error says which setting to mend.
func New(cfg Config) (*Channel, error) {
	need := func(value, name string) error {
		if value == "" {
			return fmt.Errorf("sms: %s is missing; set it", name)
		}
		return nil
	}
	if err := errors.Join(need(cfg.AccountSID, "TWILIO_ACCOUNT_SID"), need(cfg.AuthToken, "TWILIO_AUTH_TOKEN"),
		need(cfg.From, "TWILIO_FROM"), need(cfg.PublicURL, "PORCHLIGHT_PUBLIC_URL")); err != nil {
		return nil, err
	}
	if !isNumber(cfg.From) && !isService(cfg.From) {
		return nil, errors.New("sms: TWILIO_FROM is neither a number like +441234567890 nor a messaging service SID (MG…); correct it")
	}
	if cfg.VoiceFrom == "" && isNumber(cfg.From) {
		cfg.VoiceFrom = cfg.From
	}
	if cfg.VoiceFrom != "" && !isNumber(cfg.VoiceFrom) {
		return nil, errors.New("sms: TWILIO_VOICE_FROM is not a number like +441234567890; correct it, or leave it out")
	}
	if cfg.APIURL == "" {
		cfg.APIURL = twilioURL
	}
	base, err := web(cfg.APIURL, "TWILIO_API_URL")
	if err != nil {
		return nil, err
	}
	public, err := web(cfg.PublicURL, "PORCHLIGHT_PUBLIC_URL")
	if err != nil {
		return nil, err
	}
	c := &Channel{cfg: cfg, api: base, public: public.String(), countries: map[string]bool{},
		validator: client.NewRequestValidator(cfg.AuthToken)}
	for _, country := range cfg.Countries {
		c.countries[strings.ToUpper(country)] = true
	}
	if c.cfg.MaxSegments == 0 {
		c.cfg.MaxSegments = 3
	}
	if c.cfg.Log == nil {
		c.cfg.Log = slog.New(slog.DiscardHandler)
	}
	if c.cfg.Now == nil {
		c.cfg.Now = time.Now
	}
	if cfg.HTTP != nil && cfg.HTTP.Transport != nil {
		c.transport = cfg.HTTP.Transport
	} else {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = connections
		c.transport = own
	}
	return c, nil
}

// web reads an address of the web, without a slash at its end.
func web(address, name string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("sms: %s is not an address like https://example.org; correct it", name)
	}
	return u, nil
}

// Name is "sms".
func (c *Channel) Name() string { return "sms" }

// Divide is the package's Divide with the configured number of segments.
func (c *Channel) Divide(m bot.Outbound) []bot.Outbound { return Divide(m, c.cfg.MaxSegments) }

// Cost is how many segments a message takes in all its parts.
func (c *Channel) Cost(m bot.Outbound) (segments int) { return c.Measure(m).Segments }

// Measure is how a message travels, in all its parts.
func (c *Channel) Measure(m bot.Outbound) bot.Measure { return MeasureAll(c.Divide(m)) }

// MeasureAll adds up what Divide made of a message.
func MeasureAll(parts []bot.Outbound) (sum bot.Measure) {
	for _, part := range parts {
		s := Measure(part.Text)
		sum.Units += s.Units
		sum.Segments += s.Segments
		if sum.Encoding != UCS2 {
			sum.Encoding = s.Encoding
		}
	}
	return sum
}

// Send hands one text to Twilio. A number outside the configured countries is
// refused here, as Impossible with the code "country": what its owner writes
// is still received, and their turn kept, but nothing goes out. The receipt is
// the message's SID. When Twilio took the text but its answer was cut, the
// receipt is empty: sending again would text the person twice.
func (c *Channel) Send(ctx context.Context, m bot.Outbound) (bot.Receipt, error) {
	if !isNumber(m.To.ID) {
		return bot.Receipt{}, &bot.SendError{Failure: bot.Impossible, Code: "number"}
	}
	if len(c.countries) > 0 && !c.countries[country(m.To.ID)] {
		return bot.Receipt{}, &bot.SendError{Failure: bot.Impossible, Code: "country"}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	call := &call{ctx: ctx, channel: c}
	sent, err := call.service().CreateMessage(c.message(m))
	switch {
	case err == nil && sent.Sid != nil && sent.ErrorCode != nil && *sent.ErrorCode != 0:
		return bot.Receipt{}, failure(call, *sent.ErrorCode, nil)
	case err == nil && sent.Sid != nil && *sent.Sid != "":
		return bot.Receipt{ID: *sent.Sid}, nil
	case call.status == http.StatusCreated:
		c.cfg.Log.Warn("Twilio took a text but its answer could not be read: no delivery receipt will be matched")
		return bot.Receipt{}, nil
	}
	var refused *client.TwilioRestError
	if errors.As(err, &refused) {
		return bot.Receipt{}, failure(call, refused.Code, nil)
	}
	return bot.Receipt{}, failure(call, 0, err)
}

// message is the form that Twilio gets.
func (c *Channel) message(m bot.Outbound) *api.CreateMessageParams {
	p := &api.CreateMessageParams{}
	p.SetPathAccountSid(c.cfg.AccountSID)
	p.SetTo(m.To.ID)
	p.SetBody(Plain(m)) // what Divide made has only text; so nothing is lost of what it did not
	p.SetStatusCallback(c.statusCallback(m))
	p.SetSmartEncoded(false) // Simplify has done what is safe; Twilio's own also drops the joiners of Persian
	if isService(c.cfg.From) {
		p.SetMessagingServiceSid(c.cfg.From)
	} else {
		p.SetFrom(c.cfg.From)
	}
	if m.Lane == bot.Bulk {
		p.SetValidityPeriod(staleAfter)
	}
	return p
}

// statusCallback is where Twilio is to report to. It says which announcement
// a text is part of, so that a report needs nothing that was kept.
func (c *Channel) statusCallback(m bot.Outbound) string {
	if m.Announcement == "" {
		return c.public + StatusPath
	}
	return c.public + StatusPath + "?" + url.Values{announcementField: {m.Announcement}}.Encode()
}

const announcementField = "announcement"

// Serves reports whether texts go to numbers of a country; where it is not
// known, Send decides by the number.
func (c *Channel) Serves(country string) bool {
	return len(c.countries) == 0 || country == "" || c.countries[country]
}

// call is one request to Twilio. As its transport it adds what twilio-go
// cannot carry (the context, another server, any credentials) and keeps what
// twilio-go drops (status and Retry-After); it reads every body to its end,
// for twilio-go leaves those of errors open.
type call struct {
	ctx        context.Context
	channel    *Channel
	status     int
	retryAfter string
}

func (c *call) service() *api.ApiService {
	return api.NewApiService(&client.RequestHandler{Client: &client.Client{
		Credentials: client.NewCredentials("", ""), // set in RoundTrip: twilio-go takes only letters and digits
		HTTPClient: &http.Client{
			Transport:     c,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}})
}

// RoundTrip sends the request where the channel wants it.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(c.ctx)
	base := c.channel.api
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	r.URL.Path = base.Path + r.URL.Path
	r.SetBasicAuth(c.channel.cfg.AccountSID, c.channel.cfg.AuthToken)
	res, err := c.channel.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	c.status, c.retryAfter = res.StatusCode, res.Header.Get("Retry-After")
	return buffer(res), nil
}

var (
	e164    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	service = regexp.MustCompile(`^MG[0-9a-zA-Z]{1,64}$`)
)

func isNumber(s string) bool { return e164.MatchString(s) }

func isService(s string) bool { return service.MatchString(s) }
