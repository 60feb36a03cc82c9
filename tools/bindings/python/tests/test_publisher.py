"""Facts about a real publisher, if its programs are built: `CCO_PROGRAMS`, or a Cargo target folder."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from snapshots import REPOSITORY

import cco

LINE = {
    "type": "assistant",
    "timestamp": "2026-01-05T10:00:00.000Z",
    "sessionId": "0189a1f0-5d3e-7c4a-8b21-00000000000a",
    "cwd": "/home/me/work",
    "requestId": "req_1",
    "message": {
        "id": "msg_1",
        "model": "claude-opus-4-5-20251101",
        "role": "assistant",
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1000, "output_tokens": 100},
    },
}


def program() -> Path:
    folders = [Path(os.environ.get("CCO_PROGRAMS", "")), REPOSITORY / "target/release", REPOSITORY / "target/debug"]
    found = [folder / "cco" for folder in folders if folder.is_absolute() and (folder / "cco").is_file()]
    if not found:
        pytest.skip("NOT RUN: cco is not built; set CCO_PROGRAMS to the folder with it")
    return found[0]


def line(number: int) -> str:
    request = {**LINE, "requestId": f"req_{number}", "message": {**LINE["message"], "id": f"msg_{number}"}}  # type: ignore[dict-item]
    return json.dumps(request) + "\n"


def test_a_reader_follows_a_publisher_and_sees_it_stop(tmp_path: Path) -> None:
    cco_program = program()
    roots = tmp_path / "claude"
    transcript = roots / "projects/-home-me-work/0189a1f0-5d3e-7c4a-8b21-00000000000a.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_text(line(1))
    path = tmp_path / "state/usage.snapshot"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CCO_SNAPSHOT": str(path)}
    for name in ("STATE", "CONFIG", "CACHE"):
        environment[f"XDG_{name}_HOME"] = str(tmp_path / name)
    command = [str(cco_program), "publish", "--root", str(roots)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as publisher:
        try:
            until = time.monotonic() + 60
            while not path.exists() and time.monotonic() < until:
                time.sleep(0.01)
            reader = cco.open(path)
            for totals in reader.changes(timeout=60):
                if totals.complete:
                    break
            assert (totals.all_time.requests, totals.all_time.tokens) == (1, 1100)
            assert totals.all_time.cost_usd > 0
            assert reader.freshness.live
            assert [model.name for model in reader.frame().models] == ["claude-opus-4-5-20251101"]
            with transcript.open("a") as file:
                file.write(line(2))
            newer = reader.wait(60)
            assert newer is not None and newer.all_time.requests == 2
        finally:
            publisher.terminate()
            publisher.wait(60)
    assert reader.freshness.publisher == "stopped"
    assert reader.frame().sessions[0].counters.requests == 2
