// Package check looks for what would let a person down: it walks every flow,
// state, choice, language and channel of a pack and reads every text and
// entry. Each fault has a file, a line and a remedy.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"porchlight/flows"
	"porchlight/flows/pack"
	"porchlight/flows/triage"
	"porchlight/locales"
)

// Channel is how a channel shows things, and what it can carry.
type Channel struct {
	Name         string
	Presentation flows.Presentation
	// Parts are the messages as which something said leaves.
	Parts func(flows.Say) []string
	// Segments is what a message costs; nil where nothing is counted.
	Segments func(text string) int
	// MaxSegments is the longest message there should be.
	MaxSegments int
	// MaxRef is how many bytes a button carries back; 0: there are no buttons.
	MaxRef int
}

// Run gives every fault of a pack at a time, sorted by file and line.
func Run(p *pack.Pack, channels []Channel, now time.Time) ([]*locales.Fault, error) {
	c := &checker{pack: p, now: now, seen: map[string]bool{}, visited: map[string]bool{}}
	if err := c.texts(); err != nil {
		return nil, err
	}
	c.words()
	for _, f := range p.Directory.Faults(now) {
		c.add(f)
	}
	for _, ch := range channels {
		m, err := p.Machine(map[string]flows.Presentation{ch.Name: ch.Presentation})
		if err != nil {
			return nil, err
		}
		for _, tag := range p.Org.Languages {
			w := &walk{checker: c, channel: ch, machine: m, language: tag, done: map[string]bool{}}
			w.all()
		}
	}
	c.unreachable()
	slices.SortStableFunc(c.faults, func(a, b *locales.Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
	return c.faults, nil
}

type checker struct {
	pack    *pack.Pack
	now     time.Time
	faults  []*locales.Fault
	seen    map[string]bool // faults, as written
	visited map[string]bool // flow.state
}

func (c *checker) add(f *locales.Fault) {
	if key := f.Error(); !c.seen[key] {
		c.seen[key] = true
		c.faults = append(c.faults, f)
	}
}

// texts looks for texts that are missing or mention what is not there.
func (c *checker) texts() error {
	for _, f := range c.pack.Catalog.Faults("en", c.pack.Org.Languages...) {
		c.add(f)
	}
	builtIn, err := locales.Load(locales.FS)
	if err != nil {
		return fmt.Errorf("the built-in texts: %w", err)
	}
	source := builtIn.Locale("en")
	for _, flow := range c.pack.Flows.Flows() {
		for _, id := range flow.Texts() {
			if c.pack.Catalog.Locale("en").Has(id) || c.pack.Catalog.Locale(c.pack.Org.Languages[0]).Has(id) {
				continue
			}
			c.add(&locales.Fault{File: flow.File(), Line: flow.LineOf(id), Wrong: fmt.Sprintf("there is no text %q", id),
				Mend: "add it to locales/" + c.pack.Org.Languages[0] + ".yaml of the pack"})
		}
	}
	for _, need := range c.pack.Directory.Needs() {
		if id := "need." + need; c.pack.Catalog.Locale(c.pack.Org.Languages[0]).Text(id, nil) == "" {
			c.add(&locales.Fault{File: "services.yaml", Wrong: fmt.Sprintf("the need %q has no words", need),
				Mend: "add the text " + id + " to locales/" + c.pack.Org.Languages[0] + ".yaml of the pack, or use a need that has one"})
		}
	}
	for _, tag := range c.pack.Org.Languages {
		l := c.pack.Catalog.Locale(tag)
		for _, id := range c.pack.Catalog.IDs() {
			allowed := slices.Clone(flows.Mentions())
			if source.Has(id) {
				allowed = append(allowed, source.Placeholders(id)...)
			}
			slices.Sort(allowed)
			allowed = slices.Compact(allowed)
			for _, name := range l.Placeholders(id) {
				if !slices.Contains(allowed, name) {
					file, line := l.Where(id)
					c.add(&locales.Fault{File: file, Line: line, Wrong: fmt.Sprintf("{%s} in %q is never filled in", name, id),
						Mend: "use {" + strings.Join(allowed, "}, {") + "} or no braces"})
				}
			}
		}
	}
	return nil
}

// words looks for languages in which a call for help, or the words that the
// texts themselves name, would not be understood.
func (c *checker) words() {
	for _, tag := range c.pack.Org.Languages {
		if c.pack.Triage.Review(tag).State == "" {
			c.add(&locales.Fault{File: "locales/" + tag + ".words.yaml", Wrong: "there is no such file: a call for help in this language would not be understood",
				Mend: "write one as package triage describes, or take " + tag + " out of languages in org.yaml"})
			continue
		}
		l := c.pack.Catalog.Locale(tag)
		for id, want := range map[string]triage.Command{"word.menu": triage.Menu, "word.lang": triage.Lang} {
			word := l.Text(id, nil)
			if got := c.pack.Triage.Read(word, triage.Hint{Chosen: tag}).Command; got != want {
				file, line := l.Where(id)
				c.add(&locales.Fault{File: file, Line: line, Wrong: fmt.Sprintf("%s is %q, which is understood as %q", id, word, got),
					Mend: fmt.Sprintf("use a word that stands under commands: %s: in %s.words.yaml, or add it there", want, tag)})
			}
		}
	}
}

// unreachable reports states that the walks never came to and that no state
// they came to leads to: a choice may be offered only at times.
func (c *checker) unreachable() {
	for again := true; again; {
		again = false
		for _, flow := range c.pack.Flows.Flows() {
			for _, name := range flow.Names() {
				if !c.visited[flow.ID+"."+name] {
					continue
				}
				for _, to := range c.pack.Flows.Leads(flow.States[name]) {
					again = again || !c.visited[to]
					c.visited[to] = true
				}
			}
		}
	}
	for _, flow := range c.pack.Flows.Flows() {
		for _, name := range flow.Names() {
			if path := flow.ID + "." + name; !c.visited[path] {
				c.add(&locales.Fault{File: flow.File(), Line: flow.States[name].Line(), Wrong: fmt.Sprintf("nothing leads to %q", path),
					Mend: "lead a choice there, or remove it"})
			}
		}
	}
}
