//! A root made for a test, and a follower that merges what it finds in it.

use cco::usage::Exclude;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use cco::ingest::{CostState, Follower, ReadOutcome, Reader, Records, ScanResult, TranscriptContents};

/// A line with `output` tokens for a request.
pub(crate) fn line(id: u32, output: u32) -> Vec<u8> {
    let line = format!(
        r#"{{"type":"assistant","sessionId":"s","timestamp":"2026-03-04T05:06:07Z","message":{{"id":"msg_{id}","usage":{{"output_tokens":{output}}}}}}}"#
    );
    [line.as_bytes(), b"\n"].concat()
}

pub(crate) struct Folder {
    root: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self { root: tempfile::tempdir().unwrap() };
        std::fs::create_dir(folder.path("")).unwrap();
        folder
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path below `projects/`.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.path().join("projects").join(below)
    }

    pub(crate) fn write(&self, below: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn append(&self, below: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(below);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(bytes).unwrap();
        path
    }

    pub(crate) fn truncate(&self, below: &str, length: u64) -> PathBuf {
        let path = self.path(below);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(length).unwrap();
        path
    }

    pub(crate) fn follower(&self) -> Following {
        Following::new(vec![self.root().into()])
    }
}

/// A follower, and everything that it has found so far.
pub(crate) struct Following {
    pub(crate) follower: Follower,
    pub(crate) records: Records,
    pub(crate) cost_states: Vec<CostState>,
    /// Bytes read after the last scan.
    pub(crate) bytes_read: u64,
    reader: Reader,
    reading: TranscriptContents,
}

impl Following {
    pub(crate) fn new(roots: Vec<PathBuf>) -> Self {
        Self::over(Follower::new(roots, Exclude::default(), []))
    }

    pub(crate) fn over(follower: Follower) -> Self {
        Self {
            follower,
            records: Records::default(),
            cost_states: Vec::new(),
            bytes_read: 0,
            reader: Reader::new(),
            reading: TranscriptContents::default(),
        }
    }

    /// Scans everything, reads what is due and settles it.
    pub(crate) fn scan_all(&mut self) -> Vec<ReadOutcome> {
        let found = self.follower.scan_all();
        self.take(&found)
    }

    /// Scans some paths, reads what is due and settles it.
    pub(crate) fn scan_paths(&mut self, paths: &[PathBuf]) -> Vec<ReadOutcome> {
        let found = self.follower.scan_paths(paths);
        self.take(&found)
    }

    pub(crate) fn take(&mut self, found: &ScanResult) -> Vec<ReadOutcome> {
        self.bytes_read = 0;
        let mut outcomes = Vec::new();
        for due in &found.due {
            let Ok(outcome) = due.read(&mut self.reader, &mut self.reading) else { continue };
            self.bytes_read += self.reading.stats.bytes;
            self.records.extend(self.reading.records.drain(..));
            self.cost_states.append(&mut self.reading.cost_states);
            self.follower.settle(outcome.state.clone());
            outcomes.push(outcome);
        }
        for path in &found.removed {
            self.follower.forget(path);
        }
        outcomes
    }

    /// Output tokens of all requests.
    pub(crate) fn output(&self) -> u64 {
        self.records.iter().map(|record| record.tokens.output).sum()
    }
}
