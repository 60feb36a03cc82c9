//! Which figures of a report are marked as lower bounds.
//!
//! Invariant: a row by day, week, month or year is as recent as its period; any other row is as recent as its last request.
//! Totals are as recent as the most recent row.

use super::periods::Periods;
use super::query::{Grouping, Query};
use super::rows::{Label, Report, Row};
use crate::report::provisional::is_marked;
use crate::snapshot::Counters;

/// Marks the figures of one report.
pub struct Marking {
    periods: Periods,
    now_ms: i64,
}

impl Marking {
    /// For a report of `query`, at `now_ms` (ms UTC).
    pub fn new(query: &Query, grouping: Grouping, now_ms: i64) -> Self {
        Self { periods: Periods::new(query, grouping), now_ms }
    }

    /// Whether to mark a row's usage, or that of one of its models.
    pub fn row(&self, row: &Row, counters: &Counters) -> bool {
        is_marked(counters, self.end_ms(row), self.now_ms)
    }

    /// Whether to mark the totals.
    pub fn totals(&self, report: &Report) -> bool {
        let end_ms = report.rows.iter().map(|row| self.end_ms(row)).max();
        is_marked(&report.totals, end_ms.unwrap_or(i64::MIN), self.now_ms)
    }

    fn end_ms(&self, row: &Row) -> i64 {
        match row.label {
            Label::Period(first_day) => self.periods.span(first_day).end_ms,
            _ => row.last_ms,
        }
    }
}
