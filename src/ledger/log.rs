//! The write-ahead log: moves what it holds into the ledger's file.
//!
//! Invariant: whoever removes a log, or claims that it is empty, asks [`fold`] first and believes only its answer. A reader
//! of an older state of the ledger keeps SQLite from moving what came after that state.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::beside::{LOG, beside};
use super::open::{BUSY_TIMEOUT, LOG_BYTES};
use super::{Ledger, LedgerError};

/// How much of the log is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// All of it, and the log is empty.
    Empty,
    /// All of it, but a reader still uses the log, so its bytes stay.
    InUse,
    /// Not all of it: a reader needs the file as it was before.
    Partial,
}

/// Empties a log that a large write left, unless another process uses it: then a later write does. Does not wait.
///
/// It is not a part of the write, which is done. If it fails, the log stays as it is, and the next operation that needs the
/// file finds the same error.
pub(super) fn trim(ledger: &Ledger) {
    let length = fs::metadata(beside(&ledger.path, LOG)).map_or(0, |log| log.len());
    if length > LOG_BYTES.unsigned_abs() {
        drop(fold_at_once(&ledger.connection));
    }
}

/// The same as [`fold`] without waiting for readers.
fn fold_at_once(connection: &Connection) -> Result<Fold, LedgerError> {
    connection.busy_timeout(Duration::ZERO)?;
    let folded = fold(connection);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    folded
}

/// Moves what the log holds into the file and empties the log, as far as readers allow. Waits for them for a while.
pub(super) fn fold(connection: &Connection) -> Result<Fold, LedgerError> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (is_busy, pages, moved): (bool, i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), row)?;
    // Counts are -1 if SQLite could not even look.
    Ok(match (is_busy, pages) {
        (false, _) => Fold::Empty,
        (true, 0..) if pages == moved => Fold::InUse,
        (true, _) => Fold::Partial,
    })
}
