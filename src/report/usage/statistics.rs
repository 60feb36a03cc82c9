//! Claude Code's own statistics of days of which nothing is counted, beside a report by period.
//!
//! Invariant: no total has them. They have tokens and no cost, and what kinds of tokens those are is said with them; figures
//! with and without the cache are never added.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::periods::Periods;
use super::query::{Grouping, Query};
use crate::ledger::{Ledger, LedgerError};

/// Statistics of a report's days, by its periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Oldest first.
    pub rows: Vec<StatisticsRow>,
}

/// Those of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticsRow {
    /// The first day of the period.
    pub first_day: Date,
    /// Whether tokens of the cache are among them.
    pub with_cache: bool,
    /// Of how many days they are.
    pub days: u64,
    /// Tokens of all models.
    pub tokens: u64,
    /// Tokens by model, most first.
    pub models: Vec<(Arc<str>, u64)>,
}

impl Statistics {
    /// Those of the days that a query selects. They are not known by project or dimension, so a report of part of the usage
    /// has none.
    pub fn read(ledger: &Ledger, query: &Query, grouping: Grouping) -> Result<Self, LedgerError> {
        if !grouping.is_by_period() || query.only.has_filters() || query.only.session.is_some() {
            return Ok(Self::default());
        }
        let periods = Periods::new(query, grouping);
        let mut sums: BTreeMap<(Date, bool), (Option<Date>, StatisticsRow)> = BTreeMap::new();
        for row in ledger.claude_days(&query.zone)?.into_iter().filter(|row| query.has_day(row.day)) {
            let first_day = periods.first_of(row.day);
            let (last, sum) = sums.entry((first_day, row.with_cache)).or_insert_with(|| {
                let (with_cache, models) = (row.with_cache, Vec::new());
                (None, StatisticsRow { first_day, with_cache, days: 0, tokens: 0, models })
            });
            sum.days += u64::from(*last != Some(row.day));
            *last = Some(row.day);
            sum.tokens = sum.tokens.saturating_add(row.tokens);
            match sum.models.iter_mut().find(|(model, _)| *model == row.model) {
                Some((_, tokens)) => *tokens = tokens.saturating_add(row.tokens),
                None => sum.models.push((row.model, row.tokens)),
            }
        }
        let rows = sums.into_values().map(|(_, mut row)| {
            row.models.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            row
        });
        Ok(Self { rows: rows.collect() })
    }
}
