"""Snapshot files for tests: the golden file of layout 1, with other commits, words and sums.

Invariant: what is changed is sealed again, so that a test fails for the fault it makes and no other.
"""

from __future__ import annotations

import fcntl
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

REPOSITORY = Path(__file__).resolve().parents[4]
GOLDEN = REPOSITORY / "tests" / "golden" / "layout-1.hex"
SLOTS = [1280 + 1728 * number for number in range(4)]
NEWEST = SLOTS[3]  # the golden file has three commits
WORD = struct.Struct("<Q")


def golden() -> bytearray:
    length, *lines = GOLDEN.read_text().splitlines()
    image = bytearray(int(length.split()[1]))
    for line in lines:
        offset, digits = line.split(": ")
        data = bytes.fromhex(digits)
        image[int(offset, 16) : int(offset, 16) + len(data)] = data
    return image


def put(image: bytearray, at: int, word: int) -> None:
    WORD.pack_into(image, at, word % (1 << 64))


def seal_page(image: bytearray) -> bytearray:
    put(image, 1016, zlib.crc32(image[:1016]))
    return image


def seal_slot(image: bytearray, at: int = NEWEST) -> bytearray:
    put(image, at + 8, zlib.crc32(image[at + 16 : at + 1728], zlib.crc32(image[at : at + 8])))
    return image


def commit(path: Path, generation: int, requests: int) -> None:
    """One more commit in place, as a publisher makes it: without tables, which are for the tests of frames."""
    with path.open("r+b") as file:
        image = bytearray(file.read())
        at = SLOTS[generation % 4]
        image[at : at + 1728] = image[NEWEST : NEWEST + 1728]
        put(image, at, 2 * generation)
        put(image, at + 40, requests)
        seal_slot(image, at)
        file.seek(at)
        file.write(image[at : at + 1728])


_locked: list[BinaryIO] = []


def hold_lock(path: Path) -> None:
    """Takes the publisher's lock until `release_locks`."""
    file = open(f"{path}.lock", "w+b")
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("@hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
    _locked.append(file)


def release_locks() -> None:
    while _locked:
        _locked.pop().close()
