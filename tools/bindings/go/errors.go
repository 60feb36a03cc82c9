//go:build linux || darwin

// Why a snapshot gave no values. Invariant: a Code is the outcome's number in cco's one list (docs/peek.md), the same in
// every program and language, and a message says what to do next. For everyone.

package cco

import "runtime/debug"

// Code is the number of an outcome. Ask for one with errors.Is(err, cco.Busy).
type Code int

// The outcomes of reading.
const (
	Missing          Code = 4  // there is nothing at the path
	NotASnapshot     Code = 5  // the file is not a snapshot
	NotAFile         Code = 9  // the path leads to something that is not a regular file
	ForeignOwner     Code = 10 // the file belongs to another user, who could put anything into it
	ByteOrder        Code = 11 // the file was written on a machine with the other byte order
	Version          Code = 12 // the file has a major layout version that this reader does not know
	Damaged          Code = 13 // something in the file cannot be right
	Shrunk           Code = 14 // the file became shorter than it states
	NothingPublished Code = 15 // no slot holds a complete publish
	Busy             Code = 16 // every attempt overlapped a publish
	Io               Code = 17 // the system refused
)

var advice = map[Code]string{
	Missing:          "run `cco publish --once` to make one",
	NotASnapshot:     "check the path",
	NotAFile:         "give the snapshot file itself",
	ForeignOwner:     "cco reads only your snapshots",
	ByteOrder:        "publish it again on this machine",
	Version:          "update the older of publisher and reader",
	Damaged:          "run `cco publish --once` to replace the snapshot",
	Shrunk:           "a running publisher replaces it within seconds, else run `cco publish --once`",
	NothingPublished: "run `cco publish --once` to replace the snapshot",
	Busy:             "keep the last values and read again later",
	Io:               "check the disk and the permissions of the file and its folders, and try again",
}

// Error says what to do.
func (c Code) Error() string { return advice[c] }

// Error is what every function of this package returns.
type Error struct {
	Code Code
	What string // what is wrong
	Err  error  // the system's error, if there is one
}

// Error says what is wrong and what to do.
func (e *Error) Error() string { return e.What + ": " + advice[e.Code] }

// Unwrap gives the system's error.
func (e *Error) Unwrap() error { return e.Err }

// Is compares with a Code.
func (e *Error) Is(target error) bool { return target == error(e.Code) }

// refuse ends the call with an error if something is wrong. It panics, and the function that was called from outside
// catches that.
func refuse(isWrong bool, code Code, what string) {
	if isWrong {
		panic(&Error{Code: code, What: what})
	}
}

// must ends the call with what the system refused, if it did.
func must(err error, what string) {
	if err != nil {
		panic(&Error{Io, what, err})
	}
}

// faults makes a fault of this goroutine a panic: a mapped file gives one once another program has shortened it.
func faults() bool { return debug.SetPanicOnFault(true) }

// caught makes an error of what ended the call. Begin a function that is called from outside with
// `defer caught(faults(), &err)`.
func caught(before bool, err *error) {
	debug.SetPanicOnFault(before)
	switch cause := recover().(type) {
	case nil:
	case *Error:
		*err = cause
	case interface{ Addr() uintptr }:
		*err = &Error{Code: Shrunk, What: "the snapshot was shortened while it was read"}
	default:
		panic(cause)
	}
}
