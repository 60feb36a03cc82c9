//! What requests were for: how a report's rows are divided by it, and which requests it selects.
//!
//! A subagent whose type its records do not name is looked up by its session and id, when the report is made.
//!
//! Invariant: a dimension that is not recorded has the empty value, which is a value of its own: nothing is left out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ledger::{Ledger, LedgerError, SubagentKinds, Tally};
use crate::usage::{Dimension, Dimensions};

/// The dimensions in a ledger, by the ids that tallies have.
#[derive(Clone, Debug, Default)]
pub(super) struct DimensionTable {
    rows: HashMap<i64, Dimensions>,
    /// Types of subagents, by session and their id.
    kinds: SubagentKinds,
}

impl DimensionTable {
    pub(super) fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        Ok(Self { rows: ledger.dimensions()?, kinds: ledger.subagent_kinds()? })
    }

    /// All values of a dimension, sorted, without the empty one.
    pub(super) fn values(&self, of: Dimension) -> Vec<&str> {
        let named = self.rows.values().map(|row| row.get(of));
        let looked_up = self.kinds.values().flat_map(HashMap::values).map(|kind| &**kind);
        let looked_up = looked_up.filter(|_| of == Dimension::Subagent);
        let mut values: Vec<&str> = named.chain(looked_up).filter(|value| !value.is_empty()).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The value of a dimension in a row, in a session.
    fn named<'t>(&'t self, row: &'t Dimensions, session: Option<i64>, of: Dimension) -> &'t str {
        if of == Dimension::Subagent && depends_on_session(row) {
            let kind = session.and_then(|session| self.kinds.get(&session)?.get(&*row.agent_id));
            return kind.map_or("", |kind| &**kind);
        }
        row.get(of)
    }
}

/// Where the part of a row of dimensions is known.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// It is the same in all sessions.
    Everywhere(usize),
    /// It is another one in each session.
    InSession,
}

/// Divides tallies by dimensions.
#[derive(Debug, Default)]
pub(super) struct Divided {
    by: Vec<Dimension>,
    table: DimensionTable,
    /// The part that a row of dimensions belongs to, by its id.
    parts: foldhash::HashMap<i64, Part>,
    /// The same for a row that depends on the session, by its id and its session.
    parts_in_sessions: foldhash::HashMap<(i64, i64), usize>,
    /// The values of each part, and the part with these values.
    values: Vec<Vec<Arc<str>>>,
    known: HashMap<Vec<Arc<str>>, usize>,
}

impl Divided {
    pub(super) fn read(ledger: &Ledger, by: &[Dimension]) -> Result<Self, LedgerError> {
        if by.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self { by: by.to_vec(), table: DimensionTable::read(ledger)?, ..Self::default() })
    }

    /// The part that a tally belongs to; always the same one if nothing is divided.
    pub(super) fn part(&mut self, tally: &Tally) -> usize {
        if self.by.is_empty() {
            return 0;
        }
        match self.parts.get(&tally.dimensions) {
            Some(Part::Everywhere(part)) => return *part,
            Some(Part::InSession) => {
                if let Some(part) = self.parts_in_sessions.get(&(tally.dimensions, tally.session)) {
                    return *part;
                }
            }
            None => {}
        }
        let row = self.table.rows.get(&tally.dimensions);
        let session = row.is_some_and(depends_on_session).then_some(tally.session);
        let value = |of: &Dimension| row.map_or("", |row| self.table.named(row, session, *of)).into();
        let values: Vec<Arc<str>> = self.by.iter().map(value).collect();
        let part = *self.known.entry(values).or_insert_with_key(|values| {
            self.values.push(values.clone());
            self.values.len() - 1
        });
        match session {
            None => {
                self.parts.insert(tally.dimensions, Part::Everywhere(part));
            }
            Some(session) => {
                self.parts.insert(tally.dimensions, Part::InSession);
                self.parts_in_sessions.insert((tally.dimensions, session), part);
            }
        }
        part
    }

    /// The values of a part, in the order of the dimensions; none if nothing is divided.
    pub(super) fn values(&self, part: usize) -> Vec<Arc<str>> {
        self.values.get(part).cloned().unwrap_or_default()
    }
}

/// Selects requests by dimensions.
#[derive(Clone, Debug)]
pub struct DimensionFilter {
    /// The values that are taken, of each dimension that was asked for.
    wanted: Vec<(Dimension, HashSet<Arc<str>>)>,
}

impl DimensionFilter {
    /// Takes what has one of the values of each of these dimensions.
    pub(super) fn new(wanted: Vec<(Dimension, HashSet<Arc<str>>)>) -> Self {
        Self { wanted }
    }

    /// Whether a record with these dimensions, in the session with this id, is selected.
    pub(super) fn takes_record(
        &self,
        table: &DimensionTable,
        row: &Dimensions,
        session: Option<i64>,
    ) -> bool {
        self.wanted.iter().all(|(of, values)| values.contains(table.named(row, session, *of)))
    }

    /// The filter over a ledger as it is at one moment.
    pub(super) fn over(&self, ledger: &Ledger) -> Result<Selected<'_>, LedgerError> {
        let table = DimensionTable::read(ledger)?;
        let is_taken = |row: &Dimensions| !depends_on_session(row) && self.takes_record(&table, row, None);
        let taken = table.rows.iter().filter(|(_, row)| is_taken(row)).map(|(id, _)| *id).collect();
        Ok(Selected { filter: self, taken, table })
    }
}

/// A filter over a ledger.
#[derive(Debug)]
pub(super) struct Selected<'f> {
    filter: &'f DimensionFilter,
    table: DimensionTable,
    /// The rows of dimensions that are taken, but for those that depend on the session.
    taken: HashSet<i64>,
}

impl Selected<'_> {
    /// Whether a tally is selected.
    pub(super) fn takes(&self, tally: &Tally) -> bool {
        self.taken.contains(&tally.dimensions)
            || self.table.rows.get(&tally.dimensions).is_some_and(|row| {
                depends_on_session(row) && self.filter.takes_record(&self.table, row, Some(tally.session))
            })
    }
}

/// Whether a dimension is another one in each session: the type of a subagent whose records do not name it.
fn depends_on_session(row: &Dimensions) -> bool {
    row.subagent.is_empty() && !row.agent_id.is_empty()
}
