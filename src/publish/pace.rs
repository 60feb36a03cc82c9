//! How often a publisher that stays does what it does.
//!
//! Invariant: what an idle one takes of the processor is bounded, whatever there is to look at. Used by
//! [`Live`](super::Live).

use std::time::Duration;

/// Least time from one commit to the next.
pub(super) const COMMIT_EVERY: Duration = Duration::from_millis(2);
/// How soon a failed pass is tried again.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Time from one look at everything to the next, where looks are quick.
pub(super) const SCAN_EVERY: Duration = Duration::from_secs(60);
/// Most time from one to the next, where they are not.
const SCAN_AT_LEAST_EVERY: Duration = Duration::from_secs(300);
/// Looks that find nothing are to take one part of so many of the time.
const SCAN_SHARE: u32 = 1500;

/// How long to leave the transcripts to those who watch them, after a look that took so long.
pub(super) fn pause_after(look: Duration) -> Duration {
    look.saturating_mul(SCAN_SHARE).clamp(SCAN_EVERY, SCAN_AT_LEAST_EVERY)
}

/// Time from one look at the folders that are in use to the next, if they cannot be watched.
pub(super) const POLL_EVERY: Duration = Duration::from_secs(1);
/// A folder is in use as long after a transcript in it was written to.
pub(super) const IN_USE: Duration = Duration::from_secs(15 * 60);
/// Time from one look for nudges to the next, if their folder cannot be watched.
pub(super) const ASKED_EVERY: Duration = Duration::from_millis(200);
/// Scans that stand in for watching may take one part of so many of the time.
const POLL_SHARE: u32 = 50;

/// How long to wait after a scan that took so long, if some folders cannot be watched.
pub(super) fn pause_unwatched(scan: Duration) -> Duration {
    scan.saturating_mul(POLL_SHARE).clamp(POLL_EVERY, SCAN_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_looks_are_rarer_but_never_given_up() {
        let pause = |ms| pause_after(Duration::from_millis(ms)).as_secs();
        assert_eq!([0, 12, 40, 100, 200, 60_000].map(pause), [60, 60, 60, 150, 300, 300]);
    }

    #[test]
    fn without_watches_quick_scans_follow_each_other_within_a_second() {
        let pause = |ms| pause_unwatched(Duration::from_millis(ms)).as_secs();
        assert_eq!([0, 12, 20, 100, 2_000].map(pause), [1, 1, 1, 5, 60]);
    }
}
