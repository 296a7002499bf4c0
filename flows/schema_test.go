package flows_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"porchlight/flows"
)

// The pages that describe flow files.
const (
	schemaFile = "../docs/flow.schema.json"
	wordsFile  = "../docs/flows.md"
)

// schema compiles docs/flow.schema.json, which editors use.
func schema(t *testing.T) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("flow.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("flow.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled, doc.(map[string]any)
}

// read gives a YAML document as the validator wants it: as JSON would be.
func read(t *testing.T, text []byte) any {
	t.Helper()
	var content any
	if err := yaml.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSchemaTakesEveryFlow(t *testing.T) {
	compiled, _ := schema(t)
	files, err := fs.Glob(flows.FS, "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no flows", err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(flows.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(read(t, text)); err != nil {
			t.Errorf("flows/%s: %v", file, err)
		}
	}
}

// TestSchemaTakesTheExamples: what docs/flows.md shows can be copied.
func TestSchemaTakesTheExamples(t *testing.T) {
	compiled, _ := schema(t)
	page, err := os.ReadFile(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, block := range strings.Split(string(page), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(text, "flow:") {
			continue // words of a locale, or of one state
		}
		examples++
		if err := compiled.Validate(read(t, []byte(text))); err != nil {
			t.Errorf("%s: %s\n%v", wordsFile, text, err)
		}
	}
	if examples < 4 {
		t.Errorf("%s has %d flows as examples", wordsFile, examples)
	}
}

func TestSchemaRefuses(t *testing.T) {
	compiled, _ := schema(t)
	for name, state := range map[string]string{
		"a misspelt word":             "{sya: a.b}",
		"nothing said":                "{stay: true}",
		"a list that leads nowhere":   "{say: a.b, list: needs}",
		"an unknown list":             "{say: a.b, list: cats, go: x}",
		"an unknown action":           "{say: a.b, do: [dance]}",
		"an unknown condition":        "{say: a.b, skip: {when: raining, go: x}}",
		"a question without a remedy": "{say: a.b, ask: place, go: x}",
		"a choice without words":      "{say: a.b, choices: [{id: x, go: x}]}",
		"a choice with two keys":      "{say: a.b, choices: [{id: x, label: a.b, go: x, key: '0', word: menu}]}",
		"words instead of an id":      "{say: How are you today?}",
	} {
		text := "flow: x\nstart: x\nstates:\n  x: " + state
		if compiled.Validate(read(t, []byte(text))) == nil {
			t.Errorf("%s: the schema takes %s", name, state)
		}
	}
}

// TestSchemaKnowsEveryWord: the schema's words are those that the program
// understands, and docs/flows.md explains each.
func TestSchemaKnowsEveryWord(t *testing.T) {
	_, doc := schema(t)
	at := func(path ...string) map[string]any {
		here := doc
		for _, key := range path {
			next, ok := here[key].(map[string]any)
			if !ok {
				t.Fatalf("%s has no %s", schemaFile, strings.Join(path, "."))
			}
			here = next
		}
		return here
	}
	page, err := os.ReadFile(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]map[string]any{
		"ask":  at("$defs", "state", "properties", "ask"),
		"card": at("$defs", "state", "properties", "card"),
		"do":   at("$defs", "state", "properties", "do", "items"),
		"list": at("$defs", "state", "properties", "list"),
		"pick": at("$defs", "state", "properties", "pick"),
		"when": at("$defs", "when"),
	}
	for key, understood := range flows.Vocabulary() {
		var listed []string
		for _, word := range places[key]["enum"].([]any) {
			listed = append(listed, word.(string))
		}
		slices.Sort(listed)
		if !slices.Equal(listed, understood) {
			t.Errorf("%s lists for %s:\n%q, the program understands\n%q", schemaFile, key, listed, understood)
		}
		for _, word := range understood {
			if !strings.Contains(string(page), "`"+word+"`") {
				t.Errorf("%s does not explain `%s` of %s:", wordsFile, word, key)
			}
		}
	}
	for _, def := range []string{"state", "choice"} {
		for key := range at("$defs", def, "properties") {
			if !strings.Contains(string(page), "`"+key+":`") {
				t.Errorf("%s does not explain `%s:`", wordsFile, key)
			}
		}
	}
}
