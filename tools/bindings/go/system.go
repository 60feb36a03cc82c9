//go:build linux || darwin

// What is asked of the system: files. Invariant: nothing here writes, follows a link to the snapshot or blocks. Used by the
// reader; system_linux.go and system_darwin.go have locks, clocks and sleep.

package cco

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

const openFlags = os.O_RDONLY | syscall.O_NOFOLLOW | syscall.O_NONBLOCK | syscall.O_NOCTTY

// inode is the device and the number of a file.
type inode struct{ device, number uint64 }

func openFile(path string) (*os.File, uint64, inode) {
	file, err := os.OpenFile(path, openFlags, 0)
	isMissing := errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR)
	refuse(isMissing, Missing, "no snapshot at "+path)
	isOther := errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.ENXIO)
	refuse(isOther, NotAFile, path+" is a link or not a regular file")
	must(err, "cannot open "+path)
	var status syscall.Stat_t
	must(syscall.Fstat(int(file.Fd()), &status), "cannot examine "+path)
	refuse(status.Mode&syscall.S_IFMT != syscall.S_IFREG, NotAFile, path+" is not a regular file")
	isForeign := status.Uid != 0 && int(status.Uid) != os.Geteuid()
	refuse(isForeign, ForeignOwner, fmt.Sprintf("%s belongs to user %d", path, status.Uid))
	return file, uint64(status.Size), inode{uint64(status.Dev), status.Ino}
}

// inodeAt is what is at the path; zeros if nothing is.
func inodeAt(path string) inode {
	var status syscall.Stat_t
	err := syscall.Lstat(path, &status)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) {
		return inode{}
	}
	must(err, "cannot examine "+path)
	return inode{uint64(status.Dev), status.Ino}
}

// isLocked says whether a publisher holds the lock at the path.
func isLocked(path string) bool {
	file, err := os.OpenFile(path, openFlags, 0)
	if errors.Is(err, syscall.ENOENT) {
		return false
	}
	must(err, "cannot open "+path)
	defer file.Close()
	isHeld, err := askForLock(file.Fd())
	must(err, "cannot ask for the lock at "+path)
	return isHeld
}
