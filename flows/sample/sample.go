// Package sample is the pack of an invented organisation, Riverside Welcome,
// so that everything can be seen working and copied.
package sample

import "embed"

// FS is the pack's folder.
//
//go:embed *.yaml conversations
var FS embed.FS
