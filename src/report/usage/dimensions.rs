//! What requests were for: how a report's rows are divided by it, and which requests it selects.
//!
//! A subagent whose type its records do not name is looked up by its session and id, when the report is made.
//!
//! Invariant: a dimension that is not recorded has the empty value, which is a value of its own: nothing is left out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ledger::{Ledger, LedgerError, Tally};
use crate::usage::{Dimension, Dimensions};

/// The dimensions in a ledger, by the ids that tallies have.
#[derive(Clone, Debug, Default)]
pub(super) struct DimensionTable {
    rows: HashMap<i64, Dimensions>,
    /// Types of subagents by session and their id.
    kinds: HashMap<(i64, Arc<str>), Arc<str>>,
}

impl DimensionTable {
    pub(super) fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        Ok(Self { rows: ledger.dimensions()?, kinds: ledger.subagent_kinds()? })
    }

    /// All values of a dimension, sorted, without the empty one.
    pub(super) fn values(&self, of: Dimension) -> Vec<&str> {
        let named = self.rows.values().map(|row| row.get(of));
        let looked_up = self.kinds.values().map(|kind| &**kind).filter(|_| of == Dimension::Subagent);
        let mut values: Vec<&str> = named.chain(looked_up).filter(|value| !value.is_empty()).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Whether a dimension of this row is another one in each session.
    fn depends_on_session(&self, id: i64) -> bool {
        self.rows.get(&id).is_some_and(|row| row.subagent.is_empty() && !row.agent_id.is_empty())
    }

    /// The value of a dimension, in a session.
    fn value(&self, id: i64, session: i64, of: Dimension) -> &str {
        let Some(row) = self.rows.get(&id) else { return "" };
        if of == Dimension::Subagent && self.depends_on_session(id) {
            let kind = self.kinds.get(&(session, Arc::from(&*row.agent_id)));
            return kind.map_or("", |kind| &**kind);
        }
        row.get(of)
    }
}

/// Divides tallies by dimensions.
#[derive(Debug, Default)]
pub(super) struct Divided {
    by: Vec<Dimension>,
    table: DimensionTable,
    /// The part that a row of dimensions belongs to: by its id, and by its session if it depends on that.
    parts: HashMap<(i64, Option<i64>), usize>,
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
        let session = self.table.depends_on_session(tally.dimensions).then_some(tally.session);
        if let Some(part) = self.parts.get(&(tally.dimensions, session)) {
            return *part;
        }
        let value = |of: &Dimension| Arc::from(self.table.value(tally.dimensions, tally.session, *of));
        let values: Vec<Arc<str>> = self.by.iter().map(value).collect();
        let part = *self.known.entry(values).or_insert_with_key(|values| {
            self.values.push(values.clone());
            self.values.len() - 1
        });
        self.parts.insert((tally.dimensions, session), part);
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
    table: DimensionTable,
    /// The rows of dimensions that are taken, but for those that depend on the session.
    taken: HashSet<i64>,
}

impl DimensionFilter {
    /// Takes what has one of the values of each of these dimensions.
    pub(super) fn new(table: DimensionTable, wanted: Vec<(Dimension, HashSet<Arc<str>>)>) -> Self {
        let mut filter = Self { wanted, taken: HashSet::new(), table };
        let ids = filter.table.rows.keys().copied();
        filter.taken =
            ids.filter(|id| !filter.table.depends_on_session(*id) && filter.has_values(*id, 0)).collect();
        filter
    }

    /// Whether a tally is selected.
    pub(super) fn takes(&self, tally: &Tally) -> bool {
        self.taken.contains(&tally.dimensions)
            || self.table.depends_on_session(tally.dimensions)
                && self.has_values(tally.dimensions, tally.session)
    }

    /// Whether a record with these dimensions is selected, by what the record itself names.
    pub(super) fn takes_named(&self, dimensions: &Dimensions) -> bool {
        self.wanted.iter().all(|(of, values)| values.contains(dimensions.get(*of)))
    }

    fn has_values(&self, id: i64, session: i64) -> bool {
        self.wanted.iter().all(|(of, values)| values.contains(self.table.value(id, session, *of)))
    }
}
