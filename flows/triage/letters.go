package triage

import "unicode"

// lighten keeps the letters of a text in lower case, with one space between
// words and at both ends.
func lighten(dst []rune, text string) []rune {
	if len(dst) == 0 {
		dst = append(dst, ' ')
	}
	run := 0
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z':
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r < 0x80:
			if r == '\'' {
				continue
			}
			r = ' '
		case isDroppedMark(r):
			continue
		case unicode.IsLetter(r) || unicode.IsMark(r):
			r = unicode.ToLower(r)
		default:
			r = ' '
		}
		n := len(dst)
		switch {
		case dst[n-1] != r:
			run = 1
		case r == ' ':
			continue
		default:
			run++
		}
		switch {
		case run < 3:
			dst = append(dst, r)
		case run == 3: // no language writes a letter three times: it is stretched
			dst = dst[:n-1]
		}
	}
	if dst[len(dst)-1] != ' ' {
		dst = append(dst, ' ')
	}
	return dst
}

// groups calls do with each letter and each group of two and three, spaces at
// the ends of words included.
func groups(light []rune, do func(gram uint64, n int)) {
	for i, r := range light {
		c := uint64(r)
		if r != ' ' {
			do(c, 1)
		}
		if i >= 1 {
			do(uint64(light[i-1])<<21|c, 2)
		}
		if i >= 2 && light[i-1] != ' ' {
			do(uint64(light[i-2])<<42|uint64(light[i-1])<<21|c, 3)
		}
	}
}
