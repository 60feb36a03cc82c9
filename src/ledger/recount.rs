//! Counting again, for a new edition of the counting rule or on request.
//!
//! Invariant: a request whose transcripts are gone stays as it was counted. [`super::editions`] decides what happens to
//! a request from an earlier edition that is read again.

use super::counting_version::{COUNTING_VERSION, recounted_ms, version};
use super::schema::now_ms;
use super::take_in::take_in;
use super::{Applied, Intake, Ledger, LedgerError, file_row, log};
use crate::pricing::PriceTable;

impl Ledger {
    /// Whether an earlier edition read the transcripts last, so a [recount](Self::recount) is due.
    pub fn wants_recount(&self) -> Result<bool, LedgerError> {
        Ok(version(&self.connection)? < COUNTING_VERSION)
    }

    /// Whether an earlier edition counted into this ledger, so some of its rows may still be here.
    pub fn was_recounted(&self) -> Result<bool, LedgerError> {
        Ok(recounted_ms(&self.connection)?.is_some())
    }

    /// Drops all checkpoints, so every transcript that still exists is read again from its start.
    ///
    /// No request is removed: requests that are read again merge with their rows, so this can only find what was
    /// missed.
    pub fn begin_recount(&mut self) -> Result<(), LedgerError> {
        let transaction = self.write()?;
        file_row::forget_positions(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Takes in everything that still exists, read from its start, and replaces what an earlier edition counted. What
    /// is gone stays. Afterwards the ledger belongs to this edition.
    ///
    /// The intake must hold everything, because all records of a request together decide what replaces its row. Records
    /// may be merged beforehand, except those that [differ](super::differ_to_a_recount).
    pub fn recount(&mut self, batch: &Intake<'_>, prices: &PriceTable) -> Result<Applied, LedgerError> {
        let transaction = self.write()?;
        file_row::forget_positions(&transaction)?;
        let applied = take_in(&transaction, batch, &batch.earlier_keys, prices, None)?;
        let set = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
        transaction.execute(set, ("counting_version", COUNTING_VERSION))?;
        transaction.execute(set, ("recounted_ms", now_ms()))?;
        transaction.commit()?;
        log::trim(self);
        Ok(applied)
    }
}
