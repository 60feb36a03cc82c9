//! Keeps a ledger that a backup replaces, complete with its log.
//!
//! Invariant: what the log holds is never dropped. It is moved into the file before the log goes, and if that cannot be
//! done because another process reads the ledger, nothing is replaced. The log of a damaged ledger, which SQLite cannot
//! move, is kept beside the file it belongs to. Used by `restore`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rusqlite::OpenFlags;

use super::beside::{LOG, LOG_INDEX, beside, remove_if_there};
use super::log::{self, Fold};
use super::{Ledger, LedgerError};

/// Keeps the ledger at `path` as `….replaced`, and removes its log. The file is still at `path` too, so that another
/// can be renamed over it.
pub(super) fn keep(path: &Path) -> Result<(), LedgerError> {
    let replaced = beside(path, ".replaced");
    let (log, kept_log) = (beside(path, LOG), beside(&replaced, LOG));
    // SQLite deletes a log that it cannot use, so it must not be the only link to it.
    let spare_log = beside(path, "-wal.spare");
    remove_if_there(&spare_log)?;
    let has_log = log.metadata().is_ok_and(|log| log.len() > 0);
    if has_log {
        fs::hard_link(&log, &spare_log).map_err(LedgerError::file(&spare_log))?;
    }
    let is_folded = match fold(path) {
        Ok(Fold::Empty | Fold::InUse) => true,
        Ok(Fold::Partial) => return remove_if_there(&spare_log).and(Err(LedgerError::InUse)),
        Err(error @ LedgerError::Busy(_)) => return remove_if_there(&spare_log).and(Err(error)),
        // It is damaged.
        Err(_) => false,
    };
    // An interrupted restore has kept it already, perhaps with a log that is no longer here.
    if !is_same_file(path, &replaced) {
        remove_if_there(&kept_log)?;
        remove_if_there(&beside(&replaced, LOG_INDEX))?;
        remove_if_there(&replaced)?;
        fs::hard_link(path, &replaced).map_err(LedgerError::file(&replaced))?;
    }
    if has_log && !is_folded {
        fs::rename(&spare_log, &kept_log).map_err(LedgerError::file(&kept_log))?;
    }
    remove_if_there(&spare_log)?;
    // SQLite would take them for the new file's.
    remove_if_there(&log)?;
    remove_if_there(&beside(path, LOG_INDEX))
}

/// Moves the log into the file, whatever version the ledger has.
fn fold(path: &Path) -> Result<Fold, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    log::fold(&Ledger::connect(path, flags)?.connection)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| fs::symlink_metadata(path).map(|file| (file.dev(), file.ino())).ok();
    id(one).is_some_and(|one| Some(one) == id(other))
}
