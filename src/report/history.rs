//! Usage over time in equal steps, as JSON.
//!
//! Invariant: steps without usage are left out; those that are there add up to the usage in the range, as far as the
//! source goes back. The parts of a step add up to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::figures::rfc3339;
use super::parts::Sums;
use super::usage::{NameTables, Only, name};
use crate::ledger::{Ledger, LedgerError, Tally};
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

/// What steps are split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Models.
    Models,
    /// Projects.
    Projects,
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
    #[serde(flatten)]
    parts: Option<Parts>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Parts {
    Models(Vec<ModelPart>),
    Projects(Vec<ProjectPart>),
}

#[derive(Debug, Serialize)]
struct ModelPart {
    model: Arc<str>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct ProjectPart {
    project: Arc<str>,
    path: Option<Arc<str>>,
    #[serde(flatten)]
    sums: Sums,
}

/// The sums of a step, and of its parts by id.
#[derive(Debug, Default)]
struct Step {
    all: Counters,
    parts: BTreeMap<i64, Counters>,
}

impl Range {
    /// Where the step that contains a moment begins; `None` outside the range.
    fn step_of(&self, at_ms: i64) -> Option<i64> {
        let is_in = self.since_ms <= at_ms && at_ms < self.until_ms;
        is_in.then(|| self.since_ms + (at_ms - self.since_ms) / self.step_ms * self.step_ms)
    }
}

impl Split {
    /// The id of the part that a tally belongs to.
    fn id(self, tally: &Tally) -> i64 {
        match self {
            Self::Models => tally.model,
            Self::Projects => tally.project,
        }
    }

    /// Parts with their names.
    fn named(self, parts: &BTreeMap<i64, Counters>, names: &NameTables) -> Parts {
        match self {
            Self::Models => {
                Parts::Models(named(parts, &names.models, |model, sums| ModelPart { model, sums }))
            }
            Self::Projects => Parts::Projects(named(parts, &names.projects, |project, sums| ProjectPart {
                path: names.paths.get(&project).cloned(),
                project,
                sums,
            })),
        }
    }
}

fn named<T>(
    parts: &BTreeMap<i64, Counters>,
    names: &HashMap<i64, Arc<str>>,
    part: impl Fn(Arc<str>, Sums) -> T,
) -> Vec<T> {
    parts.iter().map(|(id, counters)| part(name(names, *id), Sums::of(counters))).collect()
}

impl History {
    /// The usage that a snapshot published, of which it keeps the last changes. What was published before the first of
    /// them is not part of any step.
    pub fn of_snapshot(frame: &Frame, range: Range) -> Self {
        let mut steps: BTreeMap<i64, Step> = BTreeMap::new();
        let mut rows = frame.history();
        let first = rows.next();
        let mut last = first.map(|row| row.counters).unwrap_or_default();
        for row in rows {
            // A message with its final count is provisional no longer: no count of a step is less than nothing.
            let added = row.counters.saturating_sub(last);
            last = row.counters;
            if let Some(step) = range.step_of(row.at) {
                steps.entry(step).or_default().all += added;
            }
        }
        Self::of("snapshot", range, first.and_then(|row| rfc3339(row.at)), steps, |_| None)
    }

    /// The usage that a ledger holds, by the quarter hours in which it began.
    pub fn of_ledger(
        ledger: &Ledger,
        range: Range,
        only: &Only,
        split: Option<Split>,
    ) -> Result<Self, LedgerError> {
        ledger.at_one_moment(|| {
            let selection = only.of(ledger)?;
            let mut steps: BTreeMap<i64, Step> = BTreeMap::new();
            ledger.tallies(range.since_ms..range.until_ms, CostMode::Auto, |tally| {
                let Some(step) = range.step_of(tally.quarter_ms).filter(|_| selection.takes(tally)) else {
                    return;
                };
                let step = steps.entry(step).or_default();
                step.all += tally.counters;
                if let Some(split) = split {
                    *step.parts.entry(split.id(tally)).or_default() += tally.counters;
                }
            })?;
            let known_from = rfc3339(range.since_ms);
            let Some(split) = split else {
                return Ok(Self::of("ledger", range, known_from, steps, |_| None));
            };
            let names = NameTables::read(ledger, false)?;
            Ok(Self::of("ledger", range, known_from, steps, |parts| Some(split.named(parts, &names))))
        })
    }

    /// Puts aliases in the place of names of projects, and removes paths.
    pub fn hide_names(&mut self, alias: impl Fn(&str, &str) -> String) {
        for point in &mut self.points {
            if let Some(Parts::Projects(parts)) = &mut point.parts {
                for part in parts {
                    (part.project, part.path) = (alias("project", &part.project).into(), None);
                }
            }
        }
    }

    fn of(
        source: &'static str,
        range: Range,
        known_from: Option<String>,
        steps: BTreeMap<i64, Step>,
        parts: impl Fn(&BTreeMap<i64, Counters>) -> Option<Parts>,
    ) -> Self {
        let used = steps.into_iter().filter(|(_, step)| step.all != Counters::default());
        let points = used.map(|(start, step)| Point {
            start: rfc3339(start),
            sums: Sums::of(&step.all),
            parts: parts(&step.parts),
        });
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
