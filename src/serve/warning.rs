//! A warning that requests cause: the log has it once in a while, however many come.
//!
//! Invariant: it is due at the first time, and then once a minute at most. A lock-free word; any thread may ask.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How often it is told at most, in milliseconds.
const EVERY_MS: u64 = 60_000;
/// Never told.
const NEVER: u64 = u64::MAX;

/// When a warning was told last, in milliseconds since the first that asked.
#[derive(Debug)]
pub(super) struct Warning(AtomicU64);

impl Warning {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(NEVER))
    }

    /// Whether to tell it now; whoever is told so tells it.
    pub(super) fn is_due(&self) -> bool {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        self.is_due_at(u64::try_from(BEGUN.elapsed().as_millis()).unwrap_or(NEVER - 1))
    }

    fn is_due_at(&self, now_ms: u64) -> bool {
        let told = self.0.load(Ordering::Relaxed);
        let rests = told != NEVER && now_ms.saturating_sub(told) < EVERY_MS;
        !rests && self.0.compare_exchange(told, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_told_at_once_and_then_once_a_minute() {
        let warning = Warning::new();
        let due =
            [0, 1, EVERY_MS - 1, EVERY_MS, EVERY_MS + 1, 2 * EVERY_MS].map(|now| warning.is_due_at(now));
        assert_eq!(due, [true, false, false, true, false, true]);
    }
}
