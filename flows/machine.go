package flows

import (
	"strings"
	"time"

	"porchlight/flows/directory"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// turn is one step under way: the session that is changed and what has been
// said so far.
type turn struct {
	*Machine
	Directory *directory.Directory // one version for all of the step

	s       *Session
	in      Input
	at      *State // where the step has arrived
	lead    []string
	effects []Effect
	replace bool // the pressed message may be edited
	extra   []Choice
	passed  []string
}

// Step takes a session one input further. From any state any input gives an
// answer that leads somewhere, except what needs none: a block, a timer of a
// stopped person, a word that the network has answered itself. The session
// that comes in is not changed.
func (m *Machine) Step(s Session, in Input) (Session, []Effect) {
	next, effects, _ := m.Trace(s, in, "")
	return next, effects
}

// Trace is Step, or an arrival at flow.state where a path is given, and tells
// which states were passed. It is for looking at flows.
func (m *Machine) Trace(s Session, in Input, path string) (next Session, effects []Effect, passed []string) {
	next = s.clone()
	if in.Country != "" {
		next.Country = in.Country
	}
	t := &turn{Machine: m, Directory: m.Current(), s: &next, in: in}
	if path != "" {
		t.arrive(path)
	} else {
		t.step()
	}
	return next, t.effects, t.passed
}

func (s Session) clone() Session {
	if s.Data != nil {
		data := make(map[string]string, len(s.Data)+1)
		for k, v := range s.Data {
			data[k] = v
		}
		s.Data = data
	}
	return s // slices are replaced whole, never written into
}

func (t *turn) step() {
	switch t.in.Kind {
	case Blocked, Returned:
		return
	case Timed:
		t.remind()
		return
	}
	var r triage.Reading
	if t.in.Text != "" {
		r = t.read()
		if r.Crisis != "" {
			t.crisis(r)
			return
		}
	}
	switch t.in.Kind {
	case Stop:
		t.s.Stopped = true
		t.arrive("settings.stop")
	case Start:
		t.arrive("settings.start")
	case Help:
		t.arrive("help.help")
	case Pressed:
		t.pressed(t.in.Choice)
	case Located:
		t.located()
	case Media:
		t.again("unknown.media")
	case Edited:
		t.again("unknown.edited")
	default:
		t.text(r)
	}
}

// read understands a text, and learns from it which language the person writes.
func (t *turn) read() triage.Reading {
	hint := triage.Hint{AppLanguage: t.in.AppLanguage, Country: t.in.Country, Channel: t.in.Channel}
	if t.s.Chosen {
		hint.Chosen = t.s.Language
	}
	r := t.Triage.Read(t.in.Text, hint)
	if t.s.Chosen || !t.speaks(r.Language) {
		return r
	}
	words := len(strings.Fields(t.in.Text))
	if t.s.Language == "" && r.Confidence >= sure || words > 1 && r.Confidence >= verySure {
		t.s.Language = r.Language
	}
	return r
}

// How sure triage must be of a language: to greet in it, and to change to it
// in the middle of a conversation. Below, the person is asked.
const (
	sure     = 0.5
	verySure = 0.85
)

// match finds which of the organisation's languages a tag or a name means: that
// very one, or else one of the same language in another place or script, such
// as Dari for somebody whose phone speaks Persian.
func (m *Machine) match(name string) (string, bool) {
	tag, ok := m.Catalog.Match(name)
	if !ok || m.speaks(tag) {
		return tag, ok
	}
	base, _, _ := strings.Cut(tag, "-")
	for _, l := range m.Org.Languages {
		if own, _, _ := strings.Cut(l, "-"); own == base {
			return l, true
		}
	}
	return "", false
}

func (m *Machine) speaks(tag string) bool {
	for _, l := range m.Org.Languages {
		if l == tag {
			return true
		}
	}
	return false
}

// crisis says the numbers at once, whatever else is going on, and leaves the
// person where they were. Where triage is unsure, what is said before the
// numbers also suits somebody who is in no danger: they need not be frightened.
// Whose language is not clear reads them in that of the app or in the
// organisation's first, and is offered the others.
func (t *turn) crisis(r triage.Reading) {
	t.recognise(r)
	// The network has taken this person's consent back: nothing more gets
	// through, but what they wrote is still answered, and the sending decides.
	if t.in.Kind == Stop {
		t.s.Stopped = true
	}
	t.in.Silent = false
	t.s.Crisis = string(r.Crisis)
	switch t.s.Talk { // the numbers, and the listener reads it as well
	case TalkOpen:
		t.effects = append(t.effects, Relay{Text: t.in.Text})
	case TalkAsked:
		t.effects = append(t.effects, Note{Text: t.in.Text})
	}
	state := string(r.Crisis)
	if r.Unsure {
		state = "unsure"
	}
	t.arrive("crisis." + state)
}

func (t *turn) text(r triage.Reading) {
	fresh := t.s.Flow == ""
	switch {
	case r.HelpNow || t.isEmergency():
		t.arrive("help.now")
	case t.s.Talk == TalkOpen && t.toListener(r):
	case (!fresh || t.s.Aside != "") && t.key(triage.MenuKey(t.in.Text)):
	case r.Command != "":
		t.command(r, fresh)
	case fresh:
		t.first()
	case t.label():
	case t.asked():
	case t.s.Talk == TalkAsked:
		t.effects = append(t.effects, Note{Text: t.in.Text})
		t.again("talk.noted")
	default:
		t.aside(r)
	}
}

// isEmergency says whether the text is the emergency number itself.
func (t *turn) isEmergency() bool {
	key := triage.MenuKey(t.in.Text)
	if len(key) < 3 {
		return false
	}
	for _, e := range t.Directory.Lines(t.country(), "", t.in.Now, "").Emergency {
		if key == e.Phone {
			return true
		}
	}
	return false
}

// toListener brings a text to the listener who is there, unless it answers
// what was just shown or is a word that must always work.
func (t *turn) toListener(r triage.Reading) bool {
	switch r.Command {
	case triage.Menu:
		if t.s.Aside == "talk.here" {
			return false
		}
		t.arrive("talk.here")
		return true
	case triage.Stop, triage.Start, triage.Lang, triage.Forget:
		return false
	}
	if aside := t.Flows.at(t.s.Aside); aside != nil && t.offered(aside, triage.MenuKey(t.in.Text)) != "" {
		return false
	}
	t.s.Aside = ""
	t.effects = append(t.effects, Relay{Text: t.in.Text})
	if r.Command == triage.Help {
		t.arrive("help.help")
	}
	return true
}

// first greets somebody of whom nothing is known.
func (t *turn) first() {
	t.recognise(triage.Reading{})
	if t.s.Language == "" {
		t.arrive("welcome.language")
		return
	}
	t.arrive("welcome.hello")
}

// aside answers what was not understood, and shows again where the person is.
func (t *turn) aside(r triage.Reading) {
	if t.s.Chosen && r.Language != t.s.Language && r.Confidence >= verySure && t.speaks(r.Language) {
		other := t.Catalog.Locale(r.Language)
		t.extra = append(t.extra, Choice{Ref: "!lang:" + other.Tag, Label: other.Text("unknown.speak", locales.Args{"language": other.Name})})
	}
	switch {
	case triage.MenuKey(t.in.Text) != "":
		t.again("unknown.choice")
	case len(strings.Fields(t.in.Text)) > 2: // somebody is telling something
		t.again("unknown.sentence")
	default:
		t.again("unknown.text")
	}
}

// command goes where a word that works everywhere leads.
func (t *turn) command(r triage.Reading, fresh bool) {
	// Telegram sends /start by itself when somebody opens the bot for the
	// first time: that is a greeting, not an agreement to hear news.
	opened := fresh && strings.HasPrefix(t.in.Text, "/start")
	if opened {
		t.first()
		return
	}
	if fresh {
		if tag, ok := t.match(r.Argument); ok && r.Command == triage.Lang {
			pickLanguage(t, tag) // so that the greeting is in it
		}
		t.recognise(r)
		if r.Command != triage.Stop && r.Command != triage.Forget {
			t.lead = append(t.lead, t.say("welcome.hello", nil))
		}
	}
	switch r.Command {
	case triage.Menu:
		t.menu()
	case triage.Lang:
		t.language(r.Argument)
	default:
		t.arrive(commandStates[r.Command])
	}
}

var commandStates = map[triage.Command]string{
	triage.Stop: "settings.stop", triage.Start: "settings.start", triage.Help: "help.help",
	triage.Groups: "groups.week", triage.Find: "find.need", triage.Talk: "talk.talk", triage.Learn: "learn.topics",
	triage.TakePart: "takepart.ways", triage.Forget: "settings.forget",
}

// recognise settles the language of somebody who has none yet: the one they
// write, if that is clear, or else that of their app.
func (t *turn) recognise(r triage.Reading) {
	if t.s.Language != "" {
		return
	}
	if t.speaks(r.Language) && r.Confidence >= sure {
		t.s.Language = r.Language
	} else if tag, ok := t.match(t.in.AppLanguage); ok {
		t.s.Language = tag
	}
}

// menu goes back to where the person was when something was said in between,
// and to the menu otherwise.
func (t *turn) menu() {
	if t.s.Aside != "" && t.Flows.at(t.s.Flow+"."+t.s.State) != nil && t.s.Flow != "menu" {
		t.resume()
		return
	}
	t.arrive("menu.menu")
}

func (t *turn) resume() {
	if at := t.Flows.at(t.s.Flow + "." + t.s.State); at != nil {
		t.s.Aside = ""
		t.at = at
		t.show(at)
		return
	}
	t.arrive("menu.menu")
}

// language chooses at once when a language is named, and asks otherwise.
func (t *turn) language(name string) {
	tag, ok := t.match(name)
	if !ok {
		t.arrive("settings.language")
		return
	}
	pickLanguage(t, tag)
	t.arrive("settings.language-set")
}

// farthest is how far, in km, somebody may be from an area to count as near it.
const farthest = 50

// located takes a shared place as the answer to a question for one, and as a
// wish to find something near it otherwise.
func (t *turn) located() {
	if t.in.Location == nil {
		t.again("unknown.text")
		return
	}
	area, km, ok := t.Directory.Nearest(t.in.Location.Latitude, t.in.Location.Longitude)
	if ok = ok && km <= farthest; ok {
		pickArea(t, area.ID)
	}
	if at := t.current(); at != nil && at.Ask == "place" && ok {
		t.enter(t.Flows.state(at.flow, at.Go))
		return
	}
	t.arrive("find.need")
}

// asked takes a text as the answer to the question of the current state.
func (t *turn) asked() bool {
	at := t.current()
	if at == nil || at.Ask != "place" {
		return false
	}
	area, ok := t.Directory.Place(t.in.Text)
	if !ok {
		t.again(at.Unknown)
		return true
	}
	picks[at.Pick](t, area.ID)
	t.enter(t.Flows.state(at.flow, at.Go))
	return true
}

// current is the state in which the person is, or nil when it is gone.
func (t *turn) current() *State { return t.Flows.at(t.s.Flow + "." + t.s.State) }

// again says something, then shows again where the person is.
func (t *turn) again(id string) {
	t.s.Aside = ""
	at := t.current()
	if at == nil {
		if t.s.Flow == "" {
			t.lead = append(t.lead, t.say(id, nil))
			t.first()
			return
		}
		at = t.Flows.at("menu.menu")
	}
	t.lead = append(t.lead, t.say(id, nil))
	t.at = at
	t.show(at)
}

// arrive goes to flow.state. A place that is gone leads to the menu.
func (t *turn) arrive(path string) {
	s := t.Flows.at(path)
	if s == nil {
		s = t.Flows.at("menu.menu")
	}
	t.enter(s)
}

// maxHops bounds how many states one input may pass through: a circle of
// then: ends at the last of them instead of never.
const maxHops = 12

// enter goes to a state and on from there until something waits for an answer.
func (t *turn) enter(s *State) {
	for range maxHops {
		if s.Skip != nil && conditions[s.Skip.When](t, s) {
			s = t.Flows.state(s.flow, s.Skip.Go)
			continue
		}
		if s.Aside {
			t.s.Aside = s.Path()
		} else {
			t.moveTo(s)
		}
		t.at = s
		t.passed = append(t.passed, s.Path())
		for _, d := range s.Do {
			actions[d](t)
		}
		if s.Then == "" {
			break
		}
		t.lead = append(t.lead, t.body(s)...)
		s = t.Flows.state(s.flow, s.Then)
	}
	t.show(s)
}

// moveTo notes in the session where the person is. What was chosen in one
// flow is not kept in another.
func (t *turn) moveTo(s *State) {
	if t.s.Flow != s.flow.ID {
		t.s.Data = nil
	}
	if s.flow.ID != "talk" {
		t.s.Crisis, t.s.Until = "", time.Time{}
	}
	t.s.Flow, t.s.State = s.flow.ID, s.name
	t.s.Aside, t.s.Page, t.s.Offer = "", 0, nil
}
