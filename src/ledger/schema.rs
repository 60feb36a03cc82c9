//! The database's version, and the steps from one to the next.
//!
//! Invariant: a step is one transaction, so that a file is always of one version. Steps are only ever added.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, TransactionBehavior};

use super::LedgerError;
use super::recount::{self, COUNTING_VERSION};

/// Marks an SQLite file as a ledger: `CCOL`.
const APPLICATION_ID: i64 = 0x4343_4f4c;

/// Each leads from the version of its position to the next.
const STEPS: [&str; 1] = [include_str!("schema.sql")];

/// The version this program writes.
const VERSION: i64 = STEPS.len() as i64;

/// What a file turned out to be.
enum Found {
    Empty,
    Ledger { version: i64 },
}

/// Brings a database that is open for writing to the current version.
pub(super) fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| not_a_database(error, path))?;
    let version = match look(&transaction, path)? {
        Found::Empty => 0,
        Found::Ledger { version } => version,
    };
    if version == VERSION {
        return Ok(());
    }
    for step in &STEPS[usize::try_from(version).unwrap_or(0)..] {
        transaction.execute_batch(step)?;
    }
    if version == 0 {
        let mut set = transaction.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
        set.execute(("created_ms", now_ms()))?;
        set.execute(("counting_version", COUNTING_VERSION))?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// Checks that a database is a ledger of the current version.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    match look(connection, path)? {
        Found::Empty => Err(LedgerError::Missing(path.to_owned())),
        Found::Ledger { version } if version < VERSION => {
            Err(LedgerError::Outdated { found: version, needed: VERSION })
        }
        Found::Ledger { .. } => Ok(()),
    }
}

fn look(connection: &Connection, path: &Path) -> Result<Found, LedgerError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(|error| not_a_database(error, path))?;
    let version = number("user_version")?;
    if application == APPLICATION_ID {
        if version > VERSION {
            return Err(LedgerError::Newer { found: version, supported: VERSION });
        }
        if version > 0 {
            recount::check_version(connection)?;
            return Ok(Found::Ledger { version });
        }
    }
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", (), |row| row.get(0))?;
    match (application, version, tables) {
        (0 | APPLICATION_ID, 0, 0) => Ok(Found::Empty),
        _ => Err(LedgerError::NotALedger(path.to_owned())),
    }
}

/// A file without SQLite's first bytes was never a ledger; one that has them and is bad later is damaged.
fn not_a_database(error: rusqlite::Error, path: &Path) -> LedgerError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => LedgerError::NotALedger(path.to_owned()),
        _ => error.into(),
    }
}

/// The wall clock, in milliseconds UTC.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
