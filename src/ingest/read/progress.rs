//! The progress of a scan, readable while it runs.
//!
//! Invariant: these are only counters. Nothing waits for them or depends on them, and only the final values
//! are exact.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes have been read, out of how many.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    expected: AtomicU64,
}

impl Progress {
    /// Bytes read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes to read, as far as known.
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// Sets the number of bytes to read.
    pub fn expect(&self, bytes: u64) {
        self.expected.store(bytes, Ordering::Relaxed);
    }

    /// Adds to the number of bytes read.
    pub fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
