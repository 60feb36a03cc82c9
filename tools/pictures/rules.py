"""What no screen of ours may do, whatever the names on it and however narrow it is."""

import re

from svg import ESCAPE

AMOUNT = re.compile(r"~?<?\$\d{1,3}(,\d{3})*(\.\d\d)?[kMBT]?[?+*]*(/h)?[?+*]*")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
FIGURE = re.compile(r"\d{1,3}(,\d{3})+|\d+")
# Marks that may stand beside a figure and are no part of it.
AROUND = "()[]:;·→│|"
STYLE = re.compile(r"\x1b\[[0-9;]*m")
UNSEEN = {0xAD, 0x180E, 0x200B, *range(0x2060, 0x2065), 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB}
TURNING = {0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029}


def plain(text):
    return ESCAPE.sub("", text)


def is_raw(c):
    code = ord(c)
    return code < 0x20 or 0x7F <= code < 0xA0 or code in TURNING | UNSEEN or 0xDC80 <= code <= 0xDCFF


def words(lines):
    return [word.strip(AROUND).rstrip(",.") for line in lines for word in line.split()]


def amounts(lines):
    return {word for word in words(lines) if "$" in word and any(c.isdigit() for c in word)}


def titles(lines):
    """The first title of each table: it stands above a line that is drawn."""
    above = [lines[at - 1] for at, line in enumerate(lines) if at and set(line.strip()) == {"─"}]
    return [re.split(r"\s{2,}", line.strip())[0] for line in above]


def broken(screen, whole):
    """The rules that a screen breaks. `whole` is the screen of the same command on a terminal with room for everything."""
    lines = [plain(line).rstrip() for line in screen.shown]
    all_lines = [plain(line).rstrip() for line in whole.shown]
    wrong = []

    for line in STYLE.sub("", screen.sent).split("\r\n"):
        wrong += [f"a raw {c!r} in {line!r}" for c in sorted(set(filter(is_raw, line)))]
    joined = [plain(line).rstrip() for line in screen.unwrapped]
    if joined != lines:
        wrong += [f"the terminal wrapped: {line}" for line in joined if line not in lines]

    known = amounts(all_lines)
    for amount in sorted(amounts(lines)):
        if not AMOUNT.fullmatch(amount) or amount not in known:
            wrong.append(f"{amount} is not an amount of the whole screen")
        if re.fullmatch(r"\$0(\.00)?", amount):
            wrong.append("$0.00 stands for something that is not free")
    if any("no price" in line for line in all_lines) and not any(re.search(r"no price|\d\+", line) for line in lines):
        wrong.append("nothing says that there is no price")
    for word in words(lines):
        if re.fullmatch(r"[\d,.]*,[\d,.]*", word) and not FIGURE.fullmatch(word.split(".")[0]):
            wrong.append(f"{word} is no whole number")

    whole_words = {word for line in all_lines for word in line.split()}
    for above, below in zip(lines, lines[1:]):
        parts = above.split()[-1:] + below.split()[:1]
        together = "".join(parts)
        is_figure = len(parts) == 2 and re.fullmatch(r"[~<$]*\d[\d.,:TZ+%-]*", together) and together in whole_words
        if is_figure or len(parts) == 2 and TIME.fullmatch(together):
            wrong.append(f"{together} is split")

    for title in titles(all_lines):
        # A long title may be wrapped.
        if not any(line.strip().startswith(title.split()[0]) for line in lines):
            wrong.append(f"the column {title!r} is gone")
    return wrong


def try_themselves():
    """Shows each rule a screen that breaks it, and a good one."""
    from screen import Screen

    def screen(*lines, columns=40, joined=None, sent=None):
        sent = "\r\n".join(lines) if sent is None else sent
        return Screen("it", columns, list(lines), joined or list(lines), sent, 0)

    good = [" Day          Tokens       Cost", "─" * 31, " 2026-01-02    1,234  $1,234.56", " 2026-01-03    1,234   no price"]
    whole = screen(*good, columns=200)
    assert broken(screen(*good), whole) == []

    def is_caught(word, *lines, **what):
        found = broken(screen(*lines, **what), whole)
        assert any(word in rule for rule in found), f"{word}: {found}"

    is_caught("a raw", *good, sent="\x1b[1mDay\x1b[0m \x07")
    is_caught("a raw", *good, "x\u202e")
    is_caught("the terminal wrapped", *good, "x" * 40, "y", joined=[*good, "x" * 40 + "y"])
    is_caught("is not an amount", *good[:2], " 2026-01-02  1,234  $1,234.5", good[3])
    is_caught("is not an amount", *good[:2], " 2026-01-02  1,234  $1,23…", good[3])
    is_caught("is not an amount", *good[:2], " 2026-01-02  1,234  $2.00", good[3])
    is_caught("no whole number", *good[:2], " 2026-01-02  1,2  $1,234.56", good[3])
    is_caught("2026-01-02 is split", *good[:2], "  2026-", "  01-02  1,234  $1,234.56", good[3])
    is_caught("is not free", *good[:3], " 2026-01-03  1,234  $0.00")
    is_caught("nothing says", *good[:3])
    is_caught("'Day' is gone", " Tokens", "─" * 31, "1,234")
