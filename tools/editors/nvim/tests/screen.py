#!/usr/bin/env python3
"""Shows the plugin in a real Neovim on a real terminal, installed as a user would, beside a real publisher.

    tests/screen.py NVIM [CAPTURES]

It checks what the screen says: missing, today's cost, the cost a second after an append, dead, stale, missing again. With
CAPTURES it leaves what the screens showed in that folder. Programs of cco come from PATH. It ends with 77 if tmux is missing.
"""

import pathlib
import signal
import subprocess
import sys
import tempfile

PLUGIN = pathlib.Path(__file__).parents[1].resolve()
REPOSITORY = PLUGIN.parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(PLUGIN.parent))

from terminal import (  # noqa: E402 (where it is is known now)
    Publisher,
    Terminal,
    append,
    needs_tmux,
    own_environment,
    seconds_to_change,
)

# What README says a user writes.
LINE = """vim.o.statusline = "%<%f %= %{v:lua.require'cco'.status()}"\n"""
assert LINE in (PLUGIN / "README.md").read_text()
SETTINGS = "vim.o.laststatus = 2\n" + LINE


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


def check(editor, home, captures):
    environment = own_environment(home)
    install(home)
    subprocess.run(["python3", REPOSITORY / "tools/pictures/sample_home.py", home], check=True)
    screen, publisher = Terminal(home, [editor, "-n", "notes.md"], environment), None
    number = 0

    def keep(name):
        nonlocal number
        number += 1
        if captures:
            (captures / f"{number:02}-{name}.txt").write_text(screen.shown())

    try:
        screen.until(r"cco: missing", "without a snapshot")
        keep("missing")
        append(home, "first")
        publisher = Publisher(environment)
        screen.until(r"\$[\d,.]+ today · \$[\d,.]+ block, \d+[hm]", "a live publisher")
        quickest = seconds_to_change(screen, home)
        keep("live")
        for columns in (40, 80, 120):
            screen.resize(columns)
            screen.keys(":Cco", "Enter")
            screen.until(r"Claude Code usage: live", "the summary")
            screen.until(r"Block +\$[\d,.]+  \d+[hm]", "the block in the summary")
            screen.until(r"Project +\$[\d,.]+  engine", "the project of the folder")
            keep(f"summary-{columns}")
            screen.keys("q")
            screen.until(r"(?s)^(?!.*Claude Code usage)", "the end of the summary")
        screen.resize(80)
        screen.keys(":Cco reports daily --last 2", "Enter")
        screen.until(r"(?s)Total.*Process exited 0", "a report")
        keep("report")
        screen.keys("C-\\", "C-n", "q")
        screen.until(r"(?s)^(?!.*Process exited)", "the end of the report")
        publisher.end(signal.SIGKILL)
        screen.until(r"\? today .*dead \d+s", "a publisher that was killed")
        keep("dead")
        publisher = Publisher(environment)
        screen.until(r"\$[\d,.]+ today · \$[\d,.]+ block", "the next publisher")
        publisher.end(signal.SIGTERM)
        screen.until(r"\? today .*stale \d+s", "a publisher that stopped")
        keep("stale")
        (home / ".local/state/cco/usage.snapshot").unlink()
        screen.until(r"cco: missing", "a deleted snapshot")
        screen.keys(":qall!", "Enter")
    finally:
        screen.end()
        if publisher:
            publisher.end(signal.SIGKILL)
    return quickest


def main():
    needs_tmux("the Neovim plugin was not shown on a terminal")
    captures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if captures:
        captures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        quickest = check(sys.argv[1], pathlib.Path(folder), captures)
    print(f"screen: an append showed after {quickest * 1000:.0f} ms")


if __name__ == "__main__":
    main()
