// Linux: the lock of open files and the clock of the boot. Invariant: asking takes no lock.

package cco

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

const ofdGetLock, clockMonotonic = 36, 1

func askForLock(descriptor uintptr) (bool, error) {
	lock := syscall.Flock_t{Type: syscall.F_WRLCK}
	err := syscall.FcntlFlock(descriptor, ofdGetLock, &lock)
	return lock.Type != syscall.F_UNLCK, err
}

// bootClockMs is the clock that stands still in sleep, as the first time namespace shows it.
func bootClockMs() int64 {
	var now, offset syscall.Timespec
	// It cannot fail: the clock exists, and the result lives through the call.
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	// The offsets are those of its children, which may be in another namespace.
	own, _ := os.Readlink("/proc/self/ns/time")
	children, _ := os.Readlink("/proc/self/ns/time_for_children")
	text, _ := os.ReadFile("/proc/self/timens_offsets") // a system without time namespaces has no offset
	if own == children {
		// The first of its lines; without one, the offset stays 0.
		fmt.Sscanf(string(text), "monotonic %d %d", &offset.Sec, &offset.Nsec)
	}
	return (now.Nano() - offset.Nano()) / 1_000_000
}
