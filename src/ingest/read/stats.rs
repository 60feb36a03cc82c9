//! What a reading or a scan saw, and what it passed over.
//!
//! Invariant: everything that is not counted is counted here or named as skipped; nothing disappears silently.

use std::path::PathBuf;

/// How many malformed places are named; all of them are counted.
pub const PLACES: usize = 20;

/// Sums over what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Transcripts read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Lines, blank ones included, and last ones without their newline.
    pub lines: u64,
    /// Records that count, before records of one request merge.
    pub records: u64,
    /// Records that merged into another of the same request. Known to a scan, not to a single reading.
    pub duplicates: u64,
    /// Rests of lines that are no whole objects, and objects with texts that do not decode.
    pub malformed: u64,
    /// Last lines that are half-written: they may become complete.
    pub incomplete: u64,
    /// Records left out because no request stands behind them.
    pub synthetic: u64,
    /// Records left out because their timestamp is missing or not RFC 3339 with an offset.
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
pub struct Place {
    /// The transcript.
    pub path: PathBuf,
    /// Byte offset in it.
    pub offset: u64,
}
