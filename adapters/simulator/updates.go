package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// How updates wait for the bot.
const (
	updatesLimit = 10000          // held at once; the oldest give way
	updatesKept  = 24 * time.Hour // as the Bot API documents
	firstPause   = time.Second    // after a webhook that did not answer 2xx; doubles up to
	longestPause = time.Minute
)

// update is one thing that the bot has yet to take.
type update struct {
	id      int64
	phone   *phone
	message *message // shown as waiting until the bot has it; may be nil
	kind    string
	body    json.RawMessage
	at      time.Time
}

// push queues an update and sets it on its way. The caller holds s.mu.
func (s *Simulator) push(p *phone, m *message, kind string, body any) {
	t := &s.telegram
	if t.allowed != nil && !slices.Contains(t.allowed, kind) {
		return
	}
	u := &update{id: s.next(), phone: p, message: m, kind: kind, at: s.opts.Clock()}
	raw, err := json.Marshal(map[string]any{"update_id": u.id, kind: body})
	if err != nil {
		panic(err) // only this package's own plain types get here
	}
	u.body = raw
	t.updates = append(t.updates, u)
	if over := len(t.updates) - updatesLimit; over > 0 {
		t.updates = slices.Delete(t.updates, 0, over)
	}
	s.rewire(false)
}

// allow keeps allowed_updates. An empty list is the default: all but those
// that must be asked for, none of which are simulated. The caller holds s.mu.
func (s *Simulator) allow(p params) {
	if raw, given := p["allowed_updates"]; given {
		s.telegram.allowed = nil
		var list []string
		if json.Unmarshal([]byte(raw), &list) == nil && len(list) > 0 {
			s.telegram.allowed = list
		}
	}
}

// rewire wakes whoever brings updates to the bot. The caller holds s.mu.
func (s *Simulator) rewire(drop bool) {
	t := &s.telegram
	if drop {
		t.updates = nil
	}
	close(t.news)
	t.news = make(chan struct{})
	if t.webhook.url == "" {
		return
	}
	for _, u := range t.updates {
		if !u.phone.posting {
			u.phone.posting = true
			go s.postUpdates(u.phone)
		}
	}
}

// taken forgets an update that the bot has. The caller holds s.mu.
func (s *Simulator) taken(u *update) {
	s.telegram.updates = slices.DeleteFunc(s.telegram.updates, func(o *update) bool { return o == u })
	s.mark(u.phone, u.message, "taken", "")
}

// mark shows how far a message written on a phone has come. The caller holds s.mu.
func (s *Simulator) mark(p *phone, m *message, status, why string) {
	if m != nil && (m.Status != status || m.Why != why) && p.find(m.ID) == m {
		m.Status, m.Why = status, why
		s.show(p, m)
	}
}

// postUpdates brings one chat's updates to the webhook, in order, each again
// after a growing pause until it is taken.
func (s *Simulator) postUpdates(p *phone) {
	pause := firstPause
	for {
		s.mu.Lock()
		h, t := s.telegram.webhook, &s.telegram
		i := slices.IndexFunc(t.updates, func(u *update) bool { return u.phone == p })
		if i < 0 || h.url == "" {
			p.posting = false
			s.mu.Unlock()
			return
		}
		u := t.updates[i]
		s.mu.Unlock()

		why := s.postUpdate(h, u)
		s.mu.Lock()
		switch {
		case why == "":
			pause = firstPause
			s.taken(u)
		case s.opts.Clock().Sub(u.at) > updatesKept:
			s.taken(u)
			s.mark(p, u.message, "failed", why)
		default:
			t.webhook.why, t.webhook.failed = why, s.opts.Clock()
			s.mark(p, u.message, "waiting", why)
		}
		s.mu.Unlock()
		if why == "" {
			continue
		}
		if s.opts.Wait(s.ctx, pause) != nil {
			return // closed
		}
		pause = min(2*pause, longestPause)
	}
}

// postUpdate tries once and says what was wrong, in getWebhookInfo's words.
func (s *Simulator) postUpdate(h hook, u *update) (why string) {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, h.url, bytes.NewReader(u.body))
	if err != nil {
		return "bad webhook URL"
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return "Connection refused"
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, bodyLimit)) // so that the connection is used again
	if resp.StatusCode/100 != 2 {
		return "Wrong response from the webhook: " + resp.Status
	}
	return ""
}

// getUpdates is the other way to the bot: it asks. An offset confirms what
// came before it; a negative one starts that far from the end.
func (s *Simulator) getUpdates(r *http.Request, p params) (any, *apiError) {
	limit := int(p.int("limit"))
	if limit < 1 || limit > 100 {
		limit = 100
	}
	asked, patience := p.int("offset"), time.After(time.Duration(max(0, min(50, p.int("timeout"))))*time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.telegram
	s.allow(p)
	t.polls++
	me := t.polls
	s.rewire(false) // ends an older poll
	for {
		if t.webhook.url != "" {
			return nil, &apiError{code: 409, description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
		}
		if t.polls != me {
			return nil, &apiError{code: 409, description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		}
		s.confirm(asked)
		if n := min(limit, len(t.updates)); n > 0 {
			list := make([]json.RawMessage, n)
			for i := range list {
				list[i] = t.updates[i].body
			}
			return list, nil
		}
		news := t.news
		s.mu.Unlock()
		over := false
		select {
		case <-news:
		case <-patience:
			over = true
		case <-r.Context().Done():
			over = true
		case <-s.ctx.Done():
			over = true
		}
		s.mu.Lock()
		if over {
			return []json.RawMessage{}, nil
		}
	}
}

// confirm forgets what a poll's offset says the bot has. The caller holds s.mu.
func (s *Simulator) confirm(offset int64) {
	t := &s.telegram
	if offset < 0 && int(-offset) < len(t.updates) {
		offset = t.updates[len(t.updates)+int(offset)].id
	}
	for len(t.updates) > 0 && t.updates[0].id < offset {
		s.taken(t.updates[0])
	}
}

// asUser is the person who holds a phone, as a User.
func asUser(p *phone) map[string]any {
	u := map[string]any{"id": p.chat(), "is_bot": false, "first_name": p.Name}
	if p.Language != "" {
		u["language_code"] = p.Language
	}
	return u
}

// asMessage is a bubble as a Message.
func (s *Simulator) asMessage(p *phone, m *message) map[string]any {
	id, _ := strconv.ParseInt(m.ID, 10, 64)
	out := map[string]any{
		"message_id": id, "date": m.At.Unix(), "from": s.bot(),
		"chat": map[string]any{"id": p.chat(), "type": "private", "first_name": p.Name},
	}
	if m.Mine {
		out["from"] = asUser(p)
	}
	if m.Edited {
		out["edit_date"] = s.opts.Clock().Unix()
	}
	if m.Media != "" && m.Text != "" {
		out["caption"] = m.Text
	} else if m.Text != "" {
		out["text"] = m.Text
		if m.Mine {
			if e := commandEntities(m.Text); e != nil {
				out["entities"] = e
			}
		}
	}
	if m.Pin != nil {
		at := map[string]any{"latitude": m.Pin.Latitude, "longitude": m.Pin.Longitude}
		out["location"] = at
		if m.Pin.Title != "" {
			out["venue"] = map[string]any{"location": at, "title": m.Pin.Title, "address": m.Pin.Address}
		}
	}
	if file := mediaFile(m); file != nil {
		out[m.Media] = file
	}
	if len(m.Buttons) > 0 {
		rows := make([][]map[string]string, len(m.Buttons))
		for i, row := range m.Buttons {
			for _, b := range row {
				one := map[string]string{"text": b.Text}
				if b.URL != "" {
					one["url"] = b.URL
				} else {
					one["callback_data"] = b.Data
				}
				rows[i] = append(rows[i], one)
			}
		}
		out["reply_markup"] = map[string]any{"inline_keyboard": rows}
	}
	return out
}

// mediaFile describes a picture, voice or sticker that nobody ever downloads.
func mediaFile(m *message) any {
	file := map[string]any{"file_id": m.file(), "file_unique_id": "U" + m.file()}
	switch m.Media {
	case "photo":
		file["width"], file["height"] = 640, 480
		return []any{file}
	case "voice":
		file["duration"], file["mime_type"] = 4, "audio/ogg"
		return file
	case "sticker":
		file["type"], file["width"], file["height"], file["is_animated"], file["is_video"] = "regular", 512, 512, false, false
		return file
	}
	return nil
}

// file is the id by which a picture, voice or sticker can be sent again.
func (m *message) file() string {
	if m.File != "" {
		return m.File
	}
	return "F" + m.ID
}

// commandEntities marks commands as Telegram does, in UTF-16 units.
func commandEntities(text string) (entities []map[string]any) {
	for _, at := range commandInText.FindAllStringSubmatchIndex(text, -1) {
		if !utf8.ValidString(text[:at[2]]) {
			continue
		}
		entities = append(entities, map[string]any{
			"type": "bot_command", "offset": units(text[:at[2]]), "length": units(text[at[2]:at[3]]),
		})
	}
	return entities
}
