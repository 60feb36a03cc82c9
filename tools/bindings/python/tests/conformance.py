"""Answers the questions of tools/vectors, a line of JSON for each: what a file says, a live run, what a read costs.

Invariant: every answer goes through the library as its users call it; only clock and lock are given where the question
gives them. Run by tools/vectors/matrix and by test_conformance.py.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cco  # noqa: E402
from cco import freshness, reader as inside  # noqa: E402

BUSY_MOST_S = 10.0
NONE = {"used": 0, "resets_at": 0, "seen_at": 0}
NO_COUNTERS = cco.Counters(*[0] * 14)


def plain(value: Any) -> Any:
    """A value with its fields by name."""
    if hasattr(value, "_asdict"):
        return {name: plain(field) for name, field in value._asdict().items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def read(path: str, now: int, held: bool) -> dict[str, Any]:
    try:
        with cco.open(path) as reader:
            return {"snapshot": snapshot(reader, now, held)}
    except cco.SnapshotError as error:
        return {"error": error.code}


def snapshot(reader: cco.Reader, now: int, held: bool) -> dict[str, Any]:
    frame = reader.frame()
    totals = frame.totals
    page = reader.identity._asdict()
    page["version"] = "{}.{}".format(*reader.identity.version)
    page["boot_id"] = str(uuid.UUID(int=reader.identity.boot_id)) if reader.identity.boot_id else None
    superseded, state, _, heartbeat = inside._CONTROL.unpack_from(reader._head())
    age = freshness.heartbeat_age(0, heartbeat, now, None)
    periods = {name: getattr(totals, name) for name in ("today", "this_week", "this_month", "block")}
    return {
        "page": page,
        "superseded": int(superseded != 0),
        "state": 2 if state == 2 else 1,
        "slot": {
            "generation": totals.generation,
            "published_at": totals.published_at,
            "scan_state": int(totals.complete),
            "totals": plain(totals.all_time),
            **{name: plain(period or cco.Period(0, 0, NO_COUNTERS)) for name, period in periods.items()},
            "block_first_at": totals.block_first_at,
            "block_last_at": totals.block_last_at,
            "five_hour_limit": plain(totals.five_hour_limit) or NONE,
            "seven_day_limit": plain(totals.seven_day_limit) or NONE,
            "sessions_left_out": totals.sessions_left_out,
        },
        **{name: plain(rows) for name, rows in frame._asdict().items() if name != "totals"},
        "health": plain(reader.health),
        "freshness": freshness.publisher(state, age, lambda: held),
        "heartbeat_age_ms": age,
        "over": {name: period and period.is_over(now) for name, period in periods.items()},
    }


def obeys(counters: cco.Counters) -> int:
    """The R of counters that obey the live writer's rule; -1 if they do not."""
    r = counters.requests
    rule = (r, r + 1, 2 * r, 3 * r, 5 * r, 7 * r, 11 * r, 13 * r, 17 * r, 19 * r << 40, r, 23 * r, 29 * r, 31 * r)
    return r if counters == rule else -1


def is_torn(totals: cco.Totals, frame: cco.Frame | None) -> bool:
    periods = (totals.today, totals.this_week, totals.this_month, totals.block)
    sets = [totals.all_time, *(period.counters for period in periods if period is not None)]
    if frame is not None:
        tables = (frame.models, frame.projects, frame.sessions, frame.days, frame.hours, frame.agents)
        sets += [row.counters for table in tables for row in table]
        if any(obeys(row.counters) < 0 for row in frame.history):
            return True
    r = totals.all_time.requests
    return any(obeys(one) != r for one in sets) or totals.published_at != 1_700_000_000_000 + totals.generation


def live(path: str, reads: int, frames: int, *, map: bool = False) -> dict[str, int]:
    found = dict.fromkeys(("reads", "frames", "torn", "backwards", "busy", "most_tries"), 0)
    seen: set[tuple[int, int]] = set()
    files: set[tuple[int, int]] = set()
    highest = (0, 0)  # epoch, generation
    reader = None
    busy_since: float | None = None
    began = spent = time.monotonic()
    spent = 0.0
    while found["reads"] < reads or found["frames"] < frames:
        # Frames are spread among the reads.
        wants_frame = found["frames"] * max(1, reads) < found["reads"] * frames or found["reads"] >= reads
        try:
            reader = reader or cco.open(path, map=map)
            began = time.monotonic()
            frame = reader.frame() if wants_frame and frames else None
            totals = reader.totals if frame is None else frame.totals
            spent += 0.0 if frame else time.monotonic() - began
        except (cco.BusyError, cco.MissingError):
            found["busy"] += 1
            busy_since = busy_since or time.monotonic()
            if time.monotonic() - busy_since > BUSY_MOST_S:
                raise
            time.sleep(0.001)
            continue
        busy_since = None
        found["frames" if frame else "reads"] += 1
        found["torn"] += is_torn(totals, frame)
        found["most_tries"] = max(found["most_tries"], reader.tries)
        epoch = reader.identity.epoch
        if epoch == highest[0] and totals.generation < highest[1]:
            found["backwards"] += 1
        highest = (epoch, totals.generation)
        seen.add(highest)
        files.add(reader._file.inode)
        # Nobody has marked a file whose publisher was killed.
        if (found["reads"] + found["frames"]) % 256 == 0:
            reader.refresh()
    per_read = round(spent * 1e9 / max(1, found["reads"]))
    return {**found, "generations": len(seen), "files": len(files), "ns_per_read": per_read}


def cost(path: str, reads: int, *, map: bool = False) -> dict[str, int]:
    reader = cco.open(path, map=map)
    answer = {}
    for name in ("totals", "today"):
        batches = []
        for _ in range(15):
            began = time.perf_counter_ns()
            for _ in range(max(1, reads // 15)):
                getattr(reader, name)
            batches.append((time.perf_counter_ns() - began) / max(1, reads // 15))
        answer[f"ns_per_{name}"] = round(statistics.median(batches))
    return answer


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        maps = "--map" in sys.argv
        if asked["do"] == "read":
            answer: dict[str, Any] = read(asked["path"], asked["now_ms"], asked["held"])
        elif asked["do"] == "live":
            answer = live(asked["path"], asked["reads"], asked["frames"], map=maps)
        else:
            answer = cost(asked["path"], asked["reads"], map=maps)
        print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
