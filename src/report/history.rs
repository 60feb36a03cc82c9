//! Usage over time in equal steps, as JSON.
//!
//! Invariant: steps without usage are left out; those that are there add up to the usage in the range, as far as the
//! source goes back.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::rfc3339;
use super::parts::Sums;
use crate::ledger::{Ledger, LedgerError};
use crate::pricing::CostMode;
use crate::snapshot::{Counters, Frame};

/// A range of time, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its start, ms UTC: where the first step begins.
    pub since_ms: i64,
    /// Its end (exclusive), ms UTC.
    pub until_ms: i64,
    /// The length of a step in milliseconds, above 0.
    pub step_ms: i64,
}

/// Usage over time.
#[derive(Debug, Serialize)]
pub struct History {
    schema: u32,
    /// `snapshot`: when usage was published; `ledger`: when it was used.
    source: &'static str,
    since: Option<String>,
    until: Option<String>,
    step_ms: i64,
    /// From here on the source knows usage; `None` if it knows none.
    known_from: Option<String>,
    points: Vec<Point>,
}

#[derive(Debug, Serialize)]
struct Point {
    start: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

impl Range {
    /// Where the step that contains a moment begins; `None` outside the range.
    fn step_of(&self, at_ms: i64) -> Option<i64> {
        let is_in = self.since_ms <= at_ms && at_ms < self.until_ms;
        is_in.then(|| self.since_ms + (at_ms - self.since_ms) / self.step_ms * self.step_ms)
    }
}

impl History {
    /// The usage that a snapshot published, of which it keeps the last changes. What was published before the first of
    /// them is not part of any step.
    pub fn of_snapshot(frame: &Frame, range: Range) -> Self {
        let mut steps = BTreeMap::new();
        let mut rows = frame.history();
        let first = rows.next();
        let mut last = first.map(|row| row.counters).unwrap_or_default();
        for row in rows {
            // After a removal of usage totals are lower: no step has less than nothing.
            let added = row.counters.checked_sub(last).unwrap_or_default();
            last = row.counters;
            if let Some(step) = range.step_of(row.at) {
                *steps.entry(step).or_default() += added;
            }
        }
        Self::of("snapshot", range, first.and_then(|row| rfc3339(row.at)), steps)
    }

    /// The usage that a ledger holds, by the quarter hours in which it began.
    pub fn of_ledger(ledger: &Ledger, range: Range) -> Result<Self, LedgerError> {
        let mut steps: BTreeMap<i64, Counters> = BTreeMap::new();
        ledger.tallies(range.since_ms..range.until_ms, CostMode::Auto, |tally| {
            if let Some(step) = range.step_of(tally.quarter_ms) {
                *steps.entry(step).or_default() += tally.counters;
            }
        })?;
        Ok(Self::of("ledger", range, rfc3339(range.since_ms), steps))
    }

    fn of(
        source: &'static str,
        range: Range,
        known_from: Option<String>,
        steps: BTreeMap<i64, Counters>,
    ) -> Self {
        let used = steps.into_iter().filter(|(_, counters)| *counters != Counters::default());
        let points = used.map(|(start, counters)| Point { start: rfc3339(start), sums: Sums::of(&counters) });
        Self {
            schema: 1,
            source,
            since: rfc3339(range.since_ms),
            until: rfc3339(range.until_ms),
            step_ms: range.step_ms,
            known_from,
            points: points.collect(),
        }
    }
}
