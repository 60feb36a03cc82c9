//! What removed rows leave behind: free pages, free space in pages, and the log keep their text until something overwrites it.
//!
//! Invariant: traces are called overwritten only if the file was written again as a whole and the log is empty. Used to compact
//! the ledger, and when titles are removed.

use super::log::{self, Fold};
use super::{Ledger, LedgerError};

/// What happened to the traces of removed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traces {
    /// They are gone from the ledger and its log.
    Overwritten,
    /// Another process reads the ledger as it was, so some may be left.
    Left,
}

impl Ledger {
    /// Writes the whole file again, without free space and the traces in it.
    pub(super) fn rewrite(&self) -> Result<Traces, LedgerError> {
        self.connection.execute_batch("VACUUM")?;
        // Until the log is in the file and empty, both may have traces.
        Ok(match log::fold(&self.connection)? {
            Fold::Empty => Traces::Overwritten,
            Fold::InUse | Fold::Partial => Traces::Left,
        })
    }
}
