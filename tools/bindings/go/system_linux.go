// Linux: the lock of open files, the clock and the number of the boot. Invariant: asking takes no lock.

package cco

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
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
	var now syscall.Timespec
	// It cannot fail: the clock exists, and the result lives through the call.
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()/1_000_000 - namespaceOffsetMs()
}

func namespaceOffsetMs() (offset int64) {
	// The offsets are those of its children, which may be in another namespace.
	own, _ := os.Readlink("/proc/self/ns/time")
	children, _ := os.Readlink("/proc/self/ns/time_for_children")
	text, _ := os.ReadFile("/proc/self/timens_offsets") // a system without time namespaces has no offset
	if at := strings.Index(string(text), "monotonic"); at >= 0 && own == children {
		var seconds, nanoseconds int64
		if n, _ := fmt.Sscanf(string(text[at:]), "monotonic %d %d", &seconds, &nanoseconds); n == 2 {
			offset = seconds*1000 + nanoseconds/1_000_000
		}
	}
	return offset
}

// bootID is the number of this boot; zeros if the system has none.
func bootID() (id [2]uint64) {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it, the boot is unknown
	digits, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err == nil && len(digits) == 16 {
		id = [2]uint64{binary.BigEndian.Uint64(digits), binary.BigEndian.Uint64(digits[8:])}
	}
	return id
}
