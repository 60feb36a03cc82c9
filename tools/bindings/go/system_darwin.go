// macOS: locks by flock. Invariant: a lock that asking took is given back at once.

package cco

import "syscall"

func askForLock(descriptor uintptr) (bool, error) {
	err := syscall.Flock(int(descriptor), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return true, nil
	}
	return false, err // closing the file gives the lock back
}

// Never asked for: the boot has no number here, so heartbeats are judged by the wall clock.
func bootClockMs() int64 { return 0 }
