package bot

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/flows"
	"porchlight/locales"
)

// say tells a worker a text about announcements.
func (t *turn) say(id string, args locales.Args) {
	t.speakLines([]string{t.locale().Text(id, args)}, false)
}

// screen shows lines with buttons, in place of the message that was pressed.
func (t *turn) screen(lines []string, choices ...flows.Choice) {
	t.speakLines(lines, true, choices...)
}

func (t *turn) speakLines(lines []string, replace bool, choices ...flows.Choice) {
	l := t.locale()
	for i, line := range lines {
		lines[i] = l.Line(line)
	}
	t.speak(flows.Say{Text: strings.Join(lines, "\n"), Choices: choices, Language: l.Tag, Replace: replace})
}

// retire takes the buttons from the message that shows the draft, when a new
// one below what was written is to show it: there is one that can be pressed.
// label is what stays of it.
func (t *turn) retire(label string) {
	d := t.p.Outreach.Draft
	if d.Screen == "" || t.press != nil {
		return
	}
	l := t.locale()
	t.p.Outbox = append(t.p.Outbox, Outbound{
		To: t.p.Address, Lane: Reply, Language: l.Tag, Text: l.Line(label), Press: &Press{Message: d.Screen},
	})
	d.Screen = ""
}

// choice is a button about an announcement, with a text as its label.
func (t *turn) choice(id, what, label string) flows.Choice {
	return flows.Choice{Ref: announceRef + id + ":" + what, Label: t.locale().Text(label, nil)}
}

// when writes a day and a time on the organisation's clock.
func (t *turn) when(at time.Time) string {
	l, at := t.locale(), at.In(t.b.zone)
	return l.List([]string{l.LongDate(at), l.Clock(at)})
}

// exampleTime shows how a time may be written, by one that could be meant.
func (t *turn) exampleTime() string {
	at := t.now.In(t.b.zone).AddDate(0, 0, 1)
	return t.locale().Isolate(at.Format("2006-01-02") + " 18:30")
}

// excerpt is the beginning of a text, on one line.
func excerpt(text string) string {
	const most = 80
	all := []rune(strings.Join(strings.Fields(text), " "))
	if len(all) <= most {
		return string(all)
	}
	return strings.TrimSpace(string(all[:most-3])) + "..."
}

// draftCard shows the draft as it stands, with all that can be done with it.
// more stands at its end.
func (t *turn) draftCard(more ...string) {
	d, l := t.p.Outreach.Draft, t.locale()
	lines := []string{l.Text("announce.title", nil)}
	lines = append(lines, t.audienceLines(d.Audience)...)
	lines = append(lines, l.Text("announce.match", locales.Args{"count": t.matching(d.Audience)}))
	for _, tag := range slices.Sorted(maps.Keys(d.Text)) {
		lines = append(lines, l.LanguageName(tag)+":", excerpt(d.Text[tag]))
	}
	if len(d.Text) == 0 {
		lines = append(lines, l.Text("announce.no-text", nil))
	} else {
		lines = append(lines, t.othersLine(d))
	}
	lines = append(lines, t.whenLine(d.At))
	t.screen(append(lines, more...),
		t.choice(d.ID, "who", "announce.who"), t.choice(d.ID, "text", "announce.text"), t.choice(d.ID, "when", "announce.when-button"),
		t.choice(d.ID, "look", "announce.look"), t.choice(d.ID, "drop", "announce.drop"))
}

func (t *turn) whenLine(at time.Time) string {
	l := t.locale()
	when := l.Text("announce.now", nil)
	if !at.IsZero() {
		when = t.when(at)
	}
	return l.Text("announce.when", locales.Args{"when": when})
}

func (t *turn) othersLine(d *Draft) string {
	l := t.locale()
	if d.Fallback == "" {
		return l.Text("announce.others-none", nil)
	}
	return l.Text("announce.others", locales.Args{"language": l.LanguageName(d.Fallback)})
}

// audienceLines say whom an audience is.
func (t *turn) audienceLines(a Audience) (lines []string) {
	l := t.locale()
	for _, part := range audienceParts {
		var names []string
		for _, id := range *a.list(part.what) {
			names = append(names, t.optionName(part.what, id))
		}
		if len(names) > 0 {
			lines = append(lines, l.Text(part.label, nil)+": "+l.List(names))
		}
	}
	if lines == nil {
		lines = append(lines, l.Text("announce.everybody", nil))
	}
	return lines
}

// matching is how many people an audience is now.
func (t *turn) matching(a Audience) (people int) {
	t.moved = t.moved || t.board.segments == nil
	for _, s := range t.board.segments {
		if a.Has(s.Segment, t.b.language(s.Language)) {
			people += s.People
		}
	}
	return people
}

// audienceParts are what an audience can be chosen by.
var audienceParts = []struct{ what, label string }{
	{"l", "announce.languages"}, {"r", "announce.areas"}, {"t", "announce.topics"}, {"c", "announce.channels"},
}

// option is something that an audience can be chosen by.
type option struct{ id, name string }

// options are all of one kind, in the order in which people know them.
func (t *turn) options(what string) (all []option) {
	var ids []string
	switch what {
	case "l":
		ids = t.b.machine.Org.Languages
	case "r":
		for _, area := range t.b.machine.Directory.Areas() {
			ids = append(ids, area.ID)
		}
	case "t":
		ids = []string{flows.News}
		for _, topic := range t.b.machine.Org.Topics {
			ids = append(ids, topic.ID)
		}
	case "c":
		ids = slices.Sorted(maps.Keys(t.b.channels))
	}
	for _, id := range ids {
		all = append(all, option{id, t.optionName(what, id)})
	}
	return all
}

func (t *turn) optionName(what, id string) string {
	l := t.locale()
	switch what {
	case "l":
		return l.LanguageName(id)
	case "r":
		if area, ok := t.b.machine.Directory.Area(id); ok {
			return cmp.Or(area.Name.In(l.Tag), id)
		}
	case "t":
		if id == flows.News {
			return l.Text("settings.topic-news", nil)
		}
		for _, topic := range t.b.machine.Org.Topics {
			if topic.ID == id {
				return cmp.Or(topic.Name.In(l.Tag), id)
			}
		}
	case "c":
		return cmp.Or(t.b.channelName(l, id), id)
	}
	return id
}

// whoCard shows whom the draft is for, and what that can be chosen by: only
// what there are several of.
func (t *turn) whoCard() {
	d, l := t.p.Outreach.Draft, t.locale()
	lines := append(t.audienceLines(d.Audience), l.Text("announce.match", locales.Args{"count": t.matching(d.Audience)}))
	var choices []flows.Choice
	for _, part := range audienceParts {
		if len(t.options(part.what)) > 1 || len(*d.Audience.list(part.what)) > 0 {
			choices = append(choices, t.choice(d.ID, part.what, part.label))
		}
	}
	t.screen(lines, append(choices, t.choice(d.ID, "card", "announce.back"))...)
}

// optionsAtOnce is how many things to choose from are shown at once.
const optionsAtOnce = 40

// toggleCard shows a part of what an audience can be chosen by, with a mark at
// what was.
func (t *turn) toggleCard(what string, page int) {
	d, l := t.p.Outreach.Draft, t.locale()
	options, chosen := t.options(what), *d.Audience.list(what)
	for _, id := range chosen { // what the pack no longer has can be taken out
		if !slices.ContainsFunc(options, func(o option) bool { return o.id == id }) {
			options = append(options, option{id, t.optionName(what, id)})
		}
	}
	if page*optionsAtOnce >= len(options) {
		page = 0
	}
	var choices []flows.Choice
	rest := options[page*optionsAtOnce:]
	for _, o := range rest[:min(len(rest), optionsAtOnce)] {
		mark := ""
		if slices.Contains(chosen, o.id) {
			mark = "✓ "
		}
		choices = append(choices, flows.Choice{Ref: announceRef + d.ID + ":" + what + ":" + o.id, Label: mark + o.name})
	}
	if len(options) > optionsAtOnce {
		choices = append(choices, t.choice(d.ID, what+":."+strconv.Itoa(page+1), "announce.more"))
	}
	lines := append(t.audienceLines(d.Audience), l.Text("announce.match", locales.Args{"count": t.matching(d.Audience)}))
	t.screen(lines, append(choices, t.choice(d.ID, "who", "announce.back"))...)
}

// textCard shows in which languages there is a text, or asks for one of them.
func (t *turn) textCard(tag string) {
	d, l := t.p.Outreach.Draft, t.locale()
	if slices.Contains(t.b.machine.Org.Languages, tag) {
		d.Await, d.Since = tag, t.now
		key := "announce.write"
		if t.withGuest() {
			key = "announce.guest"
		}
		lines := []string{l.Text(key, locales.Args{"language": l.LanguageName(tag)})}
		var choices []flows.Choice
		if d.Text[tag] != "" {
			lines = append(lines, "", d.Text[tag])
			choices = append(choices, t.choice(d.ID, "remove:"+tag, "announce.remove"))
		}
		t.screen(lines, append(choices, t.choice(d.ID, "text", "announce.back"))...)
		return
	}
	lines := []string{l.Text("announce.text-which", nil)}
	var choices []flows.Choice
	for _, tag := range t.b.machine.Org.Languages {
		mark := ""
		if d.Text[tag] != "" {
			mark = "✓ "
		}
		choices = append(choices, flows.Choice{Ref: announceRef + d.ID + ":text:" + tag, Label: mark + l.LanguageName(tag)})
	}
	if len(d.Text) > 0 {
		lines = append(lines, t.othersLine(d))
		choices = append(choices, t.choice(d.ID, "other", "announce.others-change"))
	}
	t.screen(lines, append(choices, t.choice(d.ID, "card", "announce.back"))...)
}
