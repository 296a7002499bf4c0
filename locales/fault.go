package locales

import "fmt"

// Fault is something wrong in a file that people write: where it stands, what
// is wrong and how to mend it.
type Fault struct {
	File  string // path within the pack, or of the built-in file
	Line  int    // from 1; 0: the file as a whole
	Wrong string
	Mend  string
}

// Error is the fault on one line: file:line: wrong; mend.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s; %s", f.File, f.Wrong, f.Mend)
	}
	return fmt.Sprintf("%s:%d: %s; %s", f.File, f.Line, f.Wrong, f.Mend)
}
