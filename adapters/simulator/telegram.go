package simulator

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// bodyLimit is more than any call that a bot of words makes.
const bodyLimit = 1 << 20

// botAPI is the part of the Bot API's own description that is stood in for.
//
//go:embed botapi.json
var botAPI []byte

// apiError is a refusal in Telegram's words.
type apiError struct {
	code        int
	description string
	retryAfter  int
}

func (e *apiError) Error() string { return e.description }

func badRequest(format string, a ...any) *apiError {
	return &apiError{code: 400, description: "Bad Request: " + fmt.Sprintf(format, a...)}
}

// params are a call's arguments: strings as they are, everything else as JSON.
type params map[string]string

func (p params) int(name string) int64 { n, _ := strconv.ParseInt(p[name], 10, 64); return n }
func (p params) bool(name string) bool { return strings.EqualFold(p[name], "true") || p[name] == "1" }

// method answers one call; r is only for its context.
type method func(s *Simulator, r *http.Request, p params) (any, *apiError)

var methods = map[string]method{
	"getme":                  (*Simulator).getMe,
	"setwebhook":             (*Simulator).setWebhook,
	"deletewebhook":          (*Simulator).deleteWebhook,
	"getwebhookinfo":         (*Simulator).getWebhookInfo,
	"getupdates":             (*Simulator).getUpdates,
	"setmycommands":          (*Simulator).setMyCommands,
	"deletemycommands":       (*Simulator).deleteMyCommands,
	"getmycommands":          (*Simulator).getMyCommands,
	"sendmessage":            (*Simulator).sendMessage,
	"editmessagetext":        (*Simulator).editMessageText,
	"editmessagereplymarkup": (*Simulator).editMessageReplyMarkup,
	"answercallbackquery":    (*Simulator).answerCallbackQuery,
	"sendvenue":              (*Simulator).sendVenue,
	"sendlocation":           (*Simulator).sendLocation,
	"sendphoto":              (*Simulator).sendPhoto,
	"sendvoice":              (*Simulator).sendVoice,
	"deletemessage":          (*Simulator).deleteMessage,
	"sendchataction":         (*Simulator).sendChatAction,
}

// serveTelegram answers /bot<token>/<method> as api.telegram.org does.
func (s *Simulator) serveTelegram(w http.ResponseWriter, r *http.Request) {
	token, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	if !strings.HasPrefix(r.URL.Path, "/bot") || !ok || !tokenShape.MatchString(token) {
		refuse(w, &apiError{code: 404, description: "Not Found"})
		return
	}
	if token != s.opts.Telegram.Token {
		refuse(w, &apiError{code: 401, description: "Unauthorized"})
		return
	}
	name = strings.ToLower(name) // the real server does not mind the case
	call, ok := methods[name]
	if !ok {
		refuse(w, &apiError{code: 404, description: "Not Found"})
		return
	}
	p, err := readParams(w, r)
	if err != nil {
		refuse(w, badRequest("%s", err))
		return
	}
	var met Fault
	if phone, reaches := s.reached(name, p); reaches {
		met = s.strike(kindTelegram, phone)
		if met.Kind == faultGone {
			hangUp()
		}
		if !s.delay(r, met) {
			return
		}
		if refusal := met.telegram(); refusal != nil {
			refuse(w, refusal)
			return
		}
	}
	if refusal := s.telegram.schema[name].check(p); refusal != nil {
		refuse(w, refusal)
		return
	}
	result, refusal := call(s, r, p)
	switch {
	case refusal != nil:
		refuse(w, refusal)
	case met.Kind == faultLost:
		hangUp()
	default:
		answer(w, 200, map[string]any{"ok": true, "result": result})
	}
}

// reached tells which phone a call is about, and whether it is about one.
func (s *Simulator) reached(name string, p params) (phone string, ok bool) {
	if name == "answercallbackquery" {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q := s.telegram.query(p["callback_query_id"]); q != nil {
			phone = q.phone.ID
		}
		return phone, true
	}
	chat, ok := p["chat_id"]
	return kindTelegram + ":" + chat, ok
}

// telegram is how a fault reads on the Bot API, nil if it is no refusal.
func (f Fault) telegram() *apiError {
	switch f.Kind {
	case faultThrottled:
		return &apiError{429, fmt.Sprintf("Too Many Requests: retry after %d", f.Seconds), f.Seconds}
	case faultBroken:
		return &apiError{code: 500, description: "Internal Server Error"}
	case faultBlocked:
		return &apiError{code: 403, description: "Forbidden: bot was blocked by the user"}
	}
	return nil
}

func refuse(w http.ResponseWriter, e *apiError) {
	body := map[string]any{"ok": false, "error_code": e.code, "description": e.description}
	if e.retryAfter > 0 {
		body["parameters"] = map[string]any{"retry_after": e.retryAfter}
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	answer(w, e.code, body)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller may have gone: nobody to tell
}

// readParams reads arguments wherever the Bot API takes them: the query, a
// form, a multipart form (also one that is empty) or JSON.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	p := params{}
	for k, v := range r.URL.Query() {
		p[k] = v[0]
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		var body map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil && !errors.Is(err, io.EOF) {
			return nil, errors.New("can't parse request body JSON")
		}
		for k, v := range body {
			var text string
			if json.Unmarshal(v, &text) == nil {
				p[k] = text
			} else {
				p[k] = string(v)
			}
		}
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return nil, errors.New("can't parse form")
		}
		for k, v := range r.PostForm {
			p[k] = v[0]
		}
	case "multipart/form-data":
		parts, err := r.MultipartReader()
		if err != nil {
			return nil, errors.New("can't parse multipart form")
		}
		for {
			part, err := parts.NextPart()
			if errors.Is(err, io.EOF) {
				break // go-telegram/bot sends no part at all for a call without arguments
			}
			if err != nil {
				return nil, errors.New("can't parse multipart form")
			}
			value, err := io.ReadAll(part)
			if err != nil {
				return nil, errors.New("can't read multipart form")
			}
			p[part.FormName()] = string(value)
		}
	}
	return p, nil
}
