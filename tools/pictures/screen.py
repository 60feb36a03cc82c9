"""A real terminal, tmux, in which a command is run: what it shows, and the bytes that it was sent."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import time

# Nothing here takes as long.
PATIENCE_SECONDS = 60
ROWS = 400
END = "== end of the command =="
SETTINGS = "set -g default-terminal screen-256color\nset -g status off\nset -g history-limit 2000\n"


class Screen:
    """What a command left on a terminal of so many columns."""

    def __init__(self, command, columns, shown, unwrapped, sent, code):
        self.command, self.columns, self.code = command, columns, code
        # Lines as they stand there, with colours; the same with those joined that the terminal wrapped; the bytes.
        self.shown, self.unwrapped, self.sent = shown, unwrapped, sent


def run(command, columns, environment):
    """Runs a line for `sh` in a terminal of its own."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        begin, code, sent, settings = (folder / name for name in ("begin", "code", "sent", "settings"))
        os.mkfifo(begin)
        settings.write_text(SETTINGS)
        script = f"read -r _ <{begin}; {command}; echo $? >{code}; echo; echo {shlex.quote(END)}; exec sleep {PATIENCE_SECONDS}"

        def tmux(*arguments):
            line = ["tmux", "-S", str(folder / "socket"), "-f", str(settings), *arguments]
            done = subprocess.run(line, env=environment, check=True, capture_output=True)
            return done.stdout.decode()

        tmux("-u", "new-session", "-d", "-x", str(columns), "-y", str(ROWS), f"sh -c {shlex.quote(script)}")
        try:
            tmux("pipe-pane", f"exec cat >{sent}")
            begin.write_text("now\n")
            end = END[:columns]
            wait_for(lambda: sent.exists() and END.encode() in sent.read_bytes())
            wait_for(lambda: end in tmux("capture-pane", "-p", "-S", "-"))
            shown = tmux("capture-pane", "-p", "-e", "-S", "-")
            unwrapped = tmux("capture-pane", "-p", "-J", "-S", "-")
        finally:
            tmux("kill-server")
        before = lambda text: without_end(text[: text.rindex(end)].split("\n"))
        sent = sent.read_bytes()
        sent = sent[: sent.rindex(END.encode())].decode(errors="surrogateescape")
        return Screen(command, columns, before(shown), before(unwrapped), sent, int(code.read_text()))


def without_end(lines):
    """Lines without empty ones at their end, which may hold the end of a colour."""
    while lines and not re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip():
        lines.pop()
    return lines


def wait_for(condition):
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the command does not end")
        time.sleep(0.01)
