"""The reader: an open snapshot, its totals one copy and one checksum away.

Invariant: what it returns belongs to one whole commit and, within an epoch, is never older than what it returned
before. It copies bytes, by `pread` or from a mapping, and believes a copy only if its CRC-32 is right: a loop of an
interpreter over memory that another process writes proves nothing. Every loop is bounded. For everyone; one thread at a
time.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
import zlib
from typing import Callable, Iterator

from . import system, values
from .errors import BusyError, NotASnapshotError, NothingPublishedError, SystemRefusedError, refuse
from .freshness import Freshness, heartbeat_age, publisher
from .page import BANKS, HEALTH_ROWS, PAGE_BYTES, TABLES, parse

_ATTEMPTS = 64
_HEAD_AT = 1024  # control words and slots: the part of page 0 that changes
_SLOTS = range(1280 - _HEAD_AT, PAGE_BYTES - _HEAD_AT, 1728)
_CONTROL = struct.Struct("<QQ48xQq")  # superseded, state, heartbeat on the boot's clock and on the wall clock
_PAIR = struct.Struct("<QQ")
_HISTORY = list(TABLES).index("history")
_CHECK_EVERY_S = 1.0


class Reader:
    """An open snapshot; `identity` is what it states about itself.

    Each property reads anew; take `totals` or `frame()` once for values of one commit.
    """

    def __init__(self, path: str | os.PathLike[str], *, map: bool = False) -> None:
        self.path = os.fspath(path)
        self.tries = 0
        """Attempts that the last read took."""
        self._maps = map
        self._floor = 0
        self._open()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; the reader cannot be used any more."""
        if self._page is not None:
            self._page.close()
        self._file.close()

    @property
    def totals(self) -> values.Totals:
        """The newest commit."""
        return values.totals(*self._newest())

    @property
    def today(self) -> values.Period:
        """The day that was current at publishing, in the file's zone; check whether it `is_over`."""
        return self._period(168)

    @property
    def this_week(self) -> values.Period:
        """The week that was current at publishing."""
        return self._period(312)

    @property
    def this_month(self) -> values.Period:
        """The month that was current at publishing."""
        return self._period(456)

    @property
    def block(self) -> values.Period | None:
        """The five-hour block that was current at publishing, if one was."""
        block = self._period(600)
        return block if block.end else None

    @property
    def sessions(self) -> list[values.Session]:
        """The newest sessions, of a frame of its own."""
        return self.frame().sessions

    def frame(self) -> values.Frame:
        """Totals and tables of one commit."""
        before = None
        for attempt in range(_ATTEMPTS):
            totals = self.totals
            oldest, names_bytes, names_crc = totals.extent
            refuse(totals.bank >= BANKS, "a slot names no bank")
            refuse(names_bytes > self._geometry["names"].capacity, "the names are longer than their region")
            refuse(0 != oldest >= totals.rows[_HISTORY], "the history begins after its end")
            tables = {}
            for table, count in zip(TABLES, totals.rows):
                region = self._geometry[table]
                refuse(count > region.capacity, "a table is longer than its region")
                tables[table] = (self._file.read(region.start(totals.bank), count * region.row_bytes), region.row_bytes)
            # Read after the rows: a bank that is being reused has another sequence by now.
            banks = self._geometry["banks"]
            bank = _PAIR.unpack(self._file.read(banks.offset + totals.bank * banks.row_bytes, _PAIR.size))
            sequence, check = totals.generation * 2, _check_of(tables)
            if bank == (sequence, check):
                data = self._file.read(self._geometry["names"].offset, names_bytes)
                refuse(zlib.crc32(data) != names_crc, "the names do not match their checksum")
                names = values.Names(data, self._file.bytes)
                self.tries = max(self.tries, attempt + 1)
                rows = {
                    table: [values.rows[table](copy, at, names) for at in range(0, len(copy), row_bytes)]
                    for table, (copy, row_bytes) in tables.items()
                }
                history = rows["history"]
                return values.Frame(totals, **{**rows, "history": history[oldest:] + history[:oldest]})
            again = (sequence, bank, check)
            refuse(bank[0] <= sequence and again == before, "the tables do not match their checksum")
            before = again
            _pause(attempt)
        raise BusyError("the publisher was writing during every attempt")

    @property
    def health(self) -> values.Health | None:
        """The publisher's newest report on itself, if there is one."""
        region = self._geometry["health"]
        rows = range(0, region.row_bytes * HEALTH_ROWS, region.row_bytes)
        ring, at, _ = self._newest_section(lambda: self._file.read(region.offset, rows.stop), rows, must=False)
        return values.health(ring, at) if at >= 0 else None

    @property
    def freshness(self) -> Freshness:
        """Whether a publisher lives; asks for clocks, lock and path."""
        _, state, monotonic, wall = _CONTROL.unpack_from(self._head())
        boot = self.identity.boot_id
        boot_now = system.boot_clock_ms() if boot != 0 and boot == system.boot_id() else None
        age = heartbeat_age(monotonic, wall, system.wall_clock_ms(), boot_now)
        state = publisher(state, age, lambda: system.publisher_holds_lock(self.path))
        return Freshness(state, age, system.inode_at(self.path) != self._file.inode)

    def refresh(self) -> bool:
        """Opens the file at the path if there is one and it is another; whether it was. Reads do so by themselves once
        a publisher has marked the open file as superseded."""
        if system.inode_at(self.path) in (None, self._file.inode):
            return False
        self._open()
        return True

    def wait(self, timeout: float | None = None, *, every: float = 0.05) -> values.Totals | None:
        """Newer totals than the last returned, as soon as there are any; `None` after `timeout` seconds.

        Looks `every` so many seconds, and once a second whether the file was replaced.
        """
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        check_at = time.monotonic() + _CHECK_EVERY_S
        while True:
            floor, epoch = self._floor, self.identity.epoch
            try:
                head, at = self._newest()
                if self._floor > floor or self.identity.epoch != epoch:
                    return values.totals(head, at)
            except BusyError:
                pass  # the next look is a moment away
            now = time.monotonic()
            if now >= until:
                return None
            if now >= check_at:
                check_at = now + _CHECK_EVERY_S
                self.refresh()
            time.sleep(min(every, until - now))

    def changes(self, timeout: float | None = None, *, every: float = 0.05) -> Iterator[values.Totals]:
        """The totals now and then each time there are newer ones; ends after `timeout` seconds without any."""
        totals: values.Totals | None = self.totals
        while totals is not None:
            yield totals
            totals = self.wait(timeout, every=every)

    def _open(self) -> None:
        file = system.File(self.path)
        if file.bytes < PAGE_BYTES:
            raise NotASnapshotError(f"{self.path} is shorter than a snapshot")
        page = file.read(0, PAGE_BYTES)
        identity, geometry = parse(page, file.bytes)
        mapped: mmap.mmap | None = None
        if self._maps:
            try:
                mapped = mmap.mmap(file.descriptor, PAGE_BYTES, mmap.MAP_SHARED, mmap.PROT_READ)
            except OSError as error:
                raise SystemRefusedError("cannot map the snapshot") from error
        # Sequences of different epochs cannot be compared.
        if getattr(self, "identity", identity).epoch != identity.epoch:
            self._floor = 0
        self._file, self._page, self.identity, self._geometry = file, mapped, identity, geometry

    def _head(self) -> bytes:
        while True:
            head = self._page[_HEAD_AT:] if self._page else self._file.read(_HEAD_AT, PAGE_BYTES - _HEAD_AT)
            # A publisher that replaced the file has marked the old one, and goes on in the new one.
            if not any(head[:8]) or not self.refresh():
                return head

    def _newest(self) -> tuple[bytes, int]:
        """A copy with the newest commit, and where its slot is in it."""
        head, at, self._floor = self._newest_section(self._head, _SLOTS, must=True)
        return head, at

    def _period(self, offset: int) -> values.Period:
        head, at = self._newest()
        return values.period(head, at + offset)

    def _newest_section(self, copy: Callable[[], bytes], starts: range, *, must: bool) -> tuple[bytes, int, int]:
        """A copy, where the newest complete section in it starts, and its sequence, which is not below the floor.

        If there need not be one, there is no floor, and none is at -1.
        """
        before, published = b"", False
        for attempt in range(_ATTEMPTS):
            data = copy()
            sequence, at = 0, -1
            for start in starts:
                found = _PAIR.unpack_from(data, start)[0]
                if found > sequence and not found & 1:
                    sequence, at = found, start
            # The CRC-32 covers all of a section but its own word.
            crc = zlib.crc32(data[at + 16 : at + starts.step], zlib.crc32(data[at : at + 8]))
            is_whole = at >= 0 and crc == _PAIR.unpack_from(data, at)[1]
            if (is_whole and sequence >= self._floor * must) or (at < 0 and not must):
                self.tries = attempt + 1
                return data, at, sequence
            sections = data[starts.start :]
            refuse(at >= 0 and not is_whole and sections == before, "the newest publish or report is not whole")
            before, published = sections, published or at >= 0
            _pause(attempt)
        if published or self._floor:
            raise BusyError("the publisher was writing during every attempt")
        raise NothingPublishedError("the snapshot holds no complete publish")


def _check_of(tables: dict[str, tuple[bytes, int]]) -> int:
    total = 0
    for table, (data, row_bytes) in tables.items():
        for row, at in enumerate(range(0, len(data), row_bytes)):
            total += zlib.crc32(data[at : at + row_bytes], zlib.crc32(_PAIR.pack(TABLES[table], row)))
    return total & 0xFFFFFFFFFFFFFFFF


def _pause(attempt: int) -> None:
    """Gives a publisher at full speed time to finish; the first attempts do not wait."""
    time.sleep(50e-6 if attempt > 4 else 0)
