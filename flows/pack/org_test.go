package pack

import (
	"strings"
	"testing"
	"testing/fstest"
)

const soundOrg = "name: Hillside\ncountry: GB\ntimezone: Europe/London\nlanguages: [en]\n"

func TestOrgFaults(t *testing.T) {
	worker := func(name, reach, role string) string {
		return "  - {name: " + name + ", " + reach + ", roles: [" + role + "], languages: [en]}\n"
	}
	two := "workers:\n" + worker("Olga", "telegram: '1'", "outreach") + worker("Coco", "telegram: '2'", "coordinator")
	for _, c := range []struct{ more, want string }{
		{"", ""},
		{"approval: two\n" + two, ""},
		{"approval: three\n", `org.yaml:5: approval "three" is unknown`},
		{"approval: two\nworkers:\n" + worker("Olga", "telegram: '1'", "outreach"), "org.yaml:5: approval: two, and fewer than two workers"},
		{"approval: two\nworkers:\n" + worker("Olga", "telegram: '1'", "outreach") + worker("Orla", "sms: '+447700900455'", "outreach"), "fewer than two workers"},
		{"topics: [{id: housing, name: Housing}]\n", ""},
		{"topics: [{id: housing, name: Housing}, {id: housing, name: Again}]\n", `org.yaml:5: topic "housing" cannot be told from others`},
		{"topics: [{id: news, name: News}]\n", `topic "news" cannot be told`},
		{"topics: [{id: 'Two words', name: X}]\n", `topic "Two words" cannot be told`},
		{"sms: {prices: {currency: GBP, segment: {GB: 0.04}}}\n", ""},
		{"sms:\n  prices:\n    segment: {GB: 0.04}\n", `the currency "" of the prices`},
		{"sms:\n  prices:\n    currency: GBP\n    segment: {Britain: 0.04}\n", `org.yaml:8: the price of "Britain"`},
		{"sms: {quiet_hours: 21-8}\n", "quiet_hours"},
		{"rates: {sms_per_second: 0}\n", "below 1 a second"},
		{"handoff: {offer_seconds: 60, escalate_seconds: 30}\n", "do not grow"},
	} {
		_, err := Load(fstest.MapFS{"org.yaml": {Data: []byte(soundOrg + c.more)}})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.more, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, not %s", c.more, err, c.want)
		}
	}
}
