package locales

import "time"

func gregorian(t time.Time) day {
	y, m, d := t.Date()
	return day{year: y, month: int(m), day: d}
}

// julian is the Julian day number that begins at noon of t's date.
func julian(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400) + 2440588
}

// persian is the day in the Solar Hijri calendar, by the 33-year cycle in which
// years 1, 5, 9, 13, 17, 22, 26 and 30 are leap. It is what Iran and
// Afghanistan use from 1900 to 2123; beyond, the astronomical calendar differs.
func persian(t time.Time) day {
	const epoch = 1948320 // Julian day of 1 Farvardin 1 in this cycle
	n := julian(t) - epoch
	cycle, n := n/12053, n%12053 // 33 years with 8 leap days
	year := 0
	for {
		length := 365
		if persianLeap(year + 1) {
			length = 366
		}
		if n < length {
			break
		}
		n -= length
		year++
	}
	year += cycle*33 + 1
	if n < 186 {
		return day{year: year, month: n/31 + 1, day: n%31 + 1}
	}
	n -= 186
	return day{year: year, month: n/30 + 7, day: n%30 + 1}
}

// persianLeap reports whether a year of the 33-year cycle, from 1, is leap.
func persianLeap(year int) bool { return (25*year+11)%33 < 8 }

// ethiopic is the day in the Ethiopic calendar, in the era of Mercy: twelve
// months of thirty days and a thirteenth of five, or six in a leap year.
func ethiopic(t time.Time) day {
	const epoch = 1724221 // Julian day of 1 Meskerem 1
	n := julian(t) - epoch
	year := (4*n + 1463) / 1461
	n -= 365*(year-1) + year/4
	return day{year: year, month: n/30 + 1, day: n%30 + 1}
}
