package flows_test

import (
	"slices"
	"testing"

	"porchlight/flows"
)

func TestTopics(t *testing.T) {
	m, _ := machine(t)
	press := func(ref string) flows.Input {
		return flows.Input{Now: now, Channel: "telegram", Kind: flows.Pressed, Choice: "settings.topics/:" + ref}
	}
	word := func(kind flows.Kind) flows.Input { return flows.Input{Now: now, Channel: "telegram", Kind: kind} }
	for name, c := range map[string]struct {
		had     []string
		stopped bool
		in      []flows.Input
		want    []string
		silent  bool
	}{
		"nothing was chosen":              {in: []flows.Input{press("+housing")}, want: []string{"housing"}},
		"one beside another":              {had: []string{"news"}, in: []flows.Input{press("+children")}, want: []string{"news", "children"}},
		"off":                             {had: []string{"news", "housing"}, in: []flows.Input{press("-news")}, want: []string{"housing"}},
		"an old button does what it said": {had: []string{"housing"}, in: []flows.Input{press("+housing")}, want: []string{"housing"}},
		"off twice":                       {had: []string{"housing"}, in: []flows.Input{press("-housing"), press("-housing")}},
		"a topic that is gone":            {had: []string{"news"}, in: []flows.Input{press("+gone")}, want: []string{"news"}},
		"a press that is none":            {had: []string{"news"}, in: []flows.Input{press("housing")}, want: []string{"news"}},
		"topics that are gone fall away":  {had: []string{"gone", "news"}, in: []flows.Input{press("+housing")}, want: []string{"news", "housing"}},
		"STOP silences":                   {had: []string{"housing"}, in: []flows.Input{word(flows.Stop)}, want: []string{"housing"}, silent: true},
		"START brings them back":          {had: []string{"housing"}, in: []flows.Input{word(flows.Stop), word(flows.Start)}, want: []string{"news", "housing"}},
		"one alone after STOP":            {had: []string{"news", "housing"}, stopped: true, in: []flows.Input{press("+children")}, want: []string{"children"}},
		"off after STOP":                  {had: []string{"news"}, stopped: true, in: []flows.Input{press("-news")}, want: []string{"news"}, silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := flows.Session{Profile: flows.Profile{Language: "en", Chosen: true, Topics: c.had, Stopped: c.stopped}}
			for _, in := range c.in {
				s, _ = m.Step(s, in)
			}
			if !slices.Equal(s.Topics, c.want) || s.Stopped != c.silent {
				t.Errorf("hears %v, stopped %v; want %v, %v", s.Topics, s.Stopped, c.want, c.silent)
			}
		})
	}
}
