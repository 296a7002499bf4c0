package main

import (
	"strings"
	"testing"
	"time"

	"porchlight/flows/pack"
)

func TestReadAnnouncement(t *testing.T) {
	p, err := pack.Open("")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"text: {en: hello}\naudience:\n  languages: [xx]\n", `:3: the organisation has no language "xx"; use en, es`},
		{"text: {en: hello}\naudience:\n  channels: [pigeon]\n", `:3: the organisation has no channel "pigeon"`},
		{"text: {en: hello}\naudience:\n  areas: [nowhere]\n", `:3: the organisation has no area "nowhere"`},
		{"text: {en: hello}\naudience:\n  topics: [nothing]\n", `:3: the organisation has no topic "nothing"`},
		{"text:\n  en: hello\n  de: hallo\n", `:3: nobody is written to in "de"`},
		{"text:\n  en: ' '\n", `:2: the text in "en" is empty`},
		{"audience: {}\n", "there is no text"},
		{"text: {en: hello}\nfallback: ar\n", `:2: the fallback is "ar"`},
		{"text: {en: hello}\nat: soon\n", `:2: "soon" is no time`},
		{"text: {en: hello}\nat: 2026-11-22T11:58\n", ":2: the time 2026-11-22T11:58 is past"},
		{"text: {en: hello}\nsubject: news\n", "subject"},
		{"text: [en, hello]\n", "announcement.yaml"},
		{"", "announcement.yaml"},
	} {
		if _, err := readAnnouncement(announce(t, c.text), p, now); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngives %v, not %s", c.text, err, c.want)
		}
	}
	a, err := readAnnouncement(announce(t, "audience:\n  languages: [ar, en]\n  channels: [sms]\n  topics: [news]\ntext:\n  en: hello\nfallback: en\nat: 2027-06-01T09:00\n"), p, now)
	if err != nil {
		t.Fatal(err)
	}
	if a.At.UTC().Format(time.RFC3339) != "2027-06-01T08:00:00Z" || a.Fallback != "en" || a.Text["en"] != "hello" || len(a.Audience.Languages) != 2 {
		t.Errorf("%+v", a)
	}
}
