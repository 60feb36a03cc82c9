//! A home of a test's own, and whatever publisher runs for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What a test waits for at most; nothing should ever take as long.
const DEADLINE: Duration = Duration::from_secs(60);

/// The price table that the config file names, in the home folder.
const PRICES: &str = "prices.json";

pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with one transcript, which was counted, and with prices from today: the bundled ones grow old.
    pub(crate) fn counted() -> Self {
        let home = Self::new();
        let today = jiff::Timestamp::now().to_string();
        home.write(PRICES, format!(r#"{{"collected": "{}", "models": {{}}}}"#, &today[..10]));
        home.write(".config/cco/config.toml", format!("[prices]\nfile = \"~/{PRICES}\"\n"));
        home.write(
            ".claude/projects/-p/s.jsonl",
            concat!(
                r#"{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s","requestId":"r","#,
                r#""message":{"id":"m","model":"claude-sonnet-4-5","role":"assistant","usage":{"input_tokens":1,"#,
                r#""output_tokens":1}}}"#,
                "\n"
            ),
        );
        home.done(&["publish", "--once"]);
        home
    }

    /// Waits until something that was started in the background has started a publisher.
    pub(crate) fn await_publisher(&self) {
        until("a publisher runs", || self.cco(&["daemon", "status"]).status.success());
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// `cco` with nobody to be asked.
    pub(crate) fn cco(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_cco"));
        command.args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// `cco`, which must do it.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.cco(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// A program with this home and our programs in its `PATH`.
    pub(crate) fn command(&self, program: &str) -> Command {
        let own = Path::new(env!("CARGO_BIN_EXE_cco")).parent().unwrap();
        let mut path = vec![own.to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.path()).env("PATH", std::env::join_paths(path).unwrap());
        command.env("CCO_TIMEZONE", "UTC");
        command
    }

    /// All files below it but those that cco records changes in, with what they hold.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.to_str().unwrap().contains("/state/cco/") {
                    files.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Home {
    /// Ends the publisher that the test left.
    fn drop(&mut self) {
        drop(self.cco(&["daemon", "stop"]));
    }
}

pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
