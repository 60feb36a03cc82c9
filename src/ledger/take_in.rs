//! Merges the records of an intake into the rows of their requests.
//!
//! Invariant: order, repetition and the division of records into intakes do not matter; afterwards the rollups are those
//! of the merged requests. Called inside a transaction.

use std::borrow::Cow;

use rusqlite::Connection;

use super::counting_version::COUNTING_VERSION;
use super::deltas::Deltas;
use super::editions::{self, Replaced};
use super::forget::Rules;
use super::intake::{Applied, Change, Intake};
use super::names::Names;
use super::prices::Pricing;
use super::{LedgerError, requests};
use crate::pricing::PriceTable;
use crate::usage::{Key, Record};

/// Takes in records. `earlier` are the earlier keys that an earlier edition may have used.
pub(super) fn take_in(
    connection: &Connection,
    batch: &Intake<'_>,
    earlier: &[(Key, Key)],
    prices: &PriceTable,
    mut changes: Option<&mut Vec<Change>>,
) -> Result<Applied, LedgerError> {
    let rules = Rules::read(connection)?;
    let (mut names, mut pricing) = (Names::new(connection), Pricing::new(prices));
    let mut deltas = Deltas::default();
    let mut applied = Applied::default();
    let mut records = batch.records.clone();
    // In the order of the table, so neighbouring rows are written together.
    records.sort_by_key(|record| record.key);
    for key in rules.remember(connection, &records)? {
        // Other records of it were counted before.
        if let Some(old) = requests::find(&mut names, key)? {
            requests::remove(connection, key)?;
            deltas.note(false, &old.record, &mut names, &mut pricing, changes.as_deref_mut())?;
            applied.has_fallen = true;
        }
    }
    records.retain(|record| !rules.cover(record));
    applied.forgotten = (batch.records.len() - records.len()) as u64;
    let forgotten = rules.forgotten(connection, &records, &batch.earlier_keys)?;

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
    take_in_the_rest(batch, &rules, &mut names, &mut applied)?;
    applied.duplicates = batch.records.len() as u64 - applied.new_messages - applied.forgotten;
    Ok(applied)
}

/// Takes in what is no record, and notes in `applied` what that changed.
pub(super) fn take_in_the_rest(
    batch: &Intake<'_>,
    rules: &Rules,
    names: &mut Names<'_>,
    applied: &mut Applied,
) -> Result<(), LedgerError> {
    for path in &batch.project_paths {
        applied.has_new_folders |= path.write(names)?;
    }
    for subagent in &batch.subagents {
        subagent.write(names.connection)?;
    }
    for title in &batch.titles {
        title.write(!rules.are_none(), names)?;
    }
    for state in batch.cost_states.iter().filter(|state| !rules.cover_state(state)) {
        state.write(names)?;
    }
    for file in &batch.files {
        file.write(names)?;
    }
    Ok(())
}

/// The records of one request, merged.
pub(super) fn merged<'r>(copies: &[&'r Record]) -> Cow<'r, Record> {
    let mut record = Cow::Borrowed(copies[0]);
    for copy in &copies[1..] {
        record.to_mut().merge(copy);
    }
    record
}
