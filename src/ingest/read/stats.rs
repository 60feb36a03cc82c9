//! Statistics of what a scan read and skipped.
//!
//! Invariant: nothing disappears silently. What is not counted as usage is counted here or reported as
//! skipped.

use std::path::PathBuf;

/// The most malformed places that are listed. All of them are counted.
pub const MAX_MALFORMED: usize = 20;

/// Sums over everything that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Transcripts read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Lines, including blank ones and last lines without a newline.
    pub lines: u64,
    /// Records that count, before records of the same request are merged.
    pub records: u64,
    /// Records that were merged into another one of the same request: into the one just before it while one
    /// transcript is read, into any after a scan.
    pub duplicates: u64,
    /// Damaged lines, and objects with texts that do not decode.
    pub malformed: u64,
    /// Last lines that are half-written. They may still be completed.
    pub incomplete: u64,
    /// Records left out because Claude Code wrote them without a request.
    pub synthetic: u64,
    /// Records left out because their timestamp is missing or is not RFC 3339 with an offset.
    pub bad_timestamps: u64,
}

impl std::ops::AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.records += other.records;
        self.duplicates += other.duplicates;
        self.malformed += other.malformed;
        self.incomplete += other.incomplete;
        self.synthetic += other.synthetic;
        self.bad_timestamps += other.bad_timestamps;
    }
}

/// A place in a transcript.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MalformedAt {
    /// The transcript.
    pub path: PathBuf,
    /// The byte offset in it.
    pub offset: u64,
}
