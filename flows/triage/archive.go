package triage

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

// archive holds slices one behind the other, as they lie in memory: what has
// been written is used where it lies, without reading it first. It is for the
// machine and the program that wrote it.
type archive struct {
	data    []byte
	at      int // where the next slice begins
	reading bool
	err     error
}

// alignment suits every element that is laid down.
const alignment = 8

var errShort = errors.New("it ends too early")

// lay appends a slice to the archive or, when reading, takes it from there.
// Elements must hold no pointers.
func lay[S ~[]T, T any](a *archive, s *S) {
	var one T
	size := int(unsafe.Sizeof(one))
	if !a.reading {
		a.data = binary.NativeEndian.AppendUint64(a.data, uint64(len(*s)))
		a.data = append(a.data, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(*s))), len(*s)*size)...)
		a.data = append(a.data, make([]byte, -len(a.data)&(alignment-1))...)
		return
	}
	if a.err != nil {
		return
	}
	if len(a.data)-a.at < alignment {
		a.err = errShort
		return
	}
	n := binary.NativeEndian.Uint64(a.data[a.at:])
	a.at += alignment
	if n > uint64((len(a.data)-a.at)/size) {
		a.err = errShort
		return
	}
	*s = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(a.data[a.at:]))), n)
	a.at += (int(n)*size + alignment - 1) &^ (alignment - 1)
}
