//! A home with transcripts, and the programs run for it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, ScanState};
use rusqlite::Connection;
use serde_json::Value;

/// What a test waits for at most; nothing should ever take as long.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    folder: tempfile::TempDir,
    zone: &'static str,
}

impl Place {
    /// A place with two projects of one request each, made on different days.
    pub(crate) fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), zone: "UTC" };
        place.add("-home-ada-engine", "s-1", &request(1, "s-1", "2026-03-20T10:00:00Z"));
        place.add("-home-ada-loom", "s-2", &request(2, "s-2", "2026-03-22T10:00:00Z"));
        place
    }

    /// The same with days in another zone than UTC.
    #[allow(dead_code)] // only reports ask for it
    pub(crate) fn in_zone(zone: &'static str) -> Self {
        Self { zone, ..Self::new() }
    }

    /// The same, counted.
    pub(crate) fn counted() -> Self {
        let place = Self::new();
        assert_eq!(place.publish()["totals"]["requests"], 2);
        place
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("state/ledger.db")
    }

    pub(crate) fn transcript(&self, project: &str, session: &str) -> PathBuf {
        self.path("root/projects").join(project).join(format!("{session}.jsonl"))
    }

    /// Appends lines to a transcript.
    pub(crate) fn add(&self, project: &str, session: &str, lines: &str) {
        let path = self.transcript(project, session);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{lines}").unwrap();
    }

    /// A command with the place's root and state behind its arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CCO_TIMEZONE", self.zone)
            .stdin(Stdio::null())
            .args(arguments);
        command.arg("--root").arg(self.path("root")).arg("--state").arg(self.path("state"));
        command
    }

    pub(crate) fn cco(&self, arguments: &[&str]) -> Ran {
        Ran(self.command(arguments).output().unwrap())
    }

    pub(crate) fn publish(&self) -> Value {
        self.cco(&["publish", "--once", "--json"]).json()
    }

    /// How many requests a reader of the snapshot sees.
    pub(crate) fn shown(&self) -> u64 {
        let mut reader = Reader::open_copying(self.path("state/usage.snapshot")).unwrap();
        reader.totals().unwrap().all_time().requests
    }

    /// The lineage of the snapshot, within which totals never go back.
    pub(crate) fn epoch(&self) -> u64 {
        Reader::open_copying(self.path("state/usage.snapshot")).unwrap().identity().epoch
    }

    /// Changes the ledger behind everyone's back.
    pub(crate) fn tamper(&self, sql: &str) {
        Connection::open(self.ledger()).unwrap().execute_batch(sql).unwrap();
    }

    /// Starts a publisher that follows, and waits for its first complete totals.
    pub(crate) fn start(&self) -> Publisher {
        let mut command = self.command(&["publish"]);
        let publisher = Publisher(command.stderr(Stdio::null()).spawn().unwrap());
        let is_complete = || {
            let mut reader = Reader::open_copying(self.path("state/usage.snapshot")).ok()?;
            let totals = reader.totals().ok()?;
            let is_its_own = reader.identity().writer_pid == u64::from(publisher.0.id());
            Some(is_its_own && totals.scan_state() == ScanState::Complete)
        };
        let until = Instant::now() + DEADLINE;
        while is_complete() != Some(true) {
            assert!(Instant::now() < until, "the publisher does not begin");
            std::thread::sleep(Duration::from_millis(5));
        }
        publisher
    }
}

/// A publisher that follows. Dropped, it is killed.
pub(crate) struct Publisher(Child);

impl Publisher {
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran(pub(crate) Output);

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub(crate) fn printed(&self) -> &str {
        std::str::from_utf8(&self.0.stdout).unwrap()
    }

    pub(crate) fn told(&self) -> &str {
        std::str::from_utf8(&self.0.stderr).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code(), 0, "{}", self.told());
        serde_json::from_slice(&self.0.stdout).unwrap()
    }

    /// Checks the exit code, and words of what was told.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code(), code, "{}{}", self.printed(), self.told());
        for word in words {
            assert!(self.told().contains(word), "{word} is missing in: {}", self.told());
        }
    }
}

/// A request of a million input tokens: $5.
pub(crate) fn request(id: u32, session: &str, at: &str) -> String {
    format!(
        r#"{{"type":"assistant","cwd":"/home/ada/engine","sessionId":"{session}","timestamp":"{at}","message":{{"id":"msg_{id}","model":"claude-opus-5","usage":{{"input_tokens":1000000}}}}}}"#
    )
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
