package sms

import (
	"strings"
	"testing"
)

func TestZones(t *testing.T) {
	var book ZoneBook
	for number, want := range map[string]string{
		"+12125550123":  "America/New_York",
		"+442079460123": "Europe/London",
		"+61291234567":  "Australia/Sydney",
		"+999123":       "",
		"":              "",
	} {
		for range 2 { // the second time from memory
			var names []string
			for _, zone := range book.Zones(number) {
				names = append(names, zone.String())
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: %q, not %q", number, got, want)
			}
		}
	}
}

func BenchmarkZones(b *testing.B) {
	var book ZoneBook
	b.ReportAllocs()
	for b.Loop() {
		book.Zones("+447700900123")
	}
}
