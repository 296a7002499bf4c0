package terminal

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/locales"
)

// A script is a conversation as it should go, which anybody can read and write:
//
//	# What this shows, in a line or two.
//	clock 2026-11-22 09:00
//	person amina sms +447700900123
//	person sam telegram 501 app=es
//
//	amina> hello
//	amina< Welcome to Riverside.
//	  1 Find help near you
//
//	sam> [Groups this week]
//	sam> (place 51.5, -0.1)
//
// A line with > is what somebody does: words, a pressed button in brackets, or
// in parentheses a place, a picture, edited words, blocked, unblocked. A line
// with < begins a message that somebody gets; what is indented under it
// belongs to it. clock moves time on, and what is due then happens.
type script struct {
	file   string
	steps  []step
	people map[string]person
}

type person struct {
	address bot.Address
	input   flows.Input // what every input of this person says besides
}

// step is one thing done, or time moving on, with what should follow.
type step struct {
	line  int    // of the script, from 1
	text  string // the line as written
	clock time.Time
	who   string
	input flows.Input
	want  []string // messages, each as the script writes it: first line with the name, then indented lines
}

var (
	personLine = regexp.MustCompile(`^person (\S+) (sms|telegram) (\S+)((?: (?:app|country)=\S+)*)$`)
	doneLine   = regexp.MustCompile(`^([^\s<>]+)> ?(.*)$`)
	saidLine   = regexp.MustCompile(`^([^\s<>]+)<( .*)?$`)
	placeDone  = regexp.MustCompile(`^\(place (-?[\d.]+), *(-?[\d.]+)\)$`)
	wordsDone  = regexp.MustCompile(`^\((edited|caption) (.*)\)$`)
)

// readScript parses a script; zone is where its clock stands.
func readScript(file string, r io.Reader, zone *time.Location) (*script, error) {
	s := &script{file: file, people: map[string]person{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), " \t\r")
		fault := func(wrong, mend string, args ...any) error {
			return &locales.Fault{File: file, Line: n, Wrong: fmt.Sprintf(wrong, args...), Mend: mend}
		}
		var last *step
		if len(s.steps) > 0 {
			last = &s.steps[len(s.steps)-1]
		}
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "clock "):
			at, err := time.ParseInLocation("2006-01-02 15:04", strings.TrimPrefix(line, "clock "), zone)
			if err != nil {
				return nil, fault("the time cannot be read", "write clock 2026-11-22 09:00")
			}
			s.steps = append(s.steps, step{line: n, text: line, clock: at})
		case personLine.MatchString(line):
			m := personLine.FindStringSubmatch(line)
			p := person{address: bot.Address{Channel: m[2], ID: m[3]}}
			for _, option := range strings.Fields(m[4]) {
				key, value, _ := strings.Cut(option, "=")
				if key == "app" {
					p.input.AppLanguage = value
				} else {
					p.input.Country = value
				}
			}
			s.people[m[1]] = p
		case doneLine.MatchString(line):
			m := doneLine.FindStringSubmatch(line)
			p, ok := s.people[m[1]]
			if !ok {
				return nil, fault("nobody is called %q", "write first who that is, such as: person amina sms +447700900123", m[1])
			}
			in, ok := readInput(m[2])
			if !ok {
				return nil, fault("%q is nothing that can be done", "write words, [Button], (place 51.5, -0.1), (picture), (edited words), (blocked) or (unblocked)", m[2])
			}
			in.AppLanguage, in.Country = p.input.AppLanguage, p.input.Country
			s.steps = append(s.steps, step{line: n, text: line, who: m[1], input: in})
		case saidLine.MatchString(line) && last != nil:
			last.want = append(last.want, line)
		case strings.HasPrefix(line, "  ") && last != nil && len(last.want) > 0:
			last.want[len(last.want)-1] += "\n" + line
		default:
			return nil, fault("%q is no line of a script", "write name> for what somebody does, name< for what they get, indented lines for the rest of a message", line)
		}
	}
	return s, lines.Err()
}

// readInput reads what somebody does. A pressed button is its label, which is
// looked up when the step is played.
func readInput(text string) (flows.Input, bool) {
	switch {
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		return flows.Input{Kind: flows.Pressed, Choice: text[1 : len(text)-1]}, true
	case text == "(picture)":
		return flows.Input{Kind: flows.Media}, true
	case text == "(blocked)":
		return flows.Input{Kind: flows.Blocked}, true
	case text == "(unblocked)":
		return flows.Input{Kind: flows.Returned}, true
	case placeDone.MatchString(text):
		var at flows.Location
		m := placeDone.FindStringSubmatch(text)
		_, err := fmt.Sscan(m[1]+" "+m[2], &at.Latitude, &at.Longitude)
		return flows.Input{Kind: flows.Located, Location: &at}, err == nil
	case wordsDone.MatchString(text):
		m := wordsDone.FindStringSubmatch(text)
		if m[1] == "caption" {
			return flows.Input{Kind: flows.Media, Text: m[2]}, true
		}
		return flows.Input{Kind: flows.Edited, Text: m[2]}, true
	case strings.HasPrefix(text, "("):
		return flows.Input{}, false
	default:
		return flows.Input{Kind: flows.Text, Text: text}, true
	}
}
