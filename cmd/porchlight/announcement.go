package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"porchlight/bot"
	"porchlight/flows"
	"porchlight/flows/pack"
	"porchlight/locales"
)

// announcementFile is a text for many people, as `broadcast send` reads it.
type announcementFile struct {
	Audience bot.Audience      `yaml:"audience"`
	Text     map[string]string `yaml:"text"`
	Fallback string            `yaml:"fallback"`
	At       string            `yaml:"at"`
}

// readAnnouncement reads a file. The error joins a *locales.Fault for each
// fault: what it names has to be of the pack.
func readAnnouncement(name string, p *pack.Pack, now time.Time) (a bot.Announcement, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return a, fmt.Errorf("the announcement cannot be read: %w", err)
	}
	var f announcementFile
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return a, &locales.Fault{File: name, Wrong: strings.ReplaceAll(err.Error(), "\n", " "), Mend: "write audience:, text:, fallback: and at: as docs/announcements.md shows"}
	}
	var faults []error
	fault := func(key, wrong, mend string) {
		faults = append(faults, &locales.Fault{File: name, Line: pack.LineOf(data, key), Wrong: wrong, Mend: mend})
	}
	known := func(key, kind string, named, all []string) {
		for _, one := range named {
			if !slices.Contains(all, one) {
				fault(key, fmt.Sprintf("the organisation has no %s %q", kind, one), "use "+strings.Join(all, ", ")+"; or leave it out, for everybody")
			}
		}
	}
	var areas []string
	for _, area := range p.Directory.Areas() {
		areas = append(areas, area.ID)
	}
	topics := []string{flows.News}
	for _, topic := range p.Org.Topics {
		topics = append(topics, topic.ID)
	}
	known("languages", "language", f.Audience.Languages, p.Org.Languages)
	known("areas", "area", f.Audience.Areas, areas)
	known("topics", "topic", f.Audience.Topics, topics)
	known("channels", "channel", f.Audience.Channels, channelNames)
	if len(f.Text) == 0 {
		fault("text", "there is no text", `write text: and under it one line a language, such as en: "..."`)
	}
	for tag, text := range f.Text {
		if !slices.Contains(p.Org.Languages, tag) {
			fault(tag, fmt.Sprintf("nobody is written to in %q", tag), "use "+strings.Join(p.Org.Languages, ", "))
		}
		if strings.TrimSpace(text) == "" {
			fault(tag, fmt.Sprintf("the text in %q is empty", tag), "write it, or take the line out")
		}
	}
	if f.Fallback != "" && f.Text[f.Fallback] == "" {
		fault("fallback", fmt.Sprintf("the fallback is %q, in which there is no text", f.Fallback), "name a language that stands under text:")
	}
	a = bot.Announcement{Audience: f.Audience, Text: f.Text, Fallback: f.Fallback}
	if f.At != "" {
		if a.At, err = readTime(f.At, p.Org.Zone); err != nil {
			fault("at", err.Error(), "write at: 2026-12-01T09:00, by the clock of "+p.Org.Zone.String())
		} else if a.At.Before(now.Add(-time.Minute)) {
			fault("at", "the time "+f.At+" is past", "write a later one, or take the line out to send at once")
		}
	}
	return a, errors.Join(faults...)
}

// readTime reads a time of the clock on the wall.
func readTime(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}
