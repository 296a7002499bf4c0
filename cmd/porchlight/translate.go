package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"porchlight/adapters/sms"
	"porchlight/locales"
)

type translate struct {
	Export exportTexts `cmd:"" help:"Write the texts of a language as a PO file, for Weblate, Poedit and others."`
	Import importTexts `cmd:"" help:"Take the texts of a PO file back into the language's file."`
}

type exportTexts struct {
	Tag  string `arg:"" help:"The language, a BCP 47 tag such as so or fa-AF."`
	File string `arg:"" type:"path" help:"The PO file to write."`
	Dir  string `type:"path" default:"locales" help:"The folder that holds the language's file."`
}

// Run writes the PO file.
func (c exportTexts) Run(std *stdio) error {
	english, own, err := texts(c.Dir, c.Tag)
	if err != nil {
		return err
	}
	po, err := locales.ExportPO(c.Tag, english, own, length)
	if err != nil {
		return told(std, err)
	}
	return os.WriteFile(c.File, po, 0o644)
}

type importTexts exportTexts

// Run writes the language's file, or one line for each text that cannot be
// taken.
func (c importTexts) Run(std *stdio) error {
	english, own, err := texts(c.Dir, c.Tag)
	if err != nil {
		return err
	}
	po, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	out, err := locales.ImportPO(c.Tag, c.File, po, english, own)
	if err != nil {
		return told(std, err)
	}
	return os.WriteFile(filepath.Join(c.Dir, c.Tag+".yaml"), out, 0o644)
}

// texts reads the English and the file of a language.
func texts(dir, tag string) (english, own []byte, err error) {
	if english, err = fs.ReadFile(locales.FS, "en.yaml"); err != nil {
		return nil, nil, err
	}
	own, err = os.ReadFile(filepath.Join(dir, tag+".yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no %s: begin it with the first lines of en.yaml, down to texts:, or name its folder with --dir", filepath.Join(dir, tag+".yaml"))
	}
	return english, own, err
}

// told prints faults as check does, one a line.
func told(std *stdio, err error) error {
	faults, err := split(err)
	if err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintln(std.out, f)
	}
	return errFaults
}

// length is what a translator should know of how long a text may be.
func length(english string) string {
	m := sms.Measure(english)
	return fmt.Sprintf("The English: %d letters, %d text message(s). One holds 160 plain Latin letters or 70 of any script; never more than %d.",
		utf8.RuneCountInString(english), m.Segments, maxSegments)
}
