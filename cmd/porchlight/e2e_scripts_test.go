package main

import (
	"encoding/json"
	"flag"
	"slices"
	"strings"
	"testing"
	"unicode"

	"porchlight/adapters/adaptertest"
	"porchlight/locales"
)

// missing are those of the characters for which the browser draws the box that
// stands for a letter no font has, in the font of a phone's bubbles.
const missing = `((chars, phone) => {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = 40;
	const pen = canvas.getContext('2d', {willReadFrequently: true});
	pen.font = '20px ' + getComputedStyle(document.querySelector(phone + ' .text')).fontFamily;
	pen.textBaseline = 'middle';
	const drawn = c => { pen.clearRect(0, 0, 40, 40); pen.fillText(c, 8, 20); return pen.getImageData(0, 0, 40, 40).data.join(); };
	const box = drawn('\u{10FFFF}');
	return chars.filter(c => drawn(c) === box);
})`

// cut are the bubbles and buttons whose words do not fit into them.
const cut = `[...document.querySelectorAll('.bubble, .buttons button, .buttons span')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.textContent)`

// letters are the characters that a language's texts are written with.
func letters(l *locales.Locale, ids []string) []string {
	seen := map[rune]bool{}
	for _, id := range ids {
		for _, n := range []int{1, 2, 345} {
			for _, r := range l.Text(id, locales.Args{"count": n}) + l.Name {
				seen[r] = true
			}
		}
	}
	var all []string
	for r := range seen {
		if !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
			all = append(all, string(r))
		}
	}
	slices.Sort(all)
	return all
}

// scriptOf is the script that a language's own name begins in, by Unicode's name.
func scriptOf(name string) string {
	for _, r := range name {
		for script, table := range unicode.Scripts {
			if unicode.IsLetter(r) && unicode.Is(table, r) {
				return script
			}
		}
	}
	return ""
}

// TestScriptsInBrowser looks whether every letter of every language has a font,
// and shows the menu, the groups and help on the phones of the page in a
// language of each script (with -artifacts, for which it takes pictures, in
// every language): nothing is cut off, and each begins at its side.
func TestScriptsInBrowser(t *testing.T) {
	t.Parallel()
	dir := packOfEveryLanguage(t)
	d := demonstrate(t, "PORCHLIGHT_ORG="+dir)
	p := everyLanguage(t)
	b := adaptertest.OpenBrowser(t, d.page, 5*patience)
	b.Size(1440, 1000)
	b.Click(residentPhone + ` [data-do="start"]`)
	b.Hears(residentPhone, p.Catalog.Locale("en").Text("menu.title", nil))
	b.Writes(newcomerPhone, "hello")
	b.Hears(newcomerPhone, "Porchlight")
	lacks := func(phone string, letters ...string) []string {
		list, _ := json.Marshal(letters)
		return adaptertest.Evaluate[[]string](b, missing+`(`+string(list)+`, '`+phone+`')`)
	}
	if got := lacks(residentPhone, "a", "\u0378", "ع"); !slices.Equal(got, []string{"\u0378"}) {
		t.Fatalf("a letter that does not exist, and no other, has no font; but %q", got)
	}
	everyOne := flag.Lookup("test.artifacts").Value.String() == "true"
	shown := map[string]bool{} // scripts
	for _, tag := range p.Org.Languages {
		t.Run(tag, func(t *testing.T) {
			b.T = t
			l := p.Catalog.Locale(tag)
			all := letters(l, p.Catalog.IDs())
			for _, phone := range []string{residentPhone, newcomerPhone} {
				if got := lacks(phone, all...); len(got) > 0 {
					t.Errorf("no font has %q; make prepare installs Noto's", got)
				}
			}
			script := scriptOf(l.Name)
			if shown[script] && !everyOne {
				return
			}
			shown[script] = true
			b.Writes(residentPhone, "LANG "+tag)
			b.Writes(newcomerPhone, "LANG "+tag)
			b.Hears(newcomerPhone, l.Text("menu.now", nil))
			b.Hears(residentPhone, l.Text("menu.now", nil))
			b.Picture(tag + "-1-menu.png")
			b.Presses(residentPhone, l.Text("menu.groups", nil))
			b.Writes(newcomerPhone, "2")
			b.Hears(newcomerPhone, l.Text("groups.week", nil))
			b.Hears(residentPhone, l.Text("groups.week", nil))
			b.Picture(tag + "-2-groups.png")
			b.Writes(newcomerPhone, "0")
			b.Hears(newcomerPhone, "999")
			b.Picture(tag + "-3-help.png")
			for _, phone := range []string{residentPhone, newcomerPhone} {
				if rtl := adaptertest.Evaluate[bool](b, `[...document.querySelectorAll('`+phone+` .message:not(.mine) .text')].at(-1).matches(':dir(rtl)')`); rtl != l.RTL {
					t.Errorf("on %s it runs from right to left: %v", phone, rtl)
				}
			}
			if got := adaptertest.Evaluate[[]string](b, cut); len(got) > 0 {
				t.Errorf("cut off: %s", strings.Join(got, "\n"))
			}
		})
	}
}
