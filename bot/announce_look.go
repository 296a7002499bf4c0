package bot

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"porchlight/flows"
	"porchlight/locales"
)

// previewOf is what was read about the draft before the turn; ok is false when
// the draft has changed since, and everything is to be read again.
func (t *turn) previewOf(d *Draft) (p *Preview, ok bool) {
	if t.board.preview == nil || t.board.draft != d.ID || t.board.version != d.Version {
		t.moved = true
		return nil, false
	}
	return t.board.preview, true
}

// look shows the draft as people will see it, then what it would do.
func (t *turn) look(w Worker, more ...string) {
	d := t.p.Outreach.Draft
	p, ok := t.previewOf(d)
	if !ok {
		return
	}
	lines := append(more, t.locale().Text("announce.looks", nil))
	t.screen(lines)
	t.messages(p)
	t.numbers(d, p)
	d.Screen = "" // the message with the numbers, once it is pressed
}

// messages shows what phones will show: a message for each text, under the
// channels and the language that it is for.
func (t *turn) messages(p *Preview) {
	l := t.locale()
	type shown struct {
		language, text string
		channels       []string
	}
	var all []shown
	for _, m := range p.Messages {
		channel := t.b.channelName(l, m.Channel)
		if m.Segments > 0 {
			channel = l.Text("announce.parts", locales.Args{"count": m.Segments})
		}
		i := slices.IndexFunc(all, func(s shown) bool { return s.language == m.Language && s.text == m.Text })
		if i < 0 {
			i = len(all)
			all = append(all, shown{language: m.Language, text: m.Text})
		}
		all[i].channels = append(all[i].channels, channel)
	}
	for _, s := range all {
		head := l.Line(l.LanguageName(s.language) + " (" + l.List(s.channels) + ")")
		t.speak(flows.Say{Text: head + "\n\n" + s.text, Language: s.language})
	}
}

// numbers shows what the draft would do, and what speaks against it.
func (t *turn) numbers(d *Draft, p *Preview) {
	l := t.locale()
	lines := append(t.previewLines(p), t.whenLine(d.At))
	version := ":" + strconv.Itoa(d.Version)
	change := []flows.Choice{t.choice(d.ID, "card", "announce.change"), t.choice(d.ID, "drop", "announce.drop")}
	send, label := "send", "announce.send"
	if !d.At.IsZero() {
		label = "announce.schedule"
	}
	switch {
	case len(p.Stops) > 0:
		lines = append(lines, l.Text("announce.stopped", nil))
		t.screen(append(lines, t.objections(p.Stops)...), change...)
		return
	case len(p.Asks) > 0 && t.press != nil && strings.HasPrefix(t.in.Choice, announceRef+d.ID+":send"):
		send, label = "sure", "announce.sure"
	}
	if len(p.Asks) > 0 {
		lines = append(append(lines, l.Text("announce.careful", nil)), t.objections(p.Asks)...)
	}
	t.screen(lines, append([]flows.Choice{t.choice(d.ID, send+version, label)}, change...)...)
}

// previewLines are the numbers of a preview.
func (t *turn) previewLines(p *Preview) []string {
	l := t.locale()
	lines := []string{l.Text("announce.people", locales.Args{"count": p.People})}
	for _, g := range p.Groups {
		where := []string{l.LanguageName(g.Language), t.b.channelName(l, g.Channel)}
		if g.Country != "" {
			where = append(where, g.Country)
		}
		what := []string{l.Text("announce.heads", locales.Args{"count": g.People})}
		if g.Segments > 0 {
			what = append(what, l.Text("announce.parts", locales.Args{"count": g.Segments * g.People}))
		}
		if g.Cost > 0 {
			what = append(what, l.Isolate(money(g.Cost, p.Currency)))
		}
		lines = append(lines, l.List(where)+": "+l.List(what))
	}
	if p.Segments > 0 {
		total := []string{l.Text("announce.parts", locales.Args{"count": p.Segments})}
		if p.Currency != "" {
			total = append(total, l.Isolate(money(p.Cost, p.Currency)))
		}
		lines = append(lines, l.Text("announce.total", locales.Args{"total": l.List(total)}))
	}
	if p.Unpriced > 0 {
		lines = append(lines, l.Text("announce.unpriced", locales.Args{"count": p.Unpriced}))
	}
	if p.Night > 0 {
		lines = append(lines, l.Text("announce.night", locales.Args{"count": p.Night}))
	}
	lines = append(lines, t.leftLines(p.Left)...)
	if len(p.Links) > 0 {
		lines = append(lines, l.Text("announce.links", nil))
		lines = append(lines, p.Links...)
	}
	return lines
}

func money(sum float64, currency string) string { return fmt.Sprintf("%.2f %s", sum, currency) }

// objections say what speaks against sending, each on a line.
func (t *turn) objections(all []Objection) (lines []string) {
	l := t.locale()
	for _, o := range all {
		args := maps.Clone(o.Args)
		if tag, ok := args["language"].(string); ok {
			args["language"] = l.LanguageName(tag)
		}
		for _, number := range []string{"number", "at"} {
			if text, ok := args[number].(string); ok {
				args[number] = l.Isolate(text)
			}
		}
		if channel, ok := args["channel"].(string); ok {
			args["channel"] = cmp.Or(t.b.channelName(l, channel), channel)
		}
		lines = append(lines, "- "+l.Text(o.ID, args))
	}
	return lines
}

// leftLines say who is left out, and why.
func (t *turn) leftLines(left map[string]int) (lines []string) {
	l := t.locale()
	for _, reason := range slices.Sorted(maps.Keys(left)) {
		if left[reason] > 0 {
			lines = append(lines, l.Text("announce.left", locales.Args{
				"why": cmp.Or(l.Text("announce.left-"+reason, nil), reason), "people": l.Number(left[reason]),
			}))
		}
	}
	return lines
}

// confirm asks a second worker to look at an announcement.
func (t *turn) confirm(s standing) {
	l, p := t.locale(), t.board.preview
	t.screen([]string{l.Text("announce.confirm", locales.Args{"who": s.By.Name})})
	t.messages(p)
	lines := append(t.previewLines(p), t.whenLine(s.At))
	if against := append(t.objections(p.Stops), t.objections(p.Asks)...); len(against) > 0 {
		lines = append(append(lines, l.Text("announce.careful", nil)), against...)
	}
	t.screen(lines, t.choice(s.ID, "yes", "announce.approve"), t.choice(s.ID, "no", "announce.refuse"))
}
