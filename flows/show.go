package flows

import (
	"slices"
	"strconv"
	"strings"

	"porchlight/locales"
)

// item is something a list offers.
type item struct {
	id    string // short: it travels in buttons and stands in the session
	label string // for a button
	line  string // for the text, when a button is too small for it; empty: label
}

// maxItems is how many items of a list are shown at a time where the channel
// has no measure of its own.
const maxItems = 8

// Locale is the language in which a person is answered.
func (m *Machine) Locale(s Session) *locales.Locale {
	if l := m.Catalog.Locale(s.Language); l != nil {
		return l
	}
	return m.Catalog.Locale(m.Org.Languages[0])
}

func (t *turn) locale() *locales.Locale { return t.Locale(*t.s) }

// say is a text of the locale with what every text may mention.
func (t *turn) say(id string, args locales.Args) string {
	if id == "" {
		return ""
	}
	l := t.locale()
	if args == nil && l.Takes(id) {
		args = t.known()
	}
	return l.Text(id, args)
}

// Mentions lists the placeholders that every text of a state may have.
func Mentions() []string { return []string{"org", "area", "listener", "language", "channel"} }

// known fills in what every text of a state may mention.
func (t *turn) known() locales.Args {
	args := locales.Args{"org": t.Org.Name, "area": t.areaName(), "listener": t.s.With}
	args["language"] = t.locale().LanguageName(t.locale().Tag)
	args["channel"] = t.locale().Text("channel."+t.in.Channel, nil)
	return args
}

// body is what a state says before its choices.
func (t *turn) body(s *State) []string {
	var parts []string
	if s.Say != "" {
		parts = append(parts, t.say(s.Say, nil))
	}
	if s.Card != "" {
		parts = append(parts, cards[s.Card](t)...)
	}
	if s.After != "" {
		parts = append(parts, t.say(s.After, nil))
	}
	return parts
}

// show says where the person is, with all that can be chosen there.
func (t *turn) show(s *State) {
	if t.in.Silent {
		return
	}
	choices, lines := t.choices(s)
	parts := append(t.lead, t.body(s)...)
	if s.List != "" && len(t.s.Offer) == 0 || s.List != "" && !offersItem(t.s.Offer) {
		parts = append(t.lead, t.say(s.Empty, nil))
	}
	gap := "\n"
	if t.presentation().Buttons {
		gap = "\n\n"
	}
	text := strings.Join(nonEmpty(parts), gap)
	if len(lines) > 0 {
		text += "\n" + strings.Join(lines, "\n")
	}
	urgency := Ordinary
	if s.Urgent {
		urgency = Crisis
	}
	t.effects = append(t.effects, Say{
		Text: t.locale().BeginLines(text), Choices: choices, Language: t.locale().Tag, Urgency: urgency,
		Pin: t.pin(s), Replace: t.replace && !s.Urgent,
	})
}

func offersItem(offer []string) bool {
	return slices.ContainsFunc(offer, func(id string) bool { return strings.HasPrefix(id, ":") })
}

func nonEmpty(parts []string) []string {
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

func (t *turn) presentation() Presentation { return t.Channels[t.in.Channel] }

// choices lists what can be chosen in a state and notes in the session which
// key means what. lines are the long forms of items whose buttons show only a
// short one.
func (t *turn) choices(s *State) (choices []Choice, lines []string) {
	var items []item
	if s.List != "" {
		items = lists[s.List](t)
	}
	start := 0
	if t.s.Flow == s.flow.ID && t.s.State == s.name {
		start = min(t.s.Page, max(0, len(items)-1))
	}
	n := min(maxItems, len(items)-start)
	for {
		choices, lines = t.page(s, items, start, n)
		p := t.presentation()
		if n <= 1 || p.Buttons || p.Fits == nil {
			break
		}
		text := strings.Join(append(slices.Clone(t.lead), t.body(s)...), "\n")
		if p.Fits(text, choices) {
			break
		}
		n--
	}
	if !s.Aside && t.s.Flow == s.flow.ID && t.s.State == s.name {
		t.s.Offer = nil
		if s.varies() {
			for _, c := range choices {
				if _, id, ok := strings.Cut(c.Ref, "/"); ok {
					t.s.Offer = append(t.s.Offer, id)
				}
			}
		}
	}
	return choices, lines
}

// varies says whether what a state offers depends on the day or the person, so
// that the session must remember which number meant what.
func (s *State) varies() bool {
	return s.List != "" || slices.ContainsFunc(s.Choices, func(o Option) bool { return o.When != "" })
}

// page builds the choices with items start to start+n.
func (t *turn) page(s *State, items []item, start, n int) (choices []Choice, lines []string) {
	l, buttons, path := t.locale(), t.presentation().Buttons, s.Path()
	next := 0
	number := func() string { next++; return strconv.Itoa(next) }
	for _, it := range items[start : start+n] {
		c := Choice{Key: number(), Ref: path + "/:" + it.id, Label: it.label}
		switch {
		case it.line != "" && buttons:
			lines = append(lines, c.Key+". "+it.line)
			c.Label = c.Key + ". " + it.label
		case it.line != "":
			c.Label = it.line
		}
		choices = append(choices, c)
	}
	switch {
	case start+n < len(items):
		choices = append(choices, Choice{Key: number(), Ref: path + "/+" + strconv.Itoa(start+n), Label: l.Text("list.more", nil)})
	case start > 0:
		choices = append(choices, Choice{Key: number(), Ref: path + "/+0", Label: l.Text("list.first", nil)})
	}
	for i := range s.Choices {
		o := &s.Choices[i]
		if o.When != "" && !conditions[o.When](t, s) {
			continue
		}
		c := Choice{Key: o.Key, Ref: path + "/" + o.ID, Label: l.Text(o.Label, nil)}
		switch {
		case o.Word != "":
			c.Key = l.Text("word."+o.Word, nil)
		case o.Key == "":
			c.Key = number()
		case o.Key > "9": // a letter, which must not turn the line around
			c.Key = l.Line(o.Key)
		}
		choices = append(choices, c)
	}
	for _, c := range t.extra {
		c.Key = number()
		choices = append(choices, c)
	}
	choices = append(choices, t.ways(s)...)
	for i, c := range choices {
		choices[i].Label = l.Begin(c.Label)
	}
	return choices, lines
}

// ways are the choices that every state ends with: back to where the person
// was, or to the menu.
func (t *turn) ways(s *State) []Choice {
	l, buttons := t.locale(), t.presentation().Buttons
	way := func(ref, line, button string) []Choice {
		if buttons {
			return []Choice{{Ref: ref, Label: l.Text(button, nil)}}
		}
		return []Choice{{Key: l.Text("word.menu", nil), Ref: ref, Label: l.Text(line, nil)}}
	}
	switch {
	case s.Path() == "menu.menu":
		return nil
	case s.Aside && t.current() != nil && t.s.Flow != "menu":
		return way("!resume", "menu.resume", "menu.resume-button")
	case s.Stay:
		return way("!menu:stay", "menu.back", "menu.button")
	default:
		return way("!menu", "menu.back", "menu.button")
	}
}
