"""Holds `any.py`, which decodes a snapshot by the layout in it, to the same answers: a second opinion on all of them.

Invariant: only this file knows which fields make an answer; what it puts together comes from `any.py` alone, so an answer
that the Rust reader got wrong would differ here.
"""

import functools
import importlib.util
import json
import mmap
import os
import types
import zlib

from checks import vectors

# Where the sum of the layout is.
LAYOUT_CRC = 184
TABLES = ("models", "projects", "sessions", "days", "hours", "history", "agents", "limits")
# What tells a reader how to read, and is no part of an answer.
OF_SLOT = ("sequence", "crc", "length", "bank", "history_oldest", "names_bytes", "names_crc", "novelty")
# Listed values that a later version may add to, with the numbers that this one knows.
LISTED = (("week_start", range(7), 0), ("scan_state", (0, 1), 0), ("kind", range(5), 0), ("following", range(3), 0),
          ("state", (1, 2), 1), ("superseded", (0, 1), 1))


def load():
    """The script as a module."""
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "any.py")
    spec = importlib.util.spec_from_file_location("any_snapshot", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def newest(rows):
    complete = [row for row in rows if row["sequence"] and row["sequence"] % 2 == 0]
    return max(complete, key=lambda row: row["sequence"], default=None)


def known(row):
    """A row with numbers that are not listed as a reader of this version gives them."""
    return {name: next((least for listed, numbers, least in LISTED if listed == name and value not in numbers), value)
            for name, value in row.items() if name != "novelty"}


def answer(parts, now, held):
    """The answer that the parts of a snapshot make."""
    static, control, slot = parts["static"][0], parts["control"][0], newest(parts["slot"])
    tables = {}
    for table in TABLES:
        rows = parts[table][slot["bank"]][: slot[table + "_rows"]]
        tables[table] = [known(row) for row in rows]
    oldest = slot["history_oldest"]
    tables["history"] = tables["history"][oldest:] + tables["history"][:oldest]
    health = newest(parts["health"][0])
    boot = static["boot_id"]
    boot = None if not int(boot, 16) else "-".join((boot[:8], boot[8:12], boot[12:16], boot[16:20], boot[20:]))
    page = {name: static[name] for name in ("epoch", "writer_pid", "writer_started_at", "created_at", "week_start",
                                            "program", "zone")}
    control = known(control)
    age = abs(now - control["heartbeat_wall"])
    over = {name: slot[name]["end"] <= now for name in ("today", "this_week", "this_month", "block")}
    over["block"] = over["block"] if slot["block"]["end"] else None
    left_out = OF_SLOT + tuple(table + "_rows" for table in TABLES)
    return {"snapshot": {
        "page": known(page) | {"version": ".".join(map(str, static["version"])), "boot_id": boot},
        "superseded": control["superseded"],
        "state": control["state"],
        "slot": {"generation": slot["sequence"] // 2}
        | {name: value for name, value in known(slot).items() if name not in left_out},
        **tables,
        "health": health and {name: value for name, value in known(health).items() if name not in ("sequence", "crc")},
        "freshness": "stopped" if control["state"] == 2 else "live" if held and age <= 15_000 else "dead",
        "heartbeat_age_ms": age,
        "over": over,
    }}


def describes_itself(module, data):
    """Whether the layout is the one that the file was made with: readers do not ask, so some vectors have another."""
    entries = range(module.DIRECTORY, module.DIRECTORY + module.ENTRIES * module.ENTRY_BYTES, module.ENTRY_BYTES)
    at = next(at for at in entries if module.number(data[at:at + 4]) == module.LAYOUT_ID)
    offset, length = module.number(data[at + 8:at + 16]), module.number(data[at + 16:at + 24])
    return zlib.crc32(data[offset:offset + length]) == module.number(data[LAYOUT_CRC:LAYOUT_CRC + 8])


def row(cases, every=1):
    """How many of the cases that are read it reads the same in each group, of how many, and the differences.

    It decodes all that is in a file, which takes its time: it may be asked for all golden vectors and one in so many others.
    """
    module, right, wrong = load(), {}, []
    # Almost all vectors hold the same layout.
    module.json = types.SimpleNamespace(loads=functools.lru_cache(8)(json.loads))
    for number, case in enumerate(cases):
        if number % every and case["group"] != "golden":
            continue
        passed, of = right.get(case["group"], (0, 0))
        right[case["group"]] = (passed, of)
        if "error" in case["answer"]:
            continue
        try:
            with open(case["path"], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                if not describes_itself(module, data):
                    continue
                parts = dict(module.Snapshot(data).parts())
            told = vectors.difference(case["answer"], answer(parts, case["now_ms"], case["held"]))
        except (IndexError, KeyError, OSError, TypeError, ValueError) as error:
            told = repr(error)
        right[case["group"]] = (passed + (told is None), of + 1)
        if told is not None:
            wrong.append(f"{case['name']}: {told}")
    return right, wrong
