package triage

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// match gives the offered tag that a BCP 47 tag means, or empty.
func (g *guesser) match(tag string) string {
	switch {
	case tag == "":
		return ""
	case slices.Contains(g.Tags, tag):
		return tag
	}
	if known := g.Names[strings.ToLower(tag)]; slices.Contains(g.Tags, known) {
		return known
	}
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if known := g.Names[base]; slices.Contains(g.Tags, known) {
		return known
	}
	for _, t := range g.Tags {
		if b, _, _ := strings.Cut(t, "-"); b == base {
			return t
		}
	}
	return ""
}

// countries gives the offered language that is likeliest in each country, by
// CLDR's likely subtags.
func countries(tags []string) map[string]string {
	out := map[string]string{}
	type key struct{ base, script string }
	offered := map[key]string{}
	for _, tag := range tags {
		b, s, _ := language.Make(tag).Raw()
		if s.String() == "Zzzz" {
			s, _ = language.Make(tag).Script()
		}
		if _, taken := offered[key{b.String(), s.String()}]; !taken {
			offered[key{b.String(), s.String()}] = tag
		}
	}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			region, err := language.ParseRegion(string([]rune{a, b}))
			if err != nil || !region.IsCountry() {
				continue
			}
			tag, err := language.Compose(language.Und, region)
			if err != nil {
				continue
			}
			base, _ := tag.Base()
			script, _ := tag.Script()
			if t, ok := offered[key{base.String(), script.String()}]; ok {
				out[region.String()] = t
			}
		}
	}
	return out
}
