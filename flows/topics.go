package flows

import (
	"slices"
	"strings"

	"porchlight/flows/directory"
	"porchlight/locales"
)

// News is the topic of an organisation's own announcements, to which START
// subscribes.
const News = "news"

// Topic is something that people can choose to be told about.
type Topic struct {
	ID   string         `yaml:"id"`
	Name directory.Text `yaml:"name"`
}

// hears says whether announcements about a topic reach the person.
func (t *turn) hears(topic string) bool {
	return !t.s.Stopped && slices.Contains(t.s.Topics, topic)
}

func (t *turn) hearsAny() bool { return !t.s.Stopped && len(t.s.Topics) > 0 }

// start has the person hear the news, beside what they heard before a STOP.
func start(t *turn) {
	t.s.Stopped = false
	if !slices.Contains(t.s.Topics, News) {
		t.s.Topics = append([]string{News}, t.s.Topics...)
	}
}

// topics are those that can be chosen now, the news first.
func (t *turn) topics() []string {
	ids := []string{News}
	for _, topic := range t.Org.Topics {
		ids = append(ids, topic.ID)
	}
	return ids
}

// listTopics offers to switch each topic. The id of an item says which way, so
// that a button of an old message does what it said.
func listTopics(t *turn) []item {
	l := t.locale()
	names := []string{l.Text("settings.topic-news", nil)}
	for _, topic := range t.Org.Topics {
		names = append(names, t.of(topic.Name))
	}
	items := make([]item, len(names))
	for i, id := range t.topics() {
		way, text := "+", "settings.topic-off"
		if t.hears(id) {
			way, text = "-", "settings.topic-on"
		}
		items[i] = item{id: way + id, label: l.Text(text, locales.Args{"topic": names[i]})}
	}
	return items
}

// switchTopic switches one topic on ("+housing") or off ("-housing"). Who has
// stopped and switches one on hears that one alone: STOP ended the others.
func switchTopic(t *turn, item string) bool {
	id, on := strings.CutPrefix(item, "+")
	if !on {
		id = strings.TrimPrefix(item, "-")
	}
	if known := t.topics(); !slices.Contains(known, id) || item == id {
		return false
	}
	var hears []string // without those that the organisation no longer has
	for _, other := range t.topics() {
		if other == id && on || other != id && t.hears(other) {
			hears = append(hears, other)
		}
	}
	if on {
		t.s.Stopped = false
	}
	if !t.s.Stopped {
		t.s.Topics = hears
	}
	return true
}
