package check

import (
	"fmt"
	"regexp"
	"strings"

	"porchlight/flows"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// walk follows every choice on one channel in one language.
type walk struct {
	*checker
	channel  Channel
	machine  *flows.Machine
	language string
	done     map[string]bool
	queue    []flows.Session
}

// all begins where people begin: with nothing known, and with every word and
// kind of message that works everywhere.
func (w *walk) all() {
	start := flows.Session{Profile: flows.Profile{Language: w.language, Chosen: true}}
	w.step(flows.Session{}, flows.Input{Kind: flows.Media}) // no language is known
	w.step(start, flows.Input{Text: "?"})
	menu := start
	menu.Flow, menu.State = "menu", "menu"
	commands := []triage.Command{triage.Stop, triage.Start, triage.Help, triage.Menu, triage.Lang, triage.Groups, triage.Find, triage.Talk, triage.Learn, triage.TakePart, triage.Forget}
	for _, c := range commands {
		w.step(menu, flows.Input{Text: strings.ReplaceAll(string(c), "-", " ")})
	}
	w.step(menu, flows.Input{Text: "0"})
	for _, kind := range []triage.Crisis{triage.Suicide, triage.SelfHarm, triage.Violence, triage.Child, triage.Medical} {
		talking := menu // somebody in the middle of something
		talking.Flow, talking.State = "groups", "week"
		w.arrive(talking, "crisis."+string(kind))
	}
	inTalk := menu // what is said when something happens at the other end
	inTalk.Talk, inTalk.With = flows.TalkOpen, "Noor"
	for _, path := range flows.Entries() {
		w.arrive(inTalk, path)
	}
	subscribed := menu
	subscribed.Topics = []string{flows.News}
	w.step(subscribed, flows.Input{Kind: flows.Pressed, Choice: "settings.settings/hear"})
	for _, area := range w.pack.Directory.Areas() { // with a place known, other ways open
		known := menu
		known.Area = area.ID
		w.step(known, flows.Input{Text: "FIND"})
	}
	for len(w.queue) > 0 {
		s := w.queue[0]
		w.queue = w.queue[1:]
		w.arrive(s, s.Flow+"."+s.State)
	}
}

// arrive looks at a state by sending what cannot be understood there, and
// follows what it offers.
func (w *walk) arrive(s flows.Session, path string) {
	key := w.key(s, path)
	if w.done[key] {
		return
	}
	w.done[key] = true
	next, say, ok := w.take(s, flows.Input{}, path)
	if !ok {
		return
	}
	for _, c := range say.Choices {
		if c.Ref != "" {
			w.step(next, flows.Input{Kind: flows.Pressed, Choice: c.Ref})
		}
	}
}

// key tells apart what a state may show: by what it depends on, so that the
// walk ends soon although people come from everywhere with anything chosen.
func (w *walk) key(s flows.Session, path string) string {
	flow, name, _ := strings.Cut(path, ".")
	key := fmt.Sprint(path, " ", s.Page)
	for _, f := range w.pack.Flows.Flows() {
		if state := f.States[name]; f.ID == flow && state != nil {
			key += " " + state.Uses(s.Data)
		}
	}
	switch flow {
	case "find":
		key += fmt.Sprint(s.Area == "")
	case "groups":
		key += fmt.Sprint(len(s.Due) == 0)
	case "settings", "takepart":
		key += fmt.Sprint(s.Stopped || len(s.Topics) == 0, s.Area == "")
	case "talk":
		key += s.Talk
	}
	return key
}

// step takes one step and notes where it leads, to be looked at later.
func (w *walk) step(s flows.Session, in flows.Input) {
	if next, _, ok := w.take(s, in, ""); ok {
		w.queue = append(w.queue, next)
	}
}

// take takes one step, or arrives at a path, and looks at what is said.
func (w *walk) take(s flows.Session, in flows.Input, path string) (flows.Session, flows.Say, bool) {
	in.Now, in.Channel, in.Country = w.now, w.channel.Name, w.pack.Org.Country
	next, effects, passed := w.machine.Trace(s, in, path)
	at := next.Flow + "." + next.State
	for _, p := range passed {
		w.visited[p], at = true, p
	}
	var said flows.Say
	for _, e := range effects {
		if say, ok := e.(flows.Say); ok {
			said = say
		}
	}
	if strings.TrimSpace(said.Text) == "" {
		w.wrong(at, "nothing is said", "give the state a text")
		return next, said, false
	}
	w.look(at, said)
	return next, said, true
}

// maxParts is how many text messages one answer may take whose length is in
// the hand of who writes the text.
const maxParts = 2

// fixed tells whether a state says nothing but its own texts.
func (w *walk) fixed(path string) bool {
	flow, name, _ := strings.Cut(path, ".")
	for _, f := range w.pack.Flows.Flows() {
		if s := f.States[name]; f.ID == flow && s != nil {
			return s.Card == "" && s.List == ""
		}
	}
	return false
}

// look measures one thing said.
func (w *walk) look(path string, say flows.Say) {
	if len(say.Choices) == 0 && path != "menu.menu" {
		w.wrong(path, "nothing can be chosen: a dead end", "add choices:")
	}
	for _, c := range say.Choices {
		if strings.TrimSpace(c.Label) == "" {
			w.wrong(path, fmt.Sprintf("the choice %s has no words", c.Ref), "add its text")
		}
		if w.channel.MaxRef > 0 && len(c.Ref) > w.channel.MaxRef {
			w.wrong(path, fmt.Sprintf("the button %q carries %d bytes, %d are allowed", c.Ref, len(c.Ref), w.channel.MaxRef),
				"shorten the names of the flow and state, or the id of the item")
		}
	}
	w.direction(path, say)
	if w.channel.Segments == nil {
		return
	}
	parts := w.channel.Parts(say)
	for _, part := range parts {
		if n := w.channel.Segments(part); n > w.channel.MaxSegments {
			w.wrong(path, fmt.Sprintf("a message of %d SMS segments, %d are allowed", n, w.channel.MaxSegments), "shorten the text")
		}
	}
	if n := len(parts); n > maxParts && w.fixed(path) {
		w.wrong(path, fmt.Sprintf("%d text messages of up to %d SMS segments, %d are allowed", n, w.channel.MaxSegments, maxParts), "shorten the text, or give it two states")
	}
	numbers := say
	numbers.Choices = nil
	if n := len(w.channel.Parts(numbers)); say.Urgency == flows.Crisis && n > 1 {
		w.wrong(path, fmt.Sprintf("help in a crisis takes %d text messages", n), "shorten the text: the numbers must be in the first message")
	}
}

// grouped is a number that falls apart where text runs from right to left.
var grouped = regexp.MustCompile(`\+\d+(?:[ -]\d+)*|\d+(?:[ -]\d+)+`)

// direction looks for what right-to-left text would turn around: numbers, and
// lines that begin with a foreign word.
func (w *walk) direction(path string, say flows.Say) {
	l := w.pack.Catalog.Locale(w.language)
	if l == nil || !l.RTL {
		return
	}
	lines := strings.Split(say.Text, "\n")
	for _, c := range say.Choices {
		lines = append(lines, strings.TrimSpace(c.Key+" "+c.Label))
	}
	for _, line := range lines {
		if l.Begin(line) != line {
			w.wrong(path, fmt.Sprintf("%q would be laid out from left to right", line), "begin it with a right-to-left mark (U+200F), or with another word")
		}
		shown, err := locales.Display(line)
		for _, n := range grouped.FindAllString(line, -1) {
			if err == nil && strings.Count(shown, n) < strings.Count(line, n) {
				w.wrong(path, n+" would be read the wrong way round", "put a left-to-right mark (U+200E) before and after it")
			}
		}
	}
}

func (w *walk) wrong(path, what, mend string) {
	file, line := "flows", 0
	flow, state, _ := strings.Cut(path, ".")
	for _, f := range w.pack.Flows.Flows() {
		if f.ID == flow {
			file = f.File()
			if s := f.States[state]; s != nil {
				line = s.Line()
			}
		}
	}
	w.add(&locales.Fault{File: file, Line: line, Wrong: fmt.Sprintf("%s (%s, %s): %s", path, w.language, w.channel.Name, what), Mend: mend})
}
