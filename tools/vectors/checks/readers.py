"""Readers as processes: which there are, whether they can run here, and one that is asked line by line.

Invariant: whatever a reader does (hang, crash, print nonsense, take memory), the asker goes on; only processes that were
started here are ended, by their ids. A reader sees a home of its own.
"""

import glob
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PLACES = ("tools/vectors/tests/conformance.json", "tools/capi/tests/conformance.json",
          "tools/bindings/*/tests/conformance.json", "tools/editors/*/tests/conformance.json")


class Reader:
    """What a conformance.json says."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = json.load(file)
        self.folder = os.path.dirname(os.path.dirname(path))
        self.name, self.command = text["name"], text["command"]
        self.build, self.needs = text.get("build", []), text.get("needs", [])
        # Costs are those of what users run, which may be another build.
        self.cost_command = text.get("cost_command", self.command)
        self.cost_build = text.get("cost_build", [])
        self.why_not = text.get("why_not")

    def missing(self):
        """Why it cannot run here; nothing if it can."""
        absent = [need for need in self.needs if not shutil.which(need)]
        if not absent:
            return None
        return self.why_not or "not here: " + ", ".join(absent)


def find(root):
    """All readers that are registered, by name."""
    paths = sorted(path for place in PLACES for path in glob.glob(os.path.join(root, place)))
    return sorted((Reader(path) for path in paths), key=lambda reader: (reader.name != "rust", reader.name))


def own_environment(home):
    """The environment of a process that must not see its user's files; the toolchains stay where they are."""
    environment = dict(os.environ)
    user = os.path.expanduser("~")
    for name, place in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup"), ("GOPATH", "go"),
                        ("GOMODCACHE", "go/pkg/mod"), ("GOCACHE", ".cache/go-build"), ("PYENV_ROOT", ".pyenv")):
        environment.setdefault(name, os.path.join(user, place))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        environment[name] = os.path.join(home, name.lower())
    for name in ("CLAUDE_CONFIG_DIR", "CCO_SNAPSHOT", "CCO_STATE"):
        environment.pop(name, None)
    environment["HOME"] = home
    return environment


def build(commands, folder, environment):
    """Runs commands in a folder; the words of the first that fails, or nothing."""
    for command in commands:
        try:
            run = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        except OSError as error:
            return f"{' '.join(command)}: {error}"
        if run.returncode != 0:
            words = run.stdout.decode(errors="replace").strip().splitlines()
            return f"{' '.join(command)} failed: " + " | ".join(words[-3:])
    return None


class Asked:
    """A reader that is asked questions, started again whenever it ended."""

    def __init__(self, command, folder, environment, patience=60.0):
        self.command, self.folder, self.environment, self.patience = command, folder, environment, patience
        self.process, self.words, self.rest = None, None, b""
        self.peak_kb = 0

    def ask(self, question, patience=None):
        """The answer as JSON, or a text that says why there is none."""
        if self.process is None:
            try:
                self.start()
            except OSError as error:
                return f"it does not start: {error}"
        try:
            self.process.stdin.write(json.dumps(question).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            return self.ended("it ended")
        line = self.line(patience or self.patience)
        if line is None:
            return self.ended(f"no answer for {patience or self.patience:.0f} s")
        if not line:
            return self.ended("it ended")
        self.note_memory()
        try:
            # A float is never right, so it becomes something that never compares as equal.
            return json.loads(line, parse_float=lambda digits: f"the float {digits}")
        except (ValueError, RecursionError) as error:
            return f"no JSON: {error}: {line[:100]!r}"

    def start(self):
        self.words = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.words)
        self.rest = b""

    def line(self, patience):
        """The next line; empty at the end, nothing if the patience is over first."""
        until = time.monotonic() + patience
        while b"\n" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            more = os.read(self.process.stdout.fileno(), 1 << 20)
            if not more:
                return b""
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def note_memory(self):
        """The most memory it had in use so far, with its children's."""
        pids, peak = [self.process.pid], 0
        for pid in pids:
            try:
                with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                    peak += sum(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
                with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
                    pids += [int(child) for child in file.read().split()]
            except (OSError, ValueError):
                continue
        self.peak_kb = max(self.peak_kb, peak)

    def ended(self, why):
        """Ends what is left of it and tells why, with its last words."""
        self.process.kill()
        status = self.process.wait()
        self.words.seek(0)
        last = self.words.read()[-300:].decode(errors="replace").strip().splitlines()
        self.close()
        return " | ".join([f"{why} (status {status})"] + last[-2:])

    def close(self):
        """Ends it as the end of the questions does, or without a word if it does not heed that."""
        if self.process is None:
            return
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass  # what it was not told any more
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.words.close()
        self.process = None
