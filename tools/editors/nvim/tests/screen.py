#!/usr/bin/env python3
"""Shows the plugin in a real Neovim on a real terminal, installed as a user would, beside a real publisher.

    tests/screen.py NVIM [CAPTURES]

It checks what the screen says: missing, today's cost, the cost a second after an append, dead, stale, missing again. With
CAPTURES it leaves what the screens showed in that folder. Programs of cco come from PATH. It ends with 77 if tmux is missing.
"""

import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PLUGIN = pathlib.Path(__file__).parents[1].resolve()
REPOSITORY = PLUGIN.parents[2]
PATIENCE_SECONDS = 20
SESSION = "7d21c4e0-0000-4000-8000-000000000001"
# What README says a user writes.
LINE = """vim.o.statusline = "%<%f %= %{v:lua.require'cco'.status()}"\n"""
assert LINE in (PLUGIN / "README.md").read_text()
SETTINGS = "vim.o.laststatus = 2\n" + LINE


class Terminal:
    """Neovim on a terminal of its own."""

    def __init__(self, folder, editor, environment):
        self.socket, self.environment = str(folder / "socket"), environment
        settings = folder / "tmux.conf"
        settings.write_text('set -g status off\nset -g default-terminal "tmux-256color"\nset -sg escape-time 0\n')
        self.tmux("-f", str(settings), "new-session", "-d", "-x", "80", "-y", "24", editor, "-n", "notes.md")

    def tmux(self, *arguments):
        line = ["tmux", "-S", self.socket, *arguments]
        return subprocess.run(line, env=self.environment, check=True, capture_output=True, cwd=self.environment["HOME"] + "/engine").stdout.decode()

    def shown(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, columns, rows=24):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        # The status line ends at the last column once Neovim has seen it.
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
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment, capture_output=True)


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


def install(home):
    """As README says: a link among the packages, and the status line in init.lua."""
    packages = home / ".local/share/nvim/site/pack/cco/start"
    packages.mkdir(parents=True)
    (packages / "cco").symlink_to(PLUGIN)
    settings = home / ".config/nvim/init.lua"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS)
    (home / "run").mkdir(mode=0o700)
    (home / "engine").mkdir()


def append(home, number):
    """A request of now that costs five dollars."""
    record = {
        "type": "assistant",
        "sessionId": SESSION,
        "cwd": str(home / "engine"),
        "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "message": {"id": f"msg_screen_{number}", "model": "claude-opus-5", "stop_reason": "end_turn", "usage": {"input_tokens": 1_000_000, "output_tokens": 1}},
    }
    # Claude Code names a project's folder after its path.
    project = re.sub("[^A-Za-z0-9]", "-", record["cwd"])
    transcript = home / ".claude/projects" / project / f"{SESSION}.jsonl"
    transcript.parent.mkdir(exist_ok=True)
    with transcript.open("a") as file:
        file.write(json.dumps(record) + "\n")


class Publisher:
    def __init__(self, environment):
        self.process = subprocess.Popen(["cco", "publish"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_SECONDS)


def seconds_to_change(terminal, home):
    """How long it takes until an append shows, with no key pressed."""
    quickest = None
    # The machine may be busy; one append that shows in time proves that no keypress is waited for.
    for number in range(3):
        before = terminal.until(r"(\$[\d,.]+) today", "today's cost")[1]
        began = time.monotonic()
        append(home, number)
        terminal.until(rf"(?!{re.escape(before)})\$[\d,.]+ today", "the cost after an append")
        took = time.monotonic() - began
        quickest = min(took, quickest or took)
    if quickest >= 1:
        sys.exit(f"FAILED: an append showed after {quickest:.2f} s, not within a second")
    return quickest


def check(editor, home, captures):
    environment = own_environment(home)
    install(home)
    subprocess.run(["python3", REPOSITORY / "tools/pictures/sample_home.py", home], check=True)
    terminal, publisher = Terminal(home, editor, environment), None
    number = 0

    def keep(name):
        nonlocal number
        number += 1
        if captures:
            (captures / f"{number:02}-{name}.txt").write_text(terminal.shown())

    try:
        terminal.until(r"cco: missing", "without a snapshot")
        keep("missing")
        append(home, "first")
        publisher = Publisher(environment)
        terminal.until(r"\$[\d,.]+ today · \$[\d,.]+ block, \d+[hm]", "a live publisher")
        quickest = seconds_to_change(terminal, home)
        keep("live")
        for columns in (40, 80, 120):
            terminal.resize(columns)
            terminal.keys(":Cco", "Enter")
            terminal.until(r"Claude Code usage: live", "the summary")
            terminal.until(r"Block +\$[\d,.]+  \d+[hm]", "the block in the summary")
            terminal.until(r"Project +\$[\d,.]+  engine", "the project of the folder")
            keep(f"summary-{columns}")
            terminal.keys("q")
            terminal.until(r"(?s)^(?!.*Claude Code usage)", "the end of the summary")
        terminal.resize(80)
        terminal.keys(":Cco reports daily --last 2", "Enter")
        terminal.until(r"(?s)Total.*Process exited 0", "a report")
        keep("report")
        terminal.keys("C-\\", "C-n", "q")
        terminal.until(r"(?s)^(?!.*Process exited)", "the end of the report")
        publisher.end(signal.SIGKILL)
        terminal.until(r"\? today .*dead \d+s", "a publisher that was killed")
        keep("dead")
        publisher = Publisher(environment)
        terminal.until(r"\$[\d,.]+ today · \$[\d,.]+ block", "the next publisher")
        publisher.end(signal.SIGTERM)
        terminal.until(r"\? today .*stale \d+s", "a publisher that stopped")
        keep("stale")
        (home / ".local/state/cco/usage.snapshot").unlink()
        terminal.until(r"cco: missing", "a deleted snapshot")
        terminal.keys(":qall!", "Enter")
    finally:
        terminal.end()
        if publisher:
            publisher.end(signal.SIGKILL)
    return quickest


def main():
    if not shutil.which("tmux"):
        print("NOT RUN: the plugin was not shown on a terminal: tmux is missing", file=sys.stderr)
        sys.exit(77)
    captures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if captures:
        captures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        quickest = check(sys.argv[1], pathlib.Path(folder), captures)
    print(f"screen: an append showed after {quickest * 1000:.0f} ms")


if __name__ == "__main__":
    main()
