//go:build linux || darwin

// Why a snapshot gave no values. Invariant: the Code of an outcome is its number in cco's one list
// (docs/peek.md), the same in every program and language, and a message says what to do next. For everyone.

package cco

import "runtime/debug"

// Outcome is what can become of reading. To know which it is, ask with errors.Is(err, cco.Busy).
type Outcome struct {
	Code   int
	Advice string // what to do next
}

// Error gives the advice.
func (o *Outcome) Error() string { return o.Advice }

// Error is what every function of this package returns.
type Error struct {
	*Outcome
	What string // what is wrong
	Err  error  // the system's error, if there is one
}

// The outcomes of reading.
var (
	// There is nothing at the path.
	Missing = &Outcome{4, "run `cco publish --once` to make one"}
	// The file is not a snapshot.
	NotASnapshot = &Outcome{5, "check the path"}
	// The path leads to something that is not a regular file.
	NotAFile = &Outcome{9, "give the snapshot file itself"}
	// The file belongs to another user, who could put anything into it.
	ForeignOwner = &Outcome{10, "cco reads only your snapshots"}
	// The file was written on a machine with the other byte order.
	ByteOrder = &Outcome{11, "publish it again on this machine"}
	// The file has a major layout version that this reader does not know.
	Version = &Outcome{12, "update the older of publisher and reader"}
	// Something in the file cannot be right.
	Damaged = &Outcome{13, "run `cco publish --once` to replace the snapshot"}
	// The file became shorter than it states.
	Shrunk = &Outcome{14, "a running publisher replaces it within seconds, else run `cco publish --once`"}
	// No slot holds a complete publish.
	NothingPublished = &Outcome{15, "run `cco publish --once` to replace the snapshot"}
	// Every attempt overlapped a publish.
	Busy = &Outcome{16, "keep the last values and read again later"}
	// The system refused.
	Io = &Outcome{17, "check the disk and the permissions of the file and its folders, and try again"}
)

// Error says what is wrong and what to do.
func (e *Error) Error() string { return e.What + ": " + e.Advice }

// Unwrap gives the system's error.
func (e *Error) Unwrap() error { return e.Err }

// Is compares with an outcome.
func (e *Error) Is(target error) bool { return target == error(e.Outcome) }

// refuse ends the call with an error if something is wrong. It panics, and the function that was called from
// outside catches that.
func refuse(isWrong bool, outcome *Outcome, what string) {
	if isWrong {
		panic(&Error{outcome, what, nil})
	}
}

// must ends the call with what the system refused, if it did.
func must(err error, what string) {
	if err != nil {
		panic(&Error{Io, what, err})
	}
}

// faults makes a fault of this goroutine a panic: a mapped file gives one once another program has shortened
// it.
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
		*err = &Error{Shrunk, "the snapshot was shortened while it was read", nil}
	default:
		panic(cause)
	}
}
