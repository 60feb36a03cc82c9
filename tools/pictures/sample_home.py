#!/usr/bin/env python3
"""Makes a home folder whose transcripts are the bundled sample, dated back from now.

    tools/pictures/sample_home.py HOME [--ugly]

With --ugly, projects, sessions and models also have the worst names that transcripts could give them, and figures are as
large as they get.
"""

import datetime
import json
import pathlib
import sys

UGLY = [
    "\x1b[2J\x1b[H\x1b]0;owned\x07",
    "\x1b[31mred\x1b[0m",
    "\x9b31mred\x9b0m",
    "two\nlines\r\tand a tab\x0b\x0c",
    "\u202edetrevni\u202c\u2066isolated\u2069",
    "a\u2028b\u2029c\x85d",
    "<b>&lt;<span foreground='red'>",
    "日本語" * 16,
    "👩\u200d👩\u200d👧e\u0301\u0301\u0301",
    "\ufeffbom\u200b\xad",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/0123456789abcdef",
    "/very/" + "deep/" * 60 + "folder",
    "1,234,567.89",
    " ",
]
# The least and the most that a request may cost.
TOKENS = [1, 999, 1_000, 999_999, 12_345_678, 987_654_321_012]


def append(home, project, session, record):
    folder = home / ".claude" / "projects" / project
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{session}.jsonl").open("a", encoding="utf-8") as transcript:
        transcript.write(record + "\n")


def minutes_ago(minutes):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zone():
    """The zone for programs that show the sample: in it the last requests, which are up to two hours old, are of today."""
    return "Etc/GMT-2" if datetime.datetime.now(datetime.timezone.utc).hour < 2 else "UTC"


def make(home):
    lines = pathlib.Path(__file__).parents[2].joinpath("src/cli/sample.txt").read_text(encoding="utf-8")
    for line in lines.splitlines():
        project, session, age, record = line.split(" ", 3)
        append(home, project, session, record.replace('"timestamp":"@"', f'"timestamp":"{minutes_ago(int(age))}"'))


def make_ugly(home):
    for number, name in enumerate(UGLY):
        tokens = TOKENS[number % len(TOKENS)]
        # One kind of model has a price, the other has none.
        for model in ("claude-opus-5", name):
            record = {
                "type": "assistant",
                "sessionId": f"{name}{number}",
                "cwd": f"/{name}",
                "gitBranch": name,
                "timestamp": minutes_ago(number * 400),
                "message": {
                    "id": f"msg_ugly_{number}_{model == name}",
                    "model": model,
                    "usage": {"input_tokens": tokens, "output_tokens": 1 + tokens // 7, "cache_read_input_tokens": tokens * 9},
                },
            }
            append(home, f"-ugly-{number}", f"ugly-{number}", json.dumps(record))
    texts = "".join(f"{json.dumps('/' + name)} = {{ daily = \"1\" }}\n" for name in UGLY if name.isprintable())
    config = home / ".config" / "cco" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.write_text(f'[budgets]\ndaily = "0.50"\nmonthly = "1000000"\n[budgets.projects]\n{texts}', encoding="utf-8")
    config.chmod(0o600)


def main():
    home = pathlib.Path(sys.argv[1])
    make(home)
    if sys.argv[2:] == ["--ugly"]:
        make_ugly(home)


if __name__ == "__main__":
    main()
