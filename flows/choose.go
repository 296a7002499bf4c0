package flows

import (
	"strconv"
	"strings"

	"porchlight/flows/triage"
)

// A choice carries a reference of at most 64 bytes (Telegram's limit for
// buttons): "flow.state/option", "flow.state/:item" for an item of a list,
// "flow.state/+2" for a page of it, or "!word" for what works everywhere. It
// says by itself what was meant, so that a button of an old message still
// leads where it said.

// pressed follows a button.
func (t *turn) pressed(ref string) {
	if word, ok := strings.CutPrefix(ref, "!"); ok {
		word, arg, _ := strings.Cut(word, ":")
		t.replace = t.in.Kind == Pressed && arg != "stay"
		switch word {
		case "resume":
			t.replace = false
			t.resume()
		case "lang":
			t.language(arg)
		default:
			t.arrive("menu.menu")
		}
		return
	}
	path, id, _ := strings.Cut(ref, "/")
	s := t.Flows.at(path)
	if s == nil || !t.take(s, id) {
		t.again("unknown.choice")
	}
}

// key follows what was typed to choose, and reports whether it is a choice.
// When something was said in between, its choices come first, then those of
// the place where the person was.
func (t *turn) key(key string) bool {
	if key == "" {
		return false
	}
	for _, s := range []*State{t.Flows.at(t.s.Aside), t.current()} {
		if s == nil {
			continue
		}
		if ref := t.offered(s, key); ref != "" {
			t.pressed(ref)
			return true
		}
	}
	return false
}

// offered finds which choice of a state a key stands for, as it was last
// shown to the person; empty when none.
func (t *turn) offered(s *State, key string) string {
	n := 0
	offer := func(id, own string) bool {
		if own == "" {
			n++
			return key == strconv.Itoa(n)
		}
		return strings.EqualFold(own, key)
	}
	if t.s.Offer != nil && s.Path() == t.s.Flow+"."+t.s.State {
		for _, id := range t.s.Offer {
			own := ""
			if o := s.option(id); o != nil {
				own = o.Key
				if o.Word != "" {
					continue // words are commands, understood everywhere
				}
			}
			if offer(id, own) {
				return s.Path() + "/" + id
			}
		}
		return ""
	}
	for _, o := range s.Choices {
		if o.Word == "" && offer(o.ID, o.Key) {
			return s.Path() + "/" + o.ID
		}
	}
	return ""
}

func (s *State) option(id string) *Option {
	for i := range s.Choices {
		if s.Choices[i].ID == id {
			return &s.Choices[i]
		}
	}
	return nil
}

// label follows a choice whose words were typed instead of its number.
func (t *turn) label() bool {
	s := t.current()
	want := triage.Normal(t.in.Text)
	if s == nil || want == "" {
		return false
	}
	choices, _ := t.choices(s)
	for _, c := range choices {
		if triage.Normal(c.Label) == want {
			t.pressed(c.Ref)
			return true
		}
	}
	return false
}

// take follows an option or an item of a state, and reports whether it has it.
func (t *turn) take(s *State, id string) bool {
	t.replace = t.in.Kind == Pressed && !s.Stay && !s.Urgent
	if !s.Aside { // a button of an old message: the person is there again
		t.moveTo(s)
	}
	if item, ok := strings.CutPrefix(id, ":"); ok {
		if s.List == "" {
			return false
		}
		if s.Keep != "" {
			t.keep(s.Keep, item)
		}
		if s.Pick != "" && !picks[s.Pick](t, item) {
			return false
		}
		t.enter(t.Flows.state(s.flow, s.Go))
		return true
	}
	if page, ok := strings.CutPrefix(id, "+"); ok && s.List != "" {
		n := 0
		for _, r := range page {
			if r < '0' || r > '9' || n > 1000 {
				return false
			}
			n = n*10 + int(r-'0')
		}
		t.s.Page, t.at = n, s
		t.show(s)
		return true
	}
	for _, o := range s.Choices {
		if o.ID == id {
			t.enter(t.Flows.state(s.flow, o.Go))
			return true
		}
	}
	return false
}

func (t *turn) keep(name, value string) {
	if t.s.Data == nil {
		t.s.Data = map[string]string{}
	}
	t.s.Data[name] = value
}
