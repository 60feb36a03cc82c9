"""An editor on a real terminal beside a real publisher, for tests of editors' plugins.

Invariant: everything runs with a home of its own, and what was started is ended by whoever started it. Programs of cco come
from PATH.
"""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

PATIENCE_SECONDS = 20
SESSION = "7d21c4e0-0000-4000-8000-000000000001"


class Terminal:
    """An editor, with its arguments, on a terminal of its own."""

    def __init__(self, folder, command, environment):
        self.socket, self.environment = str(folder / "socket"), environment
        settings = folder / "tmux.conf"
        settings.write_text('set -g status off\nset -g default-terminal "tmux-256color"\nset -sg escape-time 0\n')
        self.tmux("-f", str(settings), "new-session", "-d", "-x", "80", "-y", "24", *command)
        self.process = int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def tmux(self, *arguments):
        line = ["tmux", "-S", self.socket, *arguments]
        folder = self.environment["HOME"] + "/engine"
        return subprocess.run(line, env=self.environment, check=True, capture_output=True, cwd=folder).stdout.decode()

    def shown(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, columns, rows=24):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        # The status line ends at the last column once the editor has seen it.
        self.until(rf"(?m)^(?=.{{{columns}}}$).* left$", "the new width")

    def until(self, pattern, about):
        """Waits until the screen has this; returns the match."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            shown = self.shown()
            found = re.search(pattern, shown)
            if found:
                return found
            time.sleep(0.02)
        sys.exit(f"FAILED: {about}: the screen does not show {pattern!r}:\n{shown}")

    def end(self):
        """Ends the editor and waits for it: it may write files until it is gone."""
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment, capture_output=True)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and pathlib.Path(f"/proc/{self.process}").exists():
            time.sleep(0.02)


def own_environment(home):
    kept = {name: os.environ[name] for name in ("PATH", "VIMRUNTIME") if name in os.environ}
    own = {
        "HOME": home,
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_RUNTIME_DIR": home / "run",
    }
    return {**kept, **{name: str(path) for name, path in own.items()}, "LANG": "C.UTF-8", "TERM": "xterm-256color"}


def append(home, number):
    """A request of now that costs five dollars."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    record = {
        "type": "assistant",
        "sessionId": SESSION,
        "cwd": str(home / "engine"),
        "timestamp": now.replace("+00:00", "Z"),
        "message": {
            "id": f"msg_screen_{number}",
            "model": "claude-opus-5",
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 1_000_000, "output_tokens": 1},
        },
    }
    # Claude Code names a project's folder after its path.
    project = re.sub("[^A-Za-z0-9]", "-", record["cwd"])
    transcript = home / ".claude/projects" / project / f"{SESSION}.jsonl"
    transcript.parent.mkdir(exist_ok=True)
    with transcript.open("a") as file:
        file.write(json.dumps(record) + "\n")


class Publisher:
    def __init__(self, environment):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(["cco", "publish"], env=environment, **quiet)

    def end(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_SECONDS)


def seconds_to_change(screen, home):
    """How long it takes until an append shows, with no key pressed."""
    quickest = None
    # The machine may be busy; one append that shows in time proves that no keypress is waited for.
    for number in range(3):
        before = screen.until(r"(\$[\d,.]+) today", "today's cost")[1]
        began = time.monotonic()
        append(home, number)
        screen.until(rf"(?!{re.escape(before)})\$[\d,.]+ today", "the cost after an append")
        took = time.monotonic() - began
        quickest = min(took, quickest or took)
    if quickest >= 1:
        sys.exit(f"FAILED: an append showed after {quickest:.2f} s, not within a second")
    return quickest


def needs_tmux(about):
    if not shutil.which("tmux"):
        print(f"NOT RUN: {about}: tmux is missing", file=sys.stderr)
        sys.exit(77)
