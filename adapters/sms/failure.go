package sms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"porchlight/bot"
)

// How long nothing is sent when Twilio asks for a pause without saying how long.
const (
	pauseForRequests = time.Second // too many requests at once (20429)
	pauseForQueue    = time.Minute // more texts than the sender can pass on are waiting
)

// maxAnswer is how much of an answer of Twilio's is read.
const maxAnswer = 1 << 20

// buffer reads an answer's body to its end and closes it, so that the
// connection can be used again; a body that breaks off is handed on as far
// as it came.
func buffer(res *http.Response) *http.Response {
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res
}

// failure names what went wrong with a call. Twilio's own message is left
// out: it repeats the number.
func failure(c *call, code int, cause error) *bot.SendError {
	e := &bot.SendError{Failure: classify(code, c.status)}
	if code != 0 {
		e.Code = strconv.Itoa(code)
	} else if c.status != 0 {
		e.Code = "http-" + strconv.Itoa(c.status)
	}
	switch {
	case c.status == 0:
		e.Failure = bot.Transient
		var wrapped *url.Error // names the address of the request: only its cause is kept
		if errors.As(cause, &wrapped) {
			cause = wrapped.Err
		}
		e.Err = cause
		if c.ctx.Err() != nil {
			e.Err = c.ctx.Err()
		}
	default:
		e.Err = fmt.Errorf("HTTP status %d from Twilio", c.status)
	}
	if e.Failure == bot.Throttled {
		e.RetryAfter = retryAfter(c.retryAfter, c.channel.cfg.Now())
		switch {
		case e.RetryAfter > 0:
		case code == 20429 || code == 0:
			e.RetryAfter = pauseForRequests
		default:
			e.RetryAfter = pauseForQueue
		}
	}
	return e
}

// retryAfter reads the header of that name: seconds, or a date. 0: it says nothing.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return at.Sub(now)
	}
	return 0
}

// classify says what an error of Twilio's means, by its code
// (https://www.twilio.com/docs/api/errors), and where the code says nothing by
// the HTTP status; a delivery receipt has no status, 0.
func classify(code, status int) bot.Failure {
	switch code {
	case 21610: // the person has opted out
		return bot.OptedOut
	case 30004: // the message was blocked
		return bot.Blocked
	case 21211, // not a number
		21217,        // not a number
		21408,        // texts to the country are not switched on for the account
		21612, 21614, // no route to it, or not a mobile
		30005, 30006, // unknown or inactive; a landline or an unreachable carrier
		30649: // a country that Twilio does not deliver to
		return bot.Impossible
	case 14107, // too many texts to or from one number
		20429,        // too many requests at once
		21611, 30001, // the sender's or the account's queue is full
		30022, 30023: // the carrier's limit a second, a day
		return bot.Throttled
	case 20003, 20005, // wrong credentials; account not active
		21603, 21606, 21659, 21660, // From is missing, is not ours or cannot send texts
		21701, 21703, 21705, // the messaging service does not exist or has no numbers
		30002,                             // account suspended
		30018, 30024, 30032, 30034, 30038: // the sender is not registered or verified
		return bot.Misconfigured
	case 21602, 21617, 21619, // no body, too long a body
		30007,        // filtered as spam
		30036,        // waited longer than it was valid
		30047, 30610: // outside the hours that the carrier allows
		return bot.Refused
	case 30003, 30008, 30009, 30017, 30410: // handset off, unknown, a part lost, networks busy or slow
		return bot.Transient
	}
	switch {
	case status == 0 || status >= 500 || status == http.StatusRequestTimeout:
		return bot.Transient
	case status == http.StatusTooManyRequests:
		return bot.Throttled
	case status == http.StatusBadRequest:
		return bot.Refused
	}
	return bot.Misconfigured // wrong credentials, or not Twilio's API at all
}

// attempts is how often a text that Twilio took is worth another attempt; 0:
// it is for the bot to say.
func attempts(code int) int {
	if code == 30008 { // for reasons unknown
		return 1
	}
	return 0
}
