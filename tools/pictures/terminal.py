#!/usr/bin/env python3
"""Draws a terminal session as SVG: runs each command in a pseudo-terminal and sets what it prints.

    tools/pictures/terminal.py OUT.svg [--columns N] [--home DIR] [--env NAME=VALUE]... COMMAND...

Each COMMAND is a line for `sh`, shown after a prompt. Programs get a home of their own, empty or a copy of DIR, so the
picture shows nothing of this machine. Only text, colour, bold and dim are drawn; a program that moves the cursor is not.
"""

import argparse
import fcntl
import html
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

CELL, LINE, PAD, BAR = 8.43, 19, 16, 30
COLOURS = ["#5b6078", "#ed8796", "#a6da95", "#eed49f", "#8aadf4", "#f5bde6", "#8bd5ca", "#cad3f5"]
TEXT, DIM, GROUND, EDGE, PROMPT = "#cad3f5", "#8087a2", "#24273a", "#363a4f", "#a6da95"
ESCAPE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\x1b\].*?(?:\x07|\x1b\\)")


def run(command, columns, environment):
    """What a command prints to a terminal of that many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(["sh", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    output = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux: the other side has been closed
            break
        if not piece:
            break
        output += piece
    os.close(ours)
    if process.wait() != 0:
        sys.exit(f"{command}: exit code {process.returncode}\n{output.decode(errors='replace')}")
    return output.decode().replace("\r\n", "\n").rstrip("\n")


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans(line):
    """The pieces of a line, each with its column and style."""
    column, at, style = 0, 0, {}
    for match in list(ESCAPE.finditer(line)) + [None]:
        text = line[at : match.start() if match else len(line)]
        if text:
            yield column, text, dict(style)
            column += width(text)
        if match is None:
            return
        at = match.end()
        if match.group(2) == "m":
            for code in map(int, (match.group(1) or "0").split(";")):
                if code == 0:
                    style = {}
                elif code == 1:
                    style["bold"] = True
                elif code == 2:
                    style["colour"] = DIM
                elif code in (22, 39):
                    style.pop("bold" if code == 22 else "colour", None)
                elif 30 <= code <= 37 or 90 <= code <= 97:
                    style["colour"] = COLOURS[code % 10]


def draw(lines, columns):
    wide, high = round(columns * CELL + 2 * PAD), BAR + len(lines) * LINE + 2 * PAD
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img">',
        f'<rect width="{wide}" height="{high}" rx="8" fill="{GROUND}" stroke="{EDGE}"/>',
    ]
    out += [f'<circle cx="{20 + 18 * n}" cy="{BAR / 2 + 3}" r="5" fill="{EDGE}"/>' for n in range(3)]
    out.append('<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" xml:space="preserve">')
    for row, line in enumerate(lines):
        y = BAR + PAD + row * LINE + 14
        for column, text, style in spans(line):
            if not text.strip():
                continue
            # Each piece is stretched to its cells, so that columns line up in any font.
            bold = ' font-weight="bold"' if style.get("bold") else ""
            colour = style.get("colour", TEXT)
            out.append(
                f'<text x="{PAD + column * CELL:.1f}" y="{y}" fill="{colour}"{bold} '
                f'textLength="{width(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs">{html.escape(text)}</text>'
            )
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--home", metavar="DIR")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("commands", nargs="+")
    arguments = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as home:
        if arguments.home:
            shutil.copytree(arguments.home, home, dirs_exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"}
        environment.update(pair.split("=", 1) for pair in arguments.env)
        for command in arguments.commands:
            output = run(command, arguments.columns, environment)
            lines += [f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m", *output.replace(home, "~").split("\n"), ""]
    with open(arguments.out, "w", encoding="utf-8") as file:
        file.write(draw(lines[:-1], arguments.columns))


if __name__ == "__main__":
    main()
