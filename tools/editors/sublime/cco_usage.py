"""Claude Code usage in Sublime Text's status bar, from what cco publishes.

Invariant: Sublime Text never waits. One process, cco-peek, follows the snapshot and prints a line at each change; a thread
reads it. Stale and missing figures are shown as such. Sublime Text runs this with its Python 3.8.
"""

import subprocess
import threading

import sublime
import sublime_plugin

KEY = "cco"
SETTINGS = "cco.sublime-settings"


class Follower:
    """Keeps the text of the status bar current, until it is stopped."""

    def __init__(self, show):
        settings = sublime.load_settings(SETTINGS)
        self.program = settings.get("program", "cco-peek")
        self.template = settings.get("template", "{today.cost} today[, {block.left} left]")
        self.retry_seconds = settings.get("retry_seconds", 10)
        self.show = show
        self.ended = threading.Event()
        self.process = None
        self.thread = threading.Thread(target=self.run, name="cco", daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.is_set():
            self.show(self.follow())
            self.ended.wait(self.retry_seconds)

    def follow(self):
        """Shows each line of the program until it ends; returns what to show then."""
        command = [self.program, "--format", "{writer} " + self.template, "--follow"]
        try:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError:
            return "cco: cannot run {}; install cco or set \"program\" in {}".format(self.program, SETTINGS)
        if self.ended.is_set():
            self.process.terminate()
        with self.process.stdout as lines:
            for line in lines:
                state, _, text = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
                self.show(text if state == "live" else "{} (no publisher: cco daemon start)".format(text))
        code = self.process.wait()
        return "cco: no snapshot" if code == 4 else "cco: cco-peek ended with {}".format(code)

    def stop(self):
        self.ended.set()
        if self.process and self.process.poll() is None:
            self.process.terminate()
        self.thread.join(5)


follower = None
text = ""


def show(new):
    """Puts a text into the status bar of each window; called from any thread."""
    global text
    text = new
    for window in sublime.windows():
        view = window.active_view()
        if view:
            view.set_status(KEY, new)


def plugin_loaded():
    global follower
    follower = Follower(show)


def plugin_unloaded():
    if follower:
        follower.stop()
    for window in sublime.windows():
        for view in window.views():
            view.erase_status(KEY)


class CcoStatus(sublime_plugin.EventListener):
    """A status belongs to a view: the one that comes to the front gets it."""

    def on_activated_async(self, view):
        view.set_status(KEY, text)


class CcoSummaryCommand(sublime_plugin.WindowCommand):
    """Shows a summary in a panel."""

    def run(self):
        program = sublime.load_settings(SETTINGS).get("program", "cco-peek")
        threading.Thread(target=self.fill, args=(program,), name="cco summary", daemon=True).start()

    def fill(self, program):
        try:
            shown = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            summary = shown.stdout.decode("utf-8", "replace")
        except OSError as error:
            summary = "cannot run {}: {}; install cco or set \"program\" in {}\n".format(program, error, SETTINGS)
        panel = self.window.create_output_panel(KEY)
        panel.run_command("append", {"characters": summary})
        self.window.run_command("show_panel", {"panel": "output." + KEY})
