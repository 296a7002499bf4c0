package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Query is what a person looks for; what is empty does not matter.
type Query struct {
	Need     string // the only one that excludes: an id of Needs
	Area     string // id of an area
	Near     *Point // where the person is
	Language string // BCP 47
}

// Point is a place on earth, WGS 84 degrees.
type Point struct{ Latitude, Longitude float64 }

// reach is how far, in km, a person would go before they rather used a service
// that has no place (online, by phone).
const reach = 10

// Find lists active services that help with a need, best first: those that
// name the area, then those for everywhere, then the others; among them by
// whole kilometres from Near, or from the area where Near is not known; then
// those in the person's language, then with an interpreter; then in the order
// of the files. Groups are not services here: Groups has them.
func (d *Directory) Find(q Query) []*Service {
	type hit struct {
		*Service
		area, km, language int
	}
	near := q.Near
	if area, ok := d.Area(q.Area); ok && near == nil && (area.Latitude != 0 || area.Longitude != 0) {
		near = &Point{area.Latitude, area.Longitude}
	}
	var hits []hit
	for _, s := range d.services {
		if s.Group || s.Status != Active || q.Need != "" && !slices.Contains(s.Needs, q.Need) {
			continue
		}
		h := hit{Service: s, km: reach, language: 2}
		switch {
		case q.Area == "":
		case len(s.Areas) == 0:
			h.area = 1
		case !slices.Contains(s.Areas, q.Area):
			h.area = 2
		}
		if near != nil && s.Location.Pinned() {
			h.km = int(math.Round(near.km(Point{s.Location.Latitude, s.Location.Longitude})))
		}
		switch {
		case speaks(s.Languages, q.Language):
			h.language = 0
		case s.Interpretation != nil:
			h.language = 1
		}
		hits = append(hits, h)
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(a.area-b.area, a.km-b.km, a.language-b.language)
	})
	found := make([]*Service, len(hits))
	for i, h := range hits {
		found[i] = h.Service
	}
	return found
}

// km is the distance on a sphere.
func (p Point) km(q Point) float64 {
	const earth, degree = 6371, math.Pi / 180
	sin := func(x float64) float64 { s := math.Sin(x / 2); return s * s }
	a := sin((q.Latitude-p.Latitude)*degree) +
		math.Cos(p.Latitude*degree)*math.Cos(q.Latitude*degree)*sin((q.Longitude-p.Longitude)*degree)
	return 2 * earth * math.Asin(math.Sqrt(min(a, 1)))
}

// Area finds an area by its id.
func (d *Directory) Area(id string) (Area, bool) {
	for _, a := range d.areas {
		if a.ID == id {
			return a, true
		}
	}
	return Area{}, false
}

// Nearest is the area whose middle is nearest, and how far that is in km;
// false if no area has a place on the map.
func (d *Directory) Nearest(latitude, longitude float64) (Area, float64, bool) {
	best, distance, found := Area{}, math.Inf(1), false
	for _, a := range d.areas {
		if a.Latitude == 0 && a.Longitude == 0 {
			continue
		}
		if km := (Point{latitude, longitude}).km(Point{a.Latitude, a.Longitude}); km < distance {
			best, distance, found = a, km, true
		}
	}
	return best, distance, found
}

// Place reads the name of an area from what a person typed, in any language of
// its name: the whole name, the name among other words, the beginning of a name
// (three letters or more), or a name of five letters or more with one wrong.
// Where two areas fit equally well it is false: better to ask than to guess.
func (d *Directory) Place(text string) (Area, bool) {
	typed := fold(text)
	if typed == "" {
		return Area{}, false
	}
	const (
		misspelt = iota + 1
		begun
		within = 100 // plus the length: "Old Mill Lane" beats "Mill Lane"
		whole  = 1 << 20
	)
	best, score, tied := Area{}, 0, false
	for _, area := range d.areas {
		fit := 0
		for _, name := range area.folded {
			switch letters := len([]rune(name)); {
			case name == "":
			case name == typed:
				fit = max(fit, whole)
			case strings.Contains(" "+typed+" ", " "+name+" "):
				fit = max(fit, within+letters)
			case len([]rune(typed)) >= 3 && strings.HasPrefix(name, typed):
				fit = max(fit, begun)
			case letters >= 5 && oneWrong(name, typed):
				fit = max(fit, misspelt)
			}
		}
		if fit > score {
			best, score, tied = area, fit, false
		} else if fit == score {
			tied = true
		}
	}
	if score == 0 || tied {
		return Area{}, false
	}
	return best, true
}

// names folds every name of an area.
func (a Area) names() []string {
	names := []string{fold(a.ID)}
	for _, name := range a.Aliases {
		names = append(names, fold(name))
	}
	for _, name := range a.Name {
		names = append(names, fold(name))
	}
	return names
}

// alike are letters that keyboards write in more than one way.
var alike = strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک", "ة", "ه", "ٱ", "ا", "ı", "i", "ـ", "")

// fold writes a name so that case, marks, punctuation and the forms of Arabic
// letters do not matter: words with one space between them.
func fold(text string) string {
	text = alike.Replace(cases.Fold().String(norm.NFKD.String(text)))
	var b strings.Builder
	space := false
	for _, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r == '\'', r == '’':
			// marks, joiners and apostrophes vanish
		default:
			space = true
		}
	}
	return b.String()
}

// oneWrong tells whether two words differ by one letter: wrong, missing, or too many.
func oneWrong(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) == len(y) {
		return i == len(x) || slices.Equal(x[i+1:], y[i+1:])
	}
	return slices.Equal(x[i:], y[i+1:])
}
