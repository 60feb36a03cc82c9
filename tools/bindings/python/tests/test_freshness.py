"""Facts about freshness, the path and the clocks."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from snapshots import golden, hold_lock, put, release_locks, seal_page

import cco
from cco import system
from cco.freshness import HEARTBEAT_LIMIT_MS, heartbeat_age, publisher


@pytest.mark.parametrize(
    ("state", "age", "held", "what"),
    [
        (1, 0, True, "live"),
        (1, HEARTBEAT_LIMIT_MS, True, "live"),
        (1, HEARTBEAT_LIMIT_MS + 1, True, "dead"),
        (1, 0, False, "dead"),
        (2, 0, True, "stopped"),
        (2, 10**9, False, "stopped"),
        (7, 0, True, "live"),
    ],
)
def test_a_publisher_lives_while_it_holds_the_lock_and_beats(state: int, age: int, held: bool, what: str) -> None:
    assert publisher(state, age, lambda: held) == what


def test_the_clock_of_the_boot_decides_within_a_boot() -> None:
    assert heartbeat_age(1_000, 5_000, 9_000_000, 4_000) == 3_000
    assert heartbeat_age(1_000, 5_000, 9_000, None) == 4_000


def test_a_heartbeat_from_the_future_is_not_new() -> None:
    assert heartbeat_age(0, 100_000, 0, None) == 100_000
    assert heartbeat_age(100_000, 0, 0, 0) == 100_000


def test_a_held_lock_and_a_new_heartbeat_are_live(tmp_path: Path) -> None:
    path = tmp_path / "usage.snapshot"
    image = golden()
    put(image, 1032, 1)
    put(image, 1088, system.boot_clock_ms())
    put(image, 1096, system.wall_clock_ms())
    image[64:80] = struct.pack("<QQ", system.boot_id() >> 64, system.boot_id() & (1 << 64) - 1)
    path.write_bytes(seal_page(image))
    reader = cco.open(path)
    assert reader.freshness.publisher == "dead", "there is no lock"
    hold_lock(path)
    try:
        assert reader.freshness.live
        assert reader.freshness.heartbeat_age_ms < HEARTBEAT_LIMIT_MS
    finally:
        release_locks()
    assert reader.freshness.publisher == "dead", "nobody holds it"


def test_asking_takes_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "usage.snapshot"
    Path(f"{path}.lock").touch()
    assert not system.publisher_holds_lock(str(path))
    hold_lock(path)  # fails if the question still holds it
    release_locks()


def test_a_time_namespace_does_not_move_the_clock_of_the_boot() -> None:
    here = Path(system.__file__).parents[1]
    program = "from cco import system; print(system.boot_clock_ms())"
    command = ["unshare", "--time", "--monotonic", "7200", "--fork", sys.executable, "-c", program]
    try:
        shown = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"NOT RUN: no time namespace can be made here ({error})")
    assert abs(int(shown) - time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000) < 60_000


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"HOME": "/h"}, "/h/.local/state/cco/usage.snapshot"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/cco/usage.snapshot"),
        ({"HOME": "/h", "XDG_STATE_HOME": "relative"}, "/h/.local/state/cco/usage.snapshot"),
        ({"HOME": "/h", "CCO_STATE": "/z"}, "/z/usage.snapshot"),
        ({"HOME": "/h", "CCO_STATE": "/z", "CCO_SNAPSHOT": "/x/y"}, "/x/y"),
        ({"HOME": "/h", "CCO_SNAPSHOT": ""}, "/h/.local/state/cco/usage.snapshot"),
    ],
)
def test_the_path_is_where_the_publisher_puts_it(
    variables: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "CCO_STATE", "CCO_SNAPSHOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cco.default_path() == Path(path)


def test_without_a_home_there_is_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "CCO_STATE", "CCO_SNAPSHOT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(cco.MissingError):
        cco.default_path()


def test_a_descriptor_is_not_inherited(tmp_path: Path) -> None:
    path = tmp_path / "usage.snapshot"
    path.write_bytes(golden())
    assert not os.get_inheritable(cco.open(path)._file.descriptor)
