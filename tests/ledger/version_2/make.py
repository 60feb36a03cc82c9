#!/usr/bin/env python3
"""Makes the ledger beside this file: one of version 2, whose rollups know nothing of dimensions.

    python3 make.py PROGRAM     (a `cco` whose ledger has version 2)

In one quarter hour of one session and model there are requests of two branches, of two skills and of two subagents.
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Its name ends up in the ledger, so it is the same wherever this runs.
WHOLE = pathlib.Path("/tmp/cco-version-2")
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"


def line(number, minute, model=SONNET, output=10, **dimensions):
    usage = {"input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 1000}
    message = {"id": f"msg_{number}", "model": model, "stop_reason": "end_turn", "usage": usage}
    return {"type": "assistant", "sessionId": "s-1", "uuid": f"u-{number}", "cwd": "/home/ada/alpha",
            "timestamp": f"2026-10-01T10:{minute:02}:00.000Z", "message": message, **dimensions}


def main(program):
    lines = [
        line(1, 0, gitBranch="main", effort="high", entrypoint="cli"),
        line(2, 1, gitBranch="main", effort="high", entrypoint="cli", attributionSkill="review"),
        line(3, 2, gitBranch="topic", effort="low", entrypoint="cli"),
        line(4, 3, gitBranch="topic", attributionAgent="Explore", agentId="a1", isSidechain=True, model=HAIKU),
        line(5, 4, gitBranch="topic", agentId="a2", isSidechain=True),
        line(6, 50, attributionMcpServer="files", attributionMcpTool="read", attributionPlugin="p"),
    ]
    shutil.rmtree(WHOLE, ignore_errors=True)
    folder = WHOLE / "projects/-home-ada-alpha"
    folder.mkdir(parents=True)
    (folder / "s-1.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    with tempfile.TemporaryDirectory() as home:
        state = pathlib.Path(home) / "state"
        environment = {"HOME": home, "CLAUDE_CONFIG_DIR": str(WHOLE), "XDG_STATE_HOME": str(state)}
        subprocess.run([program, "publish", "--once"], env=environment, check=True, stdout=subprocess.DEVNULL)
        [made] = state.rglob("ledger.db")
        ledger = sqlite3.connect(made)
        assert ledger.execute("PRAGMA user_version").fetchone() == (2,), "a program of another version"
        target = HERE / "ledger.db"
        target.unlink(missing_ok=True)
        ledger.execute("VACUUM INTO ?", [str(target)])
        ledger.close()
    shutil.rmtree(WHOLE)


main(sys.argv[1])
