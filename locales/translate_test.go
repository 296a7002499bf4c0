package locales

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func noHint(string) string { return "" }

// TestTranslateAll holds that every language that is there comes back from a
// PO file as it was.
func TestTranslateAll(t *testing.T) {
	english, err := fs.ReadFile(FS, "en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range mustLoad(t, FS).Languages() {
		t.Run(tag, func(t *testing.T) {
			own, err := fs.ReadFile(FS, tag+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			po, err := ExportPO(tag, english, own, func(s string) string { return "hint: " + s })
			if err != nil {
				t.Fatal(err)
			}
			back, err := ImportPO(tag, tag+".po", po, english, own)
			if err != nil {
				t.Fatal(err)
			}
			if string(back) != string(own) {
				t.Errorf("%s.yaml has changed on its way through a PO file", tag)
			}
			// Without its texts the file comes back with the same texts.
			head, _, _ := strings.Cut(string(own), "\ntexts:")
			back, err = ImportPO(tag, tag+".po", po, english, []byte(head+"\ntexts:\n"))
			if err != nil {
				t.Fatal(err)
			}
			a, _, err := readWordings(tag+".yaml", own)
			if err != nil {
				t.Fatal(err)
			}
			b, _, err := readWordings(tag+".yaml", back)
			if err != nil {
				t.Fatal(err)
			}
			if len(a) != len(b) {
				t.Errorf("%d texts of %d came back", len(b), len(a))
			}
			for _, w := range a {
				if got := find(b, w.id); got == nil || w.counted == got.counted && got.forms != w.forms {
					t.Errorf("%s came back as %v", w.id, got)
				}
			}
		})
	}
}

// TestPluralFormulas holds that gettext counts in every language as the CLDR.
func TestPluralFormulas(t *testing.T) {
	c := all(t)
	for _, tag := range c.Languages() {
		if c.Locale(tag).plurals.poForms() == "" {
			t.Errorf("no formula of gettext counts as %s does", tag)
		}
	}
}

const poEnglish = "language: en\nname: English\nenglish: English\ndirection: ltr\nseparator: \", \"\ntexts:\n" +
	"  # --- one ---\n  a: \"Hello {name}\"\n  b: \"Two\\nlines \\\"here\\\"\"\n\n  # --- two ---\n  n: {one: \"{count} day\", other: \"{count} days\"}\n"

const poUkrainian = "language: uk\nname: українська\nenglish: Ukrainian\ndirection: ltr\nreview: {state: drafted}\nreviewed: []\nseparator: \", \"\n# why\ntexts:\n" +
	"  # --- one ---\n  a: \"Вітаю, {name}\" # as one says\n"

func TestTranslate(t *testing.T) {
	po, err := ExportPO("uk", []byte(poEnglish), []byte(poUkrainian), noHint)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"Language: uk\n"`, `"Plural-Forms: nplurals=4; plural=(n % 10 == 1`, "#. one\n#, fuzzy\nmsgctxt \"a\"\nmsgid \"Hello {name}\"\nmsgstr \"Вітаю, {name}\"\n",
		"msgid \"Two\\nlines \\\"here\\\"\"\nmsgstr \"\"\n", "msgid_plural \"{count} days\"\nmsgstr[0] \"\"\n",
	} {
		if !strings.Contains(string(po), want) {
			t.Errorf("no %q in\n%s", want, po)
		}
	}
	translated := strings.NewReplacer(
		`"Language: uk\n"`, `"Language: uk\n"`+"\n"+`"Last-Translator: Олена <o@example.org>\n"`+"\n"+`"PO-Revision-Date: 2026-11-20 10:00+0200\n"`,
		"lines \\\"here\\\"\"\nmsgstr \"\"", "lines \\\"here\\\"\"\nmsgstr \"\"\n\"Два \"\n\"\\\"рядки\\\"\"",
		`msgstr[0] ""`, `msgstr[0] "{count} день"`, `msgstr[1] ""`, `msgstr[1] "{count} дні"`, `msgstr[2] ""`, `msgstr[2] "{count} днів"`, `msgstr[3] ""`, `msgstr[3] "{count} дня"`,
	).Replace(string(po))
	got, err := ImportPO("uk", "uk.po", []byte(translated), []byte(poEnglish), []byte(poUkrainian))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(poUkrainian, "reviewed: []", "reviewed:\n  - {ids: [b, n], by: \"Олена\", on: 2026-11-20}", 1) +
		"  b: \"Два \\\"рядки\\\"\"\n\n  # --- two ---\n  n: {one: \"{count} день\", few: \"{count} дні\", many: \"{count} днів\", other: \"{count} дня\"}\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// What was reviewed stays so with its text, and passes on once it changes.
	po, err = ExportPO("uk", []byte(poEnglish), got, noHint)
	if err != nil || !strings.Contains(string(po), "# reviewed by Олена, 2026-11-20\n") {
		t.Fatalf("%v\n%s", err, po)
	}
	if again, err := ImportPO("uk", "uk.po", po, []byte(poEnglish), got); err != nil || string(again) != want {
		t.Errorf("%v\n%s", err, again)
	}
}

func TestTranslateFaults(t *testing.T) {
	for name, c := range map[string]struct{ po, want string }{
		"no PO":       {"hello", "uk.po:1: this is not a line"},
		"language":    {"msgid \"\"\nmsgstr \"Language: pl\\n\"\n", "uk.po: its language is pl"},
		"placeholder": {"#, fuzzy\nmsgctxt \"a\"\nmsgid \"Hello {name}\"\nmsgstr \"Вітаю\"\n", "uk.po:6: a lacks {name}"},
		"unknown one": {"#, fuzzy\nmsgctxt \"b\"\nmsgid \"Two\\nlines \\\"here\\\"\"\nmsgstr \"{who}\"\n", "uk.po:6: b has {who}"},
		"forms":       {"#, fuzzy\nmsgctxt \"n\"\nmsgid \"{count} day\"\nmsgid_plural \"{count} days\"\nmsgstr[0] \"день\"\n", "uk.po:6: n has 1 forms"},
		"old English": {"#, fuzzy\nmsgctxt \"a\"\nmsgid \"Hi {name}\"\nmsgstr \"Вітаю, {name}\"\n", "uk.po:6: a translates another English"},
		"unknown id":  {"msgctxt \"z\"\nmsgid \"Z\"\nmsgstr \"z\"\n", "uk.po:5: z is no text"},
		"by nobody":   {"msgctxt \"a\"\nmsgid \"Hello {name}\"\nmsgstr \"Вітаю, {name}\"\n", "uk.po:5: a is marked as read"},
	} {
		po := c.po
		if name != "language" && name != "no PO" {
			po = "msgid \"\"\nmsgstr \"Language: uk\\n\"\n\n" + po
		}
		_, err := ImportPO("uk", "uk.po", []byte(po), []byte(poEnglish), []byte(poUkrainian))
		var fault *Fault
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

// FuzzPO holds that no PO file makes the reader panic, and that what is read
// is written so that it reads the same.
func FuzzPO(f *testing.F) {
	f.Add([]byte("msgid \"\"\nmsgstr \"Language: uk\\n\"\n\n# x\n#, fuzzy\nmsgctxt \"a\"\nmsgid \"b\"\nmsgid_plural \"c\"\nmsgstr[0] \"d\"\nmsgstr[1] \"\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, entries, fault := readPO("x.po", data)
		if fault != nil {
			return
		}
		_, again, fault := readPO("x.po", writePO(nil, withStrings(entries)))
		if fault != nil {
			t.Fatal(fault)
		}
		for i, e := range withStrings(entries) {
			if i >= len(again) || again[i].id != e.id || again[i].context != e.context {
				t.Fatalf("%+v came back otherwise", e)
			}
		}
	})
}

// withStrings leaves out what a PO file of ours never has.
func withStrings(entries []*poEntry) (all []*poEntry) {
	for _, e := range entries {
		if len(e.strs) > 0 && e.id != "" && e.context != "" {
			e.notes = nil
			all = append(all, e)
		}
	}
	return all
}
