//! Periods of time for usage: days, weeks and months in a time zone, and blocks. Used by `ledger`, `publish`,
//! `report` and `cli`.
//!
//! Invariant: pure, without clock or I/O. All bounds fall on quarter hours, except where a zone changes its offset,
//! so sums by quarter hour are enough.

mod blocks;
mod calendar;

pub use blocks::{BLOCK_MS, Divider, Stretch};
pub use calendar::{Calendar, Periods, Span, date_time, utc};

/// Milliseconds in a quarter hour.
pub const QUARTER_MS: i64 = 15 * 60 * 1000;
