"""Why a snapshot gave no values, a class per outcome.

Invariant: `code` is the outcome's number in cco's one list (docs/peek.md), the same in every program and language; a
message says what to do next. For everyone; raised by `system`, `page`, `values` and `reader`.
"""

from __future__ import annotations


class SnapshotError(Exception):
    """Any of the errors below. Its message says what to do."""

    code, advice = 1, ""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: {self.advice}")


class MissingError(SnapshotError):
    """There is nothing at the path."""

    code, advice = 4, "run `cco publish --once` to make one"


class NotASnapshotError(SnapshotError):
    """The file is not a snapshot."""

    code, advice = 5, "check the path"


class NotAFileError(SnapshotError):
    """The path leads to something that is not a regular file."""

    code, advice = 9, "give the snapshot file itself"


class ForeignOwnerError(SnapshotError):
    """The file belongs to another user, who could put anything into it."""

    code, advice = 10, "cco reads only your snapshots"


class ByteOrderError(SnapshotError):
    """The file was written on a machine with the other byte order."""

    code, advice = 11, "publish it again on this machine"


class VersionError(SnapshotError):
    """The file has a major layout version that this reader does not know."""

    code, advice = 12, "update the older of publisher and reader"


class DamagedError(SnapshotError):
    """Something in the file cannot be right."""

    code, advice = 13, "run `cco publish --once` to replace the snapshot"


class ShrunkError(SnapshotError):
    """The file became shorter than it states: something other than a publisher changed it."""

    code, advice = 14, "a running publisher replaces it within seconds, else run `cco publish --once`"


class NothingPublishedError(SnapshotError):
    """No slot holds a complete publish, which only damage can cause."""

    code, advice = 15, "run `cco publish --once` to replace the snapshot"


class BusyError(SnapshotError):
    """Every attempt overlapped a publish."""

    code, advice = 16, "keep the last values and read again later"


class SystemRefusedError(SnapshotError):
    """The system refused; the cause is an `OSError`."""

    code, advice = 17, "check the disk and the permissions of the file and its folders, and try again"


def refuse(is_wrong: bool, what: str) -> None:
    """Damage, if something is wrong."""
    if is_wrong:
        raise DamagedError(what)
