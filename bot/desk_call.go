package bot

import (
	"strconv"

	"porchlight/flows"
	"porchlight/flows/directory"
)

// offersCalls reports whether a listener may be on the phone with a guest.
func (t *turn) offersCalls(w Worker, g Guest) bool {
	c := t.b.caller
	return c != nil && c.Number(w.Phone) != "" && c.Number(g.Address) != ""
}

// callChoice is the choice to phone a guest.
func (t *turn) callChoice(g Guest) flows.Choice {
	return flows.Choice{Key: "/call", Ref: "!desk:call:" + g.ID, Label: t.locale().Text("desk.call", nil)}
}

// callGuest asks a guest whether they want to be phoned, or says why that
// cannot be and what can be done instead.
func (t *turn) callGuest(w Worker, g Guest) {
	args := t.about(g)
	args["numbers"] = t.locale().Isolate("/numbers")
	switch {
	case t.offersCalls(w, g):
		t.answer(g, Event{Kind: EventCall})
		t.tell("desk.call-asked", args)
	case t.b.caller == nil:
		t.tell("desk.call-failed", args)
	default:
		t.tell("desk.call-no-number", args)
	}
}

// lineID is the directory's id of the line that has a number on the desk.
func (t *turn) lineID(g Guest, typed string) string {
	all := t.b.lines(g.Country)
	if n, err := strconv.Atoi(typed); err == nil && n > 0 && n <= len(all) {
		return all[n-1].ID
	}
	return typed
}

// onTheCall takes what happened on the phone into a listener's turn.
func (t *turn) onTheCall(e Event) {
	g, l := e.Guest, t.locale()
	args := t.callArgs(t.about(g))
	args["numbers"] = l.Isolate("/numbers")
	if line := t.b.line(g.Country, e.Text); line != nil {
		args["name"], args["phone"] = t.lineName(line), l.Isolate(line.Phone)
	}
	var choices []flows.Choice
	if e.Kind == EventCallOpen {
		for i, line := range t.b.lines(g.Country) {
			choices = append(choices, flows.Choice{
				Key: "/line " + strconv.Itoa(i+1), Ref: "!desk:line:" + line.ID + ":" + g.ID,
				Label: l.Line(l.List([]string{t.lineName(line), l.Isolate(line.Phone)})),
			})
		}
	}
	switch e.Kind {
	case EventCallAgreed, EventCallOpen, EventLineRings, EventLineIn:
		choices = append(choices, flows.Choice{Key: "/hangup", Ref: "!desk:hangup:" + g.ID, Label: l.Text("desk.call-hang", nil)})
	}
	t.tell("desk."+string(e.Kind), args, choices...)
}

// lineName is what a line is called in the language of whoever reads it.
func (t *turn) lineName(line *directory.Line) string {
	if name := line.Name.In(t.locale().Tag, t.b.machine.Org.Languages...); name != "" {
		return name
	}
	return line.Organization
}
