package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// telegramState is what Telegram keeps about the bot.
type telegramState struct {
	schema   map[string]signature
	commands map[scope][]command
	queries  []*query // presses not yet answered, oldest first

	webhook hook
	allowed []string // allowed_updates; nil is all that bots get by default
	updates []*update
	news    chan struct{} // closed when an update arrives or the way to the bot changes
	polls   int64         // getUpdates calls so far: a newer one ends an older one
}

// scope is for whom a list of commands was registered.
type scope struct{ kind, chat, language string }

// query is a press that waits for answerCallbackQuery.
type query struct {
	id      string
	phone   *phone
	message *message
}

type hook struct {
	url, secret string
	failed      time.Time // last failure to deliver
	why         string
}

func newTelegramState(t Telegram) telegramState {
	return telegramState{
		schema: schema(), commands: map[scope][]command{}, news: make(chan struct{}),
		webhook: hook{url: t.WebhookURL, secret: t.Secret},
	}
}

// menu is the list of commands a phone shows: the narrowest scope wins, and
// within it the app's language; see "Determining list of commands" of the Bot API.
func (t *telegramState) menu(p *phone) []command {
	if p.Kind != kindTelegram {
		return []command{}
	}
	language, _, _ := strings.Cut(p.Language, "-")
	for _, at := range []scope{{"chat", p.Address, ""}, {"all_private_chats", "", ""}, {"default", "", ""}} {
		for _, l := range []string{language, ""} {
			at.language = l
			if list, ok := t.commands[at]; ok {
				return list
			}
		}
	}
	return []command{}
}

func (t *telegramState) query(id string) *query {
	for _, q := range t.queries {
		if q.id == id {
			return q
		}
	}
	return nil
}

// bot is the User that the token belongs to.
func (s *Simulator) bot() map[string]any {
	id, _, _ := strings.Cut(s.opts.Telegram.Token, ":")
	n, _ := strconv.ParseInt(id, 10, 64)
	return map[string]any{"id": n, "is_bot": true, "first_name": "Porchlight", "username": "porchlight_demo_bot"}
}

func (s *Simulator) getMe(*http.Request, params) (any, *apiError) {
	me := s.bot()
	me["can_join_groups"], me["can_read_all_group_messages"], me["supports_inline_queries"] = false, false, false
	return me, nil
}

func (s *Simulator) setWebhook(_ *http.Request, p params) (any, *apiError) {
	u, err := url.Parse(p["url"])
	// A public server insists on https; Telegram's own local server, which
	// this is like, takes http too.
	if p["url"] != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return nil, badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	}
	if secret := p["secret_token"]; secret != "" && !secretShape.MatchString(secret) {
		return nil, badRequest("secret token contains unallowed characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.telegram.webhook = hook{url: p["url"], secret: p["secret_token"]}
	s.allow(p)
	s.rewire(p.bool("drop_pending_updates"))
	return true, nil
}

func (s *Simulator) deleteWebhook(_ *http.Request, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.telegram.webhook = hook{}
	s.rewire(p.bool("drop_pending_updates"))
	return true, nil
}

func (s *Simulator) getWebhookInfo(*http.Request, params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.telegram.webhook
	info := map[string]any{"url": h.url, "has_custom_certificate": false, "pending_update_count": len(s.telegram.updates)}
	if h.why != "" {
		info["last_error_date"], info["last_error_message"] = h.failed.Unix(), h.why
	}
	if s.telegram.allowed != nil {
		info["allowed_updates"] = s.telegram.allowed
	}
	return info, nil
}

func commandScope(p params) (scope, *apiError) {
	at := scope{kind: "default", language: p["language_code"]}
	if at.language != "" && !languageShape.MatchString(at.language) {
		return at, badRequest("invalid language code specified")
	}
	if raw := p["scope"]; raw != "" {
		var given struct {
			Type   string      `json:"type"`
			ChatID json.Number `json:"chat_id"`
		}
		if json.Unmarshal([]byte(raw), &given) != nil || given.Type == "" {
			return at, badRequest("can't parse BotCommandScope")
		}
		if !slices.Contains([]string{"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat"}, given.Type) {
			return at, badRequest("unsupported type specified")
		}
		at.kind = given.Type
		if at.kind == "chat" {
			at.chat = given.ChatID.String()
		}
	}
	return at, nil
}

func (s *Simulator) setMyCommands(_ *http.Request, p params) (any, *apiError) {
	at, err := commandScope(p)
	if err != nil {
		return nil, err
	}
	list, err := commandList(p["commands"])
	if err != nil {
		return nil, err
	}
	return s.keepCommands(at, list)
}

func (s *Simulator) deleteMyCommands(_ *http.Request, p params) (any, *apiError) {
	at, err := commandScope(p)
	if err != nil {
		return nil, err
	}
	return s.keepCommands(at, nil)
}

// keepCommands registers a list, or removes it when it is empty, and changes
// the menus that it concerns.
func (s *Simulator) keepCommands(at scope, list []command) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.kind == "chat" && s.phone(kindTelegram+":"+at.chat) == nil {
		return nil, badRequest("chat not found")
	}
	for i := range list {
		list[i].Command = strings.TrimPrefix(list[i].Command, "/")
	}
	s.telegram.commands[at] = list
	if len(list) == 0 {
		delete(s.telegram.commands, at)
	}
	for _, p := range s.phones {
		if menu := s.telegram.menu(p); !slices.Equal(menu, p.Commands) {
			p.Commands = menu
			s.changed(p)
		}
	}
	return true, nil
}

func (s *Simulator) getMyCommands(_ *http.Request, p params) (any, *apiError) {
	at, err := commandScope(p)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]command{}, s.telegram.commands[at]...), nil
}

// chat gives the phone that a call may write to. The caller holds s.mu.
func (s *Simulator) chat(id string) (*phone, *apiError) {
	switch p := s.phone(kindTelegram + ":" + id); {
	case p == nil:
		return nil, badRequest("chat not found")
	case p.Blocked:
		return nil, &apiError{code: 403, description: "Forbidden: bot was blocked by the user"}
	case !p.Started:
		return nil, &apiError{code: 403, description: "Forbidden: bot can't initiate conversation with a user"}
	default:
		return p, nil
	}
}

func (s *Simulator) sendMessage(_ *http.Request, p params) (any, *apiError) {
	text, err := messageText(p)
	if err != nil {
		return nil, err
	}
	return s.sendTo(p, &message{Text: text})
}

func (s *Simulator) sendLocation(_ *http.Request, p params) (any, *apiError) {
	at, err := place(p)
	if err != nil {
		return nil, err
	}
	return s.sendTo(p, &message{Pin: at})
}

func (s *Simulator) sendVenue(_ *http.Request, p params) (any, *apiError) {
	at, err := place(p)
	if err != nil {
		return nil, err
	}
	at.Title, at.Address = p["title"], p["address"]
	return s.sendTo(p, &message{Pin: at})
}

func (s *Simulator) sendPhoto(_ *http.Request, p params) (any, *apiError) {
	return s.sendFile(p, "photo")
}

func (s *Simulator) sendVoice(_ *http.Request, p params) (any, *apiError) {
	return s.sendFile(p, "voice")
}

// sendFile shows again what some phone has sent, by its file_id. Uploads are
// not simulated.
func (s *Simulator) sendFile(p params, kind string) (any, *apiError) {
	if units(p["caption"]) > captionLimit {
		return nil, badRequest("message caption is too long")
	}
	if !s.sent(p[kind], kind) {
		return nil, badRequest("wrong file identifier/HTTP URL specified")
	}
	return s.sendTo(p, &message{Media: kind, File: p[kind], Text: strings.TrimSpace(p["caption"])})
}

// sent tells whether a phone has sent a file of a kind under an id.
func (s *Simulator) sent(file, kind string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.phones, func(p *phone) bool {
		return slices.ContainsFunc(p.Messages, func(m *message) bool { return m.Media == kind && m.file() == file })
	})
}

func (s *Simulator) sendTo(p params, m *message) (any, *apiError) {
	rows, err := keyboard(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to, err := s.chat(p["chat_id"])
	if err != nil {
		return nil, err
	}
	m.ID, m.At, m.Buttons = strconv.FormatInt(s.next(), 10), s.opts.Clock(), rows
	s.show(to, m)
	return s.asMessage(to, m), nil
}

// own gives a message that the bot itself may change. The caller holds s.mu.
func (s *Simulator) own(p params, what string) (*phone, *message, *apiError) {
	if p["chat_id"] == "" {
		return nil, nil, badRequest("chat_id is empty")
	}
	if p["message_id"] == "" {
		return nil, nil, badRequest("message identifier is not specified")
	}
	to, err := s.chat(p["chat_id"])
	if err != nil {
		return nil, nil, err
	}
	m := to.find(strconv.FormatInt(p.int("message_id"), 10))
	switch {
	case m == nil:
		return nil, nil, badRequest("message to %s not found", what)
	case m.Mine && what == "edit":
		return nil, nil, badRequest("message can't be edited")
	}
	return to, m, nil
}

func (s *Simulator) editMessageText(_ *http.Request, p params) (any, *apiError) {
	text, err := messageText(p)
	if err != nil {
		return nil, err
	}
	return s.edit(p, func(m *message) *apiError {
		if m.Pin != nil {
			return badRequest("there is no text in the message to edit")
		}
		m.Text = text
		return nil
	})
}

func (s *Simulator) editMessageReplyMarkup(_ *http.Request, p params) (any, *apiError) {
	return s.edit(p, func(*message) *apiError { return nil })
}

// edit changes a message and its buttons, unless that would change nothing.
func (s *Simulator) edit(p params, change func(*message) *apiError) (any, *apiError) {
	rows, err := keyboard(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to, m, err := s.own(p, "edit")
	if err != nil {
		return nil, err
	}
	before, kept := m.Text, m.Buttons
	if err := change(m); err != nil {
		return nil, err
	}
	if m.Text == before && sameButtons(kept, rows) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.Buttons, m.Edited = rows, m.Edited || m.Text != before
	s.show(to, m)
	return s.asMessage(to, m), nil
}

func sameButtons(a, b [][]button) bool {
	return slices.EqualFunc(a, b, func(a, b []button) bool {
		return slices.EqualFunc(a, b, func(a, b button) bool {
			return a.Text == b.Text && a.Data == b.Data && a.URL == b.URL
		})
	})
}

func (s *Simulator) deleteMessage(_ *http.Request, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to, m, err := s.own(p, "delete")
	if err != nil {
		return nil, err
	}
	s.remove(to, m)
	return true, nil
}

func (s *Simulator) answerCallbackQuery(_ *http.Request, p params) (any, *apiError) {
	if units(p["text"]) > callbackTextLimit {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.telegram.query(p["callback_query_id"])
	if q == nil {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	s.telegram.queries = slices.DeleteFunc(s.telegram.queries, func(o *query) bool { return o == q })
	for _, row := range q.message.Buttons {
		for i := range row {
			row[i].Pressed = false
		}
	}
	if q.phone.find(q.message.ID) != nil {
		s.show(q.phone, q.message)
	}
	if p["text"] != "" {
		s.flash(q.phone, p["text"])
	}
	return true, nil
}

func (s *Simulator) sendChatAction(_ *http.Request, p params) (any, *apiError) {
	actions := []string{
		"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
		"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
	}
	if !slices.Contains(actions, p["action"]) {
		return nil, badRequest("wrong parameter action in request")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to, err := s.chat(p["chat_id"])
	if err != nil {
		return nil, err
	}
	s.events.publish("typing", map[string]string{"phone": to.ID})
	return true, nil
}
