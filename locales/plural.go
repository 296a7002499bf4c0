package locales

import (
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	i18ntemplate "github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// form is a CLDR plural form, an index into formNames.
type form uint8

const (
	zero form = iota
	one
	two
	few
	many
	other
)

var formNames = [...]string{"zero", "one", "two", "few", "many", "other"}

// countsLike names a language with the same plural forms, for those that
// go-i18n has none for, or (vi) has those of before CLDR 34.
var countsLike = map[string]string{
	"prs": "fa", "kmr": "ku",
	"ht": "id", "rw": "id", "vi": "id", "rhg": "id",
}

// plurals chooses the plural form of a number in one language.
type plurals struct {
	localizer *i18n.Localizer
	small     [200]form // of every number below; CLDR rules look at the last two digits
	used      []form    // those of small, and other, which is there for every gap
}

// newBundle is where go-i18n keeps the rules of every language of a Catalog.
func newBundle() *i18n.Bundle { return i18n.NewBundle(language.English) }

// pluralsOf asks go-i18n for the rules of a language: a message whose text
// in each form is that form's name tells which one a number takes.
func pluralsOf(bundle *i18n.Bundle, name string) (*plurals, error) {
	tag := language.Make(name)
	base, _ := tag.Base()
	if like := countsLike[base.String()]; like != "" {
		tag = language.Make(like)
	}
	err := bundle.AddMessages(tag, &i18n.Message{
		ID: "form", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other",
	})
	if err != nil {
		return nil, err
	}
	p := &plurals{localizer: i18n.NewLocalizer(bundle, tag.String())}
	for n := range p.small {
		p.small[n] = p.ask(n)
		if !slices.Contains(p.used, p.small[n]) {
			p.used = append(p.used, p.small[n])
		}
	}
	if !slices.Contains(p.used, other) {
		p.used = append(p.used, other)
	}
	slices.Sort(p.used)
	return p, nil
}

func (p *plurals) ask(n int) form {
	name, _ := p.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: "form", PluralCount: n, TemplateParser: i18ntemplate.IdentityParser{},
	})
	if i := formOf(name); i >= 0 {
		return form(i)
	}
	return other
}

// form is the plural form of n.
func (p *plurals) form(n int) form {
	if n >= 0 && n < len(p.small) {
		return p.small[n]
	}
	return p.ask(n)
}

// names lists the forms that whole numbers take, as a file writes them.
func (p *plurals) names() []string {
	names := make([]string, len(p.used))
	for i, f := range p.used {
		names[i] = formNames[f]
	}
	return names
}

// executor is what go-i18n keeps of each form of a message.
type executor interface {
	Execute(parser i18ntemplate.Parser, data any) (string, error)
}

// messageForms lets go-i18n keep the forms of a message; each is parsed once,
// when it is first said.
func messageForms(m *i18n.Message) (forms [6]executor) {
	t := i18n.NewMessageTemplate(m)
	if t == nil {
		return forms
	}
	for name, e := range t.PluralTemplates {
		forms[formOf(string(name))] = e
	}
	return forms
}

// formOf is the form of a name, or -1.
func formOf(name string) int { return slices.Index(formNames[:], name) }
