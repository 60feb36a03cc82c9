//! A home of a test's own, the publisher that runs for it, and what tests do to processes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, WriterState};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// What a test waits for at most; nothing should ever take as long.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A home with one transcript, and whatever publisher runs for it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    zone: &'static str,
}

impl Home {
    pub(crate) fn empty() -> Self {
        Self::in_zone("UTC")
    }

    /// The same with days in another zone than UTC.
    pub(crate) fn in_zone(zone: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), zone }
    }

    pub(crate) fn new() -> Self {
        let home = Self::empty();
        let project = home.path().join(".claude/projects/-p");
        fs::create_dir_all(&project).unwrap();
        let line = r#"{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s","requestId":"r","message":{"id":"m","model":"claude-sonnet-4-5","role":"assistant","usage":{"input_tokens":1,"output_tokens":1}}}"#;
        fs::write(project.join("s.jsonl"), format!("{line}\n")).unwrap();
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".local/state/cco")
    }

    pub(crate) fn snapshot(&self) -> PathBuf {
        self.state().join("usage.snapshot")
    }

    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.path()).env("CCO_TIMEZONE", self.zone).args(arguments);
        command
    }

    pub(crate) fn cco(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_cco"), arguments).output().unwrap()
    }

    /// Starts the publisher and gives its process id.
    pub(crate) fn start(&self) -> u32 {
        let output = self.cco(&["daemon", "start"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).starts_with("started"), "{}", text(&output.stdout));
        self.pid()
    }

    pub(crate) fn status(&self) -> Value {
        serde_json::from_slice(&self.cco(&["daemon", "status", "--json"]).stdout).unwrap()
    }

    /// The process that runs for this home.
    pub(crate) fn pid(&self) -> u32 {
        self.status()["pid"].as_u64().unwrap().try_into().unwrap()
    }

    pub(crate) fn writer(&self) -> Option<WriterState> {
        Some(Reader::open_copying(self.snapshot()).ok()?.freshness().unwrap().writer)
    }
}

impl Drop for Home {
    /// Ends the publisher that the test left, of whatever program it is the only holder of this home's lock.
    fn drop(&mut self) {
        drop(self.cco(&["daemon", "stop"]));
    }
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(5));
    }
}

/// A service manager's command that writes down what it is asked.
pub(crate) struct Asked {
    pub(crate) program: PathBuf,
    record: PathBuf,
}

impl Asked {
    pub(crate) fn new(home: &Home) -> Self {
        let (program, record) = (home.path().join("manager"), home.path().join("asked"));
        fs::write(&program, format!("#!/bin/sh\necho \"$*\" >> '{}'\n", record.display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { program, record }
    }

    /// What was asked since the last time.
    pub(crate) fn take(&self) -> String {
        let asked = fs::read_to_string(&self.record).unwrap_or_default();
        drop(fs::remove_file(&self.record));
        asked
    }
}
