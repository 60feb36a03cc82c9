//! What one scan found, counted and skipped.
//!
//! Invariant: nothing that was skipped is missing. Used by the publisher and by programs that print it.

use crate::ingest::{Batch, Folder, MAX_MALFORMED, MalformedAt, SkippedPath, Stats};

/// What a scan found and counted.
#[derive(Clone, Debug, Default)]
pub struct ScanSummary {
    /// Transcripts that were scanned.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// What was read.
    pub stats: Stats,
    /// Records that merged into a request counted before.
    pub duplicates: u64,
    /// Transcripts that had become shorter or were rewritten.
    pub truncations: u64,
    /// What could not be read, and why.
    pub skipped: Vec<SkippedPath>,
    /// Folders that a full scan walked.
    pub folders: Vec<Folder>,
    /// Some of the places that are not JSON.
    pub malformed: Vec<MalformedAt>,
    /// When the newest of what was read was written, in nanoseconds UTC; 0 if nothing was read.
    pub newest_write_ns: i64,
    /// Duration of the ledger's commits, in microseconds.
    pub commit_us: u64,
    /// Duration of the scan, in microseconds.
    pub duration_us: u64,
    /// The scan found much, which is being counted as a backlog.
    pub is_partial: bool,
}

impl ScanSummary {
    /// Adds what a batch found.
    pub(super) fn note(&mut self, batch: &Batch) {
        self.stats += batch.stats;
        self.skipped.extend(batch.skipped.iter().cloned());
        self.malformed.extend(batch.malformed.iter().cloned());
        self.malformed.truncate(10 * MAX_MALFORMED);
        self.truncations += batch.done.iter().filter(|outcome| outcome.truncated).count() as u64;
        let written = batch.done.iter().map(|outcome| outcome.state.modified_ns);
        self.newest_write_ns = written.fold(self.newest_write_ns, i64::max);
    }
}
