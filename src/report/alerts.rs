//! Alerts that were sent, as they are kept in the state folder.
//!
//! Invariant: whoever sends alerts writes them, `/metrics` shows them; members are added, never changed.

use serde::{Deserialize, Serialize};

/// An alert that was sent in a period that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAlert {
    /// Its kind: `limit`, `limit_pace`, `budget`, `malformed_lines` or `stale`.
    pub name: String,
    /// What it is about: a limit, a budget.
    pub about: String,
    /// Its words.
    pub message: String,
    /// When it was sent, ms UTC.
    pub at_ms: i64,
    /// When its period ends, ms UTC.
    pub end_ms: i64,
}
