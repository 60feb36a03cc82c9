//! The JSON of budgets, `cco budget --json`.
//!
//! Invariant (schema 1): members are added, never changed or removed.

use serde::Serialize;
use serde_json::value::RawValue;

use super::budget::{Standing, Status, worst};
use super::figures::rfc3339;
use super::parts::usd;

/// Budgets at a moment.
#[derive(Debug, Serialize)]
pub struct BudgetDocument {
    schema: u32,
    standing: &'static str,
    warn_percent: u8,
    budgets: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    project: Option<String>,
    period: &'static str,
    start: Option<String>,
    end: Option<String>,
    spent_usd: Box<RawValue>,
    unpriced_tokens: u64,
    limit_usd: Box<RawValue>,
    percent: u128,
    projected_usd: Option<Box<RawValue>>,
    standing: &'static str,
}

impl BudgetDocument {
    /// The document of budgets at `now`, ms UTC.
    pub fn of(statuses: &[Status], warn_percent: u8, now: i64) -> Self {
        let line = |status: &Status| Line {
            name: status.name(),
            project: status.project.clone(),
            period: status.length.name(),
            start: rfc3339(status.start_ms),
            end: rfc3339(status.end_ms),
            spent_usd: usd(status.spent.amount),
            unpriced_tokens: status.spent.unpriced_tokens,
            limit_usd: usd(status.limit),
            percent: status.percent(),
            projected_usd: status.projection(now).map(|cost| usd(cost.amount)),
            standing: status.standing.name(),
        };
        let standing = worst(statuses).map_or(Standing::Within, |status| status.standing);
        let budgets = statuses.iter().map(line).collect();
        Self { schema: 1, standing: standing.name(), warn_percent, budgets }
    }

    /// Puts aliases in the place of names of projects. `alias` gets the kind of a name and the name.
    pub fn hide_names(&mut self, alias: impl Fn(&str, &str) -> String) {
        for line in &mut self.budgets {
            let Some(project) = line.project.take() else { continue };
            let hidden = alias("project", &project);
            line.name = line.name.strip_suffix(&*project).unwrap_or_default().to_owned() + &hidden;
            line.project = Some(hidden);
        }
    }
}
