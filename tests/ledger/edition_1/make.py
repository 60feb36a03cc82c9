#!/usr/bin/env python3
"""Makes the ledger and the transcripts beside this file. See README.md.

    python3 make.py PROGRAM     (a `cco` whose ledger has version 1)
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
STANDING = HERE / "standing"
# Its name ends up in the ledger, so it is the same wherever this runs.
WHOLE = pathlib.Path("/tmp/cco-edition-1")
ALPHA, BETA = "-home-ada-alpha", "-home-ada-beta"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"

standing, gone = {}, {}
minutes = 0


def usage(output, input=10, read=1000, **more):
    return {"input_tokens": input, "output_tokens": output, "cache_read_input_tokens": read, **more}


def line(session, id, tokens, request=None, model=SONNET, stop=None, **more):
    """A record, each a minute after the one before."""
    global minutes
    minutes += 1
    at = f"2026-02-{1 + minutes // 1440:02}T{minutes // 60 % 24:02}:{minutes % 60:02}:07.500Z"
    message = {"id": id, "role": "assistant", "model": model, "stop_reason": stop, "usage": tokens}
    record = {"parentUuid": None, "sessionId": session, "type": "assistant", "timestamp": at}
    if request:
        record["requestId"] = request
    record.update(more)
    record["message"] = message
    return json.dumps(record, separators=(",", ":"))


def put(files, project, name, *lines):
    files[f"projects/{project}/{name}"] = "".join(text + "\n" for text in lines)


# Messages of Anthropic's API whose transcript stands: one that streamed, one with all that is new.
put(
    standing, ALPHA, "s-standing.jsonl",
    line("s-standing", "msg_a1", usage(1), "req_a1"),
    line("s-standing", "msg_a1", usage(300), "req_a1", stop="end_turn"),
    line(
        "s-standing", "msg_a2",
        usage(400, output_tokens_details={"thinking_tokens": 150}, server_tool_use={"web_fetch_requests": 2}),
        "req_a2", stop="tool_use", gitBranch="main", effort="high", entrypoint="cli",
    ),
)

# The same, gone.
put(
    gone, ALPHA, "s-gone.jsonl",
    line("s-gone", "msg_b1", usage(500), "req_b1", stop="end_turn"),
    line("s-gone", "msg_b2", usage(70, server_tool_use={"web_search_requests": 3}), "req_b2", model=HAIKU),
)

# The original is gone, a lower copy in a fork stands.
original = line("s-original", "msg_c1", usage(600), "req_c1", stop="end_turn")
put(gone, ALPHA, "s-original.jsonl", original)
put(
    standing, ALPHA, "s-fork.jsonl",
    line("s-fork", "msg_c1", usage(45), "req_c1", forkedFrom={"sessionId": "s-original"}, gitBranch="fork"),
    line("s-fork", "msg_c2", usage(20), "req_c2", stop="end_turn"),
)

# Copies in background sessions, whose names are lower than those of the sessions they were copied from. In the first
# edition they took the request; one of the two is gone.
put(
    standing, ALPHA, "s-background.jsonl",
    line("s-background", "msg_d1", usage(80), "req_d1", stop="end_turn", sessionKind="bg"),
)
put(
    gone, ALPHA, "s-background-gone.jsonl",
    line("s-background-gone", "msg_d2", usage(90), "req_d2", stop="end_turn", sessionKind="bg"),
)
put(
    standing, ALPHA, "s-foreground.jsonl",
    line("s-foreground", "msg_d1", usage(80), "req_d1", stop="end_turn"),
    line("s-foreground", "msg_d2", usage(90), "req_d2", stop="end_turn"),
)

# A gateway that names all messages of a session alike, standing.
put(
    standing, BETA, "s-gateway.jsonl",
    line("s-gateway", "chatcmpl-0", usage(110), "req_e1", stop="end_turn"),
    line("s-gateway", "chatcmpl-0", usage(2), "req_e2"),
    line("s-gateway", "chatcmpl-0", usage(120), "req_e2", stop="end_turn"),
    line("s-gateway", "chatcmpl-0", usage(100), "req_e3", model=HAIKU, stop="end_turn"),
)

# The same, gone; the first edition kept one of its two requests.
put(
    gone, BETA, "s-gateway-gone.jsonl",
    line("s-gateway-gone", "chatcmpl-0", usage(130), "req_f1", stop="end_turn"),
    line("s-gateway-gone", "chatcmpl-0", usage(140), "req_f2", stop="end_turn"),
)

# A gateway session whose highest request was in a transcript that is gone.
put(
    standing, BETA, "s-gateway-part.jsonl",
    line("s-gateway-part", "chatcmpl-0", usage(10), "req_g1", stop="end_turn"),
    line("s-gateway-part", "chatcmpl-0", usage(25), "req_g2", stop="end_turn"),
)
put(
    gone, BETA, "s-gateway-part/subagents/agent-1.jsonl",
    line("s-gateway-part", "chatcmpl-0", usage(900), "req_g3", stop="end_turn", isSidechain=True),
)

# The same, but what is gone had a model of its own: it is no copy of what stands.
put(
    standing, BETA, "s-gateway-model.jsonl",
    line("s-gateway-model", "chatcmpl-0", usage(15), "req_h1", stop="end_turn"),
)
put(
    gone, BETA, "s-gateway-model/subagents/agent-2.jsonl",
    line("s-gateway-model", "chatcmpl-0", usage(800), "req_h2", model=HAIKU, stop="end_turn", isSidechain=True),
)


def replaced(session, id, request):
    """An answer whose first attempt was replaced by a fallback, with an advisor's answer besides."""
    iterations = [
        {"type": "message", "model": HAIKU, "input_tokens": 5, "output_tokens": 60},
        {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 8, "output_tokens": 30},
        {"type": "fallback_message", "model": SONNET, "input_tokens": 10, "output_tokens": 210},
    ]
    return line(session, id, usage(210, iterations=iterations), request, stop="end_turn")


put(standing, BETA, "s-fallback.jsonl", replaced("s-fallback", "msg_i1", "req_i1"))
put(gone, BETA, "s-fallback-gone.jsonl", replaced("s-fallback-gone", "msg_i2", "req_i2"))

# Costs that transcripts of 1.0 gave.
put(standing, BETA, "s-old.jsonl", line("s-old", "msg_j1", usage(50), "req_j1", costUSD=0.0123))
put(gone, BETA, "s-old-gone.jsonl", line("s-old-gone", "msg_j2", usage(60), "req_j2", costUSD=0.0456))

# A killed process left the start of a record, and a whole one follows on its line.
put(
    standing, BETA, "s-damage.jsonl",
    line("s-damage", "msg_k1", usage(33), "req_k1", stop="end_turn"),
    '{"parentUuid":null,"sessionId":"s-dam' + line("s-damage", "msg_k2", usage(44), "req_k2", stop="end_turn"),
)

# A transcript that was set aside: the first edition did not read it.
put(
    standing, BETA, "s-aside.jsonl.superseded-1769990000000",
    line("s-aside", "msg_l1", usage(66), "req_l1", stop="end_turn"),
)


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    for folder in (STANDING, WHOLE):
        shutil.rmtree(folder, ignore_errors=True)
    write(STANDING, standing)
    write(WHOLE, standing)
    write(WHOLE, gone)
    state = WHOLE / "state"
    options = ["--root", WHOLE, "--state", state, "--snapshot", WHOLE / "usage.snapshot", "--timezone", "UTC"]
    environment = {"HOME": str(WHOLE), "PATH": ""}
    subprocess.run([program, "publish", "--once", *options], env=environment, check=True)
    ledger = sqlite3.connect(state / "ledger.db")
    version = ledger.execute("PRAGMA user_version").fetchone()[0]
    assert version == 1, f"{program} writes ledgers of version {version}"
    ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # Not in WAL mode, the file can be read wherever it is, also in a folder that cannot be written.
    ledger.execute("PRAGMA journal_mode = DELETE")
    ledger.execute("VACUUM")
    ledger.close()
    shutil.copyfile(state / "ledger.db", HERE / "ledger.db")
    shutil.rmtree(WHOLE)


main()
