package flows_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"porchlight/flows"
	"porchlight/flows/pack"
	"porchlight/flows/triage"
)

// now is a Sunday, with every weekly group of the sample ahead.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func machine(t testing.TB) (*flows.Machine, *pack.Pack) {
	t.Helper()
	p, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.Machine(map[string]flows.Presentation{
		"telegram": {Buttons: true},
		"sms":      {Fits: func(text string, choices []flows.Choice) bool { return len(text)+40*len(choices) < 450 }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, p
}

// keep writes a session as a store would and reads it again.
func keep(t interface{ Fatalf(string, ...any) }, s flows.Session) flows.Session {
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("session: %v", err)
	}
	if len(data) > maxSession {
		t.Fatalf("the session takes %d bytes, at most %d are planned: %s", len(data), maxSession, data)
	}
	var back flows.Session
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("session: %v", err)
	}
	return back
}

// maxSession bounds a session with a page of groups on the screen and all
// reminders set, the most there can be.
const maxSession = 700

func said(effects []flows.Effect) (say flows.Say, ok bool) {
	for _, e := range effects {
		if s, isSay := e.(flows.Say); isSay {
			say, ok = s, true
		}
	}
	return say, ok
}

// Whatever somebody does, wherever they are: there is an answer, and MENU,
// 0, LANG and TALK answer from there as they do from everywhere.
func TestAnyInputFromAnywhere(t *testing.T) {
	m, p := machine(t)
	words := []string{
		"hello", "1", "2", "3", "9", "٢", "۳", "12", "0", "MENU", "menu!", "LANG", "LANG so", "LANG xx", "GROUPS", "FIND", "TALK", "LEARN",
		"TAKE PART", "FORGET", "STOP", "START", "HELP", "/start", "/groups@bot", "Mill Lane", "i want to die", "he is hitting me",
		"سلام", "hola", "привіт", "", " ", "\x00", "\xff\xfe", "🙂", strings.Repeat("a", 5000), "the cat sat on the mat", "anywhere",
	}
	rapid.Check(t, func(r *rapid.T) {
		channel := rapid.SampledFrom([]string{"telegram", "sms", "unheard-of"}).Draw(r, "channel")
		app := rapid.SampledFrom([]string{"", "en", "ar", "prs", "de", "not a tag"}).Draw(r, "app")
		country := rapid.SampledFrom([]string{"", "GB", "US", "TR", "ZZ"}).Draw(r, "country")
		var s flows.Session
		var offered []string
		clock := now
		for range rapid.IntRange(1, 12).Draw(r, "turns") {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 3*24).Draw(r, "hours")) * time.Hour)
			in := flows.Input{Now: clock, Channel: channel, AppLanguage: app, Country: country}
			in.Kind = flows.Kind(rapid.IntRange(int(flows.Text), int(flows.Help)).Draw(r, "kind"))
			switch in.Kind {
			case flows.Text, flows.Edited, flows.Media:
				in.Text = rapid.OneOf(rapid.SampledFrom(words), rapid.String()).Draw(r, "text")
			case flows.Pressed:
				in.Choice = rapid.OneOf(rapid.SampledFrom(append(offered, "!menu")), rapid.String()).Draw(r, "ref")
			case flows.Located:
				if rapid.Bool().Draw(r, "placed") {
					in.Location = &flows.Location{Latitude: rapid.Float64Range(-90, 90).Draw(r, "lat"), Longitude: rapid.Float64Range(-180, 180).Draw(r, "lon")}
				}
			case flows.Timed:
				in.Timer = rapid.SampledFrom(append([]string{"", "gone@20260101"}, s.Due...)).Draw(r, "timer")
			}
			before := s
			next, effects := m.Step(s, in)
			s = keep(r, next)
			say, ok := said(effects)
			switch in.Kind {
			case flows.Blocked, flows.Returned, flows.Timed:
			default:
				if !ok || strings.TrimSpace(say.Text) == "" {
					r.Fatalf("no answer to %+v in %+v", in, before)
				}
				if len(say.Choices) == 0 {
					r.Fatalf("a dead end after %+v in %+v: %q", in, before, say.Text)
				}
			}
			if s.Stopped && ok && say.Urgency == flows.Unasked {
				r.Fatalf("somebody who stopped is disturbed: %q", say.Text)
			}
			offered = offered[:0]
			for _, c := range say.Choices {
				if len(c.Ref) > 64 {
					r.Fatalf("button %q carries %d bytes", c.Ref, len(c.Ref))
				}
				if c.Ref != "" {
					offered = append(offered, c.Ref)
				}
			}
			waysOut(r, m, p, s, in)
		}
	})
}

// waysOut tries, from a session, each way that must always be open.
func waysOut(r *rapid.T, m *flows.Machine, p *pack.Pack, s flows.Session, in flows.Input) {
	in.Kind, in.Choice, in.Location = flows.Text, "", nil
	after := func(text string) (flows.Session, flows.Say) {
		in.Text = text
		next, effects := m.Step(s, in)
		say, ok := said(effects)
		if !ok {
			r.Fatalf("no answer to %q in %+v", text, s)
		}
		return next, say
	}
	if next, _ := after("MENU"); s.Aside == "" && next.Flow != "menu" {
		r.Fatalf("MENU leads to %s.%s from %+v", next.Flow, next.State, s)
	}
	if next, _ := after("LANG"); next.State != "language" {
		r.Fatalf("LANG leads to %s.%s from %+v", next.Flow, next.State, s)
	}
	if next, _ := after("TALK"); next.Flow != "talk" {
		r.Fatalf("TALK leads to %s.%s from %+v", next.Flow, next.State, s)
	}
	country := cmp.Or(in.Country, s.Country, p.Org.Country) // who was forgotten a moment ago still writes from somewhere
	_, now := after("0")
	for _, e := range p.Directory.Lines(country, "", in.Now, "en").Emergency[:1] {
		if !strings.Contains(now.Text, e.Phone) || now.Urgency != flows.Crisis {
			r.Fatalf("0 brings %q without %s", now.Text, e.Phone)
		}
	}
}

// After a crisis the conversation goes on where it was.
func TestCrisisLeavesTheConversation(t *testing.T) {
	m, _ := machine(t)
	step := func(s flows.Session, text string) (flows.Session, flows.Say) {
		next, effects := m.Step(s, flows.Input{Now: now, Channel: "sms", Country: "GB", Text: text})
		say, ok := said(effects)
		if !ok {
			t.Fatalf("no answer to %q", text)
		}
		return keep(t, next), say
	}
	s, _ := step(flows.Session{}, "hello")
	s, groups := step(s, "GROUPS")
	s, crisis := step(s, "I want to kill myself")
	if crisis.Urgency != flows.Crisis || !strings.Contains(crisis.Text, "116 123") || !strings.Contains(crisis.Text, "999") {
		t.Errorf("crisis brings %q (urgency %d)", crisis.Text, crisis.Urgency)
	}
	if _, back := step(s, "MENU"); back.Text != groups.Text {
		t.Errorf("MENU after a crisis brings %q, want the groups again", back.Text)
	}
	if next, _ := step(s, "1"); next.State != "group" {
		t.Errorf("a number after a crisis leads to %s.%s, want the group of the list before", next.Flow, next.State)
	}
}

// Where only signs speak of a call for help, the numbers come as for any other,
// under words that also suit somebody who is in no danger.
func TestUnsureCrisis(t *testing.T) {
	m, p := machine(t)
	reader, err := triage.Load([]string{"en"}, fstest.MapFS{"en.words.yaml": {Data: []byte(`language: en
review: {state: drafted}
crisis: {violence: [belt bruise*, locked cellar, strangle her]}
sample: the cat sat on the mat and this is how people write
`)}})
	if err != nil {
		t.Fatal(err)
	}
	m.Triage = reader
	s := flows.Session{Profile: flows.Profile{Language: "en", Chosen: true}}
	for text, opening := range map[string]string{
		"bruises from the belt":   "",
		"his belt bruises":        "crisis.violence",
		"strangle cellar bruises": "",
		"the belt left bruises in the cellar, strangle and locked": "crisis.unsure",
	} {
		next, effects := m.Step(s, flows.Input{Now: now, Channel: "sms", Country: "GB", Text: text})
		say, _ := said(effects)
		if opening == "" {
			if next.Crisis != "" {
				t.Errorf("%q: read as %s", text, next.Crisis)
			}
			continue
		}
		if say.Urgency != flows.Crisis || !strings.HasPrefix(say.Text, p.Catalog.Locale("en").Text(opening, nil)) || !strings.Contains(say.Text, "999") {
			t.Errorf("%q brings %q (urgency %d), want %s and the numbers", text, say.Text, say.Urgency, opening)
		}
		if next.Crisis != "violence" {
			t.Errorf("%q: the kind that was read is %q", text, next.Crisis)
		}
	}
}

// A call for help in a language that is not offered is answered with the numbers
// in the organisation's own, or the app's, not in one that was guessed.
func TestCrisisInAnotherLanguage(t *testing.T) {
	m, _ := machine(t)
	for app, want := range map[string]string{"": "", "tr": "", "ar": "ar"} {
		in := flows.Input{Now: now, Channel: "sms", Country: "GB", Text: "ölmek istiyorum", AppLanguage: app}
		s, effects := m.Step(flows.Session{}, in)
		say, _ := said(effects)
		if s.Language != want || say.Urgency != flows.Crisis || !strings.Contains(say.Text, "999") {
			t.Errorf("a call in Turkish from an app in %q: language %q, want %q; %q", app, s.Language, want, say.Text)
		}
		offered := slices.ContainsFunc(say.Choices, func(c flows.Choice) bool { return c.Key == "LANG" })
		if offered != (want == "") {
			t.Errorf("a call in Turkish from an app in %q: other languages offered: %v", app, offered)
		}
	}
}

// A flow that was edited while somebody stood in it strands nobody.
func TestGoneState(t *testing.T) {
	m, _ := machine(t)
	for _, s := range []flows.Session{
		{Flow: "gone", State: "away"},
		{Flow: "menu", State: "away"},
		{Flow: "groups", State: "group", Data: map[string]string{"group": "gone@20261125"}},
		{Flow: "find", State: "service", Data: map[string]string{"service": "gone"}},
		{Flow: "menu", State: "menu", Aside: "crisis.gone"},
	} {
		for _, in := range []flows.Input{{Text: "1"}, {Text: "?"}, {Kind: flows.Media}, {Kind: flows.Pressed, Choice: s.Flow + "." + s.State + "/x"}} {
			in.Now, in.Channel = now, "telegram"
			_, effects := m.Step(s, in)
			if say, ok := said(effects); !ok || say.Text == "" || len(say.Choices) == 0 {
				t.Errorf("%+v after %+v: %+v", in, s, say)
			}
		}
	}
}

// A turn as the store makes it: the session read, a step, the session written.
func BenchmarkTurn(b *testing.B) {
	m, _ := machine(b)
	kept, err := json.Marshal(flows.Session{Flow: "learn", State: "support", Profile: flows.Profile{Language: "en", Chosen: true, Country: "GB"}})
	if err != nil {
		b.Fatal(err)
	}
	inputs := []string{"MENU", "4", "1"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		var s flows.Session
		if err := json.Unmarshal(kept, &s); err != nil {
			b.Fatal(err)
		}
		s, _ = m.Step(s, flows.Input{Now: now, Channel: "sms", Country: "GB", Text: inputs[i%len(inputs)]})
		if kept, err = json.Marshal(s); err != nil {
			b.Fatal(err)
		}
	}
}

// A phone that speaks Persian is greeted in Dari where only Dari is offered.
func TestNearestLanguageOffered(t *testing.T) {
	m, _ := machine(t)
	for app, want := range map[string]string{"fa": "fa-AF", "fa-IR": "fa-AF", "prs": "fa-AF", "es-MX": "es", "uk": "uk", "de": "", "": ""} {
		s, _ := m.Step(flows.Session{}, flows.Input{Now: now, Channel: "telegram", Text: "/start", AppLanguage: app})
		if s.Language != want {
			t.Errorf("a phone in %q is greeted in %q, want %q", app, s.Language, want)
		}
	}
}
