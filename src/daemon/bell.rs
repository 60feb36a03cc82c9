//! Wakes a thread that watches something beside the publisher.
//!
//! Invariant: a wake is never lost, and the end ends every wait at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Wakes a thread.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Mutex<BellState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct BellState {
    is_due: bool,
    is_over: bool,
}

impl Bell {
    /// There may be something to look at.
    pub(super) fn wake(&self) {
        self.ring(|rung| rung.is_due = true);
    }

    /// The watch ends.
    pub(super) fn end(&self) {
        self.ring(|rung| rung.is_over = true);
    }

    fn ring(&self, change: impl FnOnce(&mut BellState)) {
        change(&mut self.rung());
        self.changed.notify_all();
    }

    fn rung(&self) -> MutexGuard<'_, BellState> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until there is something to check; false if the watch ends.
    pub(super) fn await_due(&self) -> bool {
        let rung = self.rung();
        let mut rung = (self.changed.wait_while(rung, |rung| !rung.is_due && !rung.is_over))
            .unwrap_or_else(PoisonError::into_inner);
        rung.is_due = false;
        !rung.is_over
    }

    /// Sleeps for this time, or until the watch ends; false if it ends.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let rung = self.rung();
        let (rung, _) = (self.changed.wait_timeout_while(rung, time, |rung| !rung.is_over))
            .unwrap_or_else(PoisonError::into_inner);
        !rung.is_over
    }
}
