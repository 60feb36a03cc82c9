"""The static part of page 0: what a file is, who wrote it, and where its regions are.

Invariant: a `Geometry` lies inside its file, so whoever has one need not check offsets. Pure; used by `reader`.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from .errors import ByteOrderError, DamagedError, NotASnapshotError, VersionError, refuse

PAGE_BYTES = 8192
BANKS, HEALTH_ROWS = 2, 4
_MAGIC, _MARK, _MAJOR, _MINOR, _SCHEMA = b"CCOSNAP\n", 0x0102030405060708, 1, 1, 0x77750DEA6C18AE3F
_MOST_BYTES = _MOST_ROWS = 1 << 32
_MOST_ROW_BYTES = 1 << 16
_STATIC = struct.Struct("<8s6QqQQqQ24s64s")
_ENTRY = struct.Struct("<3Q")
_DIRECTORY = range(192, 960, _ENTRY.size)
_CHECKSUM_AT = 1016
# Id, name, kind, copies and the least bytes of a row of each region.
_REGIONS = (
    (1, "banks", "headers", 1, 64), (2, "health", "ring", 1, 1024), (3, "names", "bytes", 1, 1),
    (4, "models", "table", 2, 144), (5, "projects", "table", 2, 296), (6, "sessions", "table", 2, 168),
    (7, "days", "table", 2, 136), (8, "hours", "table", 2, 136), (9, "history", "table", 2, 136),
    (10, "session_index", "index", 2, 8), (11, "project_index", "index", 2, 8), (12, "agents", "table", 2, 144),
    (13, "limits", "table", 2, 80), (14, "layout", "bytes", 1, 1),
)  # fmt: skip
# In the order in which a slot counts their rows.
TABLES = {name: number for number, name, kind, _, _ in _REGIONS if kind == "table"}

# What a file states about itself. Times are ms UTC; `version` is major and minor.
Identity = NamedTuple("Identity", [
    ("version", tuple[int, int]), ("epoch", int), ("writer_pid", int), ("writer_started_at", int), ("boot_id", int),
    ("created_at", int), ("week_start", int), ("program", str), ("zone", str),
])  # fmt: skip


class Region(NamedTuple):
    """Where one region is. Offsets and sizes are in bytes."""

    offset: int
    row_bytes: int
    capacity: int
    copies: int

    def start(self, copy: int) -> int:
        """Where a copy starts: each is rounded up to 64 bytes."""
        return self.offset + copy * (-(-self.row_bytes * self.capacity // 64) * 64)


Geometry = dict[str, Region]


def parse(page: bytes, file_bytes: int) -> tuple[Identity, Geometry]:
    """Reads and checks the static part of a file of `file_bytes`."""
    magic, mark, version, schema, epoch, length, *stated = _STATIC.unpack_from(page)
    if magic == _MAGIC[::-1] or mark.to_bytes(8, "little") == _MARK.to_bytes(8, "big"):
        raise ByteOrderError("the snapshot has the other byte order")
    if magic != _MAGIC:
        raise NotASnapshotError("the file is not a snapshot, for it lacks the magic number")
    refuse(mark != _MARK, "the mark of byte order is wrong")
    major, minor = version >> 32, version & 0xFFFFFFFF
    if major != _MAJOR:
        raise VersionError(f"the snapshot has layout {major}, this reads {_MAJOR}")
    checksum = zlib.crc32(page[:_CHECKSUM_AT]).to_bytes(8, "little")
    refuse(page[_CHECKSUM_AT : _CHECKSUM_AT + 8] != checksum, "the checksum of the static part is wrong")
    refuse(length != file_bytes or length > _MOST_BYTES, "the file does not have the length it was created with")
    refuse(minor == _MINOR and schema != _SCHEMA, "the schema hash is not that of its version")
    refuse(epoch == 0, "the epoch is zero")
    pid, started_at, high, low, created_at, week_start, program, zone = stated
    facts = (pid, started_at, high << 64 | low, created_at, week_start * (week_start < 7), _text(program), _text(zone))
    return Identity((major, minor), epoch, *facts), _geometry(page, file_bytes)


def _geometry(page: bytes, file_bytes: int) -> Geometry:
    entries = [_ENTRY.unpack_from(page, at) for at in _DIRECTORY]
    regions: Geometry = {}
    for number, name, kind, copies, least in _REGIONS:
        listed = [entry for entry in entries if entry[0] & 0xFFFFFFFF == number]
        refuse(len(listed) != 1, "a region is missing from the directory or listed twice")
        word, offset, capacity = listed[0]
        region = regions[name] = Region(offset, word >> 32, capacity, copies)
        refuse(offset < PAGE_BYTES or offset % 64 != 0, "a region starts at an impossible offset")
        whole = region.row_bytes == 1 if kind == "bytes" else region.row_bytes % 8 == 0
        refuse(not (whole and least <= region.row_bytes <= _MOST_ROW_BYTES), "a region has an impossible row size")
        fixed = {"banks": BANKS, "health": HEALTH_ROWS}.get(name, capacity)
        refuse(not 1 <= capacity == fixed <= _MOST_ROWS, "a region has an impossible capacity")
        refuse(kind == "index" and capacity & (capacity - 1) != 0, "the capacity of an index is no power of two")
        refuse(region.start(copies) > file_bytes, "a region ends after the end of the file")
    ordered = sorted(regions.values())
    for first, second in zip(ordered, ordered[1:]):
        refuse(first.start(first.copies) > second.offset, "two regions overlap")
    return regions


def _text(field: bytes) -> str:
    try:
        return field.split(b"\0", 1)[0].decode()
    except UnicodeDecodeError as error:
        raise DamagedError("a text of the static part is not UTF-8") from error
