//! Projects: the folders below `projects/`, and the working folders that they are named after.
//!
//! A working folder that a record names belongs to the project only if it encodes to the folder's name
//! ([`crate::usage::is_named_after`]).
//!
//! Invariant: which of several working folders is kept does not depend on the order in which they are read.

use std::sync::Arc;

/// The project key of transcripts directly in `projects/`.
pub const NO_PROJECT: &str = "-";

/// A working folder, and when a record first named it. The lowest of several is the project's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkingFolder {
    /// The record's time, in milliseconds UTC.
    pub at_ms: i64,
    /// The path as the record gives it.
    pub path: Arc<str>,
}
