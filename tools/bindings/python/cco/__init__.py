"""Claude Code usage as cco publishes it: current totals in microseconds, without a process or a parser.

    import cco
    today = cco.open().today.counters
    print(f"{cco.usd(today.cost, 2)} USD, {today.tokens} tokens")

Pure Python, no dependencies, Linux and macOS. The format is LAYOUT.md; README.md has the guide.
"""

from __future__ import annotations

import os

from .errors import (  # fmt: skip
    BusyError, ByteOrderError, DamagedError, ForeignOwnerError, MissingError, NotAFileError, NotASnapshotError,
    NothingPublishedError, ShrunkError, SnapshotError, SystemRefusedError, VersionError,
)
from .freshness import Freshness
from .page import Identity
from .reader import Reader
from .system import default_path
from .values import (  # fmt: skip
    AccountLimit, Agent, Counters, Day, Frame, Health, Hour, Limit, Model, Past, Period, Project, Session, Totals, usd,
)

__all__ = [  # fmt: skip
    "AccountLimit", "Agent", "BusyError", "ByteOrderError", "Counters", "DamagedError", "Day", "ForeignOwnerError",
    "Frame", "Freshness", "Health", "Hour", "Identity", "Limit", "MissingError", "Model", "NotAFileError",
    "NotASnapshotError", "NothingPublishedError", "Past", "Period", "Project", "Reader", "Session", "ShrunkError",
    "SnapshotError", "SystemRefusedError", "Totals", "VersionError", "default_path", "open", "usd",
]


def open(path: str | os.PathLike[str] | None = None, *, map: bool = False) -> Reader:
    """Opens the snapshot at `path`, or this user's.

    Each read is a `pread` of a page, which no other program can harm. With `map`, it is a copy from a mapping, which
    takes a little less; if another program shortens the file then, the system ends this process (SIGBUS).
    """
    return Reader(default_path() if path is None else path, map=map)
