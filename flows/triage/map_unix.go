//go:build unix

package triage

import (
	"os"
	"syscall"
)

// mapped gives the bytes of a file, which are read when they are used. They stay
// for as long as the program runs, also when the file is removed.
func mapped(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
}
