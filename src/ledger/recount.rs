//! Counting again: when the counting rule changes, or on request.
//!
//! Invariant: a request whose transcripts are gone stays as it was counted.

use rusqlite::Connection;

use super::{Ledger, LedgerError};

/// Version of the counting rule (which records count, and how they merge). A change of the rule raises it.
pub const COUNTING_VERSION: i64 = 1;

impl Ledger {
    /// Whether transcripts were last read by an older counting rule, so that a recount is due.
    pub fn wants_recount(&self) -> Result<bool, LedgerError> {
        Ok(version(&self.connection)? < COUNTING_VERSION)
    }

    /// Forgets how far transcripts were read, so that all that still exist are read again from their start.
    ///
    /// No request is dropped. One that is read again replaces what an older counting rule made of it, and
    /// merges with what this one did: a recount without a new rule can only find what was missed.
    pub fn begin_recount(&mut self) -> Result<(), LedgerError> {
        let transaction = self.write()?;
        // Without a size and a time no transcript looks as it did, so that each is due.
        let unread = "UPDATE files SET size = 0, modified_ns = 0, offset = 0, fingerprint = 0, \
                      fingerprint_bytes = 0";
        transaction.execute(unread, ())?;
        transaction
            .execute("UPDATE meta SET value = ?1 WHERE name = 'counting_version'", [COUNTING_VERSION])?;
        transaction.commit()?;
        Ok(())
    }
}

/// Refuses a ledger that was counted by a newer rule: this one would undo it.
pub(super) fn check_version(connection: &Connection) -> Result<(), LedgerError> {
    let found = version(connection)?;
    if found > COUNTING_VERSION {
        return Err(LedgerError::Newer { found, supported: COUNTING_VERSION });
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, LedgerError> {
    let query = "SELECT value FROM meta WHERE name = 'counting_version'";
    Ok(connection.query_row(query, (), |row| row.get(0))?)
}
