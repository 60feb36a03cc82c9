#!/usr/bin/env python3
"""Makes a home folder whose transcripts are the bundled sample, dated back from now.

    tools/pictures/sample_home.py HOME
"""

import datetime
import pathlib
import sys


def main():
    home = pathlib.Path(sys.argv[1])
    lines = pathlib.Path(__file__).parents[2].joinpath("src/cli/sample.txt").read_text(encoding="utf-8")
    now = datetime.datetime.now(datetime.timezone.utc)
    for line in lines.splitlines():
        project, session, age, record = line.split(" ", 3)
        at = (now - datetime.timedelta(minutes=int(age))).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        folder = home / ".claude" / "projects" / project
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{session}.jsonl").open("a", encoding="utf-8") as transcript:
            transcript.write(record.replace('"timestamp":"@"', f'"timestamp":"{at}"') + "\n")


if __name__ == "__main__":
    main()
