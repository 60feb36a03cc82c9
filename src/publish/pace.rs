//! The intervals of a running publisher.
//!
//! Invariant: an idle publisher uses a bounded share of the processor, however much there is to scan. Used by
//! [`Live`](super::Live).

use std::time::Duration;

/// Least time between commits.
pub(super) const COMMIT_EVERY: Duration = Duration::from_millis(2);
/// How long a step of a backlog may wait for transcripts to be read.
pub(super) const STEP: Duration = Duration::from_millis(10);
/// How long a publisher that ends waits to be told which projects are worktrees.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_millis(250);
/// How soon to retry after a failure.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Time between full scans, if scans are fast.
pub(super) const SCAN_EVERY: Duration = Duration::from_secs(60);
/// Most time between full scans, if they are slow.
const SCAN_AT_LEAST_EVERY: Duration = Duration::from_secs(300);
/// Full scans that find nothing may use one part in this many of the time.
const SCAN_SHARE: u32 = 1500;

/// How long to rely on watching after a full scan of this duration.
pub(super) fn pause_after(scan: Duration) -> Duration {
    scan.saturating_mul(SCAN_SHARE).clamp(SCAN_EVERY, SCAN_AT_LEAST_EVERY)
}

/// Time between scans of folders in use that cannot be watched.
pub(super) const POLL_EVERY: Duration = Duration::from_secs(1);
/// How long a folder counts as in use after a write to one of its transcripts.
pub(super) const IN_USE: Duration = Duration::from_secs(15 * 60);
/// Time between checks for nudges, if their folder cannot be watched.
pub(super) const ASKED_EVERY: Duration = Duration::from_millis(200);
/// Scans in place of watching may use one part in this many of the time.
const POLL_SHARE: u32 = 50;

/// How long to wait after a scan of this duration, if some folders cannot be watched.
pub(super) fn pause_unwatched(scan: Duration) -> Duration {
    scan.saturating_mul(POLL_SHARE).clamp(POLL_EVERY, SCAN_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_scans_are_rarer_but_never_stop() {
        let pause = |ms| pause_after(Duration::from_millis(ms)).as_secs();
        assert_eq!([0, 12, 40, 100, 200, 60_000].map(pause), [60, 60, 60, 150, 300, 300]);
    }

    #[test]
    fn without_watches_quick_scans_follow_each_other_within_a_second() {
        let pause = |ms| pause_unwatched(Duration::from_millis(ms)).as_secs();
        assert_eq!([0, 12, 20, 100, 2_000].map(pause), [1, 1, 1, 5, 60]);
    }
}
