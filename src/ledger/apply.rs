//! Taking in what transcripts said: one batch, one transaction.
//!
//! Invariant: the order and the division of records into batches do not matter, nor does repetition; the
//! rollups afterwards are those of the merged requests. A batch that fails leaves no trace.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::deltas::Deltas;
use super::editions::{self, Replaced};
use super::forget::Rules;
use super::names::Names;
use super::prices::Pricing;
use super::recount::COUNTING_VERSION;
use super::{CostState, FileState, Ledger, LedgerError, ProjectPath, first_import, recount, requests};
use crate::pricing::PriceTable;
use crate::snapshot::Counters;
use crate::usage::{Key, Record};

/// What was read, and how far the transcripts are read by that.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// Transcripts, as they are once the records are counted.
    pub files: Vec<FileState>,
    /// Records, in any order; some may be of one request.
    pub records: Vec<&'a Record>,
    /// Working folders that records named.
    pub project_paths: Vec<ProjectPath>,
    /// Claude Code's own figures.
    pub cost_states: Vec<CostState>,
    /// For requests that the first edition of the counting rule kept under another key: that key, then today's.
    pub earlier_keys: Vec<(Key, Key)>,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Requests that no longer count as they did (not added) and that count from now on (added). Applied
    /// in order, or summed up in any. Empty after an import.
    pub changes: Vec<Change>,
    /// Records that told of a request not known before.
    pub new_messages: u64,
    /// Records that told of a known one.
    pub duplicates: u64,
    /// Records of what was forgotten.
    pub forgotten: u64,
}

/// One request that was taken out of the sums or put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// It was put in.
    pub added: bool,
    /// When the request was made, in milliseconds UTC.
    pub at_ms: i64,
    /// Session id.
    pub session: Arc<str>,
    /// Project key.
    pub project: Arc<str>,
    /// Model as transcripts name it.
    pub model: Arc<str>,
    /// Its counters, with the cost in the mode `auto`.
    pub counters: Counters,
}

impl Ledger {
    /// Takes in a batch, telling what changed.
    pub fn apply(&mut self, batch: &Batch<'_>, prices: &PriceTable) -> Result<Applied, LedgerError> {
        let transaction = self.write()?;
        let mut changes = Vec::new();
        let earlier = recount::earlier_keys(&transaction, batch)?;
        let mut applied = take_in(&transaction, batch, &earlier, prices, Some(&mut changes))?;
        transaction.commit()?;
        applied.changes = changes;
        Ok(applied)
    }

    /// Takes in a batch without telling the changes one by one: for large ones, after which sums kept
    /// elsewhere are read from the [`rollups`](Self::rollups).
    pub fn import(&mut self, batch: &Batch<'_>, prices: &PriceTable) -> Result<Applied, LedgerError> {
        let transaction = self.write()?;
        let applied = if is_empty(&transaction)? {
            first_import::import(&transaction, batch, prices)?
        } else {
            let earlier = recount::earlier_keys(&transaction, batch)?;
            take_in(&transaction, batch, &earlier, prices, None)?
        };
        transaction.commit()?;
        Ok(applied)
    }

    /// Whether nothing was ever counted: there are no requests, and none were forgotten.
    pub fn is_empty(&self) -> Result<bool, LedgerError> {
        is_empty(&self.connection)
    }

    /// Begins a transaction that writes.
    pub(super) fn write(&mut self) -> Result<Transaction<'_>, LedgerError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

fn is_empty(connection: &Connection) -> Result<bool, LedgerError> {
    let known = "SELECT EXISTS (SELECT 1 FROM requests) OR EXISTS (SELECT 1 FROM forgotten)";
    Ok(!connection.prepare_cached(known)?.query_row((), |row| row.get(0))?)
}

/// Takes in a batch. `earlier` are those of its earlier keys under which an earlier edition may have kept something.
pub(super) fn take_in(
    connection: &Connection,
    batch: &Batch<'_>,
    earlier: &[(Key, Key)],
    prices: &PriceTable,
    mut changes: Option<&mut Vec<Change>>,
) -> Result<Applied, LedgerError> {
    let rules = Rules::read(connection)?;
    let (mut names, mut pricing) = (Names::new(connection), Pricing::new(prices));
    let mut deltas = Deltas::default();
    let mut applied = Applied::default();
    let mut records: Vec<&Record> =
        batch.records.iter().copied().filter(|record| !rules.cover(record)).collect();
    // Neighbouring rows are written together.
    records.sort_by_key(|record| record.key);
    let forgotten = rules.remember(connection, &records, &batch.earlier_keys)?;
    applied.forgotten = (batch.records.len() - records.len()) as u64;

    let mut replaced = Replaced::find(&mut names, earlier, &records)?;
    for row in &replaced.rows {
        requests::remove(connection, row.key)?;
        deltas.note(false, row, &mut names, &mut pricing, changes.as_deref_mut())?;
    }
    for row in &replaced.staying {
        requests::put(&mut names, row)?;
    }
    for copies in records.chunk_by(|one, other| one.key == other.key) {
        let key = copies[0].key;
        let old = requests::find(&mut names, key)?;
        if old.is_none() && forgotten.contains(&key) {
            applied.forgotten += copies.len() as u64;
            continue;
        }
        let mut new = merged(copies);
        match &old {
            None => applied.new_messages += 1,
            Some(old) if old.counting < COUNTING_VERSION => {
                editions::carry_over(new.to_mut(), &old.record, copies);
            }
            Some(old) => new.to_mut().merge(&old.record),
        }
        replaced.bequeath(&mut new, copies);
        if let Some(old) = old {
            if old.counting >= COUNTING_VERSION && *new == old.record {
                continue;
            }
            deltas.note(false, &old.record, &mut names, &mut pricing, changes.as_deref_mut())?;
        }
        requests::put(&mut names, &new)?;
        deltas.note(true, &new, &mut names, &mut pricing, changes.as_deref_mut())?;
    }
    deltas.write(&mut names)?;
    take_in_the_rest(batch, &rules, &mut names)?;
    applied.duplicates = batch.records.len() as u64 - applied.new_messages - applied.forgotten;
    Ok(applied)
}

pub(super) fn take_in_the_rest(
    batch: &Batch<'_>,
    rules: &Rules,
    names: &mut Names<'_>,
) -> Result<(), LedgerError> {
    for path in &batch.project_paths {
        path.write(names)?;
    }
    for state in batch.cost_states.iter().filter(|state| !rules.cover_state(state)) {
        state.write(names)?;
    }
    for file in &batch.files {
        file.write(names)?;
    }
    Ok(())
}

/// What records of one request come to.
pub(super) fn merged<'r>(copies: &[&'r Record]) -> Cow<'r, Record> {
    let mut record = Cow::Borrowed(copies[0]);
    for copy in &copies[1..] {
        record.to_mut().merge(copy);
    }
    record
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
