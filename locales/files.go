// Package locales holds what is said, one file a language, and how dates,
// numbers and direction are written in it.
package locales

import "embed"

// FS is the texts, words and examples of the built-in languages: <tag>.yaml,
// <tag>.words.yaml and <tag>.examples.tsv.
//
//go:embed *.yaml *.examples.tsv
var FS embed.FS

// datesJSON is how each language writes dates, times and numbers. It is made
// from the Unicode CLDR by `go run ./locales/gen`.
//
//go:embed dates.json
var datesJSON []byte
