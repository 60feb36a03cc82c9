//! What a server did since it started: requests, and how few of them cost anything.
//!
//! Invariant: these are only counters; nothing depends on them. For `/metrics` and benchmarks.

use std::sync::atomic::{AtomicU64, Ordering};

/// A server's counters.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Requests that were answered, with whatever.
    pub(super) requests: Count,
    /// Requests that were refused: a status from 400 on.
    pub(super) refused: Count,
    /// Bodies that were made.
    pub(super) serialised: Count,
    /// Answers with a body that was there.
    pub(super) shared: Count,
    /// Answers that a client has already: 304.
    pub(super) unchanged: Count,
    /// Event clients that were let in.
    pub(super) event_clients: Count,
    /// Connections that were let in.
    pub(super) connections: Count,
    /// Connections that were turned away because there were too many.
    pub(super) turned_away: Count,
}

/// A counter.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
