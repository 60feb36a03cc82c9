#!/usr/bin/env python3
"""Makes the ledger beside this file: one of version 3, whose rollups do not say which subagent it was.

    python3 make.py PROGRAM     (a `cco` whose ledger has version 3)

In one quarter hour of one session, model and branch there are requests of two subagents of one type, and of a third whose
type only the file beside its transcript would name.
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
WHOLE = pathlib.Path("/tmp/cco-version-3")
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"


def line(number, minute, model=SONNET, output=10, **dimensions):
    usage = {"input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 1000}
    message = {"id": f"msg_{number}", "model": model, "stop_reason": "end_turn", "usage": usage}
    return {"type": "assistant", "sessionId": "s-1", "uuid": f"u-{number}", "cwd": "/home/ada/alpha",
            "timestamp": f"2026-10-01T10:{minute:02}:00.000Z", "message": message, **dimensions}


def main(program):
    explore = {"gitBranch": "main", "attributionAgent": "Explore", "isSidechain": True, "model": HAIKU}
    lines = [
        line(1, 0, gitBranch="main", effort="high", entrypoint="cli"),
        line(2, 1, **explore, agentId="a1"),
        line(3, 2, **explore, agentId="a2"),
        line(4, 3, **explore, agentId="a2"),
        line(5, 4, gitBranch="topic", agentId="a3", isSidechain=True),
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
        assert ledger.execute("PRAGMA user_version").fetchone() == (3,), "a program of another version"
        target = HERE / "ledger.db"
        target.unlink(missing_ok=True)
        ledger.execute("VACUUM INTO ?", [str(target)])
        ledger.close()
    shutil.rmtree(WHOLE)


main(sys.argv[1])
