"""What is asked of the system: the path, a file, the lock, clocks and the boot.

Invariant: nothing here writes, takes a lock on Linux, follows a link to the snapshot or blocks. Used by `reader`.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import os
import stat
import struct
import sys
import time
from pathlib import Path

from .errors import ForeignOwnerError, MissingError, NotAFileError, ShrunkError, SnapshotError, SystemRefusedError

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_FLOCK = struct.Struct("@hhqqi4x")  # `struct flock` on 64-bit Linux: type, whence, start, length, pid


def default_path() -> Path:
    """Where this user's snapshot is, by the same variables as for cco itself."""
    named = os.environ.get("CCO_SNAPSHOT")
    if named:
        return Path(named)
    state = os.environ.get("CCO_STATE")
    if state:
        return Path(state, "usage.snapshot")
    # The XDG specification asks to ignore relative paths.
    for variable, below in (("XDG_STATE_HOME", ""), ("HOME", ".local/state")):
        folder = os.environ.get(variable, "")
        if os.path.isabs(folder):
            return Path(folder, below, "cco", "usage.snapshot")
    raise MissingError("neither HOME nor CCO_SNAPSHOT says where the snapshot is")


class File:
    """An open snapshot file; closed with its last reference."""

    def __init__(self, path: str) -> None:
        self.descriptor = -1
        try:
            self.descriptor = os.open(path, _FLAGS)
            status = os.fstat(self.descriptor)
        except OSError as error:
            raise _refused(path, error) from error
        if not stat.S_ISREG(status.st_mode):
            raise NotAFileError(f"{path} is not a regular file")
        if status.st_uid not in (0, os.geteuid()):
            raise ForeignOwnerError(f"{path} belongs to user {status.st_uid}")
        self.bytes = status.st_size
        self.inode = (status.st_dev, status.st_ino)

    def read(self, offset: int, count: int) -> bytes:
        """Exactly these bytes, or an error."""
        try:
            data = os.pread(self.descriptor, count, offset)
        except OSError as error:
            raise SystemRefusedError("cannot read the snapshot") from error
        if len(data) < count:
            raise ShrunkError("the snapshot was shortened while it was read")
        return data

    def close(self) -> None:
        """Closes it; no harm if it is closed."""
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)

    __del__ = close


def _refused(path: str, error: OSError) -> SnapshotError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return MissingError(f"no snapshot at {path}")
    if error.errno in (errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO):
        return NotAFileError(f"{path} is a link or not a regular file")
    return SystemRefusedError(f"cannot open {path}")


def inode_at(path: str) -> tuple[int, int] | None:
    """Device and inode of what is at the path; `None` if nothing is."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SystemRefusedError(f"cannot examine {path}") from error
    return (status.st_dev, status.st_ino)


def publisher_holds_lock(path: str) -> bool:
    """Whether a publisher holds the lock of the snapshot at the path."""
    try:
        descriptor = os.open(path + ".lock", _FLAGS)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SystemRefusedError(f"cannot open {path}.lock") from error
    try:
        if sys.platform == "linux":
            answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
            return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)
        # Elsewhere a question takes a shared lock for a moment; closing the file gives it back.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise SystemRefusedError(f"cannot ask for the lock of {path}") from error
    finally:
        os.close(descriptor)


def wall_clock_ms() -> int:
    """Milliseconds UTC."""
    return max(0, time.time_ns() // 1_000_000)


def boot_clock_ms() -> int:
    """The clock that stands still in sleep, as the first time namespace shows it."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000 - _namespace_offset_ms()


@functools.lru_cache(maxsize=None)
def boot_id() -> int:
    """The number of this boot; 0 if the system has none."""
    try:
        return int(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").replace("-", ""), 16)
    except (OSError, ValueError):
        return 0


@functools.lru_cache(maxsize=None)
def _namespace_offset_ms() -> int:
    try:
        # The offsets are those of its children, which may be in another namespace.
        if os.readlink("/proc/self/ns/time") != os.readlink("/proc/self/ns/time_for_children"):
            return 0
        for line in Path("/proc/self/timens_offsets").read_text("ascii").splitlines():
            clock, seconds, nanoseconds = line.split()
            if clock == "monotonic":
                return int(seconds) * 1000 + int(nanoseconds) // 1_000_000
    except (OSError, ValueError):
        pass  # a system without time namespaces has no offset
    return 0
