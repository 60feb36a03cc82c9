//! Counting again: when the counting rule has a new edition, or on request.
//!
//! Invariant: a request whose transcripts are gone stays as it was counted. [`super::editions`] says what becomes of
//! one that an earlier edition counted and that is read again.

use rusqlite::Connection;

use super::counting_version::{COUNTING_VERSION, recounted_ms, version};
use super::schema::now_ms;
use super::take_in::take_in;
use super::{Applied, Intake, Ledger, LedgerError};
use crate::pricing::PriceTable;

impl Ledger {
    /// Whether transcripts were last read by an earlier edition, so that a [recount](Self::recount) is due.
    pub fn wants_recount(&self) -> Result<bool, LedgerError> {
        Ok(version(&self.connection)? < COUNTING_VERSION)
    }

    /// Whether an earlier edition counted into this ledger, so that some of its rows may still be there.
    pub fn was_recounted(&self) -> Result<bool, LedgerError> {
        Ok(recounted_ms(&self.connection)?.is_some())
    }

    /// Forgets how far transcripts were read, so that all that still exist are read again from their start.
    ///
    /// No request is dropped: one that is read again merges with what is known of it, so that this alone can only
    /// find what was missed.
    pub fn begin_recount(&mut self) -> Result<(), LedgerError> {
        let transaction = self.write()?;
        forget_positions(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Takes in all that still exists, read from its start, in place of what an earlier edition made of it. What is
    /// gone stays. The ledger is of this edition afterwards.
    ///
    /// The batch holds everything, because what an earlier edition counted is judged by all that is read of it; its
    /// records may be merged before, but for those that [differ](super::differ_to_a_recount).
    pub fn recount(&mut self, batch: &Intake<'_>, prices: &PriceTable) -> Result<Applied, LedgerError> {
        let transaction = self.write()?;
        forget_positions(&transaction)?;
        let applied = take_in(&transaction, batch, &batch.earlier_keys, prices, None)?;
        let set = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
        transaction.execute(set, ("counting_version", COUNTING_VERSION))?;
        transaction.execute(set, ("recounted_ms", now_ms()))?;
        transaction.commit()?;
        Ok(applied)
    }
}

fn forget_positions(connection: &Connection) -> Result<(), LedgerError> {
    // Without a size and a time no transcript looks as it did, so that each is due.
    let unread = "UPDATE files SET size = 0, modified_ns = 0, offset = 0, fingerprint = 0, \
                  fingerprint_bytes = 0, reader_state = NULL";
    connection.execute(unread, ())?;
    Ok(())
}
