package flows

import (
	"strings"

	"porchlight/flows/directory"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// cards are what is shown of one thing. Each gives paragraphs.
var cards = map[string]func(*turn) []string{
	"service":         cardService,
	"group":           cardGroup,
	"lines":           linesForKind,
	"lines-and-hours": linesAndHours,
	"lines-and-team":  linesAndTeam,
	"second":          secondPerson,
	"lines-short":     func(t *turn) []string { return t.lines("", 1, 1, false) },
	"lines-urgent":    func(t *turn) []string { return t.lines("", 4, 2, false) },
	"lines-suicide":   func(t *turn) []string { return t.lines("suicide", 4, 2, false) },
	"lines-selfharm":  func(t *turn) []string { return t.lines("selfharm", 4, 2, false) },
	"lines-violence":  func(t *turn) []string { return t.lines("violence", 4, 2, true) },
	"lines-child":     func(t *turn) []string { return t.lines("child", 4, 2, false) },
	"lines-medical":   func(t *turn) []string { return t.lines("medical", 4, 1, true) },
}

// lines are whom to call or text, for a kind of crisis ("": any), at most so
// many with buttons and without. Where a life is at risk this minute the
// emergency number comes first; it is never missing.
func (t *turn) lines(crisis string, most, plain int, emergencyFirst bool) []string {
	l := t.locale()
	if !t.presentation().Buttons {
		most = plain
	}
	help := t.Directory.Lines(t.country(), crisis, t.in.Now, l.Tag)
	var emergency, out []string
	for _, e := range help.Emergency[:min(1, len(help.Emergency))] {
		id := "lines.emergency"
		if emergencyFirst {
			id = "lines.emergency-first"
		}
		phone := l.Isolate(e.Phone)
		if phone == "" { // no number is known for the country: in words
			phone = t.of(e.Name)
		}
		emergency = append(emergency, l.Text(id, locales.Args{"phone": phone}))
	}
	unchecked := false
	if emergencyFirst {
		out = append(out, emergency...)
	}
	for _, c := range help.First(most) {
		out = append(out, t.line(c))
		unchecked = unchecked || c.State != directory.Verified
	}
	if !emergencyFirst {
		out = append(out, emergency...)
	}
	if unchecked {
		out = append(out, l.Text("lines.unchecked", locales.Args{"org": t.Org.Name}))
	}
	return []string{strings.Join(out, "\n")}
}

// linesAndTeam are the lines, and what asking for a person of the organisation
// passes on; or that there is nobody to ask.
func linesAndTeam(t *turn) []string {
	id := "talk.alone"
	if t.Org.Listeners {
		id = "talk.team"
	}
	out := append(t.lines("", 4, 2, false), t.say(id, nil))
	if t.Org.Listeners && t.s.Crisis != "" {
		out = append(out, t.say("talk.team-kind", locales.Args{"kind": t.say("desk.kind-"+t.s.Crisis, nil)}))
	}
	return out
}

// linesForKind are the lines for the kind of crisis that was last read, or any.
func linesForKind(t *turn) []string {
	kind := t.s.Crisis
	return t.lines(kind, 4, 2, kind == string(triage.Violence) || kind == string(triage.Medical))
}

// secondPerson says who is there beside the listener, if anybody.
func secondPerson(t *turn) []string {
	if t.s.Beside == "" {
		return nil
	}
	return []string{t.say("talk.joined", locales.Args{"listener": t.s.Beside})}
}

// linesAndHours are the lines, and when somebody of the organisation is there
// again, where that is known.
func linesAndHours(t *turn) []string {
	out := t.lines("", 4, 2, false)
	if l := t.locale(); t.s.Until.After(t.in.Now) {
		out = append(out, l.Text("talk.until", locales.Args{"org": t.Org.Name, "when": when(l, t.s.Until.In(t.Org.Zone))}))
	}
	return out
}

// line is one line as a person needs it: who, how, when, at what cost, and how
// to be understood.
func (t *turn) line(c directory.Call) string {
	l := t.locale()
	name := t.of(c.Name)
	if name == "" {
		name = c.Organization
	}
	args := locales.Args{"name": name, "phone": l.Isolate(c.Phone), "url": l.Isolate(c.URL)}
	var text string
	switch {
	case c.Phone != "":
		text = l.Text("lines.call", args)
		if c.Option != "" {
			text = l.List([]string{text, l.Isolate(c.Option)})
		} else if press := c.Press.In(l.Tag); press != "" && c.Press.Has(l.Tag) {
			text = l.List([]string{text, l.Text("lines.press", locales.Args{"key": l.Isolate(press)})})
		}
		if c.SMS != nil {
			text = l.List([]string{text, t.texting(c.SMS, "lines.and-text", args)})
		}
	case c.SMS != nil:
		text = t.texting(c.SMS, "lines.text", args)
	default:
		text = l.Text("lines.web", args)
	}
	parts := []string{text}
	if c.MaximumAge > 0 {
		parts = append(parts, l.Text("lines.age", locales.Args{"age": c.MaximumAge + 1}))
	}
	if c.Free != nil && *c.Free {
		parts = append(parts, l.Text("lines.free", nil))
	}
	switch {
	case c.Always:
		parts = append(parts, l.Text("lines.always", nil))
	case !c.Open && !c.Opens.IsZero():
		parts = append(parts, l.Text("lines.opens", locales.Args{"when": when(l, c.Opens)}))
	case c.Open:
		parts = append(parts, l.Text("lines.open", nil))
	}
	if c.Interpreter != nil && t.presentation().Buttons {
		if c.Interpreter.Press != "" {
			parts = append(parts, l.Text("lines.interpreter-press", locales.Args{"key": l.Isolate(c.Interpreter.Press)}))
		} else {
			parts = append(parts, l.Text("lines.interpreter", nil))
		}
	}
	return l.Line(l.List(parts))
}

func (t *turn) texting(s *directory.SMS, id string, args locales.Args) string {
	l := t.locale()
	args["phone"] = l.Isolate(s.Number)
	if word := s.Keyword.In(l.Tag, t.Org.Languages...); word != "" {
		args["keyword"] = l.Isolate(word)
		id += "-keyword"
	}
	return l.Text(id, args)
}

// cardService is one service; one that is gone says so.
func cardService(t *turn) []string {
	s := t.Directory.Service(t.s.Data["service"])
	if s == nil || s.Status != directory.Active {
		return []string{t.say("find.none", nil)}
	}
	l := t.locale()
	facts := t.facts(s, s.Location)
	if open, next := s.Open(t.in.Now); open {
		facts = append([]string{l.Text("service.open-now", nil)}, facts...)
	} else if !next.IsZero() {
		facts = append([]string{l.Text("service.opens", locales.Args{"when": when(l, next)})}, facts...)
	}
	return []string{t.of(s.Name) + "\n" + t.of(s.Description), strings.Join(append(facts, t.trust(s)), "\n")}
}

// cardGroup is one date of a group.
func cardGroup(t *turn) []string {
	o, ok := t.Directory.Occurrence(t.s.Data["group"])
	if !ok {
		return []string{t.say("group.gone", nil)}
	}
	l := t.locale()
	at := l.Text("group.when", locales.Args{"date": l.LongDate(o.Start), "start": l.Clock(o.Start), "end": l.Clock(o.End)})
	head := []string{t.of(o.Service.Name), at}
	if o.Cancelled {
		head = append(head, t.say("group.cancelled", nil))
	}
	if note := t.of(o.Note); note != "" {
		head = append(head, note)
	}
	facts := append(t.facts(o.Service, o.Location), t.trust(o.Service))
	return []string{strings.Join(head, "\n"), t.of(o.Service.Description), strings.Join(facts, "\n")}
}

// facts are what one needs to go there or to call.
func (t *turn) facts(s *directory.Service, at *directory.Location) []string {
	l := t.locale()
	var out []string
	add := func(id, name, value string) {
		if value != "" {
			out = append(out, l.Text(id, locales.Args{name: value}))
		}
	}
	add("service.alert", "alert", t.of(s.Alert))
	if at != nil {
		place := t.of(at.Name)
		if at.Online && place == "" {
			place = l.Text("groups.online", nil)
		}
		if at.Address != "" {
			place = l.List(nonEmpty([]string{place, l.Isolate(at.Address)}))
		}
		add("service.where", "place", place)
	}
	for _, p := range s.Phones {
		switch {
		case p.Text && p.Keyword != "":
			out = append(out, l.Text("service.text-keyword", locales.Args{"phone": l.Isolate(p.Number), "keyword": l.Isolate(p.Keyword)}))
		case p.Text:
			add("service.text", "phone", l.Isolate(p.Number))
		default:
			add("service.call", "phone", l.Isolate(p.Number))
		}
	}
	add("service.web", "url", l.Isolate(s.URL))
	add("service.languages", "languages", t.languages(s.Languages))
	if s.Interpretation != nil {
		out = append(out, l.Text("service.interpreter", nil))
	}
	if s.Free {
		out = append(out, l.Text("service.free", nil))
	}
	add("service.cost", "cost", t.of(s.Cost))
	add("service.access", "access", t.of(s.Accessibility))
	add("service.for", "who", t.of(s.Eligibility))
	return out
}

// trust says how far an entry has been checked.
func (t *turn) trust(s *directory.Service) string {
	l := t.locale()
	id := "service.unchecked"
	switch s.Verified.At(t.in.Now) {
	case directory.Verified:
		return l.Text("service.checked", locales.Args{"date": l.Date(s.Verified.On.Time)})
	case directory.Stale:
		id = "service.stale"
	}
	if len(s.Phones) == 0 {
		return l.Text(id, nil)
	}
	return l.Text(id, nil) + " " + l.Text("service.call-first", nil)
}

func (t *turn) languages(tags []string) string {
	l := t.locale()
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = l.LanguageName(tag)
	}
	return l.List(names)
}

// groupLine is one date of a group on one line, and whether it is cancelled.
func (t *turn) groupLine(o directory.Occurrence) string {
	line := t.dateLine(o)
	if o.Cancelled {
		line = t.locale().Text("groups.cancelled", locales.Args{"line": line})
	}
	return line
}

// dateLine is one date of a group on one line.
func (t *turn) dateLine(o directory.Occurrence) string {
	l := t.locale()
	place := ""
	if o.Location != nil {
		if place = t.of(o.Location.Name); o.Location.Online {
			place = l.Text("groups.online", nil)
		}
	}
	args := locales.Args{"name": t.of(o.Service.Name), "when": when(l, o.Start), "place": place, "languages": t.languages(o.Service.Languages)}
	id := "groups.line"
	if t.presentation().Buttons && len(o.Service.Languages) > 0 && !(len(o.Service.Languages) == 1 && o.Service.Languages[0] == t.Org.Languages[0]) {
		id = "groups.line-languages"
	}
	return l.Text(id, args)
}

// pin is where the service or group that is shown is, for a map.
func (t *turn) pin(s *State) *Pin {
	var at *directory.Location
	switch s.Card {
	case "service":
		if found := t.Directory.Service(t.s.Data["service"]); found != nil {
			at = found.Location
		}
	case "group":
		if o, ok := t.Directory.Occurrence(t.s.Data["group"]); ok && !o.Cancelled {
			at = o.Location
		}
	}
	if !at.Pinned() || !t.presentation().Buttons {
		return nil
	}
	return &Pin{Location: Location{at.Latitude, at.Longitude}, Name: t.of(at.Name), Address: at.Address}
}
