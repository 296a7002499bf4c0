package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"porchlight/bot"
)

const (
	pollTimeout = 50 * time.Second // how long Telegram holds a request when there is nothing new
	firstPause  = 500 * time.Millisecond
	longestWait = 30 * time.Second
)

// sleeper waits until d has passed or ctx ends.
type sleeper func(ctx context.Context, d time.Duration)

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Poll asks Telegram for updates until ctx ends, one after the other and in
// order. It takes a webhook away first, for Telegram gives updates one way
// only; what waits there is not dropped. An update is confirmed only after
// receive has kept it, so a crash at any point brings it again. While the
// store is away Poll waits and asks for the same update; one that fails
// maxTries times for another reason is given up and logged as an error.
func (c *Channel) Poll(ctx context.Context, receive Receiver) {
	offset, pause := int64(0), time.Duration(0)
	webhook := true // may be set
	for ctx.Err() == nil {
		if webhook {
			_, err := c.api.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
			if webhook = err != nil; webhook && ctx.Err() == nil {
				c.log.Warn("the webhook could not be taken away before polling", "error", failure(err))
			}
		}
		updates, err := c.getUpdates(ctx, offset)
		if err == nil {
			var next int64
			if next, err = c.receiveAll(ctx, receive, updates, offset); next > offset {
				offset, pause = next, 0
			}
		}
		switch {
		case err == nil:
			pause = 0
			continue
		case ctx.Err() != nil:
			return
		}
		pause = min(max(2*pause, firstPause), longestWait)
		wait := pause
		var e *bot.SendError
		switch {
		case errors.As(err, &e):
			wait = max(pause, e.RetryAfter)
			webhook = webhook || e.Code == "409"
			c.log.Warn("updates could not be fetched", "error", e, "wait", wait)
		case errors.Is(err, bot.ErrAway):
			c.log.Warn("polling waits: the store is away", "wait", wait)
		default:
			c.log.Error("an update could not be kept; it is asked for again", "error", kind(err), "wait", wait)
		}
		c.sleep(ctx, wait)
	}
}

// receiveAll keeps updates in order and returns the offset after the last one
// that needs no repetition.
func (c *Channel) receiveAll(ctx context.Context, receive Receiver, updates []json.RawMessage, offset int64) (int64, error) {
	start := offset
	for _, raw := range updates {
		if ctx.Err() != nil {
			return offset, ctx.Err()
		}
		id, in, err := decode(raw)
		if err == nil && in != nil {
			err = c.keep(ctx, receive, *in)
			if err != nil && (errors.Is(err, bot.ErrAway) || ctx.Err() != nil || c.tries.failed(id) < maxTries) {
				return offset, err
			}
			err = kind(err)
		}
		if err != nil {
			c.giveUp(id, err)
		}
		c.tries.over(id)
		if id > 0 {
			offset = max(offset, id+1)
		}
	}
	if len(updates) > 0 && offset == start {
		return offset, errMalformed // not one had an id to go on from
	}
	return offset, nil
}

// getUpdates is the Bot API's long poll, for the library's own cannot be
// called alone. Updates stay raw, so that one that is not understood takes no
// other with it. Its error is a *bot.SendError.
func (c *Channel) getUpdates(ctx context.Context, offset int64) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout+callTimeout)
	defer cancel()
	kinds, err := json.Marshal(allowed)
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"timeout":         {strconv.Itoa(int(pollTimeout.Seconds()))},
		"allowed_updates": {string(kinds)},
	}
	if offset > 0 {
		form.Set("offset", strconv.FormatInt(offset, 10))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost,
		c.config.APIURL+"/bot"+c.config.Token+"/getUpdates", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, failure(errors.New("no request"))
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, failure(err)
	}
	var answer struct {
		OK         bool              `json:"ok"`
		Result     []json.RawMessage `json:"result"`
		Code       int               `json:"error_code"`
		Parameters struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, failure(err)
	}
	if answer.OK {
		return answer.Result, nil
	}
	return nil, failure(libraryError(answer.Code, answer.Parameters.RetryAfter))
}

// libraryError is the error by which the library tells of an answer, so that
// one table names them all.
func libraryError(code, retryAfter int) error {
	switch code {
	case http.StatusTooManyRequests:
		return &tg.TooManyRequestsError{RetryAfter: retryAfter}
	case http.StatusUnauthorized:
		return tg.ErrorUnauthorized
	case http.StatusNotFound:
		return tg.ErrorNotFound
	case http.StatusConflict:
		return tg.ErrorConflict
	}
	return fmt.Errorf("error response from telegram for method getUpdates, %d", code)
}
