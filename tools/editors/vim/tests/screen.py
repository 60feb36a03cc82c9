#!/usr/bin/env python3
"""Shows the plugin in a real Vim on a real terminal, installed as a user would, beside a real publisher.

    tests/screen.py VIM [CAPTURES]

As the test of the Neovim plugin. It ends with 77 if tmux is missing.
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
SETTINGS = "set laststatus=2\nset statusline=%<%f\\ %=%{cco#status()}\n"
assert SETTINGS in (PLUGIN / "README.md").read_text()


def install(home):
    packages = home / ".vim/pack/cco/start"
    packages.mkdir(parents=True)
    (packages / "cco").symlink_to(PLUGIN)
    (home / ".vimrc").write_text("set nocompatible encoding=utf-8\n" + SETTINGS)
    (home / "run").mkdir(mode=0o700)
    (home / "engine").mkdir()


def check(editor, home, captures):
    environment = own_environment(home)
    install(home)
    subprocess.run(["python3", REPOSITORY / "tools/pictures/sample_home.py", home], check=True)
    screen, publisher = Terminal(home, [editor, "-n", "notes.md"], environment), None

    def keep(name):
        if captures:
            (captures / f"{name}.txt").write_text(screen.shown())

    try:
        screen.until(r"cco: missing", "without a snapshot")
        append(home, "first")
        publisher = Publisher(environment)
        screen.until(r"\$[\d,.]+ today · \$[\d,.]+ block, \d+[hm]", "a live publisher")
        # Typing goes on while figures come.
        screen.keys("i", "typed")
        quickest = seconds_to_change(screen, home)
        screen.until(r"(?s)^typed.*today", "what was typed")
        screen.keys("Escape")
        keep("live")
        for columns in (40, 80, 120):
            screen.resize(columns)
            screen.keys(":Cco", "Enter")
            screen.until(r"(?s)Claude Code usage.*This month.*Publisher +live", "the summary")
            keep(f"summary-{columns}")
            screen.keys("q")
            screen.until(r"(?s)^(?!.*This month)", "the end of the summary")
        publisher.end(signal.SIGKILL)
        screen.until(r"\? today .*stale \d+s", "a publisher that was killed")
        keep("stale")
        screen.keys(":qall!", "Enter")
    finally:
        screen.end()
        if publisher:
            publisher.end(signal.SIGKILL)
    return quickest


def main():
    needs_tmux("the Vim plugin was not shown on a terminal")
    captures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if captures:
        captures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        quickest = check(sys.argv[1], pathlib.Path(folder), captures)
    print(f"screen: an append showed after {quickest * 1000:.0f} ms")


if __name__ == "__main__":
    main()
