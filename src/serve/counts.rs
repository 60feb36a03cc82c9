//! What a server did since it started: requests, and how few of them cost anything.
//!
//! Invariant: these are only counters; nothing depends on them. For `/metrics` and benchmarks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::snapshot::Histogram;
use crate::snapshot::layout::HISTOGRAM_BUCKETS;

/// A server's counters.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Requests that were answered, with whatever.
    pub(super) requests: Count,
    /// Requests that were refused: a status from 400 on.
    pub(super) refused: Count,
    /// Requests by the first digit of their status, from 1 on.
    pub(super) by_class: [Count; 5],
    /// How long it took until answers began.
    pub(super) durations: Durations,
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

/// Durations, counted by the bounds of the snapshot's histograms.
#[derive(Debug, Default)]
pub(super) struct Durations {
    counts: [Count; HISTOGRAM_BUCKETS],
    sum_us: Count,
}

impl Counts {
    /// Counts a request that was answered with this status after this time.
    pub(super) fn answered(&self, status: u16, after: Duration) {
        self.requests.up();
        if status >= 400 {
            self.refused.up();
        }
        let class = usize::from(status / 100).clamp(1, self.by_class.len());
        self.by_class[class - 1].up();
        self.durations.count(after);
    }
}

impl Durations {
    fn count(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let is_in = |bucket: &usize| Histogram::bound_us(*bucket).is_none_or(|bound| us < bound);
        let bucket = (0..HISTOGRAM_BUCKETS).find(is_in).unwrap_or(HISTOGRAM_BUCKETS - 1);
        self.counts[bucket].up();
        self.sum_us.add(us);
    }

    /// Counts and sum.
    pub(super) fn get(&self) -> (Histogram, u64) {
        (Histogram(self.counts.each_ref().map(Count::get)), self.sum_us.get())
    }
}

impl Count {
    pub(super) fn up(&self) {
        self.add(1);
    }

    fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
