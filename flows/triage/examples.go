package triage

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// example is a message as somebody might write it, and what it is.
type example struct {
	text     string
	crisis   Crisis // empty: nobody is in danger
	command  Command
	language string // BCP 47; empty where nobody could tell
	kind     string // see exampleKinds
	at       line
}

// exampleKinds says what sort of messages there are: plain and indirect are calls
// for help; idiom sounds like one; first-contact is what somebody writes first;
// stop is a wish to be left alone; sentence is about anything, and may contain
// the same words.
func exampleKinds() []string {
	return []string{"plain", "indirect", "idiom", "first-contact", "stop", "sentence"}
}

// readExamples reads messages, one a line: the text, the crisis or -, the
// command or -, the language or ?, and the kind, with a tab between. # begins a
// remark.
func readExamples(name, data string) (all []example, faults []error) {
	n := 0
	for text := range strings.Lines(data) {
		n++
		text = strings.TrimRight(text, "\r\n")
		if strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#") {
			continue
		}
		at := line{file: name, line: n}
		col := strings.Split(text, "\t")
		if len(col) != 5 || !slices.Contains(exampleKinds(), col[4]) {
			faults = append(faults, at.fault("not an example", "write text, crisis or -, command or -, language or ?, and "+strings.Join(exampleKinds(), ", ")+", with tabs between"))
			continue
		}
		e := example{text: col[0], crisis: Crisis(unless(col[1], "-")), command: Command(unless(col[2], "-")), language: unless(unless(col[3], "-"), "?"), kind: col[4], at: at}
		if strings.TrimSpace(e.text) == "" || e.command != "" && !slices.Contains(everyCommand(), e.command) {
			faults = append(faults, at.fault(fmt.Sprintf("command %q for %q", col[2], col[0]), "write a text, and one of the commands, such as stop, or -"))
			continue
		}
		if e.crisis != "" && !slices.Contains(severity(), e.crisis) || (e.kind == "plain" || e.kind == "indirect") != (e.crisis != "") {
			faults = append(faults, at.fault(fmt.Sprintf("crisis %q for %s", col[1], e.kind), "plain and indirect have a kind of crisis, the others -"))
			continue
		}
		all = append(all, e)
	}
	return all, faults
}

// unless gives a string, or nothing if it is the one that stands for nothing.
func unless(s, nothing string) string {
	if s == nothing {
		return ""
	}
	return s
}

const examplesEnd = ".examples.tsv"

func isExamples(src *source) bool { return strings.HasSuffix(src.name, examplesEnd) }

// examplesOf gives the examples among the sources, by tag.
func examplesOf(sources []*source) (all map[string][]example, faults []error) {
	all = map[string][]example{}
	for _, src := range sources {
		if isExamples(src) {
			tag := strings.TrimSuffix(path.Base(src.name), examplesEnd)
			found, wrong := readExamples(src.name, string(src.data))
			all[tag] = append(all[tag], found...)
			faults = append(faults, wrong...)
		}
	}
	return all, faults
}
