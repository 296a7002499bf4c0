package flows

import (
	"reflect"
	"strings"
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
