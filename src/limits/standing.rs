//! Which report on a limit is right. Used by the spool, status lines and the publisher.
//!
//! Claude Code tells each status line what its own session last received, so terminals differ: an idle one repeats an
//! old figure whenever it is redrawn, and a cleared one reports it as if it were new. Claude Code's cache can be days
//! old. Within a window usage only grows, so the larger figure is the newer one. Windows are told apart by when a
//! report was *first* made.
//!
//! Invariant: [`standing`] is the one place that chooses, and the order of reports makes no difference to it.

use super::Reading;
use crate::snapshot::{Limit, Picodollars};

/// Two reports of one window's end can differ by a second or so; different windows end further apart, in milliseconds.
const SAME_WINDOW_MS: u64 = 60_000;

/// A report on a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it says.
    pub reading: Reading,
    /// When who made it first said this, ms UTC.
    pub first_seen_at: i64,
}

impl From<Reading> for Report {
    /// A report whose first time is its last.
    fn from(reading: Reading) -> Self {
        Self { reading, first_seen_at: reading.limit.seen_at }
    }
}

/// The report on a limit that is right at `now` (ms UTC), whatever the order of `reports`: the largest figure of the
/// window that was first reported last. A window that is over, or whose end is unknown, gives way to one that is not.
pub fn standing(reports: &[Report], now: i64) -> Option<Reading> {
    let rank = |report: &&Report| {
        let Limit { used_millionths, resets_at, seen_at } = report.reading.limit;
        let money = (report.reading.allowed, report.reading.spent);
        (
            !report.reading.limit.is_over(now),
            resets_at != 0,
            report.first_seen_at,
            used_millionths,
            resets_at,
            seen_at,
            money,
        )
    };
    let newest = reports.iter().max_by_key(rank)?.reading;
    let is_same = |report: &&Report| is_same_window(report.reading, newest);
    let largest = |report: &&Report| {
        let Reading { limit, spent, allowed } = report.reading;
        // Amounts of money come some minutes later than the share of them.
        (limit.used_millionths, allowed != Picodollars::ZERO, limit.seen_at, limit.resets_at, allowed, spent)
    };
    reports.iter().filter(is_same).max_by_key(largest).map(|report| report.reading)
}

/// Whether two reports are known to be about one window, of a limit that was not changed in between.
pub(super) fn is_same_window(a: Reading, b: Reading) -> bool {
    let (from, to) = (a.limit.resets_at, b.limit.resets_at);
    let is_changed =
        a.allowed != b.allowed && a.allowed != Picodollars::ZERO && b.allowed != Picodollars::ZERO;
    a == b || from != 0 && to != 0 && from.abs_diff(to) <= SAME_WINDOW_MS && !is_changed
}
