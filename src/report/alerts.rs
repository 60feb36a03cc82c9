//! Alerts that were told, as they are kept in the state folder.
//!
//! Invariant: who tells alerts writes them, `/metrics` shows them; members are added, never changed.

use serde::{Deserialize, Serialize};

/// An alert that was told in a period that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAlert {
    /// Its kind: `limit`, `limit_pace`, `budget`, `malformed_lines` or `stale`.
    pub name: String,
    /// What it is about: a limit, a budget.
    pub about: String,
    /// What was so.
    pub message: String,
    /// When it was told, ms UTC.
    pub at_ms: i64,
    /// When its period ends, ms UTC.
    pub end_ms: i64,
}
