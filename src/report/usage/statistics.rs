//! Claude Code's own statistics for days with nothing counted, beside a report by period.
//!
//! Invariant: no total includes them. They have tokens and no cost, and say which kinds of tokens they count; figures with and
//! without the cache are never added.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::periods::Periods;
use super::query::{Grouping, Query};
use crate::ledger::{Ledger, LedgerError};

/// The statistics of a report, by period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Oldest first.
    pub rows: Vec<StatisticsRow>,
}

/// The statistics of one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticsRow {
    /// The first day of the period.
    pub first_day: Date,
    /// Whether tokens include those of the cache.
    pub with_cache: bool,
    /// How many days have statistics.
    pub days: u64,
    /// Tokens of all models.
    pub tokens: u64,
    /// Tokens by model, most first.
    pub models: Vec<(Arc<str>, u64)>,
}

/// What was added up for a period.
#[derive(Default)]
struct Sum {
    days: u64,
    /// The last day that was added.
    last: Option<Date>,
    tokens: u64,
    models: BTreeMap<Arc<str>, u64>,
}

impl Statistics {
    /// The statistics of the days that a query selects. They are not divided by project or dimension, so a report of part of the
    /// usage has none.
    pub fn read(ledger: &Ledger, query: &Query, grouping: Grouping) -> Result<Self, LedgerError> {
        if !grouping.is_by_period() || query.only.has_filters() || query.only.session.is_some() {
            return Ok(Self::default());
        }
        let periods = Periods::new(query, grouping);
        let mut sums: BTreeMap<(Date, bool), Sum> = BTreeMap::new();
        for row in ledger.claude_days(&query.zone)?.into_iter().filter(|row| query.has_day(row.day)) {
            let sum = sums.entry((periods.first_of(row.day), row.with_cache)).or_default();
            sum.days += u64::from(sum.last != Some(row.day));
            sum.last = Some(row.day);
            sum.tokens = sum.tokens.saturating_add(row.tokens);
            let tokens = sum.models.entry(row.model).or_default();
            *tokens = tokens.saturating_add(row.tokens);
        }
        let rows = sums.into_iter().map(|((first_day, with_cache), sum)| {
            let Sum { days, tokens, models, .. } = sum;
            let mut models: Vec<_> = models.into_iter().collect();
            // Those with as many tokens stay in the order of their names.
            models.sort_by_key(|(_, tokens)| Reverse(*tokens));
            StatisticsRow { first_day, with_cache, days, tokens, models }
        });
        Ok(Self { rows: rows.collect() })
    }
}
