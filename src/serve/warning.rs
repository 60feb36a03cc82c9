//! A warning that requests cause: however many come, the log has it once in a while.
//!
//! Invariant: the first is due at once, and then one a minute at most. Any thread may ask.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often it is logged at most.
const EVERY: Duration = Duration::from_secs(60);

/// When a warning was logged last.
#[derive(Debug)]
pub(super) struct Warning(Mutex<Option<Instant>>);

impl Warning {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether to log it now; the caller then does.
    pub(super) fn is_due(&self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= EVERY);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_logged_at_once_and_then_once_a_minute() {
        let (warning, begun) = (Warning::new(), Instant::now());
        let due =
            [0, 1, 59, 60, 61, 120].map(|second| warning.is_due_at(begun + Duration::from_secs(second)));
        assert_eq!(due, [true, false, false, true, false, true]);
    }
}
