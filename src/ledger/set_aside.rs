//! Moves a damaged ledger away, with the files that belong to it.
//!
//! Invariant: nothing is deleted, and the files keep belonging together: either all have the new name, or, if one cannot
//! be moved, all have the old one. The log goes first: what is left of a move that was interrupted is then a damaged
//! ledger without it, and never a log that SQLite would play into the next ledger. The caller holds the state folder's
//! lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::beside::{LOG, LOG_INDEX, beside};
use super::{Ledger, LedgerError};

/// What the names of a ledger's files end with, in the order in which they are moved.
const ENDINGS: [&str; 3] = [LOG, LOG_INDEX, ""];

impl Ledger {
    /// Moves the ledger at `path` to a name beside it, which is returned.
    pub fn set_aside(path: &Path) -> Result<PathBuf, LedgerError> {
        let aside = free(path)?;
        move_all(path, &aside)?;
        Ok(aside)
    }
}

/// A name beside the ledger that none of its files has yet.
fn free(path: &Path) -> Result<PathBuf, LedgerError> {
    let named = |number: u32| match number {
        1 => beside(path, ".damaged"),
        _ => beside(path, &format!(".damaged-{number}")),
    };
    let is_free = |aside: &PathBuf| ENDINGS.iter().all(|ending| !is_there(&beside(aside, ending)));
    let none = || LedgerError::file(path)(io::ErrorKind::AlreadyExists.into());
    (1..10_000).map(named).find(is_free).ok_or_else(none)
}

fn move_all(path: &Path, aside: &Path) -> Result<(), LedgerError> {
    let files = ENDINGS.map(|ending| (beside(path, ending), beside(aside, ending)));
    let files: Vec<_> = files.into_iter().filter(|(from, _)| is_there(from)).collect();
    for (at, (from, to)) in files.iter().enumerate() {
        if let Err(cause) = fs::rename(from, to) {
            return Err(move_back(&files[..at], from, cause));
        }
    }
    Ok(())
}

/// Moves back what was moved before `failed` could not be, and says why it could not.
fn move_back(moved: &[(PathBuf, PathBuf)], failed: &Path, cause: io::Error) -> LedgerError {
    for (from, to) in moved.iter().rev() {
        if let Err(again) = fs::rename(to, from) {
            let words = format!("{cause}; and {} could not be moved back: {again}", to.display());
            return LedgerError::file(failed)(io::Error::new(cause.kind(), words));
        }
    }
    LedgerError::file(failed)(cause)
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ledger's files, each with its own name in it.
    fn ledger(folder: &Path) -> PathBuf {
        let path = folder.join("ledger.db");
        for ending in ENDINGS {
            fs::write(beside(&path, ending), ending).unwrap();
        }
        path
    }

    fn has_all(path: &Path) -> bool {
        ENDINGS
            .iter()
            .all(|ending| fs::read_to_string(beside(path, ending)).is_ok_and(|text| text == *ending))
    }

    #[test]
    fn all_files_of_a_ledger_get_a_name_that_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        // The log alone of an earlier one is there.
        fs::write(folder.path().join("ledger.db.damaged-wal"), "earlier").unwrap();
        let aside = Ledger::set_aside(&path).unwrap();
        assert_eq!(aside, folder.path().join("ledger.db.damaged-2"));
        assert!(has_all(&aside) && ENDINGS.iter().all(|ending| !is_there(&beside(&path, ending))));
    }

    #[test]
    fn if_one_file_cannot_be_moved_all_stay_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        let aside = folder.path().join("aside");
        // No file is renamed over a folder.
        fs::create_dir(&aside).unwrap();
        let error = move_all(&path, &aside).unwrap_err();
        assert!(matches!(&error, LedgerError::File { path: failed, .. } if *failed == path), "{error:?}");
        assert!(has_all(&path));
    }
}
