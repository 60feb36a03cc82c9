//! Files beside the ledger: SQLite's own, and copies that are not finished.
//!
//! Invariant: a name beside the ledger is the ledger's name with an ending.

use std::fs;
use std::path::{Path, PathBuf};

use super::LedgerError;

/// SQLite's write-ahead log.
pub(super) const LOG: &str = "-wal";

/// SQLite's index of the log, made again whenever it is missing.
pub(super) const LOG_INDEX: &str = "-shm";

/// The path with an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) fn remove_if_there(path: &Path) -> Result<(), LedgerError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(LedgerError::File { path: path.to_owned(), cause })
        }
        _ => Ok(()),
    }
}
