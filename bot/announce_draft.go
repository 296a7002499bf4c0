package bot

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/flows"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Outreach is kept with a worker who makes announcements, or follows some.
type Outreach struct {
	Draft   *Draft   `json:"d,omitempty"`
	Follows []Follow `json:"f,omitempty"` // the latest last
}

// Draft is an announcement that is being written. It becomes an announcement
// of the same id, so that it is one however often it is sent.
type Draft struct {
	ID       string            `json:"i"`
	Version  int               `json:"v,omitempty"` // grows with every change
	Audience Audience          `json:"a,omitzero"`
	Text     map[string]string `json:"t,omitempty"` // by BCP 47
	Fallback string            `json:"f,omitempty"` // as in Announcement
	At       time.Time         `json:"w,omitzero"`  // as in Announcement
	Await    string            `json:"e,omitempty"` // what the next words are: awaitWhen, or the text in this language
	Since    time.Time         `json:"s,omitzero"`  // of Await, or since the last text was taken
	Last     string            `json:"l,omitempty"` // the language in which a text was last taken
	Screen   string            `json:"c,omitempty"` // the message that shows it: the network's id, as in Press.Message
	Posted   bool              `json:"p,omitempty"` // it was sent, and is being kept
	Sure     bool              `json:"u,omitempty"` // with Posted: what its preview asks was seen
}

// awaitWhen is Draft.Await while a day and a time are.
const awaitWhen = "when"

const (
	// awaitFor is how long the words that were asked for are waited for. What
	// is written later is read as everything is: it may be a call for help.
	awaitFor = 15 * time.Minute
	// maxAnnounced is how many characters of a text are kept.
	maxAnnounced = 4000
	announceYear = 366 * 24 * time.Hour // how far ahead one may be
)

// announceRef begins what the buttons of announcements carry; the id follows.
const announceRef = "!a:"

// errMoved says that the person is not as they were when the board was read:
// it is to be read again.
var errMoved = errors.New("the person has changed meanwhile")

// announcement is what the draft becomes.
func (d *Draft) announcement(w Worker) Announcement {
	return Announcement{
		ID: d.ID, By: Author{Name: w.Name, Address: w.Address}, Audience: d.Audience,
		Text: maps.Clone(d.Text), Fallback: d.Fallback, At: d.At,
	}
}

// awaits reports whether the next words are for the draft.
func (o *Outreach) awaits(now time.Time) bool {
	return o != nil && o.Draft != nil && o.Draft.Await != "" && now.Sub(o.Draft.Since) <= awaitFor
}

// corrects reports whether a changed message is a text of the draft, changed.
func (o *Outreach) corrects(now time.Time) bool {
	return o != nil && o.Draft != nil && !o.Draft.Posted && o.Draft.Last != "" && now.Sub(o.Draft.Since) <= awaitFor
}

// announceWord is the command of announcements that a text is; empty: none.
func announceWord(text string) string {
	word, ok := strings.CutPrefix(strings.TrimSpace(text), "/")
	word, _, _ = strings.Cut(strings.ToLower(word), "@")
	if ok && (word == "announce" || word == "announcements") {
		return word
	}
	return ""
}

// announces takes what an outreach worker did about announcements, and reports
// whether it was that at all.
func (t *turn) announces(w Worker) bool {
	if t.b.board == nil || !w.Is("outreach") {
		return false
	}
	if t.p.Session.Language == "" && len(w.Languages) > 0 {
		t.p.Session.Language = w.Languages[0]
	}
	if t.p.Outreach == nil {
		t.p.Outreach = &Outreach{}
	}
	o := t.p.Outreach
	defer func() {
		if o.Draft == nil && len(o.Follows) == 0 {
			t.p.Outreach = nil
		}
	}()
	switch t.in.Kind {
	case flows.Pressed:
		if ref, ok := strings.CutPrefix(t.in.Choice, announceRef); ok {
			id, rest, _ := strings.Cut(ref, ":")
			what, arg, _ := strings.Cut(rest, ":")
			t.announceDo(w, id, what, arg)
			return true
		}
		o.attend()
	case flows.Text:
		return t.announceText(w, t.in.Text)
	case flows.Edited:
		if o.corrects(t.now) && !t.withGuest() {
			t.takeText(o.Draft.Last, t.in.Text)
			return true
		}
	case flows.Media:
		if o.awaits(t.now) && !t.withGuest() {
			t.say("announce.words-only", nil)
			return true
		}
	}
	return false
}

// attend says that the next words are for something else.
func (o *Outreach) attend() {
	if o.Draft != nil {
		o.Draft.Await, o.Draft.Last = "", ""
	}
}

// withGuest reports whether what the worker writes is for somebody who asked
// for help.
func (t *turn) withGuest() bool { return t.p.Desk != nil && len(t.p.Desk.Guests) > 0 }

// announceText takes what was written. An awaited text is not read for a call
// for help: it is for others. Commands and 0 work as everywhere.
func (t *turn) announceText(w Worker, text string) bool {
	o := t.p.Outreach
	switch word := announceWord(text); {
	case word != "" && !t.b.machine.Channels[t.channel.Name()].Buttons:
		t.say("announce.elsewhere", nil)
		return true
	case word == "announce":
		if o.Draft == nil {
			o.Draft = &Draft{ID: t.b.newID()}
		}
		o.attend()
		t.retire(t.locale().Text("announce.below", nil))
		t.draftCard()
		return true
	case word == "announcements":
		t.announceList()
		return true
	}
	if !o.awaits(t.now) || t.withGuest() {
		return false
	}
	r := t.b.machine.Triage.Read(text, triage.Hint{Chosen: t.p.Session.Language, Channel: t.in.Channel})
	if strings.HasPrefix(strings.TrimSpace(text), "/") || r.HelpNow || r.Command != "" {
		o.attend()
		return false
	}
	if o.Draft.Await != awaitWhen {
		t.takeText(o.Draft.Await, text)
		return true
	}
	if r.Crisis != "" {
		o.attend()
		return false
	}
	t.takeWhen(text)
	return true
}

// takeText makes words the draft's text in a language.
func (t *turn) takeText(tag, text string) {
	d := t.p.Outreach.Draft
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if n := len([]rune(text)); n > maxAnnounced {
		t.say("announce.long", locales.Args{"count": n, "most": maxAnnounced})
		return
	}
	if text == "" {
		t.say("announce.words-only", nil)
		return
	}
	if d.Text == nil {
		d.Text = map[string]string{}
	}
	d.Text[tag] = text
	d.Version++
	d.Await, d.Last, d.Since = "", tag, t.now
	t.retire(t.locale().LanguageName(tag) + ":")
	var own []string
	hint := triage.Hint{Chosen: tag, Channel: t.in.Channel}
	if t.b.machine.Triage.Read(text, hint).Crisis != "" {
		own = append(own, t.locale().Text("announce.own", nil))
	}
	t.draftCard(own...)
}

// takeWhen makes words the draft's time.
func (t *turn) takeWhen(text string) {
	d := t.p.Outreach.Draft
	at, ok := readWhen(text, t.now.In(t.b.zone), t.b.machine.Org.Country == "US")
	switch {
	case !ok:
		t.say("announce.when-unread", locales.Args{"example": t.exampleTime()})
	case !at.After(t.now) || at.After(t.now.Add(announceYear)):
		t.say("announce.when-out", locales.Args{"when": t.when(at)})
	default:
		d.At, d.Await = at, ""
		d.Version++
		t.retire(t.locale().Text("announce.when-button", nil) + ":")
		t.draftCard()
	}
}

// announceDo follows a button of a draft, or of an announcement.
func (t *turn) announceDo(w Worker, id, what, arg string) {
	o := t.p.Outreach
	if o.Draft == nil || o.Draft.ID != id {
		t.boardDo(w, id, what)
		return
	}
	d := o.Draft
	if t.press != nil && t.press.Message != "" {
		d.Screen = t.press.Message
	}
	o.attend()
	if d.Posted {
		// Whatever was lost on the way is asked for again: it is kept once.
		if t.handIn(w); what == "cancel" {
			t.send(t.p.Address, Event{Kind: EventCancel, Text: id, Screen: d.Screen})
		}
		return
	}
	switch what {
	case "who":
		t.whoCard()
	case "l", "r", "t", "c":
		t.toggle(what, arg)
	case "text":
		t.textCard(arg)
	case "other":
		d.cycleFallback()
		t.textCard("")
	case "remove":
		delete(d.Text, arg)
		if d.Fallback == arg {
			d.Fallback = ""
		}
		d.Version++
		t.textCard("")
	case "when":
		d.Await, d.Since = awaitWhen, t.now
		t.screen([]string{t.locale().Text("announce.when-write", locales.Args{"example": t.exampleTime(), "zone": t.b.zone.String()})},
			t.choice(id, "now", "announce.now"), t.choice(id, "card", "announce.back"))
	case "now":
		d.At = time.Time{}
		d.Version++
		t.draftCard()
	case "look":
		t.look(w)
	case "send", "sure":
		t.post(w, what == "sure", arg)
	case "drop":
		if arg != "yes" {
			t.screen([]string{t.locale().Text("announce.drop-ask", nil)}, t.choice(id, "drop:yes", "announce.drop"), t.choice(id, "card", "announce.back"))
			return
		}
		o.Draft = nil
		t.screen([]string{t.locale().Text("announce.dropped", nil)})
	default:
		t.draftCard()
	}
}

// cycleFallback takes the next of the text's languages for people who have
// none of their own there, and after the last none.
func (d *Draft) cycleFallback() {
	tags := append([]string{""}, slices.Sorted(maps.Keys(d.Text))...)
	i := slices.Index(tags, d.Fallback)
	d.Fallback = tags[(i+1)%len(tags)]
	d.Version++
}

// toggle shows what an audience can be chosen by, after it took one in or out.
func (t *turn) toggle(what, arg string) {
	d := t.p.Outreach.Draft
	list := d.Audience.list(what)
	page := 0
	if n, ok := strings.CutPrefix(arg, "."); ok {
		page, _ = strconv.Atoi(n)
	} else if i := slices.Index(*list, arg); i >= 0 {
		*list = slices.Delete(slices.Clone(*list), i, i+1)
		d.Version++
	} else if slices.ContainsFunc(t.options(what), func(o option) bool { return o.id == arg }) {
		*list = append(slices.Clone(*list), arg)
		slices.Sort(*list)
		d.Version++
	}
	t.toggleCard(what, max(page, 0))
}

// list is what of an audience a button of toggle changes.
func (a *Audience) list(what string) *[]string {
	switch what {
	case "l":
		return &a.Languages
	case "r":
		return &a.Areas
	case "t":
		return &a.Topics
	default:
		return &a.Channels
	}
}

// post has the draft kept as an announcement, unless it was changed since it
// was looked at, or there is something against it.
func (t *turn) post(w Worker, sure bool, version string) {
	d := t.p.Outreach.Draft
	p, ok := t.previewOf(d)
	if !ok {
		return
	}
	switch {
	case version != strconv.Itoa(d.Version):
		t.look(w, t.locale().Text("announce.changed", nil))
	case !d.At.IsZero() && !d.At.After(t.now):
		t.look(w, t.locale().Text("announce.when-out", locales.Args{"when": t.when(d.At)}))
	case len(p.Stops) > 0 || len(p.Asks) > 0 && !sure:
		t.numbers(d, p)
	default:
		d.Posted, d.Sure = true, sure
		t.handIn(w)
	}
}

// handIn has the draft kept as an announcement.
func (t *turn) handIn(w Worker) {
	d := t.p.Outreach.Draft
	a := d.announcement(w)
	t.send(t.p.Address, Event{Kind: EventPost, Announcement: &a, Sure: d.Sure, Screen: d.Screen})
	t.screen([]string{t.locale().Text("announce.moment", nil)}, t.choice(d.ID, "cancel", "announce.cancel"))
}
