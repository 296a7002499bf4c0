package locales

import "strconv"

// Number writes n in the language's own digits, with its thousands apart.
// It is for counts: phone numbers, short codes and the keys of choices are
// always ASCII, since they are typed.
func (l *Locale) Number(n int) string { return string(l.appendNumber(nil, n)) }

func (l *Locale) appendNumber(b []byte, n int) []byte {
	var ascii [32]byte
	s := strconv.AppendInt(ascii[:0], int64(n), 10)
	if s[0] == '-' {
		b, s = append(b, '-'), s[1:]
	}
	return l.writes.appendDigits(b, s, true)
}

// appendDigits writes ASCII digits in the language's own.
func (w *writing) appendDigits(b, s []byte, grouped bool) []byte {
	group := w.Group
	if !grouped || len(s) < 4 || len(s) < 3+w.MinGroup {
		group = ""
	}
	for i, c := range s {
		if left := len(s) - i; i > 0 && group != "" && (left == 3 || left > 3 && (left-3)%w.second() == 0) {
			b = append(b, group...)
		}
		if len(w.digits) == 0 {
			b = append(b, c)
			continue
		}
		b = append(b, string(w.digits[c-'0'])...)
	}
	return b
}

// second is how many digits each group beyond the thousands has.
func (w *writing) second() int {
	if w.Lakh {
		return 2
	}
	return 3
}
