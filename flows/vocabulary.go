package flows

import (
	"slices"
	"strings"
	"time"

	"porchlight/flows/directory"
	"porchlight/locales"
)

// What the words of a flow file do: the lists that a state may offer, the
// conditions on which a choice is shown, what is done on arriving and with a
// chosen item. Cards are in cards.go. docs/flows.md describes every word.

var lists = map[string]func(*turn) []item{
	"languages":           listLanguages,
	"needs":               listNeeds,
	"areas":               listAreas,
	"services":            func(t *turn) []item { return listServices(t, t.s.Area) },
	"services-everywhere": func(t *turn) []item { return listServices(t, "") },
	"topics":              listTopics,
	"groups":              func(t *turn) []item { return listGroups(t, "") },
	"groups-mine":         func(t *turn) []item { return listGroups(t, t.locale().Tag) },
}

var conditions = map[string]func(*turn, *State) bool{
	"listeners":             func(t *turn, _ *State) bool { return t.Org.Listeners && t.s.Talk == "" },
	"talking":               func(t *turn, _ *State) bool { return t.s.Talk == TalkOpen },
	"area-known":            func(t *turn, _ *State) bool { return t.areaName() != "" },
	"language-unknown":      func(t *turn, _ *State) bool { return t.s.Language == "" && len(t.Org.Languages) > 1 },
	"several-languages":     func(t *turn, _ *State) bool { return len(t.Org.Languages) > 1 },
	"subscribed":            func(t *turn, _ *State) bool { return t.hearsAny() },
	"not-subscribed":        func(t *turn, _ *State) bool { return !t.hearsAny() },
	"topics":                func(t *turn, _ *State) bool { return len(t.Org.Topics) > 0 },
	"reminded":              func(t *turn, _ *State) bool { return slices.Contains(t.s.Due, t.s.Data["group"]) },
	"day-before-possible":   func(t *turn, _ *State) bool { return t.remindable(dayBefore) },
	"hours-before-possible": func(t *turn, _ *State) bool { return t.remindable(hoursBefore) },
}

var actions = map[string]func(*turn){
	"stop":         stop,
	"start":        start,
	"clear-area":   func(t *turn) { t.s.Area = "" },
	"remind-day":   func(t *turn) { t.setReminder(dayBefore) },
	"remind-hours": func(t *turn) { t.setReminder(hoursBefore) },
	"unremind":     func(t *turn) { t.unsetReminder(t.s.Data["group"]) },
	"forget":       forget,
	"ask-person":   func(t *turn) { t.s.Talk = TalkAsked; t.effects = append(t.effects, Ask{}) },
	"leave":        func(t *turn) { t.s.Talk, t.s.With, t.s.Beside = "", "", ""; t.effects = append(t.effects, Leave{}) },
	"through":      func(t *turn) { t.effects = append(t.effects, Through{Reached: true}) },
	"not-through":  func(t *turn) { t.effects = append(t.effects, Through{}) },
	"call-yes":     func(t *turn) { t.effects = append(t.effects, CallAnswer{Yes: true}) },
	"call-no":      func(t *turn) { t.effects = append(t.effects, CallAnswer{}) },
	"follow-up":    func(t *turn) { t.effects = append(t.effects, FollowUp{}) },
}

// picks take a chosen item, or refuse it when it is gone.
var picks = map[string]func(*turn, string) bool{
	"choose-language": pickLanguage,
	"set-area":        pickArea,
	"switch-topic":    switchTopic,
}

// uses are the names under which what a list, card or action shows was kept.
var uses = map[string]string{
	"services": "need", "services-everywhere": "need", "service": "service", "group": "group",
	"remind-day": "group", "remind-hours": "group", "unremind": "group",
}

// Uses picks from what a person chose on the way what the state depends on.
func (s *State) Uses(data map[string]string) string {
	var used []string
	for _, word := range append([]string{s.List, s.Card}, s.Do...) {
		if name := uses[word]; name != "" {
			used = append(used, data[name])
		}
	}
	return strings.Join(used, " ")
}

func pickLanguage(t *turn, tag string) bool {
	if !t.speaks(tag) {
		return false
	}
	t.s.Language, t.s.Chosen = tag, true
	return true
}

func pickArea(t *turn, id string) bool {
	if _, ok := t.Directory.Area(id); !ok {
		return false
	}
	t.s.Area = id
	return true
}

// stop leaves a person alone, also by whoever was writing to them.
func stop(t *turn) {
	if t.s.Talk != "" {
		t.lead = append(t.lead, t.say("talk.left", nil))
	}
	t.s.Stopped, t.s.Talk, t.s.With, t.s.Beside = true, "", "", ""
	t.effects = append(t.effects, Leave{})
}

// forget leaves nothing of the person; the answer still knows the language.
func forget(t *turn) {
	t.effects = append(t.effects, Forget{})
	*t.s = Session{Profile: Profile{Language: t.s.Language}}
}

func listLanguages(t *turn) []item {
	items := make([]item, len(t.Org.Languages))
	for i, tag := range t.Org.Languages {
		items[i] = item{id: tag, label: t.Catalog.Locale(tag).Name}
	}
	return items
}

func listNeeds(t *turn) []item {
	var items []item
	for _, need := range t.Directory.Needs() {
		if label := t.say("need."+need, nil); label != "" {
			items = append(items, item{id: need, label: label})
		}
	}
	return items
}

func listAreas(t *turn) []item {
	var items []item
	for _, a := range t.Directory.Areas() {
		items = append(items, item{id: a.ID, label: t.of(a.Name)})
	}
	return items
}

func listServices(t *turn, area string) []item {
	q := directory.Query{Need: t.s.Data["need"], Area: area, Language: t.locale().Tag}
	if t.in.Location != nil {
		q.Near = &directory.Point{Latitude: t.in.Location.Latitude, Longitude: t.in.Location.Longitude}
	}
	var items []item
	for _, s := range t.Directory.Find(q) {
		items = append(items, item{id: s.ID, label: t.of(s.Name)})
	}
	return items
}

// ahead is how far ahead groups are listed.
const ahead = 7 * 24 * time.Hour

func listGroups(t *turn, language string) []item {
	var items []item
	for _, o := range t.Directory.Groups(t.in.Now, t.in.Now.Add(ahead), directory.GroupQuery{Language: language}) {
		items = append(items, item{id: o.ID, label: t.of(o.Service.Name), line: t.groupLine(o)})
	}
	return items
}

// of is the text of a directory entry in the person's language, or the
// organisation's.
func (t *turn) of(text directory.Text) string {
	return text.In(t.locale().Tag, t.Org.Languages...)
}

func (t *turn) areaName() string {
	if t.s.Area == "" {
		return ""
	}
	area, ok := t.Directory.Area(t.s.Area)
	if !ok {
		return ""
	}
	return t.of(area.Name)
}

// country is whose lines are shown.
func (t *turn) country() string {
	if t.s.Country != "" {
		return t.s.Country
	}
	return t.Org.Country
}

// when is a moment as people of the language write it, by the clock of the
// place where it happens.
func when(l *locales.Locale, at time.Time) string { return l.Date(at) + " " + l.Clock(at) }
