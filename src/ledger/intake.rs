//! What is taken in together, and what that changed.

use std::sync::Arc;

use super::{CostStateRow, FileRow, ProjectPath};
use crate::snapshot::Counters;
use crate::usage::{Key, Record};

/// What was read, and how far the transcripts are read by that.
#[derive(Clone, Debug, Default)]
pub struct Intake<'a> {
    /// Transcripts, as they are once the records are counted.
    pub files: Vec<FileRow>,
    /// Records, in any order; some may be of one request.
    pub records: Vec<&'a Record>,
    /// Working folders that records named.
    pub project_paths: Vec<ProjectPath>,
    /// Claude Code's own figures.
    pub cost_states: Vec<CostStateRow>,
    /// For requests that the first edition of the counting rule kept under another key: that key, then today's.
    pub earlier_keys: Vec<(Key, Key)>,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Requests that no longer count as they did (not added) and that count from now on (added). Applied
    /// in order, or summed up in any. Empty after an import.
    pub changes: Vec<Change>,
    /// Records that told of a request not known before.
    pub new_messages: u64,
    /// Records that told of a known one.
    pub duplicates: u64,
    /// Records of what was forgotten.
    pub forgotten: u64,
}

/// One request that was taken out of the sums or put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// It was put in.
    pub added: bool,
    /// When the request was made, in milliseconds UTC.
    pub at_ms: i64,
    /// Session id.
    pub session: Arc<str>,
    /// Project key.
    pub project: Arc<str>,
    /// Model as transcripts name it.
    pub model: Arc<str>,
    /// Its counters, with the cost in the mode `auto`.
    pub counters: Counters,
}
