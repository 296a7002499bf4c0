package simulator

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// What a person does with a phone. Each of these is called with s.mu held and
// returns an error, to be shown on the page, where the phone cannot do it.

var (
	errBlocked = errors.New("this person has blocked the bot: unblock it first")
	errOff     = errors.New("this phone is switched off: switch it on first")
	errEmpty   = errors.New("there is nothing to send")
)

// pressStart is the START button under a chat that was never opened, or was
// blocked: it sends /start.
func (s *Simulator) pressStart(p *phone, _ request) error {
	if p.Kind != kindTelegram {
		return errTelegramOnly
	}
	if p.Blocked {
		if err := s.setBlocked(p, false); err != nil {
			return err
		}
	}
	return s.say(p, &message{Text: "/start"})
}

func (s *Simulator) write(p *phone, q request) error {
	text := strings.TrimSpace(q.Text)
	switch {
	case text == "":
		return errEmpty
	case p.Kind == kindTelegram && units(text) > textLimit:
		return errors.New("a Telegram message holds at most 4096 characters")
	case p.Kind == kindSMS && len([]rune(text)) > bodyCharacters:
		return errors.New("this phone writes at most 1600 characters")
	}
	return s.say(p, &message{Text: text})
}

func (s *Simulator) sendMedia(p *phone, q request) error {
	if !slices.Contains([]string{"photo", "voice", "sticker"}, q.Media) {
		return errors.New("media is photo, voice or sticker")
	}
	caption := strings.TrimSpace(q.Text)
	if units(caption) > captionLimit {
		return errors.New("at most 1024 characters stand under a picture")
	}
	return s.say(p, &message{Media: q.Media, Text: caption})
}

func (s *Simulator) locate(p *phone, q request) error {
	if p.Kind != kindTelegram {
		return errTelegramOnly
	}
	if !(q.Lat >= -90 && q.Lat <= 90 && q.Lon >= -180 && q.Lon <= 180) {
		return errors.New("lat is -90 to 90, lon is -180 to 180")
	}
	return s.say(p, &message{Pin: &pin{Latitude: q.Lat, Longitude: q.Lon}})
}

// say sends something from a phone to the bot.
func (s *Simulator) say(p *phone, m *message) error {
	switch {
	case p.Blocked:
		return errBlocked
	case p.Off:
		return errOff
	case p.Kind == kindSMS:
		s.writeText(p, m)
		return nil
	}
	m.ID, m.Mine, m.At, m.Status = strconv.FormatInt(s.next(), 10), true, s.opts.Clock(), "waiting"
	if !p.Started {
		p.Started = true
		s.changed(p)
	}
	s.show(p, m)
	s.push(p, m, "message", s.asMessage(p, m))
	return nil
}

// rewrite edits a text that was written on this phone.
func (s *Simulator) rewrite(p *phone, q request) error {
	if p.Kind != kindTelegram {
		return errTelegramOnly
	}
	if p.Blocked {
		return errBlocked
	}
	text := strings.TrimSpace(q.Text)
	for _, m := range slices.Backward(p.Messages) {
		if !m.Mine || m.Text == "" || q.Message != "" && m.ID != q.Message {
			continue
		}
		if text == "" || text == m.Text {
			return errors.New("write something else than before")
		}
		m.Text, m.Edited, m.Status = text, true, "waiting"
		s.show(p, m)
		s.push(p, m, "edited_message", s.asMessage(p, m))
		return nil
	}
	return errors.New("there is no message to edit")
}

// press is a tap on a button under a message.
func (s *Simulator) press(p *phone, q request) error {
	if p.Kind != kindTelegram {
		return errTelegramOnly
	}
	if p.Blocked {
		return errBlocked
	}
	for _, m := range slices.Backward(p.Messages) {
		if q.Message != "" && m.ID != q.Message {
			continue
		}
		for _, row := range m.Buttons {
			for i := range row {
				b := &row[i]
				if b.Data == "" || q.Text != "" && b.Text != q.Text || q.Text == "" && b.Data != q.Data {
					continue
				}
				s.ask(p, m, b)
				return nil
			}
		}
	}
	return errors.New("there is no such button")
}

// ask sends the press of a button to the bot, which is expected to answer it.
func (s *Simulator) ask(p *phone, m *message, b *button) {
	t := &s.telegram
	asked := &query{strconv.FormatInt(s.next(), 10), p, m}
	t.queries = append(t.queries, asked)
	if over := len(t.queries) - updatesLimit; over > 0 {
		t.queries = slices.Delete(t.queries, 0, over)
	}
	b.Pressed = true
	s.show(p, m)
	s.push(p, nil, "callback_query", map[string]any{
		"id": asked.id, "from": asUser(p), "message": s.asMessage(p, m),
		"chat_instance": "-" + p.Address, "data": b.Data,
	})
}

// setBlocked blocks or unblocks the bot; Telegram tells it so.
func (s *Simulator) setBlocked(p *phone, blocked bool) error {
	if p.Kind != kindTelegram {
		return errTelegramOnly
	}
	if !p.Started {
		return errors.New("this person has not started the bot yet")
	}
	if p.Blocked == blocked {
		return nil
	}
	p.Blocked = blocked
	s.changed(p)
	member := map[string]any{"status": "member", "user": s.bot()}
	kicked := map[string]any{"status": "kicked", "user": s.bot(), "until_date": 0}
	before, after := member, kicked
	if !blocked {
		before, after = kicked, member
	}
	s.push(p, nil, "my_chat_member", map[string]any{
		"chat": map[string]any{"id": p.chat(), "type": "private", "first_name": p.Name},
		"from": asUser(p), "date": s.opts.Clock().Unix(), "old_chat_member": before, "new_chat_member": after,
	})
	return nil
}

// setOff switches a plain phone off, so that texts to it come back undelivered.
func (s *Simulator) setOff(p *phone, off bool) error {
	if p.Kind != kindSMS {
		return errPlainOnly
	}
	p.Off = off
	s.changed(p)
	return nil
}

// setLanguage changes the language of the Telegram app, and with it the menu.
func (s *Simulator) setLanguage(p *phone, q request) error {
	if p.Kind != kindTelegram {
		return errTelegramOnly
	}
	if !appLanguageShape.MatchString(q.Language) {
		return errors.New("language is a tag such as ar or pt-br")
	}
	p.Language = q.Language
	p.Commands = s.telegram.menu(p)
	s.changed(p)
	return nil
}
