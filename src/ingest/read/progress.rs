//! How far a pass over many transcripts is, for whoever wants to look while it runs.
//!
//! Invariant: only counts; nothing waits for it or is decided by it. Only the last values are exact.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read, of those there are.
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

    /// Bytes there are to read, as far as that is known.
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// Notes that so many bytes are to be read.
    pub fn expect(&self, bytes: u64) {
        self.expected.store(bytes, Ordering::Relaxed);
    }

    /// Notes that so many bytes more were read.
    pub fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
