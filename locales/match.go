package locales

import (
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// aliases are tags that networks and people use for a language of ours. What
// the rules of x/text make of them is often a wrong neighbour: prs and so
// become English, ku-Arab Persian, pa-PK Arabic. A target that is not loaded
// leads to the next of the list.
var aliases = map[string][]string{
	"prs": {"fa-AF"}, "haz": {"fa-AF"}, "fa-af": {"fa-AF"}, "aiq": {"fa-AF"}, "dari": {"fa-AF"},
	"pes": {"fa"}, "pus": {"ps"}, "pbt": {"ps"}, "pbu": {"ps"}, "pst": {"ps"},
	"arb": {"ar"}, "apc": {"ar"}, "ajp": {"ar"}, "acm": {"ar"}, "ary": {"ar"}, "arz": {"ar"}, "apd": {"ar"}, "ars": {"ar"}, "aeb": {"ar"}, "arq": {"ar"}, "ayl": {"ar"},
	"kmr": {"ku"}, "kur": {"ku"}, "ku-latn": {"ku"}, "ku-arab": {"ckb"}, "ku-iq": {"ckb"}, "ku-ir": {"ckb"}, "sorani": {"ckb"}, "kurmanji": {"ku"}, "badini": {"ku"},
	"zh": {"zh-Hans"}, "cmn": {"zh-Hans"}, "zho": {"zh-Hans"}, "chi": {"zh-Hans"}, "yue": {"zh-Hant"}, "nan": {"zh-Hant"}, "cantonese": {"zh-Hant"}, "mandarin": {"zh-Hans"},
	"tl": {"fil"}, "tgl": {"fil"}, "tagalog": {"fil"},
	"mo": {"ro"}, "ro-md": {"ro"}, "moldovan": {"ro"},
	"swc": {"sw"}, "swh": {"sw"}, "hat": {"ht"}, "kreyol": {"ht"}, "creole": {"ht"},
	"gaz": {"om"}, "hae": {"om"}, "orc": {"om"}, "als": {"sq"}, "aln": {"sq"}, "npi": {"ne"},
	"burmese": {"my"}, "farsi": {"fa", "fa-AF"}, "panjabi": {"pa"}, "bangla": {"bn"}, "oromiffa": {"om"},
}

// Match finds the language of ours that a tag or a name means: any BCP 47 tag,
// a Telegram language_code, a POSIX locale, or the language's name in itself,
// in English or in another language of ours, in any case and with or without
// its accents. It never answers with a neighbour: a language and a script that
// we do not have is false, and nothing becomes English but English.
func (c *Catalog) Match(tag string) (string, bool) {
	if c.locales[tag] != nil {
		return tag, true
	}
	key := fold(tag)
	if key == "" {
		return "", false
	}
	if found := c.spoken[key]; found != "" {
		return found, true
	}
	key, _, _ = strings.Cut(key, ".") // so_SO.UTF-8
	key, _, _ = strings.Cut(key, "@")
	key = strings.ReplaceAll(key, "_", "-")
	for part := key; part != ""; {
		if found := c.spoken[part]; found != "" && c.sameWriting(key, found) {
			return found, true
		}
		i := strings.LastIndexByte(part, '-')
		if i < 0 {
			break
		}
		part = part[:i]
	}
	want, err := language.Parse(key)
	if err != nil || want == language.Und {
		return "", false
	}
	// The matcher may only choose among varieties of the same language in the
	// same script, and only when it is sure.
	var same []language.Tag
	for _, tag := range c.tags {
		if t := language.Make(tag); sameLanguage(want, t) {
			same = append(same, t)
		}
	}
	if len(same) == 0 {
		return "", false
	}
	_, i, confidence := language.NewMatcher(same).Match(want)
	if confidence < language.High {
		return "", false
	}
	return same[i].String(), true
}

// sameWriting reports whether a longer tag than the one that was found is
// still written in the same script: pa-PK is not pa.
func (c *Catalog) sameWriting(key, found string) bool {
	want, err := language.Parse(key)
	if err != nil {
		return false
	}
	a, _ := want.Script()
	b, _ := language.Make(found).Script()
	base, _ := want.Base()
	own, _ := language.Make(found).Base()
	return a == b || base != own // an alias has said already what is right
}

func sameLanguage(a, b language.Tag) bool {
	baseA, sure := a.Base()
	baseB, _ := b.Base()
	scriptA, _ := a.Script()
	scriptB, _ := b.Script()
	return sure >= language.High && baseA == baseB && scriptA == scriptB
}

// learnNames collects what our languages are called. A tag goes before an
// alias, an alias before a name; a name that two languages share means neither.
func (c *Catalog) learnNames() {
	c.spoken = map[string]string{}
	for _, tag := range c.tags {
		c.spoken[fold(tag)] = tag
	}
	for alias, targets := range aliases {
		for _, tag := range targets {
			if c.spoken[alias] == "" && c.locales[tag] != nil {
				c.spoken[alias] = tag
			}
		}
	}
	c.learn(func(l *Locale, say func(name, tag string)) { say(l.Name, l.Tag); say(l.English, l.Tag) })
	c.learn(func(l *Locale, say func(name, tag string)) {
		for tag, name := range l.names {
			say(name, tag)
		}
	})
}

// learn adds names that are not known yet and that mean one language alone.
func (c *Catalog) learn(each func(l *Locale, say func(name, tag string))) {
	found := map[string]string{}
	for _, tag := range c.tags {
		each(c.locales[tag], func(name, tag string) {
			key := fold(name)
			switch {
			case key == "" || c.spoken[key] != "" || c.locales[tag] == nil:
			case found[key] == "" || found[key] == tag:
				found[key] = tag
			default:
				found[key] = "?"
			}
		})
	}
	for key, tag := range found {
		if tag != "?" {
			c.spoken[key] = tag
		}
	}
}

// fold makes names comparable: without case, accents and marks of direction.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(strings.TrimSpace(s))) {
		switch {
		case r >= 0x300 && r <= 0x36f: // combining accents
		case r == 'ı': // Turkish, as typed on a plain phone
			b.WriteByte('i')
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d': // direction; joiners are letters
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
