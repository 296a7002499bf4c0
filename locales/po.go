package locales

import (
	"bytes"
	"fmt"
	"strings"
)

// poEntry is one message of a gettext PO file, as far as translators of this
// project need it: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
type poEntry struct {
	line    int      // of msgid
	notes   []string // "# ", by and for translators
	hints   []string // "#.", from the program
	fuzzy   bool
	context string // the text's id
	id      string // the English
	plural  string // the English for many; empty: not counted
	strs    []string
}

// writePO writes a header and entries.
func writePO(header [][2]string, entries []*poEntry) []byte {
	var b bytes.Buffer
	b.WriteString("msgid \"\"\nmsgstr \"\"\n")
	for _, h := range header {
		fmt.Fprintf(&b, "%s\n", poQuote(h[0]+": "+h[1]+"\n"))
	}
	for _, e := range entries {
		b.WriteByte('\n')
		for _, n := range e.notes {
			fmt.Fprintf(&b, "# %s\n", n)
		}
		for _, h := range e.hints {
			fmt.Fprintf(&b, "#. %s\n", h)
		}
		if e.fuzzy {
			b.WriteString("#, fuzzy\n")
		}
		fmt.Fprintf(&b, "msgctxt %s\nmsgid %s\n", poQuote(e.context), poQuote(e.id))
		if e.plural == "" {
			fmt.Fprintf(&b, "msgstr %s\n", poQuote(e.strs[0]))
			continue
		}
		fmt.Fprintf(&b, "msgid_plural %s\n", poQuote(e.plural))
		for i, s := range e.strs {
			fmt.Fprintf(&b, "msgstr[%d] %s\n", i, poQuote(s))
		}
	}
	return b.Bytes()
}

func poQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s) + `"`
}

// poUnquote reads what stands between the quotes of a line.
func poUnquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	var b strings.Builder
	for s = s[1 : len(s)-1]; s != ""; s = s[1:] {
		if s[0] == '"' {
			return "", false
		}
		if s[0] != '\\' {
			b.WriteByte(s[0])
			continue
		}
		if s = s[1:]; s == "" {
			return "", false
		}
		switch s[0] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '"', '\\':
			b.WriteByte(s[0])
		default:
			return "", false
		}
	}
	return b.String(), true
}

// readPO reads a PO file: its header by name, and its entries. Obsolete
// entries (#~) are left out.
func readPO(name string, data []byte) (map[string]string, []*poEntry, *Fault) {
	header := map[string]string{}
	var entries []*poEntry
	e, target := &poEntry{}, (*string)(nil)
	flush := func() {
		if e.line == 0 {
			return
		}
		if e.id == "" && e.context == "" && len(e.strs) > 0 {
			for _, l := range strings.Split(e.strs[0], "\n") {
				if key, value, ok := strings.Cut(l, ":"); ok {
					header[strings.TrimSpace(key)] = strings.TrimSpace(value)
				}
			}
		} else {
			entries = append(entries, e)
		}
		e, target = &poEntry{}, nil
	}
	for i, l := range strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n") {
		l = strings.TrimSpace(strings.TrimPrefix(l, "\ufeff"))
		key, rest, _ := strings.Cut(l, " ")
		if strings.HasPrefix(l, "#") && len(e.strs) > 0 || key == "msgctxt" || key == "msgid" && len(e.strs) > 0 {
			if len(e.strs) > 0 {
				flush()
			}
		}
		switch {
		case l == "":
			flush()
			continue
		case strings.HasPrefix(l, "#,"):
			e.fuzzy = e.fuzzy || strings.Contains(l, "fuzzy")
			continue
		case key == "#":
			e.notes = append(e.notes, rest)
			continue
		case strings.HasPrefix(l, "#"):
			continue
		case strings.HasPrefix(l, `"`):
			rest = l
		case key == "msgctxt":
			target = &e.context
		case key == "msgid":
			target, e.line = &e.id, i+1
		case key == "msgid_plural":
			target = &e.plural
		case key == "msgstr" || key == fmt.Sprintf("msgstr[%d]", len(e.strs)):
			e.strs = append(e.strs, "")
			target = &e.strs[len(e.strs)-1]
		default:
			target = nil
		}
		s, ok := poUnquote(rest)
		if !ok || target == nil {
			return nil, nil, &Fault{name, i + 1, "this is not a line of a PO file", "save it again from the program that you translate with"}
		}
		*target += s
	}
	flush()
	return header, entries, nil
}

// poPlurals are the ways to count of gettext that agree with those of the
// CLDR, for whole numbers: n is the number, the outcome a place among the
// forms that the language uses.
var poPlurals = []struct {
	formula string
	place   func(n int) int
}{
	{"0", func(int) int { return 0 }},
	{"n != 1", func(n int) int { return truth(n != 1) }},
	{"n > 1", func(n int) int { return truth(n > 1) }},
	{"n != 1 && n != 2 && n != 3 && (n % 10 == 4 || n % 10 == 6 || n % 10 == 9)", func(n int) int {
		return truth(n != 1 && n != 2 && n != 3 && (n%10 == 4 || n%10 == 6 || n%10 == 9))
	}},
	{"n == 1 ? 0 : n == 0 || n % 100 >= 1 && n % 100 <= 19 ? 1 : 2", func(n int) int {
		return first(n == 1, n == 0 || n%100 >= 1 && n%100 <= 19)
	}},
	{"n % 10 == 1 && n % 100 != 11 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2", func(n int) int {
		return first(n%10 == 1 && n%100 != 11, n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14))
	}},
	{"n == 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2", func(n int) int {
		return first(n == 1, n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14))
	}},
	{"n == 0 ? 0 : n == 1 ? 1 : n == 2 ? 2 : n % 100 >= 3 && n % 100 <= 10 ? 3 : n % 100 >= 11 ? 4 : 5", func(n int) int {
		return first(n == 0, n == 1, n == 2, n%100 >= 3 && n%100 <= 10, n%100 >= 11)
	}},
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// first is the place of the first that is true, or the number of them.
func first(conditions ...bool) int {
	for i, c := range conditions {
		if c {
			return i
		}
	}
	return len(conditions)
}

// poForms is the header Plural-Forms of a language; empty: no formula of ours
// counts as it does.
func (p *plurals) poForms() string {
candidates:
	for _, c := range poPlurals {
		for n := range p.small {
			if i := c.place(n); i >= len(p.used) || p.used[i] != p.small[n] {
				continue candidates
			}
		}
		return fmt.Sprintf("nplurals=%d; plural=(%s);", len(p.used), c.formula)
	}
	return ""
}
