package locales

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// namesJSON is what each language calls the others. It is made from the
// Unicode CLDR by `go run ./locales/gen`; where it says amended, names that the
// CLDR lacks or that mislead are our own drafts.
//
//go:embed names.json
var namesJSON []byte

// readNames gives the names of languages, by the language they are written in
// and by tag.
func readNames() (map[string]map[string]string, error) {
	var all map[string]struct {
		Names map[string]string `json:"names"`
	}
	if err := json.Unmarshal(namesJSON, &all); err != nil {
		return nil, fmt.Errorf("names.json: %w; make it again with go run ./locales/gen", err)
	}
	names := make(map[string]map[string]string, len(all))
	for tag, row := range all {
		names[tag] = row.Names
	}
	return names, nil
}
