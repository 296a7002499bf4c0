package flows

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"porchlight/locales"
)

// keys lists the YAML words that a struct understands.
func keys(v any) map[string]bool {
	t := reflect.TypeOf(v).Elem()
	out := map[string]bool{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			out[name] = true
		}
	}
	return out
}

// unknownWord finds the first word of a flow file that nobody understands: a
// misspelt one must never be silently without effect.
func unknownWord(root *yaml.Node, f *Flow) *locales.Fault {
	if len(root.Content) == 0 {
		return nil
	}
	if fault := wordsOf(root.Content[0], f); fault != nil {
		return fault
	}
	for _, state := range values(child(root.Content[0], "states")) {
		if fault := wordsOf(state, &State{}); fault != nil {
			return fault
		}
		if skip := child(state, "skip"); skip != nil {
			if fault := wordsOf(skip, &Skip{}); fault != nil {
				return fault
			}
		}
		choices := follow(child(state, "choices"))
		if choices == nil {
			continue
		}
		for _, option := range choices.Content {
			if fault := wordsOf(option, &Option{}); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// wordsOf compares the keys of a mapping with those of a struct.
func wordsOf(n *yaml.Node, v any) *locales.Fault {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	known := keys(v)
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; !known[k.Value] {
			return &locales.Fault{Line: k.Line, Wrong: fmt.Sprintf("unknown word %q", k.Value),
				Mend: "use one of " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")}
		}
	}
	return nil
}

// follow leads from an alias to what it stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func child(n *yaml.Node, key string) *yaml.Node {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func values(n *yaml.Node) (out []*yaml.Node) {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 1; i < len(n.Content); i += 2 {
		out = append(out, n.Content[i])
	}
	return out
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// unreadable is what a YAML reader says, as a fault with its line.
func unreadable(file string, err error) *locales.Fault {
	fault := &locales.Fault{File: file, Wrong: strings.Join(strings.Fields(err.Error()), " "), Mend: "write it as docs/flows.md shows"}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		fault.Line, _ = strconv.Atoi(m[1])
	}
	return fault
}
