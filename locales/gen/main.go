// Command gen writes dates.json, how each language writes dates, times and
// numbers, and names.json, what each language calls the others. Their source
// is the Unicode CLDR, as published on npm:
//
//	mkdir /tmp/cldr && cd /tmp/cldr && npm install --legacy-peer-deps \
//	  cldr-core@48.2.0 cldr-dates-full@48.2.0 cldr-numbers-full@48.2.0 \
//	  cldr-localenames-full@48.2.0 \
//	  cldr-cal-persian-full@46.1.0 cldr-cal-ethiopic-full@46.1.0
//	go run ./locales/gen -cldr /tmp/cldr/node_modules -o locales/dates.json
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// languages are ours and the CLDR's name for them, where it differs: English
// that a migrant meets is written day first, as in en-GB.
var languages = strings.Fields(`en=en-GB es fr pt ar fa fa-AF ps uk ru so sw am ti vi zh-Hans
	zh-Hant tr ur hi bn pa pl ro ht fil ku ckb my ne sq rw ln ko om`)

// calendars are those that people use beside the Gregorian.
var calendars = map[string]string{
	"fa": "persian", "fa-AF": "persian", "ps": "persian",
	"am": "ethiopic", "ti": "ethiopic", "om": "ethiopic",
}

// period is a part of the day and the hour it begins.
type period struct {
	From int    `json:"from"`
	Name string `json:"name"`
}

// writing is one language's entry; locales.writing reads it.
type writing struct {
	Days       []string `json:"days"`
	LongDays   []string `json:"longdays"`
	Months     []string `json:"months"`
	LongMonths []string `json:"longmonths"`
	Date       string   `json:"date"`
	Long       string   `json:"long"`
	Clock      string   `json:"clock"`
	Parts      []period `json:"parts,omitempty"`
	Digits     string   `json:"digits,omitempty"`
	Group      string   `json:"group"`
	MinGroup   int      `json:"mingroup"`
	Lakh       bool     `json:"lakh,omitempty"`
	Calendar   string   `json:"calendar,omitempty"`
	OwnMonths  []string `json:"ownmonths,omitempty"`
	Own        string   `json:"own,omitempty"`
	Amended    string   `json:"amended,omitempty"`
}

// amend changes what the CLDR lacks, and says why.
func amend(tag string, w *writing) {
	switch tag {
	case "fa-AF", "ps":
		w.Date, w.Months = "E d MMM", w.LongMonths
		w.Amended = "the CLDR has only the root's month-first order for the short date, and shortens some months alone"
	case "am":
		w.Clock = "HH:mm B"
		w.Amended = "the day of many speakers begins at six: 24 hours and the part of the day leave no doubt"
	case "ti", "om":
		w.Clock = "HH:mm a"
		w.Amended = "the day of many speakers begins at six: 24 hours and the half of the day leave no doubt"
	case "ht":
		w.Days = strings.Fields("dim len mad mèk jed van sam")
		w.LongDays = strings.Fields("dimanch lendi madi mèkredi jedi vandredi samdi")
		w.Months = strings.Fields("jan fev mas avr me jen jiyè out sep okt nov des")
		w.LongMonths = strings.Fields("janvye fevriye mas avril me jen jiyè out septanm oktòb novanm desanm")
		w.Amended = "the CLDR has French names; these are Creole and not yet read by a speaker"
	}
}

type names map[string]string

type widths struct {
	Abbreviated names `json:"abbreviated"`
	Wide        names `json:"wide"`
}

type contexts struct {
	Format     widths `json:"format"`
	Standalone widths `json:"stand-alone"`
}

type calendar struct {
	Months      contexts                                  `json:"months"`
	Days        contexts                                  `json:"days"`
	DayPeriods  contexts                                  `json:"dayPeriods"`
	DateFormats map[string]any                            `json:"dateFormats"`
	TimeFormats map[string]any                            `json:"timeFormats"`
	DateTime    struct{ AvailableFormats map[string]any } `json:"dateTimeFormats"`
}

func main() {
	log.SetFlags(0)
	root := flag.String("cldr", "node_modules", "the folder that holds the CLDR's npm packages")
	out := flag.String("o", "locales/dates.json", "the file to write")
	names := flag.String("names", "locales/names.json", "the file of names of languages to write")
	flag.Parse()
	all := map[string]*writing{}
	for _, l := range languages {
		tag, source, ok := strings.Cut(l, "=")
		if !ok {
			source = tag
		}
		w, err := read(*root, tag, source)
		if err != nil {
			log.Fatalf("%s: %v", tag, err)
		}
		amend(tag, w)
		all[tag] = w
	}
	// One language a line, so that a change shows which language it touches.
	var b lines
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		if err := b.add(tag, all[tag]); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile(*out, b.bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := writeNames(*root, *names); err != nil {
		log.Fatal(err)
	}
}

func read(root, tag, source string) (*writing, error) {
	var g calendar
	if err := load(&g, root, "cldr-dates-full/main", source, "ca-gregorian.json", "main", source, "dates", "calendars", "gregorian"); err != nil {
		return nil, err
	}
	w := &writing{
		Date:  pattern(g.DateTime.AvailableFormats["MMMEd"]),
		Long:  pattern(g.DateFormats["full"]),
		Clock: pattern(g.TimeFormats["short"]),
	}
	w.Months, w.Days = g.Months.Format.Abbreviated.months(12), g.Days.Format.Abbreviated.days()
	w.LongMonths, w.LongDays = g.Months.Format.Wide.months(12), g.Days.Format.Wide.days()
	// A pattern may ask for the names that stand alone; we keep one set.
	if strings.Contains(w.Date, "LLL") {
		w.Months, w.Date = g.Months.Standalone.Abbreviated.months(12), strings.ReplaceAll(w.Date, "L", "M")
	}
	if strings.Contains(w.Date, "ccc") {
		w.Days, w.Date = g.Days.Standalone.Abbreviated.days(), strings.ReplaceAll(w.Date, "ccc", "E")
	}
	if strings.ContainsAny(w.Long, "Lc") {
		return nil, fmt.Errorf("the long date %q asks for stand-alone names", w.Long)
	}
	if err := w.parts(root, tag, g.DayPeriods.Format.Abbreviated); err != nil {
		return nil, err
	}
	if err := w.numbers(root, source); err != nil {
		return nil, err
	}
	return w, w.own(root, tag)
}

// own adds the calendar that people use beside the Gregorian.
func (w *writing) own(root, tag string) error {
	name := calendars[tag]
	if name == "" {
		return nil
	}
	var c calendar
	if err := load(&c, root, "cldr-cal-"+name+"-full/main", tag, "ca-"+name+".json", "main", tag, "dates", "calendars", name); err != nil {
		return err
	}
	w.Calendar = name
	w.Own = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(pattern(c.DateFormats["long"]), "G ", ""), " G", ""))
	w.OwnMonths = c.Months.Format.Wide.months(len(c.Months.Format.Wide))
	return nil
}

// parts adds the parts of the day: before and after noon, or finer ones where
// the clock is written with them.
func (w *writing) parts(root, tag string, n names) error {
	w.Parts = []period{{0, plain(n["am"])}, {12, plain(n["pm"])}}
	if !strings.Contains(w.Clock, "B") && tag != "am" {
		return nil
	}
	base, _, _ := strings.Cut(tag, "-")
	var rules map[string]map[string]string
	if err := load(&rules, root, "cldr-core/supplemental", "", "dayPeriods.json", "supplemental", "dayPeriodRuleSet", base); err != nil {
		return err
	}
	var hours [24]string
	for name, r := range rules {
		if r["_at"] != "" { // noon and midnight are a minute only
			continue
		}
		from, before := hour(r["_from"]), hour(r["_before"])
		for h := from; h%24 != before%24; h++ {
			hours[h%24] = plain(n[name])
		}
	}
	w.Parts = nil
	for h, name := range hours {
		if h == 0 || name != hours[h-1] {
			w.Parts = append(w.Parts, period{h, name})
		}
	}
	return nil
}

func hour(s string) int {
	h, err := strconv.Atoi(strings.TrimSuffix(s, ":00"))
	if err != nil {
		log.Fatalf("a part of the day begins at %q, not on the hour", s)
	}
	return h
}

func (w *writing) numbers(root, source string) error {
	var n map[string]any
	if err := load(&n, root, "cldr-numbers-full/main", source, "numbers.json", "main", source, "numbers"); err != nil {
		return err
	}
	system := n["defaultNumberingSystem"].(string)
	w.Group = plain(n["symbols-numberSystem-"+system].(map[string]any)["group"].(string))
	w.Lakh = strings.HasPrefix(n["decimalFormats-numberSystem-"+system].(map[string]any)["standard"].(string), "#,##,")
	w.MinGroup, _ = strconv.Atoi(n["minimumGroupingDigits"].(string))
	if system == "latn" {
		return nil
	}
	return load(&w.Digits, root, "cldr-core/supplemental", "", "numberingSystems.json", "supplemental", "numberingSystems", system, "_digits")
}

// load reads what stands at a path of keys in a file of a package.
func load(into any, root, pkg, dir, file string, keys ...string) error {
	data, err := os.ReadFile(filepath.Join(root, pkg, dir, file))
	if err != nil {
		return err
	}
	for _, k := range keys {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		if data = m[k]; data == nil {
			return fmt.Errorf("%s/%s has no %s", pkg, file, k)
		}
	}
	return json.Unmarshal(data, into)
}

func pattern(v any) string {
	if m, ok := v.(map[string]any); ok {
		v = m["_value"]
	}
	return plain(v.(string))
}

// plain replaces typographic spaces and apostrophes, any of which would halve
// what fits in a text message.
func plain(s string) string {
	return strings.NewReplacer("\u202f", " ", "\u00a0", " ", "\u2009", " ", "’", "'").Replace(s)
}

func (n names) months(count int) []string {
	all := make([]string, count)
	for i := range all {
		all[i] = plain(n[strconv.Itoa(i+1)])
	}
	return all
}

func (n names) days() []string {
	var all []string
	for _, d := range strings.Fields("sun mon tue wed thu fri sat") {
		all = append(all, plain(n[d]))
	}
	return all
}
