package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// spelt are the languages whose names are written besides those of dates.json.
var spelt = strings.Fields("rhg-Latn")

// amendments are names that the CLDR lacks or that mislead, by the language
// they are written in. Each is a draft that no speaker has read.
var amendments = map[string]struct {
	why   string
	names string // tag=name, separated by |
}{
	"en": {"the names that people use of themselves; the CLDR's Kurdish and Central Kurdish leave in doubt which is whose",
		"bn=Bengali|ckb=Kurdish (Sorani)"},
	"so": {"the CLDR has Farsi for Dari, the country for Bengali, and English words",
		"fa-AF=Dari|bn=Bangaali|tr=Turki|my=Burmiis|ckb=Kurdi (Soraani)|ku=Kurdi (Kurmanji)|zh-Hans=Shiinees (la fududeeyay)|zh-Hant=Shiinees (dhaqameed)"},
	"ht": {"the CLDR has a copy of the French names",
		"en=angle|es=panyòl|fr=franse|pt=pòtigè|ar=arab|fa=pèsan|fa-AF=dari|ps=pachto|uk=ikrenyen|ru=ris|so=somali|sw=swahili|am=amarik|ti=tigrinya|vi=vyetnamyen|" +
			"zh-Hans=chinwa senplifye|zh-Hant=chinwa tradisyonèl|tr=tik|ur=oudou|hi=endi|bn=bengali|pa=pendjabi|pl=polonè|ro=women|ht=kreyòl|fil=filipino|ku=kid (kurmanji)|ckb=kid (sorani)|" +
			"my=biman|ne=nepalè|sq=albanè|rw=kinyarwanda|ln=lingala|ko=koreyen|om=owomo|rhg-Latn=rohingya"},
	"ps":      {"the country adds nothing", "fa-AF=دري"},
	"sw":      {"the CLDR says Persian of Afghanistan for Dari", "fa-AF=Kidari"},
	"zh-Hant": {"the CLDR has no Dari", "fa-AF=達利文"},
	"ckb":     {"the CLDR has no Dari, and the country for two languages", "fa-AF=دەری|bn=بەنگالی|my=بۆرمی|ku=کوردی (کورمانجی)|ckb=کوردی (سۆرانی)"},
	"rw":      {"the CLDR lacks them", "fa-AF=Ikidari|zh-Hans=Igishinwa (cyoroheje)|zh-Hant=Igishinwa (gakondo)|ckb=Igikurude (Sorani)|ku=Igikurude (Kurmanji)|my=Ikibirimani|om=Icyoromo|ht=Igikerewole cya Hayiti"},
	"om":      {"the CLDR lacks them", "so=Afaan Somaalee|fa-AF=Afaan Daarii|ps=Afaan Pashtoo|om=Afaan Oromoo|ar=Afaan Arabaa|sw=Afaan Swaahilii|ti=Afaan Tigraay|am=Afaan Amaaraa"},
}

// nameTable gives the name of every language in every language, as far as the
// CLDR or an amendment has it, and why a language is amended.
func nameTable(root string) (names map[string]map[string]string, amended map[string]string, err error) {
	names, amended = map[string]map[string]string{}, map[string]string{}
	var tags []string
	for _, l := range append(slices.Clone(languages), spelt...) {
		tag, _, _ := strings.Cut(l, "=")
		tags = append(tags, tag)
	}
	for _, l := range append(slices.Clone(languages), spelt...) {
		in, source, ok := strings.Cut(l, "=")
		if !ok {
			source = in
		}
		row := map[string]string{}
		var known, scripts map[string]string
		if in != "rhg-Latn" { // the CLDR has Rohingya in Hanifi letters only
			if err := load(&known, root, "cldr-localenames-full/main", source, "languages.json", "main", source, "localeDisplayNames", "languages"); err != nil {
				return nil, nil, err
			}
			if err := load(&scripts, root, "cldr-localenames-full/main", source, "scripts.json", "main", source, "localeDisplayNames", "scripts"); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, err
			}
		}
		for _, tag := range tags {
			if n := nameOf(tag, known, scripts); n != "" {
				row[tag] = plain(n)
			}
		}
		if a, ok := amendments[in]; ok {
			amended[in] = a.why
			for _, pair := range strings.Split(a.names, "|") {
				tag, name, _ := strings.Cut(pair, "=")
				row[tag] = name
			}
		}
		names[in] = row
	}
	return names, amended, nil
}

// nameOf is the CLDR's name of a language of ours; empty: it has none.
func nameOf(tag string, known, scripts map[string]string) string {
	base, script, _ := strings.Cut(tag, "-")
	switch kurmanji := known["ku-menu-extension"]; {
	case tag == "ku" && kurmanji != "" && kurmanji != known["ku-menu-core"] && !strings.Contains(known["ku"], kurmanji):
		return known["ku"] + " (" + kurmanji + ")" // beside Sorani, Kurdish alone leaves in doubt
	case tag == "rhg-Latn":
		return known["rhg"]
	case known[tag] != "":
		return known[tag]
	case base == "zh" && known["zh"] != "" && scripts[script] != "":
		return known["zh"] + " (" + scripts[script] + ")"
	}
	return ""
}

// writeNames writes names.json: one language a line, so that a change shows
// which language it touches.
func writeNames(root, path string) error {
	names, amended, err := nameTable(root)
	if err != nil {
		return err
	}
	type entry struct {
		Names   map[string]string `json:"names"`
		Amended string            `json:"amended,omitempty"`
	}
	var all lines
	for _, in := range slices.Sorted(maps.Keys(names)) {
		if err := all.add(in, entry{names[in], amended[in]}); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Clean(path), all.bytes(), 0o644)
}

// lines is a JSON object with one key a line.
type lines struct{ b []byte }

func (l *lines) add(key string, value any) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	if l.b == nil {
		l.b = append(l.b, '{')
	} else {
		l.b = append(l.b, ',')
	}
	l.b = append(l.b, "\n\""+key+"\": "+strings.TrimSuffix(text.String(), "\n")...)
	return nil
}

func (l *lines) bytes() []byte { return append(l.b, "\n}\n"...) }
