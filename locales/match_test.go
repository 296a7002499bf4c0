package locales

import (
	"strings"
	"testing"
)

// all is a catalogue of every language that dates.json knows, without texts.
func all(t testing.TB) *Catalog {
	t.Helper()
	pairs := []string{"en.yaml", enHead}
	for _, l := range strings.Split(`es Español Spanish|fr Français French|pt Português Portuguese|ar العربية Arabic|fa فارسی Persian|fa-AF دری Dari|
ps پښتو Pashto|uk українська Ukrainian|ru русский Russian|so Soomaali Somali|sw Kiswahili Swahili|am አማርኛ Amharic|ti ትግርኛ Tigrinya|vi Tiếng-Việt Vietnamese|
zh-Hans 简体中文 Chinese-Simplified|zh-Hant 繁體中文 Chinese-Traditional|tr Türkçe Turkish|ur اردو Urdu|hi हिन्दी Hindi|bn বাংলা Bengali|pa ਪੰਜਾਬੀ Punjabi|pl polski Polish|
ro română Romanian|ht Kreyòl-Ayisyen Haitian-Creole|fil Filipino Filipino|ku Kurmancî Kurmanji|ckb سۆرانی Sorani|my မြန်မာ Burmese|ne नेपाली Nepali|sq shqip Albanian|
rw Ikinyarwanda Kinyarwanda|ln Lingála Lingala|ko 한국어 Korean|om Oromoo Oromo`, "|") {
		f := strings.Fields(l)
		pairs = append(pairs, f[0]+".yaml", head(f[0], strings.ReplaceAll(f[1], "-", " "), strings.ReplaceAll(f[2], "-", " "), "ltr", "fallback: [en]"))
	}
	return mustLoad(t, files(pairs...))
}

func TestMatch(t *testing.T) {
	c := all(t)
	for in, want := range map[string]string{
		// tags
		"en": "en", "EN": "en", "en-US": "en", "en_GB.UTF-8": "en", "so": "so", "so-SO": "so", "so_SO.UTF-8@x": "so",
		"fa-AF": "fa-AF", "fa_af": "fa-AF", "fa": "fa", "fa-IR": "fa", "prs": "fa-AF", "prs-AF": "fa-AF", "haz": "fa-AF",
		"pt-PT": "pt", "pt-BR": "pt", "es-419": "es", "es-MX": "es", "fr-CD": "fr", "ar-SY": "ar", "apc": "ar", "arz": "ar",
		"ku": "ku", "kmr": "ku", "ku-Latn": "ku", "ku-TR": "ku", "ku-Arab": "ckb", "ku-Arab-IQ": "ckb", "ku-IQ": "ckb", "ckb": "ckb", "ckb-IR": "ckb",
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-hans": "zh-Hans", "zh-HK": "zh-Hant", "zh-TW": "zh-Hant", "zh-MO": "zh-Hant", "zh-Hant-HK": "zh-Hant", "yue": "zh-Hant", "yue-HK": "zh-Hant",
		"tl": "fil", "tl-PH": "fil", "fil": "fil", "mo": "ro", "ro-MD": "ro", "swc": "sw", "sw-CD": "sw", "pa": "pa", "pa-IN": "pa", "pa-Guru": "pa", "uk-UA": "uk", "gaz": "om", "ti-ER": "ti", "npi": "ne",
		// names
		"Soomaali": "so", "somali": "so", " SOMALI ": "so", "Türkçe": "tr", "turkce": "tr", "TÜRKÇE": "tr", "espanol": "es", "español": "es", "Français": "fr", "francais": "fr",
		"Русский": "ru", "УКРАЇНСЬКА": "uk", "دری": "fa-AF", "dari": "fa-AF", "Persian": "fa", "farsi": "fa", "العربية": "ar", "\u200fالعربية": "ar", "tieng viet": "vi",
		"haitian  creole": "ht", "kreyol": "ht", "tagalog": "fil", "kurmanji": "ku", "sorani": "ckb", "简体中文": "zh-Hans", "አማርኛ": "am",
	} {
		if got, ok := c.Match(in); !ok || got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	// What x/text would answer with a neighbour, or with English.
	for _, in := range []string{
		"", " ", "und", "x", "pa-PK", "pa-Arab", "rhg", "ha", "yo", "be", "tg", "uz", "gl", "ca", "sdh", "ceb", "ka", "de", "it", "nb", "rn", "rw-Arab", "aa", "wo", "mul", "zxx",
		"hello", "1", "menu", "talk", "en-x", "*", "art-x-so", strings.Repeat("so-", 500), "fa-AF-x-\x00", "sr-Latn",
	} {
		if got, ok := c.Match(in); ok {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// TestMatchNothingElse: what is not there is not answered with what is.
func TestMatchNothingElse(t *testing.T) {
	c := mustLoad(t, files("en.yaml", enHead, "fa-AF.yaml", head("fa-AF", "دری", "Dari", "rtl", "")))
	for _, in := range []string{"so", "om", "Soomaali", "ps", "ar", "ku-Arab", "zh-HK"} {
		if got, ok := c.Match(in); ok {
			t.Errorf("%q became %q", in, got)
		}
	}
	// Persian is one language: without Iran's wording, Afghanistan's is understood.
	for _, in := range []string{"fa", "farsi", "prs", "fa-AF"} {
		if got, _ := c.Match(in); got != "fa-AF" {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func FuzzMatch(f *testing.F) {
	c := all(f)
	for _, s := range []string{"en", "zh-HK", "so_SO.UTF-8", "Soomaali", "\xff", "a-", "-", "pa-PK"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if tag, ok := c.Match(s); ok != (tag != "") || ok && c.Locale(tag) == nil {
			t.Fatalf("%q: %q, %v", s, tag, ok)
		}
	})
}
