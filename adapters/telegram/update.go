package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"porchlight/bot"
	"porchlight/flows"
)

// allowed are the kinds of update that are asked for. An edited message may
// hold a crisis; my_chat_member tells of a block and its end.
var allowed = []string{
	models.AllowedUpdateMessage, models.AllowedUpdateEditedMessage,
	models.AllowedUpdateCallbackQuery, models.AllowedUpdateMyChatMember,
}

// update is the part of the Bot API's Update that is read. The library's type
// would refuse an update whole for one part newer than itself, such as where a
// message was forwarded from, and with it the words. And what is not decoded,
// such as a shared contact's number, cannot be kept or logged by mistake.
type update struct {
	ID       int64      `json:"update_id"`
	Message  *message   `json:"message"`
	Edited   *message   `json:"edited_message"`
	Callback *callback  `json:"callback_query"`
	Member   *ownMember `json:"my_chat_member"`
}

type message struct {
	ID       int64            `json:"message_id"`
	Date     int64            `json:"date"` // 0: Telegram no longer shows the message to the bot
	From     *person          `json:"from"`
	Chat     chat             `json:"chat"`
	Text     string           `json:"text"`
	Caption  string           `json:"caption"`
	Rich     json.RawMessage  `json:"rich_message"`
	Location *models.Location `json:"location"`
	Photo    []file           `json:"photo"` // the same picture in several sizes, the largest last
	Voice    *file            `json:"voice"`
}

// file is what is needed to send something on.
type file struct {
	ID string `json:"file_id"`
}

type person struct {
	IsBot    bool   `json:"is_bot"`
	Language string `json:"language_code"`
}

type chat struct {
	ID   int64           `json:"id"`
	Type models.ChatType `json:"type"`
}

type callback struct {
	ID      string   `json:"id"`
	From    person   `json:"from"`
	Message *message `json:"message"`
	Data    string   `json:"data"`
}

type ownMember struct {
	Chat chat   `json:"chat"`
	From person `json:"from"`
	New  struct {
		Status models.ChatMemberType `json:"status"`
	} `json:"new_chat_member"`
}

// errMalformed is an update that is not one. It says nothing of what was in it.
var errMalformed = errors.New("not an update of the Bot API")

// decode reads one update. What no conversation has to know of, such as a
// message in a group or a change of a chat's picture, gives nil and no error.
func decode(body []byte) (id int64, in *bot.Inbound, err error) {
	if !utf8.Valid(body) {
		return 0, nil, fmt.Errorf("%w: not UTF-8", errMalformed)
	}
	var u update
	if err := json.Unmarshal(body, &u); err != nil {
		return updateID(body), nil, fmt.Errorf("%w: not JSON of its shape", errMalformed)
	}
	if u.ID <= 0 {
		return 0, nil, fmt.Errorf("%w: no update_id", errMalformed)
	}
	switch {
	case u.Message != nil:
		in = u.Message.inbound(body)
	case u.Edited != nil:
		in = u.Edited.edited()
	case u.Callback != nil:
		in = u.Callback.inbound()
	case u.Member != nil:
		in = u.Member.inbound()
	}
	if in == nil {
		return u.ID, nil, nil
	}
	in.ID = bot.MessageID("u" + strconv.FormatInt(u.ID, 10))
	in.Input.Channel = Name
	return u.ID, in, nil
}

// updateID finds the id of an update that is otherwise not understood; 0: none.
func updateID(body []byte) int64 {
	var u struct {
		ID int64 `json:"update_id"`
	}
	if json.Unmarshal(body, &u) != nil {
		return 0
	}
	return u.ID
}

// private reports a chat between the bot and one person. What is said in a
// group is not said to the bot alone, and an answer there would be read by all.
func (c chat) private() bool { return c.Type == models.ChatTypePrivate && c.ID > 0 }

func (c chat) address() bot.Address {
	return bot.Address{Channel: Name, ID: strconv.FormatInt(c.ID, 10)}
}

// readable says whether m comes from a person in a private chat.
func (m *message) readable() bool { return m.Chat.private() && (m.From == nil || !m.From.IsBot) }

func (m *message) base(kind flows.Kind) *bot.Inbound {
	in := &bot.Inbound{From: m.Chat.address(), Input: flows.Input{Kind: kind}}
	if m.From != nil {
		in.Input.AppLanguage = m.From.Language
	}
	return in
}

// words is what m says, be it under a picture.
func (m *message) words() string {
	for _, s := range []string{m.Text, m.Caption, richText(m.Rich)} {
		if s != "" {
			return s
		}
	}
	return ""
}

func (m *message) inbound(body []byte) *bot.Inbound {
	if !m.readable() {
		return nil
	}
	if s := m.words(); s != "" {
		in := m.base(flows.Text)
		in.Input.Text, in.Media = s, m.media()
		return in
	}
	if m.Location != nil {
		in := m.base(flows.Located)
		in.Input.Location = &flows.Location{Latitude: m.Location.Latitude, Longitude: m.Location.Longitude}
		return in
	}
	if service(body) {
		return nil
	}
	in := m.base(flows.Media)
	in.Media = m.media()
	return in
}

// media is the picture or the voice note of m; nil where there is none.
func (m *message) media() *bot.Media {
	switch {
	case len(m.Photo) > 0 && m.Photo[len(m.Photo)-1].ID != "":
		return &bot.Media{Kind: bot.Photo, File: m.Photo[len(m.Photo)-1].ID}
	case m.Voice != nil && m.Voice.ID != "":
		return &bot.Media{Kind: bot.Voice, File: m.Voice.ID}
	}
	return nil
}

// edited is nil where no words are left: a place that moves while it is shared
// live is an edit too.
func (m *message) edited() *bot.Inbound {
	s := m.words()
	if !m.readable() || s == "" {
		return nil
	}
	in := m.base(flows.Edited)
	in.Input.Text = s
	return in
}

func (q *callback) inbound() *bot.Inbound {
	if q.Message == nil || !q.Message.Chat.private() || q.Data == "" || q.From.IsBot {
		return nil
	}
	in := &bot.Inbound{
		From:  q.Message.Chat.address(),
		Input: flows.Input{Kind: flows.Pressed, Choice: q.Data, AppLanguage: q.From.Language},
		Press: &bot.Press{Query: q.ID},
	}
	if q.Message.Date > 0 && q.Message.Text != "" { // a map or a forgotten message cannot be edited into a text
		in.Press.Message = strconv.FormatInt(q.Message.ID, 10)
	}
	return in
}

func (o *ownMember) inbound() *bot.Inbound {
	if !o.Chat.private() {
		return nil
	}
	in := &bot.Inbound{From: o.Chat.address(), Input: flows.Input{AppLanguage: o.From.Language}}
	switch o.New.Status {
	case models.ChatMemberTypeBanned: // "kicked": the person blocked the bot
		in.Input.Kind = flows.Blocked
	case models.ChatMemberTypeMember:
		in.Input.Kind = flows.Returned
	default:
		return nil
	}
	return in
}

// serviceFields are the parts of a message by which Telegram tells of a change
// in a chat, where nobody said anything: Message in Bot API 10.1. A kind of
// message that is in no list is answered as something that cannot be read,
// for silence would be a dead end.
var serviceFields = []string{
	"boost_added", "channel_chat_created", "chat_background_set", "chat_owner_changed", "chat_owner_left",
	"chat_shared", "checklist_tasks_added", "checklist_tasks_done", "connected_website", "delete_chat_photo",
	"direct_message_price_changed", "forum_topic_closed", "forum_topic_created", "forum_topic_edited",
	"forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden", "gift",
	"gift_upgrade_sent", "giveaway_completed", "giveaway_created", "group_chat_created", "invoice",
	"left_chat_member", "managed_bot_created", "message_auto_delete_timer_changed", "migrate_from_chat_id",
	"migrate_to_chat_id", "new_chat_members", "new_chat_photo", "new_chat_title", "paid_message_price_changed",
	"passport_data", "pinned_message", "poll_option_added", "poll_option_deleted", "proximity_alert_triggered",
	"refunded_payment", "successful_payment", "suggested_post_approval_failed", "suggested_post_approved",
	"suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "supergroup_chat_created",
	"unique_gift", "users_shared", "video_chat_ended", "video_chat_participants_invited",
	"video_chat_scheduled", "video_chat_started", "web_app_data", "write_access_allowed",
}

func service(body []byte) bool {
	var u struct {
		Message map[string]json.RawMessage `json:"message"`
	}
	if json.Unmarshal(body, &u) != nil {
		return false
	}
	for _, f := range serviceFields {
		if _, ok := u.Message[f]; ok {
			return true
		}
	}
	return false
}

// richText is the words of a RichMessage (Bot API 10), whatever they are
// nested in: a RichText is a string, a list, or an object with a text.
func richText(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	var b strings.Builder
	gather(&b, value)
	return strings.TrimSpace(b.String())
}

// wordKeys are where the objects of a RichMessage hold words or more objects,
// in reading order.
var wordKeys = []string{"label", "summary", "text", "alternative_text", "expression", "cells", "items", "blocks", "caption", "credit"}

func gather(b *strings.Builder, value any) {
	switch v := value.(type) {
	case string:
		b.WriteString(v)
	case []any:
		for _, part := range v {
			gather(b, part)
		}
	case map[string]any:
		for _, k := range wordKeys {
			switch parts, _ := v[k].([]any); k {
			case "blocks", "items", "cells": // each on a line of its own
				for _, part := range parts {
					gather(b, part)
					if !strings.HasSuffix(b.String(), "\n") {
						b.WriteByte('\n')
					}
				}
			default:
				gather(b, v[k])
			}
		}
	}
}
