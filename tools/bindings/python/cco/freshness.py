"""Whether a snapshot's publisher lives, from its state word, its heartbeat and its lock.

Invariant: pure; clocks and lock are given, so that every case can be tested. Used by `reader`; `Freshness` is for
everyone.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

HEARTBEAT_LIMIT_MS = 15_000
_STOPPED = 2


class Freshness(NamedTuple):
    """How current a snapshot is."""

    publisher: str
    """`live`; `stopped`: it ended cleanly, values may be stale; `dead`: it was killed or hangs."""
    heartbeat_age_ms: int
    replaced: bool
    """Another file has taken the path, or none is there: `Reader.refresh` opens it."""

    @property
    def live(self) -> bool:
        """Whether values follow the transcripts now."""
        return self.publisher == "live" and not self.replaced


def heartbeat_age(monotonic: int, wall: int, wall_now: int, boot_now: int | None) -> int:
    """The age in ms, by the boot's clock if the heartbeat is from this boot (else `None`).

    A heartbeat from the future is as far away as one from the past: it is not a new one.
    """
    return abs(wall_now - wall if boot_now is None else boot_now - monotonic)


def publisher(state: int, age_ms: int, held: Callable[[], bool]) -> str:
    """What became of the publisher; asks for the lock only if that decides."""
    if state == _STOPPED:
        return "stopped"
    return "live" if age_ms <= HEARTBEAT_LIMIT_MS and held() else "dead"
