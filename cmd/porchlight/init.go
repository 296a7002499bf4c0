package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"porchlight/flows/pack"
)

type initDir struct {
	Dir string `arg:"" type:"path" help:"The folder to write: new, or empty."`
}

// Run writes the sample pack, to be changed into an organisation's own.
func (i initDir) Run(io *stdio) error {
	entries, err := os.ReadDir(i.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be read: %w", i.Dir, err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: choose a new folder, nothing is overwritten", i.Dir)
	}
	sample := pack.Sample()
	err = fs.WalkDir(sample, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(i.Dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := fs.ReadFile(sample, path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
	if err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	fmt.Fprintf(io.out, "%s holds an invented organisation. Make it yours, then run: porchlight check %s\n", i.Dir, i.Dir)
	return nil
}
