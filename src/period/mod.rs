//! Stretches of time that usage is shown by: days, weeks and months of a zone, and blocks of hours.
//!
//! Invariant: what a moment belongs to follows from the moment, the zone and the requests alone: no clock, no
//! I/O. All bounds but a zone's own turns fall on quarter hours, so that sums by quarter hour are enough.

mod blocks;
mod calendar;

pub use blocks::{BLOCK_MS, Divider, Stretch};
pub use calendar::{Calendar, Periods, Span};

/// Milliseconds in a quarter hour.
pub const QUARTER_MS: i64 = 15 * 60 * 1000;
