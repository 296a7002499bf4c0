package check

import (
	"fmt"

	"porchlight/flows/triage"
	"porchlight/locales"
)

// Languages says of each language of a pack how far its texts and its words
// have come, one line a language, in the pack's order.
func Languages(c *locales.Catalog, words *triage.Reader, tags []string) []string {
	var out []string
	ids := c.IDs()
	for _, tag := range tags {
		l := c.Locale(tag)
		missing, lent, drafted, reviewed := 0, 0, 0, 0
		for _, id := range ids {
			switch {
			case !l.Has(id) && c.ForWorkers(id):
				lent++
			case !l.Has(id):
				missing++
			case l.State(id).State == locales.Reviewed:
				reviewed++
			default:
				drafted++
			}
		}
		understood := "none: a call for help is not understood"
		switch r := words.Review(tag); r.State {
		case locales.Drafted:
			understood = "drafted"
		case locales.Reviewed:
			understood = "reviewed by " + r.By + " on " + r.On
		}
		workers := ""
		if lent > 0 {
			workers = fmt.Sprintf(" (and %d that only workers see: these read them in a fallback)", lent)
		}
		out = append(out, fmt.Sprintf("%s (%s): %d texts, %d missing%s, %d drafted, %d reviewed by a named person; words %s",
			tag, l.English, len(ids), missing, workers, drafted, reviewed, understood))
	}
	return out
}
