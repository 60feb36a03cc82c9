//! Sums in memory: all time, by model, project and session, and by quarter hour.
//!
//! Time is divided into quarter hours. Every zone's offset since 1972 is a multiple of 15 minutes, so days, weeks and
//! months of any zone, and UTC hours, are sums of whole quarters.
//!
//! Invariant: the sums equal the contributions added and not subtracted, in any order. A row without requests does not
//! exist, and no sum falls below zero: that is an error. Changed keys are noted until they are taken, so a publish
//! costs what changed. Used by the publisher.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::period::QUARTER_MS;
use crate::snapshot::Counters;

/// One request, or several of one quarter hour, session, project and model.
#[derive(Clone, Debug)]
pub struct Contribution<'a> {
    /// Time of the first request, ms UTC.
    pub first_ms: i64,
    /// Time of the last, in the same quarter hour.
    pub last_ms: i64,
    /// Session id.
    pub session: &'a Arc<str>,
    /// Project key.
    pub project: &'a Arc<str>,
    /// Model id.
    pub model: &'a str,
    /// What they used.
    pub counters: Counters,
}

/// Sums of a session or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What it used.
    pub counters: Counters,
    /// Its first request, ms UTC.
    pub first_ms: i64,
    /// Its last request, ms UTC.
    pub last_ms: i64,
    /// A session's project: that of its last request, the lowest if several were made in that millisecond.
    pub project: Arc<str>,
}

/// Sums of a quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarter {
    /// What was used in it.
    pub counters: Counters,
    /// Its first request, ms UTC.
    pub first_ms: i64,
    /// Its first request after its very first millisecond, ms UTC; `i64::MAX` if there is none.
    pub first_after_ms: i64,
    /// Its last request, ms UTC.
    pub last_ms: i64,
    /// The part of it in its very first millisecond. Such a request may belong to an earlier block than the others,
    /// because a block includes the millisecond it ends at.
    pub on_the_mark: Counters,
}

/// A sum would have fallen below zero: it never held what was to be subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BelowZero;

/// Rows by key, and which of them changed.
#[derive(Clone, Debug)]
struct Keyed<K, V> {
    rows: HashMap<K, V>,
    changed: HashSet<K>,
}

impl<K, V> Default for Keyed<K, V> {
    fn default() -> Self {
        Self { rows: HashMap::default(), changed: HashSet::default() }
    }
}

impl<K: Clone + Eq + Hash, V> Keyed<K, V> {
    fn touch(&mut self, key: &K) {
        if !self.changed.contains(key) {
            self.changed.insert(key.clone());
        }
    }

    fn take_changed(&mut self) -> Vec<K> {
        std::mem::take(&mut self.changed).into_iter().collect()
    }
}

/// All sums.
#[derive(Clone, Debug, Default)]
pub struct Aggregates {
    totals: Counters,
    models: Keyed<Arc<str>, Counters>,
    projects: Keyed<Arc<str>, Activity>,
    sessions: Keyed<Arc<str>, Activity>,
    quarters: BTreeMap<i64, Quarter>,
    changed_quarters: BTreeSet<i64>,
    /// What was added to each project in each quarter hour since changes were last taken.
    project_deltas: HashMap<(i64, Arc<str>), Counters>,
    is_replaced: bool,
}

/// Keys whose sums changed. Some may no longer have a row.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Models.
    pub models: Vec<Arc<str>>,
    /// Projects.
    pub projects: Vec<Arc<str>>,
    /// Sessions.
    pub sessions: Vec<Arc<str>>,
    /// Starts of quarter hours, ms UTC, ascending.
    pub quarters: Vec<i64>,
    /// The change of projects' sums in a quarter hour, by its start; a decrease wraps around.
    pub project_deltas: Vec<(i64, Arc<str>, Counters)>,
    /// The deltas are complete and replace those taken before.
    pub is_replaced: bool,
}

impl Aggregates {
    /// Adds what was used.
    pub fn add(&mut self, contribution: &Contribution<'_>) {
        let Contribution { first_ms, last_ms, session, project, counters, .. } = contribution;
        self.totals += *counters;
        let model = self.model_key(contribution.model);
        *self.models.rows.entry(Arc::clone(&model)).or_default() += *counters;
        self.models.touch(&model);
        for (table, key) in [(&mut self.projects, project), (&mut self.sessions, session)] {
            let row = table.rows.entry(Arc::clone(key)).or_insert_with(|| Activity {
                counters: Counters::default(),
                first_ms: *first_ms,
                last_ms: *last_ms,
                project: Arc::clone(project),
            });
            row.counters += *counters;
            row.first_ms = row.first_ms.min(*first_ms);
            if *last_ms > row.last_ms || (*last_ms == row.last_ms && *project < &row.project) {
                row.last_ms = *last_ms;
                row.project = Arc::clone(project);
            }
            table.touch(key);
        }
        let start = quarter_of(*first_ms);
        let quarter = self.quarters.entry(start).or_insert(Quarter {
            counters: Counters::default(),
            first_ms: *first_ms,
            first_after_ms: i64::MAX,
            last_ms: *last_ms,
            on_the_mark: Counters::default(),
        });
        quarter.counters += *counters;
        quarter.first_ms = quarter.first_ms.min(*first_ms);
        quarter.last_ms = quarter.last_ms.max(*last_ms);
        if *last_ms == start {
            quarter.on_the_mark += *counters;
        } else {
            quarter.first_after_ms = quarter.first_after_ms.min(*first_ms);
        }
        self.changed_quarters.insert(start);
        *self.project_deltas.entry((start, Arc::clone(project))).or_default() += *counters;
    }

    /// Subtracts what was added. The first and last times of the remaining rows do not change: the caller knows
    /// the remaining requests and corrects the times with the `set_…_bounds` methods.
    ///
    /// After an error the sums must be [replaced](Self::replace).
    pub fn subtract(&mut self, contribution: &Contribution<'_>) -> Result<(), BelowZero> {
        let Contribution { first_ms, last_ms, session, project, counters, .. } = contribution;
        take(&mut self.totals, counters)?;
        let model = self.model_key(contribution.model);
        let row = self.models.rows.get_mut(&model).ok_or(BelowZero)?;
        take(row, counters)?;
        if row.requests == 0 {
            self.models.rows.remove(&model);
        }
        self.models.touch(&model);
        for (table, key) in [(&mut self.projects, project), (&mut self.sessions, session)] {
            let row = table.rows.get_mut(*key).ok_or(BelowZero)?;
            take(&mut row.counters, counters)?;
            if row.counters.requests == 0 {
                table.rows.remove(*key);
            }
            table.touch(key);
        }
        let start = quarter_of(*first_ms);
        let quarter = self.quarters.get_mut(&start).ok_or(BelowZero)?;
        take(&mut quarter.counters, counters)?;
        if *last_ms == start {
            take(&mut quarter.on_the_mark, counters)?;
        }
        if quarter.counters.requests == 0 {
            self.quarters.remove(&start);
        }
        self.changed_quarters.insert(start);
        *self.project_deltas.entry((start, Arc::clone(project))).or_default() -= *counters;
        Ok(())
    }

    /// Corrects the times of a session after a subtraction, and the project of its last request.
    pub fn set_session_bounds(
        &mut self,
        session: &Arc<str>,
        first_ms: i64,
        last_ms: i64,
        project: &Arc<str>,
    ) {
        if let Some(row) = self.sessions.rows.get_mut(session) {
            (row.first_ms, row.last_ms, row.project) = (first_ms, last_ms, Arc::clone(project));
            self.sessions.touch(session);
        }
    }

    /// Corrects the times of a project after a subtraction.
    pub fn set_project_bounds(&mut self, project: &Arc<str>, first_ms: i64, last_ms: i64) {
        if let Some(row) = self.projects.rows.get_mut(project) {
            (row.first_ms, row.last_ms) = (first_ms, last_ms);
            self.projects.touch(project);
        }
    }

    /// Corrects the times of the quarter hour that starts at `start` after a subtraction.
    ///
    /// `first_after_ms` is the first request after its very first millisecond; `i64::MAX` if there is none.
    pub fn set_quarter_bounds(&mut self, start: i64, first_ms: i64, first_after_ms: i64, last_ms: i64) {
        if let Some(quarter) = self.quarters.get_mut(&start) {
            (quarter.first_ms, quarter.first_after_ms, quarter.last_ms) = (first_ms, first_after_ms, last_ms);
        }
    }

    /// Everything.
    pub fn totals(&self) -> Counters {
        self.totals
    }

    /// One model's sums.
    pub fn model(&self, model: &str) -> Option<&Counters> {
        self.models.rows.get(model)
    }

    /// One project's sums.
    pub fn project(&self, project: &str) -> Option<&Activity> {
        self.projects.rows.get(project)
    }

    /// One session's sums.
    pub fn session(&self, session: &str) -> Option<&Activity> {
        self.sessions.rows.get(session)
    }

    /// Number of sessions.
    pub fn session_count(&self) -> usize {
        self.sessions.rows.len()
    }

    /// Sessions and their sums, in no order.
    pub fn sessions(&self) -> impl Iterator<Item = (&Arc<str>, &Activity)> {
        self.sessions.rows.iter()
    }

    /// The quarter hours that start in `from..to` (ms UTC), ascending.
    pub fn quarters(&self, from: i64, to: i64) -> impl DoubleEndedIterator<Item = (i64, &Quarter)> {
        self.quarters.range(from..to.max(from)).map(|(start, quarter)| (*start, quarter))
    }

    /// The sum of the quarter hours that start in `from..to`.
    pub fn between(&self, from: i64, to: i64) -> Counters {
        self.quarters(from, to).map(|(_, quarter)| quarter.counters).sum()
    }

    /// Replaces these sums with others, whose changes were not taken yet.
    pub fn replace(&mut self, mut other: Self) {
        // Rows that no longer exist have changed as well.
        let before = std::mem::take(self);
        other.models.changed.extend(before.models.rows.into_keys());
        other.projects.changed.extend(before.projects.rows.into_keys());
        other.sessions.changed.extend(before.sessions.rows.into_keys());
        other.changed_quarters.extend(before.quarters.into_keys());
        other.is_replaced = true;
        *self = other;
    }

    /// Whether anything changed since [`Aggregates::take_changes`].
    pub fn has_changes(&self) -> bool {
        !self.changed_quarters.is_empty()
    }

    /// What changed since this was last called.
    pub fn take_changes(&mut self) -> Changes {
        Changes {
            models: self.models.take_changed(),
            projects: self.projects.take_changed(),
            sessions: self.sessions.take_changed(),
            quarters: std::mem::take(&mut self.changed_quarters).into_iter().collect(),
            project_deltas: std::mem::take(&mut self.project_deltas)
                .into_iter()
                .map(|((quarter, project), delta)| (quarter, project, delta))
                .collect(),
            is_replaced: std::mem::take(&mut self.is_replaced),
        }
    }

    fn model_key(&self, model: &str) -> Arc<str> {
        self.models.rows.get_key_value(model).map_or_else(|| model.into(), |(key, _)| Arc::clone(key))
    }
}

/// Subtracts from a sum that must hold as much.
fn take(sum: &mut Counters, counters: &Counters) -> Result<(), BelowZero> {
    *sum = sum.checked_sub(*counters).ok_or(BelowZero)?;
    Ok(())
}

/// The start of the quarter hour that contains a time (both ms UTC).
pub fn quarter_of(ms: i64) -> i64 {
    ms - ms.rem_euclid(QUARTER_MS)
}

#[cfg(test)]
mod tests;
