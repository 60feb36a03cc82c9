"""`python -m cco`: what the snapshot says now, as text or JSON.

Invariant: exits as cco-peek does: 0 if values are current, 3 if no publisher keeps them current, else the error's
number. It prints no names of strangers.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from typing import Any

from . import Period, SnapshotError, open, system, usd


def main(arguments: list[str] | None = None) -> int:
    """Prints a summary; returns the exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads this may stop
    parser = argparse.ArgumentParser(prog="python -m cco", description="Show the usage that cco has published.")
    parser.add_argument("--json", action="store_true", help="print JSON: cost in picodollars, cost_usd as text")
    parser.add_argument("snapshot", nargs="?", help="the file to read (default: your snapshot)")
    given = parser.parse_args(arguments)
    try:
        with open(given.snapshot) as reader:
            totals, fresh = reader.totals, reader.freshness
    except SnapshotError as error:
        print(f"cco: {error}", file=sys.stderr)
        return error.code
    facts: dict[str, Any] = {"complete": totals.complete, **fresh._asdict()}
    all_time = Period(0, 1 << 63, totals.all_time)
    for name, period in {**totals._asdict(), "all_time": all_time}.items():
        if isinstance(period, Period):
            used, is_over = period.counters, period.is_over(system.wall_clock_ms())
            facts[name] = {**used._asdict(), "cost_usd": usd(used.cost), "is_over": is_over}
            note = "  (over)" if is_over else "" if totals.complete else "  (still counting)"
            if not given.json:
                print(f"{name.replace('_', ' '):<11}{usd(used.cost, 2):>12} USD{used.tokens:>20,} tokens{note}")
    if given.json:
        print(json.dumps(facts))
    if not fresh.live:
        print(f"cco: stale, the publisher is {fresh.publisher}; start it with `cco daemon start`", file=sys.stderr)
    return 0 if fresh.live else 3


if __name__ == "__main__":
    sys.exit(main())
