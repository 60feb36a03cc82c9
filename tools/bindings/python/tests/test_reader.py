"""Facts about the reader: which commit it returns, when it opens another file, what it refuses."""

from __future__ import annotations

import os
import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from snapshots import NEWEST, SLOTS, commit, golden, put, seal_page, seal_slot

import cco


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "usage.snapshot"
    path.write_bytes(golden())
    return path


@pytest.fixture(params=[False, True], ids=["copied", "mapped"])
def maps(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def replace(path: Path, image: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(image)
    new.replace(path)


def test_the_golden_file_gives_its_known_values(path: Path, maps: bool) -> None:
    reader = cco.open(path, map=maps)
    frame = reader.frame()
    assert reader.totals == frame.totals
    assert (frame.totals.generation, frame.totals.all_time.requests, frame.totals.all_time.messages) == (3, 301, 302)
    assert frame.totals.all_time.cost == 310 << 64 | 311
    assert reader.today.start + 1000 == reader.today.end
    assert reader.block == frame.totals.block
    assert (reader.this_week, reader.this_month) == (frame.totals.this_week, frame.totals.this_month)
    assert [(model.name, model.agent) for model in frame.models] == [("claude-golden-1", 3)]
    assert frame.projects[0].path == "/home/me/größe"
    assert frame.projects[0].today.requests == 26
    assert reader.sessions[0].session == "0189a1f0-5d3e-7c4a-8b21-000000000001"
    assert [past.at for past in frame.history] == sorted(past.at for past in frame.history)
    assert frame.limits[0].scope == "claude-golden-1"
    health = reader.health
    assert health is not None
    assert (health.ledger_bytes, health.following, sum(health.pass_histogram)) == (27, 2, 1)
    assert (reader.identity.zone, reader.identity.week_start) == ("Europe/Amsterdam", 6)


def test_a_newer_commit_is_returned_at_once(path: Path, maps: bool) -> None:
    reader = cco.open(path, map=maps)
    assert reader.totals.generation == 3
    commit(path, 4, 400)
    assert (reader.totals.generation, reader.totals.all_time.requests) == (4, 400)


def test_a_torn_copy_is_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = cco.open(path)
    torn = golden()
    put(torn, NEWEST + 40, 999)  # of a commit whose sum was not copied
    copies = [bytes(torn[1024:8192])]
    whole = reader._file.read
    monkeypatch.setattr(reader._file, "read", lambda at, count: copies.pop() if copies else whole(at, count))
    assert reader.totals.all_time.requests == 301
    assert reader.tries == 2


def test_a_commit_that_stays_torn_is_damage(path: Path, maps: bool) -> None:
    image = golden()
    put(image, NEWEST + 40, 999)
    path.write_bytes(image)
    with pytest.raises(cco.DamagedError):
        cco.open(path, map=maps).totals


def test_a_slot_that_is_being_written_is_passed_over(path: Path) -> None:
    image = golden()
    put(image, NEWEST, 13)
    path.write_bytes(image)
    assert cco.open(path).totals.generation == 2


def test_nothing_published_is_not_zero(path: Path) -> None:
    image = golden()
    for at in SLOTS:
        put(image, at, 0)
    path.write_bytes(image)
    with pytest.raises(cco.NothingPublishedError):
        cco.open(path).totals


def test_a_reader_never_goes_back_within_an_epoch(path: Path) -> None:
    older = path.read_bytes()
    commit(path, 4, 400)
    reader = cco.open(path)
    assert reader.totals.generation == 4
    replace(path, older)
    assert reader.refresh()
    with pytest.raises(cco.BusyError):
        reader.totals
    commit(path, 4, 401)
    assert reader.totals.all_time.requests == 401


def test_a_new_epoch_begins_without_a_floor(path: Path) -> None:
    newer = bytearray(path.read_bytes())
    commit(path, 9, 900)
    reader = cco.open(path)
    assert reader.totals.generation == 9
    put(newer, 32, 77)
    replace(path, seal_page(newer))
    assert reader.refresh()
    assert (reader.totals.generation, reader.identity.epoch) == (3, 77)


def test_a_superseded_file_is_left_for_the_new_one(path: Path, maps: bool) -> None:
    reader = cco.open(path, map=maps)
    assert reader.totals.generation == 3
    old = path.open("r+b")
    replace(path, path.read_bytes())
    commit(path, 4, 400)
    assert reader.totals.generation == 3, "nobody has said so yet"
    with old:
        old.seek(1024)
        old.write(b"\1")
    assert reader.totals.generation == 4


def test_a_deleted_file_is_read_on_and_shown_as_replaced(path: Path) -> None:
    reader = cco.open(path)
    path.unlink()
    assert reader.totals.generation == 3
    assert not reader.refresh()
    assert reader.freshness.replaced
    assert not reader.freshness.live


def test_a_shortened_file_is_an_error(path: Path) -> None:
    reader = cco.open(path)
    os.truncate(path, 4096)
    with pytest.raises(cco.ShrunkError):
        reader.totals
    with pytest.raises(cco.ShrunkError):
        reader.frame()


def test_tables_that_do_not_add_up_are_damage(path: Path) -> None:
    reader = cco.open(path)
    region = reader._geometry["sessions"]
    with path.open("r+b") as file:
        file.seek(region.start(reader.totals.bank) + 40)
        file.write(b"\xff")
    with pytest.raises(cco.DamagedError, match="tables"):
        reader.frame()
    assert reader.totals.generation == 3


@pytest.mark.parametrize(
    ("name", "change", "error"),
    [
        ("empty", lambda image: image.clear(), cco.NotASnapshotError),
        ("short", lambda image: image.__delitem__(slice(8191, None)), cco.NotASnapshotError),
        ("other magic", lambda image: put(image, 0, 1), cco.NotASnapshotError),
        ("swapped magic", lambda image: image.__setitem__(slice(0, 8), b"\nPANSOCC"), cco.ByteOrderError),
        ("swapped mark", lambda image: put(image, 8, 0x0807060504030201), cco.ByteOrderError),
        ("other mark", lambda image: seal_page(image) and put(image, 8, 5), cco.DamagedError),
        ("major 2", lambda image: put(image, 16, 2 << 32), cco.VersionError),
        ("checksum", lambda image: put(image, 1016, 1), cco.DamagedError),
        ("length", lambda image: image.extend(b"\0" * 64), cco.DamagedError),
        ("schema", lambda image: (put(image, 16, 1 << 32 | 1), seal_page(image)), cco.DamagedError),
        ("epoch 0", lambda image: (put(image, 32, 0), seal_page(image)), cco.DamagedError),
        ("zone", lambda image: (put(image, 120, 0xFF), seal_page(image)), cco.DamagedError),
        ("region twice", lambda image: (put(image, 192 + 24, 64 << 32 | 1), seal_page(image)), cco.DamagedError),
        ("region missing", lambda image: (put(image, 192, 0), seal_page(image)), cco.DamagedError),
        ("in page 0", lambda image: (put(image, 200, 64), seal_page(image)), cco.DamagedError),
        ("endless", lambda image: (put(image, 224, 1 << 63), seal_page(image)), cco.DamagedError),
        ("no rows", lambda image: (put(image, 192 + 3 * 24 + 16, 0), seal_page(image)), cco.DamagedError),
        ("row of 7 bytes", lambda image: (put(image, 192 + 3 * 24, 7 << 32 | 4), seal_page(image)), cco.DamagedError),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_whole_snapshot_is_refused(path: Path, name: str, change: object, error: type) -> None:
    image = golden()
    change(image)  # type: ignore[operator]
    path.write_bytes(image)
    with pytest.raises(error) as raised:
        cco.open(path)
    assert ": " in str(raised.value), "it says what to do next"


@pytest.mark.parametrize("at", [32, 816, 888, 896, 904], ids=["bank", "rows", "oldest", "names", "sum of names"])
def test_a_slot_that_points_outside_is_damage(path: Path, at: int) -> None:
    image = golden()
    put(image, NEWEST + at, 1 << 40)
    path.write_bytes(seal_slot(image))
    with pytest.raises(cco.DamagedError):
        cco.open(path).frame()


def test_the_history_begins_with_its_oldest_row(path: Path) -> None:
    image = golden()
    before = [past.at for past in cco.open(path).frame().history]
    put(image, NEWEST + 888, 1)
    path.write_bytes(seal_slot(image))
    assert [past.at for past in cco.open(path).frame().history] == before[1:] + before[:1]


@pytest.mark.parametrize("name", [b"\xed\xa0\x80", b"\xc0\x80", b"\xff"], ids=["surrogate", "overlong", "no UTF-8"])
def test_a_name_that_is_not_utf_8_is_damage(path: Path, name: bytes) -> None:
    image = golden()
    totals = cco.open(path).totals
    start = cco.open(path)._geometry["names"].offset
    image[start : start + len(name)] = name
    put(image, NEWEST + 904, zlib.crc32(image[start : start + totals.extent[1]]))
    path.write_bytes(seal_slot(image))
    with pytest.raises(cco.DamagedError, match="UTF-8"):
        cco.open(path).frame()


def test_a_name_outside_the_names_is_damage(path: Path) -> None:
    image = golden()
    totals = cco.open(path).totals
    start = cco.open(path)._geometry["names"].offset
    put(image, NEWEST + 896, totals.extent[1] - 1)
    put(image, NEWEST + 904, zlib.crc32(image[start : start + totals.extent[1] - 1]))
    path.write_bytes(seal_slot(image))
    with pytest.raises(cco.DamagedError, match="outside"):
        cco.open(path).frame()


def write_sessions(path: Path, names: bytes, places: list[tuple[int, int]]) -> None:
    """Writes a file with more names, and sessions named for parts of them: each by an offset and a length."""
    path.write_bytes(golden())
    image, reader = golden(), cco.open(path)
    totals, banks, table = reader.totals, reader._geometry["banks"], reader._geometry["sessions"]
    text, used = reader._geometry["names"].offset, totals.extent[1]
    image[text + used : text + used + len(names)] = names
    put(image, NEWEST + 896, used + len(names))
    put(image, NEWEST + 904, zlib.crc32(image[text : text + used + len(names)]))
    start, header = table.start(totals.bank), banks.offset + totals.bank * banks.row_bytes
    check = struct.unpack_from("<Q", image, header + 8)[0]
    check -= zlib.crc32(image[start : start + 168], zlib.crc32(struct.pack("<QQ", 6, 0)))
    for row, (offset, length) in enumerate(places):
        word = length << 32 | used + offset
        data = struct.pack("<2Q152x", word, word)
        image[start + 168 * row : start + 168 * (row + 1)] = data
        check += zlib.crc32(data, zlib.crc32(struct.pack("<QQ", 6, row)))
    put(image, header + 8, check)
    put(image, NEWEST + 816 + 8 * 2, len(places))
    path.write_bytes(seal_slot(image))


def test_one_long_name_in_many_rows_takes_the_memory_of_one(path: Path) -> None:
    write_sessions(path, b"n" * 500_000, [(0, 500_000)] * 100)
    tracemalloc.start()
    sessions = cco.open(path).sessions
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # One for each row and field would be 100 MB.
    assert peak < 20_000_000
    assert [len(session.project) for session in sessions] == [500_000] * 100


def test_names_that_overlap_are_read_unless_they_are_together_longer_than_the_file(path: Path) -> None:
    write_sessions(path, b"abcdefgh" * 60_000, [(0, 3), (1, 3)])
    assert [session.project for session in cco.open(path).sessions] == ["abc", "bcd"]
    write_sessions(path, b"abcdefgh" * 60_000, [(row, 400_000) for row in range(100)])
    with pytest.raises(cco.DamagedError, match="overlap"):
        cco.open(path).frame()


def test_only_a_file_of_ones_own_is_opened(tmp_path: Path, path: Path) -> None:
    with pytest.raises(cco.MissingError):
        cco.open(tmp_path / "nothing")
    with pytest.raises(cco.MissingError):
        cco.open(path / "below")
    with pytest.raises(cco.NotAFileError):
        cco.open(tmp_path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(cco.NotAFileError):
        cco.open(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(cco.NotAFileError):
        cco.open(tmp_path / "pipe")
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
        with pytest.raises(cco.ForeignOwnerError):
            cco.open(path)


def test_each_error_has_its_own_number() -> None:
    classes = cco.SnapshotError.__subclasses__()
    assert sorted(error.code for error in classes) == [4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17]


def test_a_wait_returns_the_next_commit_and_ends_in_time(path: Path, maps: bool) -> None:
    reader = cco.open(path, map=maps)
    assert reader.totals.generation == 3
    began = time.monotonic()
    assert reader.wait(0.1) is None
    assert 0.1 <= time.monotonic() - began < 5
    commit(path, 4, 400)
    newer = reader.wait(5)
    assert newer is not None and newer.generation == 4


def test_changes_are_the_present_and_then_each_newer_commit(path: Path) -> None:
    seen = []
    for totals in cco.open(path).changes(timeout=0.2, every=0.01):
        seen.append(totals.generation)
        if len(seen) < 4:
            commit(path, totals.generation + 1, 7)
    assert seen == [3, 4, 5, 6]


def test_a_wait_notices_a_file_that_nobody_marked(path: Path) -> None:
    reader = cco.open(path)
    assert reader.totals.generation == 3
    replace(path, path.read_bytes())
    commit(path, 4, 400)
    newer = reader.wait(10)
    assert newer is not None and newer.generation == 4


def test_rows_of_a_later_minor_version_are_stepped_through(path: Path) -> None:
    image = golden()
    reader = cco.open(path)
    region, bank = reader._geometry["days"], reader.totals.bank
    # A longer row in place: the capacity shrinks so that the region ends where it did.
    put(image, 16, 1 << 32 | 2)
    entry = next(at for at in range(192, 960, 24) if struct.unpack_from("<Q", image, at)[0] & 0xFFFFFFFF == 7)
    longer = 136 + 64
    capacity = region.capacity * 136 // longer
    put(image, entry, longer << 32 | 7)
    put(image, entry + 16, capacity)
    stride = -(-longer * capacity // 64) * 64
    row = bytearray(longer)
    row[:136] = image[region.start(bank) : region.start(bank) + 136]
    row[136:] = b"\x11" * 64
    new_start = region.offset + bank * stride
    old_sum = zlib.crc32(row[:136], zlib.crc32(struct.pack("<QQ", 7, 0)))
    image[new_start : new_start + longer] = row
    header = reader._geometry["banks"].offset + bank * 64
    check = struct.unpack_from("<Q", image, header + 8)[0]
    put(image, header + 8, check - old_sum + zlib.crc32(row, zlib.crc32(struct.pack("<QQ", 7, 0))))
    path.write_bytes(seal_page(image))
    assert [day.date for day in cco.open(path).frame().days] == [20260101]
