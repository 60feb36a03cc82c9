"""Readers beside a writer at full speed, in each of its states, every value checked.

Invariant: the writer is a process of its own, started for one reader and one state, and ended by its id.
"""

import os
import subprocess
import time

from checks import readers

# Tries of the read that needed most of them before it gave a value: attempts inside one read, of which readers make 64 before
# they call the file busy, or reads that gave nothing, where a reader does not tell its attempts. There is a value at every
# moment while a writer commits, also into a larger file, so the bound of one read is that of both. Where writers come and go
# there may be nothing to read for a moment; a pause of 50 us or more follows each such read, so 1,000 of them are a short while.
ATTEMPTS = 64
WITHOUT_WRITER = 1_000
# What the writer does, its options, and the tries that a value may take.
STATES = (("commits", ["--only", "commits"], ATTEMPTS), ("growth", ["--only", "growth"], ATTEMPTS),
          ("replacement", ["--only", "replacement"], WITHOUT_WRITER), ("kill -9", ["--kill"], WITHOUT_WRITER))
# A reader that is 1,000 times slower than a mapped one still ends in this time.
PATIENCE_S = 600.0
# How long a reader may take to see another file, where the writer makes one several times a second.
OTHER_FILE_S = 60.0


def writer(root, arguments, environment):
    """The program that writes the live snapshot, or why there is none."""
    if arguments.writer:
        return os.path.abspath(arguments.writer), None
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(root, "target"))
    program = os.path.join(root, target, "debug", "cco-vectors")
    commands = [] if arguments.no_build else [["cargo", "build", "-q", "-p", "cco-vectors"]]
    told = readers.build(commands, root, environment)
    if not told and not os.path.exists(program):
        told = f"the writer: {program} is not there"
    return program, told


class Writing:
    """A writer at work, from its first commit to the end of this value."""

    def __init__(self, program, path, options, environment):
        self.command = [program, "--live", path] + options
        self.environment = environment

    def __enter__(self):
        self.process = subprocess.Popen(self.command + ["--child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=self.environment)
        if self.process.stdout.readline() != b"ready\n":
            words = self.process.stderr.read().decode(errors="replace").strip()
            raise RuntimeError(f"the writer does not begin: {words}")
        return self

    def ended(self):
        """What it said if it ended by itself, which it must not."""
        if self.process.poll() is None:
            return None
        return self.process.stderr.read().decode(errors="replace").strip() or f"status {self.process.returncode}"

    def __exit__(self, *_):
        # The end of its input is the end of it, and of a child that it may have.
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def judge(answer, state, tries, reads, frames):
    """What is wrong with an answer; nothing if it is right."""
    if not isinstance(answer, dict):
        return str(answer)
    wrong = [f"{answer.get(name)} {name}" for name in ("torn", "backwards") if answer.get(name) != 0]
    for name, least in (("reads", reads), ("frames", frames), ("generations", 2)):
        if not isinstance(answer.get(name), int) or answer[name] < least:
            wrong.append(f"{answer.get(name)} {name} instead of {least}")
    if state != "commits" and not (isinstance(answer.get("files"), int) and answer["files"] > 1):
        wrong.append(f"{answer.get('files')} files: it saw no other")
    if not isinstance(answer.get("most_tries"), int) or not 1 <= answer["most_tries"] <= tries:
        wrong.append(f"{answer.get('most_tries')} tries for one value instead of 1 to {tries}")
    return ", ".join(wrong) or None


def until_it_saw(asked, path, reads, frames, files):
    """The answer to so many reads; to ten times as many if the reader is done before the writer makes another file."""
    until = time.monotonic() + OTHER_FILE_S
    while True:
        answer = asked.ask({"do": "live", "path": path, "reads": reads, "frames": frames}, PATIENCE_S)
        seen = (answer.get("files"), answer.get("generations")) if isinstance(answer, dict) else None
        is_right = seen and all(isinstance(number, int) for number in seen)
        if not is_right or (seen[0] >= files and seen[1] >= 2) or time.monotonic() > until:
            return answer
        reads *= 10


def table(found, program, folder, environment, reads, frames):
    """Prints what every reader saw in each state; the names of those that saw something wrong."""
    print(f"\nbeside a writer at full speed: {reads:,} reads and {frames:,} frames each")
    width = max(len(name) for name in ["reader"] + [reader.name for reader in found])
    columns = ("torn", "backwards", "busy", "most_tries", "generations", "files", "ns_per_read")
    print(f"{'reader':<{width}}  {'writer':<12}" + "".join(f"  {column:>11}" for column in columns))
    failed = []
    for reader in found:
        for number, (state, options, tries) in enumerate(STATES):
            path = os.path.join(folder, f"live-{reader.name}-{number}", "usage.snapshot")
            os.mkdir(os.path.dirname(path))
            with Writing(program, path, options, environment) as writing:
                asked = readers.Asked(reader.command, reader.folder, environment)
                answer = until_it_saw(asked, path, reads, frames, 1 if state == "commits" else 2)
                asked.close()
                ended = writing.ended()
            wrong = f"the writer ended: {ended}" if ended else judge(answer, state, tries, reads, frames)
            values = answer if isinstance(answer, dict) else {}
            row = "".join(f"  {str(values.get(column, '-')):>11}" for column in columns)
            print(f"{reader.name:<{width}}  {state:<12}{row}" + (f"  WRONG: {wrong}" if wrong else ""), flush=True)
            failed += [reader.name] if wrong else []
    return failed
