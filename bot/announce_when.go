package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"porchlight/flows/triage"
)

// whenForm is a day, where one is named, and a time of day.
var whenForm = regexp.MustCompile(`^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})([./])(\d{1,2})(?:[./](\d{4})?)?)?[\s,T]*(\d{1,2})[:.](\d{2})$`)

// readWhen reads a day and a time, such as 2026-11-25 18:30, 25.11. 18:30 or
// 18:30, on the clock of now, in the digits of any script. What names no day
// or no year is the next such time. monthFirst reads 11/25 as in America.
func readWhen(text string, now time.Time, monthFirst bool) (at time.Time, ok bool) {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, triage.Digits(text))
	m := whenForm.FindStringSubmatch(strings.TrimSpace(plain))
	if m == nil {
		return time.Time{}, false
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	hour, minute := number(m[8]), number(m[9])
	if hour > 23 || minute > 59 {
		return time.Time{}, false
	}
	year, month, day := now.Date()
	on := func() time.Time { return time.Date(year, month, day, hour, minute, 0, 0, now.Location()) }
	switch {
	case m[1] != "":
		year, month, day = number(m[1]), time.Month(number(m[2])), number(m[3])
	case m[4] != "":
		day, month = number(m[4]), time.Month(number(m[6]))
		if monthFirst && m[5] == "/" {
			day, month = number(m[6]), time.Month(number(m[4]))
		}
		if m[7] != "" {
			year = number(m[7])
		} else if !on().After(now) {
			year++
		}
	default:
		if !on().After(now) {
			day++
		}
		return on(), true
	}
	if at = time.Date(year, month, day, 0, 0, 0, 0, time.UTC); at.Day() != day || at.Month() != month {
		return time.Time{}, false // there is no such day
	}
	return on(), true
}
