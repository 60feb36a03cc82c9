//! The edition of the counting rule that counted into a ledger.
//!
//! Invariant: a ledger from a newer edition is refused, because this one would undo its counts.

use rusqlite::{Connection, OptionalExtension};

use super::error::LedgerError;

/// Edition of the counting rule (which records count, and how they merge). A change of the rule raises it.
pub const COUNTING_VERSION: i64 = 2;

/// When this ledger was counted again by another edition, in milliseconds UTC.
pub(super) fn recounted_ms(connection: &Connection) -> Result<Option<i64>, LedgerError> {
    let query = "SELECT value FROM meta WHERE name = 'recounted_ms'";
    Ok(connection.prepare_cached(query)?.query_row((), |row| row.get(0)).optional()?)
}

/// Refuses a ledger from a newer edition.
pub(super) fn check_version(connection: &Connection) -> Result<(), LedgerError> {
    let found = version(connection)?;
    if found > COUNTING_VERSION {
        return Err(LedgerError::Newer { found, supported: COUNTING_VERSION });
    }
    Ok(())
}

/// The edition that counted into this ledger last.
pub(super) fn version(connection: &Connection) -> Result<i64, LedgerError> {
    let query = "SELECT value FROM meta WHERE name = 'counting_version'";
    Ok(connection.query_row(query, (), |row| row.get(0))?)
}
