"""What a read costs in each host: idle, beside a writer of 1,000 commits a second, and beside one at full speed.

Invariant: each reader measures itself, by its normal way to read; what is compared with is a whole `cco-peek` process.
"""

import os
import subprocess
import time

from checks import live, readers

WRITERS = (("idle", None), ("1 kHz", ["--only", "commits", "--pace", "1000"]), ("full speed", ["--only", "commits"]))
READS = 150_000
PATIENCE_S = 600.0


def table(found, program, folder, environment, peek):
    """Prints the table; the names of readers that gave no cost."""
    path = os.path.join(folder, "cost", "usage.snapshot")
    os.mkdir(os.path.dirname(path))
    subprocess.run([program, "--live", path, "--only", "commits", "--seconds", "1"], env=environment, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    width = max(len(name) for name in ["cco-peek"] + [reader.name for reader in found])
    print("\nwhat a read costs: all totals / the figures of today, in ns (median of 15 batches)")
    print(f"{'reader':<{width}}" + "".join(f"  {name:>19}" for name, _ in WRITERS))
    rows, failed = {reader.name: [] for reader in found}, []
    for _, options in WRITERS:
        for reader in found:
            if options is None:
                answer = ask(reader, path, environment)
            else:
                with live.Writing(program, path, options, environment):
                    answer = ask(reader, path, environment)
            if isinstance(answer, dict) and "ns_per_totals" in answer:
                rows[reader.name].append(f"{answer['ns_per_totals']:,} / {answer['ns_per_today']:,}")
            else:
                rows[reader.name].append("-")
                failed.append(reader.name)
                print(f"{reader.name}: {answer}")
    for name, cells in rows.items():
        print(f"{name:<{width}}" + "".join(f"  {cell:>19}" for cell in cells))
    print(compared(path, environment, peek))
    return failed


def ask(reader, path, environment):
    asked = readers.Asked(reader.cost_command, reader.folder, environment)
    answer = asked.ask({"do": "cost", "path": path, "reads": READS}, PATIENCE_S)
    asked.close()
    return answer


def compared(path, environment, peek):
    """A line on `cco-peek`, which is a process for each read."""
    if not peek:
        return "cco-peek  NOT RUN: give one with --peek"
    command = [os.path.abspath(peek), "--snapshot", path, "--field", "today.cost"]
    times = []
    for _ in range(201):
        begun = time.perf_counter_ns()
        run = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        times.append(time.perf_counter_ns() - begun)
    # Its publisher is gone, which it says by its status.
    if run.returncode not in (0, 3):
        return f"cco-peek  failed: {run.stderr.decode(errors='replace').strip()}"
    return f"cco-peek  {sorted(times)[len(times) // 2]:,} as a process, started by this script"
