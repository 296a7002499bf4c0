package directory_test

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"porchlight/flows/directory"
)

var countries = []string{"GB", "IE", "US", "CA", "AU", "NZ", "DE", "FR", "ES", "IT", "PT", "NL", "BE", "SE", "PL", "AT", "CH", "UA", "TR", "IN", "GR"}

func ids(calls []directory.Call) []string {
	var ids []string
	for _, c := range calls {
		ids = append(ids, c.ID)
	}
	return ids
}

// Whatever the country, the crisis, the hour and the language, there is an
// emergency number and a line, and what nobody has read comes last.
func TestEveryCountryHasHelp(t *testing.T) {
	d := load(t)
	for _, country := range append(slices.Clone(countries), "DK", "BR", "AF", "", "nonsense") {
		for _, crisis := range []string{"suicide", "selfharm", "violence", "child", "medical", ""} {
			for hour := range 24 {
				at := time.Date(2026, 11, 22, hour, 30, 0, 0, time.UTC)
				help := d.Lines(country, crisis, at, "ar")
				if len(help.Emergency) == 0 || len(help.Lines) == 0 {
					t.Fatalf("%s, %s at %v: %v %v", country, crisis, at, ids(help.Emergency), ids(help.Lines))
				}
				if help.Known && help.Emergency[0].Phone == "" {
					t.Errorf("%s: the emergency number is missing", country)
				}
				if slices.Contains(countries, country) != help.Known && country != "DK" {
					t.Errorf("%s: known is %v", country, help.Known)
				}
				memory := false
				for _, c := range help.Lines {
					if memory && c.Verified.Evidence != directory.Memory {
						t.Errorf("%s, %s: %s comes after a line from memory", country, crisis, c.ID)
					}
					memory = c.Verified.Evidence == directory.Memory
					if c.State == directory.Verified {
						t.Errorf("%s is called verified", c.ID)
					}
				}
				if memory && len(help.Lines) == 1 {
					t.Errorf("%s, %s: only a line from memory", country, crisis)
				}
			}
		}
	}
}

func TestLines(t *testing.T) {
	d := load(t)
	night := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	tests := []struct {
		country, crisis, language string
		at                        time.Time
		want                      []string
	}{
		{"GB", "suicide", "en", night, []string{"gb-999", "gb-samaritans", "gb-shout", "gb-nhs111"}},
		{"GB", "suicide", "so", night, []string{"gb-999", "gb-nhs111", "gb-samaritans", "gb-shout"}}, // interpreters
		{"GB", "child", "en", night, []string{"gb-999", "gb-childline", "gb-samaritans", "gb-shout", "gb-nhs111"}},
		{"GB", "violence", "en", night, []string{"gb-999", "gb-domestic-abuse", "gb-samaritans", "gb-shout", "gb-nhs111"}},
		{"US", "medical", "en", night, []string{"us-911", "us-poison", "us-988", "us-ctl"}},
		{"US", "suicide", "es", night, []string{"us-911", "us-988", "us-ctl"}},
		{"IE", "suicide", "en", night, []string{"eu-112", "ie-samaritans", "ie-50808"}},
		{"BE", "suicide", "fr", night, []string{"eu-112", "be-cps", "be-1813"}}, // a pair
		{"CA", "suicide", "en", night, []string{"ca-911", "ca-988", "ca-khp"}},
		{"CH", "suicide", "en", night, []string{"eu-112", "ch-143", "ch-heart2heart"}},
		{"PT", "", "pt", night, []string{"eu-112", "pt-1411", "pt-sosvozamiga"}}, // one closed
		{"TR", "suicide", "tr", night, []string{"eu-112", "world-findahelpline", "tr-183"}},
		{"DK", "suicide", "en", night, []string{"eu-112", "world-findahelpline"}},
		{"BR", "suicide", "pt", night, []string{"world-emergency", "world-findahelpline"}},
	}
	for _, test := range tests {
		t.Run(test.country+" "+test.crisis+" "+test.language, func(t *testing.T) {
			help := d.Lines(test.country, test.crisis, test.at, test.language)
			if got := append(ids(help.Emergency), ids(help.Lines)...); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestFirstKeepsPairs(t *testing.T) {
	help := load(t).Lines("BE", "suicide", now, "nl")
	if got := ids(help.First(1)); !slices.Equal(got, []string{"be-1813", "be-cps"}) {
		t.Errorf("got %v: the pair is cut", got)
	}
	if got := help.First(0); len(got) != 0 {
		t.Errorf("first 0 has %v", ids(got))
	}
	if got := help.First(9); len(got) != len(help.Lines) {
		t.Errorf("first 9 has %v", ids(got))
	}
}

func TestHours(t *testing.T) {
	d := load(t)
	// Rome is an hour ahead of UTC in November, two in July.
	for moment, open := range map[string]bool{
		"2026-11-22T08:59:00Z": false, "2026-11-22T09:00:00Z": true, "2026-11-22T22:59:00Z": true, "2026-11-22T23:00:00Z": false,
		"2026-07-22T08:00:00Z": true, "2026-07-22T22:00:00Z": false,
	} {
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		line := d.Lines("IT", "suicide", at, "it").Lines[0]
		if line.Open != open || line.Opens.IsZero() {
			t.Errorf("at %s open is %v, opens %v", moment, line.Open, line.Opens)
		}
	}
}

func TestStaleIsShownAndSaid(t *testing.T) {
	d := load(t)
	later := now.AddDate(1, 0, 1)
	help := d.Lines("GB", "suicide", later, "en")
	if len(help.Lines) == 0 || help.Lines[0].State != directory.Stale || help.Emergency[0].State != directory.Stale {
		t.Errorf("a year later: %v", help.Lines)
	}
	if len(d.Faults(now)) != 0 || len(d.Faults(later)) == 0 {
		t.Error("stale lines are no fault, or fresh ones are")
	}
	verified := load(t, fstest.MapFS{"lines.yaml": {Data: []byte(
		"lines:\n  - {id: a, name: A, kind: crisis, crises: [any], countries: [GB], phone: 116 123, verified: {state: verified, by: Ada, on: 2026-11-20, source: asked them}}\n")}})
	if got := verified.Line("a").Verified.At(now); got != directory.Verified {
		t.Errorf("two days after it was asked: %s", got)
	}
}

// The organisations that people are told about by name are there.
func TestNamedOrganisations(t *testing.T) {
	d := load(t)
	for country, want := range map[string][]string{
		"GB": {"gb-samaritans", "gb-mind", "gb-nhs111"}, "US": {"us-nami", "us-hrsa"}, "AU": {"au-lifeline"}, "IE": {"ie-samaritans"},
	} {
		got := ids(d.Support(country, now))
		for _, id := range want {
			if !slices.Contains(got, id) {
				t.Errorf("%s lacks %s: %v", country, id, got)
			}
		}
	}
}

// Every line says where it comes from.
func TestLinesAreSourced(t *testing.T) {
	d := load(t)
	for _, country := range append(slices.Clone(countries), "*") {
		for _, c := range d.Support(country, now) {
			v := c.Verified
			if v.Source == "" || v.Evidence == "" || v.Recorded.String() < "2026-11-21" || v.State != directory.Unverified {
				t.Errorf("%s: %+v", c.ID, v)
			}
			if (v.Evidence == directory.Memory) != (v.Source == "none") {
				t.Errorf("%s: the evidence is %s, the source %s", c.ID, v.Evidence, v.Source)
			}
		}
	}
}
