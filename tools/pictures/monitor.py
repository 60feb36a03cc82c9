#!/usr/bin/env python3
"""Draws `cco monitor` over the sample as SVG, as it looks in tmux, for light and dark pages.

    tools/pictures/monitor.py OUT PROGRAMS [--columns N] [--lines N] [--keys KEYS]

It writes OUT-light.svg and OUT-dark.svg. PROGRAMS is the folder with cco and cco-peek. KEYS are pressed before the picture is taken. The programs get a home of
their own, so the picture shows nothing of this machine.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

# Nothing is left beside the scripts.
sys.dont_write_bytecode = True

import sample_home
import svg

HERE = pathlib.Path(__file__).parent
PATIENCE = 30


def plain_colours(text):
    """The 16 colours of the palette by their short codes, which is what `svg` draws."""
    short = lambda match: str(30 + int(match[1])) if int(match[1]) < 8 else str(82 + int(match[1]))
    return re.sub(r"38;5;(\d+)", short, text)


def limits():
    now = int(time.time())
    used = {"five_hour": (38.4, 7800), "seven_day": (61, 300000)}
    figures = {name: {"used_percentage": share, "resets_at": now + left} for name, (share, left) in used.items()}
    return json.dumps({"session_id": "s", "rate_limits": figures})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--columns", type=int, default=112)
    parser.add_argument("--lines", type=int, default=28)
    parser.add_argument("--keys", default="")
    arguments = parser.parse_args()
    programs = arguments.programs.resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder, "home")
        subprocess.run([HERE / "sample_home.py", home], check=True)
        environment = {"HOME": str(home), "PATH": f"{programs}:/usr/bin:/bin", "TZ": sample_home.zone(), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        # A status line leaves its report beside a snapshot that is there.
        subprocess.run([programs / "cco", "publish", "--once"], env=environment, check=True, capture_output=True)
        publisher = subprocess.Popen([programs / "cco", "publish"], env=environment, stderr=subprocess.DEVNULL)
        tmux = ["tmux", "-u", "-S", str(pathlib.Path(folder, "tmux")), "-f", "/dev/null"]
        ask = lambda *words: subprocess.run([*tmux, *words], env=environment, check=True, capture_output=True, text=True).stdout
        try:
            subprocess.run([programs / "cco-peek", "statusline"], env=environment, input=limits(), text=True, stdout=subprocess.DEVNULL)
            size = ["-x", str(arguments.columns), "-y", str(arguments.lines)]
            ask("new-session", "-d", *size, f"exec {programs / 'cco'} monitor")
            wait(lambda: "● live" in ask("capture-pane", "-p") and "5-hour limit" in ask("capture-pane", "-p"))
            for key in arguments.keys.split():
                ask("send-keys", key)
            time.sleep(1)
            lines = plain_colours(ask("capture-pane", "-e", "-p")).rstrip("\n").split("\n")
        finally:
            publisher.terminate()
            publisher.wait()
            subprocess.run([*tmux, "kill-server"], env=environment, capture_output=True)
    lines = [line.replace(str(home), "~") for line in lines]
    for name, palette in svg.PALETTES.items():
        pathlib.Path(f"{arguments.out}-{name}.svg").write_text(svg.draw(lines, arguments.columns, palette), encoding="utf-8")


def wait(is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            sys.exit("the monitor shows no figures")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
