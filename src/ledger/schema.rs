//! The database's version, and upgrades from older ones.
//!
//! There is one text of the tables, and for each older version a script that copies its rows into them, so an upgraded
//! ledger is the same as a new one, down to the comments. Invariant: an upgrade is one transaction, so a file always
//! has one version.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, TransactionBehavior};

use super::LedgerError;
use super::counting_version::{self, COUNTING_VERSION};

/// Marks an SQLite file as a ledger: `CCOL`.
const APPLICATION_ID: i64 = 0x4343_4f4c;

/// The version this program writes.
const VERSION: i64 = 4;

/// The tables of that version.
const TABLES: &str = include_str!("schema.sql");

/// Scripts that copy the rows of older versions, from version 1 on. The old tables are then called `old_…`.
const COPIES: [&str; 3] =
    [include_str!("schema_from_1.sql"), include_str!("schema_from_2.sql"), include_str!("schema_from_3.sql")];

const _: () = assert!(COPIES.len() as i64 == VERSION - 1, "every older version can be upgraded");

/// What a file is.
enum FileKind {
    Empty,
    Ledger { version: i64 },
}

/// Upgrades a database that is open for writing.
pub(super) fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| not_a_database(error, path))?;
    let version = match look(&transaction, path)? {
        FileKind::Empty => 0,
        FileKind::Ledger { version } => version,
    };
    if version == VERSION {
        return Ok(());
    }
    if let Some(copy) = usize::try_from(version - 1).ok().and_then(|older| COPIES.get(older)) {
        let old = set_aside(&transaction)?;
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(copy)?;
        for table in old {
            transaction.execute_batch(&format!("DROP TABLE {table}"))?;
        }
    } else {
        transaction.execute_batch(TABLES)?;
        let mut set = transaction.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
        set.execute(("created_ms", now_ms()))?;
        set.execute(("counting_version", COUNTING_VERSION))?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// Renames all tables to `old_…` and drops everything else. Returns the new names.
fn set_aside(connection: &Connection) -> Result<Vec<String>, LedgerError> {
    let kinds = "SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'table'";
    let mut query = connection.prepare(kinds)?;
    let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    let mut old = Vec::new();
    for (kind, name) in found {
        if kind == "table" {
            connection.execute_batch(&format!("ALTER TABLE {name} RENAME TO old_{name}"))?;
            old.push(format!("old_{name}"));
        } else {
            connection.execute_batch(&format!("DROP {kind} {name}"))?;
        }
    }
    Ok(old)
}

/// Checks that a database is a ledger of the current version.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let found = check_kind(connection, path)?;
    if found < VERSION {
        return Err(LedgerError::Outdated { found, needed: VERSION });
    }
    Ok(())
}

/// Checks that a database is a ledger, not newer than this program, and returns its version.
pub(super) fn check_kind(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
    match look(connection, path)? {
        FileKind::Empty => Err(LedgerError::Missing(path.to_owned())),
        FileKind::Ledger { version } => Ok(version),
    }
}

fn look(connection: &Connection, path: &Path) -> Result<FileKind, LedgerError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(|error| not_a_database(error, path))?;
    let version = number("user_version")?;
    if application == APPLICATION_ID {
        if version > VERSION {
            return Err(LedgerError::Newer { found: version, supported: VERSION });
        }
        if version > 0 {
            counting_version::check_version(connection)?;
            return Ok(FileKind::Ledger { version });
        }
    }
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", (), |row| row.get(0))?;
    match (application, version, tables) {
        (0 | APPLICATION_ID, 0, 0) => Ok(FileKind::Empty),
        _ => Err(LedgerError::NotALedger(path.to_owned())),
    }
}

/// A file that does not begin like an SQLite file was never a ledger; one that does is a damaged ledger.
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
