//! What the ledger takes in together, and what that changed.

use std::sync::Arc;

use super::{CostStateRow, FileRow, ProjectPath, SubagentRow, TitleRow};
use crate::snapshot::Counters;
use crate::usage::{Key, Record};

/// What was read, and how far the transcripts are now read.
#[derive(Clone, Debug, Default)]
pub struct Intake<'a> {
    /// Transcripts, with the checkpoints that hold once the records are counted.
    pub files: Vec<FileRow>,
    /// Records, in any order; several may belong to one request.
    pub records: Vec<&'a Record>,
    /// Working folders that records named.
    pub project_paths: Vec<ProjectPath>,
    /// Types of subagents that records do not name.
    pub subagents: Vec<SubagentRow>,
    /// Titles of sessions, if they are kept.
    pub titles: Vec<TitleRow>,
    /// Claude Code's own figures.
    pub cost_states: Vec<CostStateRow>,
    /// Pairs for requests that the first edition of the counting rule kept under another key: that key, then today's.
    pub earlier_keys: Vec<(Key, Key)>,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Requests that no longer count as before (not added) and requests that count from now on (added). The order
    /// does not matter to sums. Empty after an import.
    pub changes: Vec<Change>,
    /// Records of requests that were not known before.
    pub new_messages: u64,
    /// Records of requests that were already known.
    pub duplicates: u64,
    /// Records of forgotten requests.
    pub forgotten: u64,
    /// A request that counted before is forgotten now, because a record of it showed that a rule covers it.
    pub has_fallen: bool,
    /// A project got a working folder, or another one.
    pub has_new_folders: bool,
}

/// One request that was added to the sums or subtracted from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// It was added.
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
