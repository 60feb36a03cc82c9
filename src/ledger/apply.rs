//! Takes in what was read from transcripts: one intake, one transaction.
//!
//! Invariant: an intake that fails leaves no trace.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::editions::earlier_keys;
use super::take_in::take_in;
use super::{Applied, Intake, Ledger, LedgerError, first_import, log};
use crate::pricing::PriceTable;

impl Ledger {
    /// Takes in records and returns what changed.
    pub fn apply(&mut self, batch: &Intake<'_>, prices: &PriceTable) -> Result<Applied, LedgerError> {
        let transaction = self.write()?;
        let mut changes = Vec::new();
        let earlier = earlier_keys(&transaction, batch)?;
        let mut applied = take_in(&transaction, batch, &earlier, prices, Some(&mut changes))?;
        transaction.commit()?;
        applied.changes = changes;
        Ok(applied)
    }

    /// Takes in many records without listing the changes; sums kept elsewhere must then be read from the
    /// [`rollups`](Self::rollups).
    pub fn import(&mut self, batch: &Intake<'_>, prices: &PriceTable) -> Result<Applied, LedgerError> {
        let transaction = self.write()?;
        let applied = if is_empty(&transaction)? {
            first_import::import(&transaction, batch, prices)?
        } else {
            let earlier = earlier_keys(&transaction, batch)?;
            take_in(&transaction, batch, &earlier, prices, None)?
        };
        transaction.commit()?;
        log::trim(self);
        Ok(applied)
    }

    /// Whether nothing was ever counted: there are no requests, and none was forgotten.
    pub fn is_empty(&self) -> Result<bool, LedgerError> {
        is_empty(&self.connection)
    }

    /// Begins a write transaction.
    pub(super) fn write(&mut self) -> Result<Transaction<'_>, LedgerError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

fn is_empty(connection: &Connection) -> Result<bool, LedgerError> {
    let known = "SELECT EXISTS (SELECT 1 FROM requests) OR EXISTS (SELECT 1 FROM forgotten)";
    Ok(!connection.prepare_cached(known)?.query_row((), |row| row.get(0))?)
}

#[cfg(test)]
mod tests;
