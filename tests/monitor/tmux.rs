//! A tmux of a test's own, with a shell in it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::skipped::skipped;

/// What a test waits for at most; nothing should ever take as long.
const DEADLINE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A tmux server with one window. Dropped, it ends with everything in it.
pub(crate) struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    /// A shell in a window of so many columns and lines; nothing without tmux, which is reported.
    pub(crate) fn start(place: &Place, (columns, lines): (u16, u16)) -> Option<Self> {
        if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_err() {
            skipped("tmux is not installed");
            return None;
        }
        let tmux = Self { folder: tempfile::tempdir().unwrap() };
        let mut command = tmux.command();
        let home = place.path("").display().to_string();
        command.args(["new-session", "-d", "-x", &columns.to_string(), "-y", &lines.to_string()]);
        command.args([
            "env",
            "-i",
            "TERM=screen-256color",
            "LANG=C.UTF-8",
            "PS1=ready> ",
            "PATH=/usr/bin:/bin",
        ]);
        command.arg(format!("HOME={home}")).args(["CCO_TIMEZONE=UTC", "sh"]);
        assert!(command.status().unwrap().success());
        tmux.until("a shell", |screen| screen.contains("ready>"));
        Some(tmux)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        // -u: the window is UTF-8, whatever the locale of the tests.
        command.env_remove("TMUX").env("TERM", "xterm-256color").arg("-u").arg("-S");
        command.arg(self.folder.path().join("socket")).args(["-f", "/dev/null"]);
        command
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Everything that the window shows.
    pub(crate) fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// A format of tmux, such as `#{alternate_on}`.
    pub(crate) fn says(&self, format: &str) -> String {
        self.ask(&["display-message", "-p", format]).trim().to_owned()
    }

    /// Types a line.
    pub(crate) fn type_line(&self, line: &str) {
        self.ask(&["send-keys", "-l", line]);
        self.press("Enter");
    }

    /// Presses a key by its name.
    pub(crate) fn press(&self, key: &str) {
        self.ask(&["send-keys", key]);
    }

    pub(crate) fn resize(&self, (columns, lines): (u16, u16)) {
        self.ask(&["resize-window", "-x", &columns.to_string(), "-y", &lines.to_string()]);
    }

    /// Waits until the window shows this.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < DEADLINE, "not shown: {what}\n{screen}");
            std::thread::sleep(LOOK_EVERY);
        }
    }

    #[track_caller]
    pub(crate) fn until_shown(&self, words: &str) -> String {
        self.until(words, |screen| screen.contains(words))
    }

    /// The process that the shell runs.
    pub(crate) fn child(&self) -> i32 {
        let shell = self.says("#{pane_pid}");
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.split_whitespace().next().expect("a child").parse().unwrap()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It has ended if its shell has.
        let _ = self.command().arg("kill-server").stderr(Stdio::null()).status();
    }
}

/// The command line that shows a place.
pub(crate) fn monitor(place: &Place) -> String {
    let program = env!("CARGO_BIN_EXE_cco");
    let (root, state) = (place.path("root"), place.path("state"));
    format!("{program} monitor --root {} --state {}", root.display(), state.display())
}
