//go:build !unix

package triage

import (
	"io"
	"os"
)

// mapped gives the bytes of a file.
func mapped(f *os.File) ([]byte, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}
