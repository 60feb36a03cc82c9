//! Amounts spent in the current day, week and month, in total and by project. Used for budgets.

use std::collections::HashMap;

use super::named::{NameTables, name};
use crate::config::Settings;
use crate::ledger::{Ledger, LedgerError};
use crate::period::{Calendar, Periods, Span};
use crate::pricing::CostMode;
use crate::report::budget::{ProjectSpent, Spent};
use crate::report::cost::Cost;

/// Day, week and month around a moment, in the zone of the settings.
pub fn current_periods(settings: &Settings, now_ms: i64) -> Result<Periods, jiff::Error> {
    Calendar::new(settings.zone.clone(), settings.week_start).periods(now_ms)
}

/// Sums the costs in `periods`.
pub fn spent(ledger: &Ledger, periods: &Periods) -> Result<Spent, LedgerError> {
    let spans = [periods.today, periods.week, periods.month];
    let start_ms = spans.iter().map(|span| span.start_ms).min().unwrap_or(0);
    let end_ms = spans.iter().map(|span| span.end_ms).max().unwrap_or(0);
    ledger.at_one_moment(|| {
        let mut by_project: HashMap<i64, [Cost; 3]> = HashMap::new();
        ledger.tallies(start_ms..end_ms, CostMode::Auto, |tally| {
            let sums = by_project.entry(tally.project).or_default();
            for (sum, _) in sums.iter_mut().zip(&spans).filter(|(_, span)| span.contains(tally.quarter_ms)) {
                *sum = *sum + Cost::from(&tally.counters);
            }
        })?;
        let names = NameTables::read(ledger, false)?;
        let mut overall = [Cost::default(); 3];
        let mut projects = Vec::with_capacity(by_project.len());
        for (id, spent) in by_project {
            for (sum, part) in overall.iter_mut().zip(spent) {
                *sum = *sum + part;
            }
            let key = name(&names.projects, id);
            let path = names.paths.get(&key).cloned();
            projects.push(ProjectSpent { key, path, spent });
        }
        let periods = spans.map(|Span { start_ms, end_ms }| (start_ms, end_ms));
        Ok(Spent { periods, overall, projects: Some(projects) })
    })
}
