//! The state folder: the files that a publisher keeps for one set of roots.
//!
//! Invariant: only this module knows their names. Used by everything that reads or writes there. The limits that
//! terminals report are beside the snapshot instead (`limits`), because their writers know only the snapshot's path.
//! Folders outside it that are made for cco are noted in it, so that what was there before is never taken away.

use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::own_folder::{OwnFolder, Use};
use crate::snapshot::FILE_NAME;

const LOCK: &str = "lock";
const LEDGER: &str = "ledger.db";
const CROSSINGS: &str = "budgets.json";
const ALERTS: &str = "alerts.json";
const READER_ALERTS: &str = "alerts-of-readers.json";
const LOG: &str = "cco.log";
const LAST_WORDS: &str = "cco.stderr";
/// The paths of folders that were made, each ended by a zero byte.
const MADE_FOLDERS: &str = "folders";
/// The file that says that the publisher was offered once.
pub const OFFERED: &str = "offered";

/// A publisher's state folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// The folder at this path, existing or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Checks that nobody but this user can change the folder or the files that SQLite opens by their paths. A folder
    /// that does not exist is fine.
    pub fn check(&self, purpose: Use) -> io::Result<()> {
        let folder = match OwnFolder::open(&self.0, purpose) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for ending in ["", "-wal", "-shm"] {
            let name = format!("{LEDGER}{ending}");
            // A restore that was interrupted leaves the ledger with two names, both ours.
            let is_kept = folder.is_same_file(&name, &format!("{LEDGER}.replaced"));
            folder.check(&name, if is_kept { Use::Read } else { purpose })?;
        }
        Ok(())
    }

    /// Makes the folder and those it is in, as far as they are missing, for this user alone, and notes which.
    pub fn make(&self) -> io::Result<()> {
        self.make_folder(&self.0)
    }

    /// Makes another folder for cco's files, and notes in the state folder which folders were missing.
    pub fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut made = missing(folder);
        if made.is_empty() {
            return Ok(());
        }
        made.extend(missing(&self.0));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut note = Vec::new();
        for folder in made {
            note.extend_from_slice(folder.as_os_str().as_bytes());
            note.push(0);
        }
        OwnFolder::make(&self.0)?.append(MADE_FOLDERS)?.write_all(&note)
    }

    /// The folders that were made for cco, inner ones first.
    pub fn made_folders(&self) -> io::Result<Vec<PathBuf>> {
        let folder = match OwnFolder::open(&self.0, Use::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut bytes = Vec::new();
        if let Some(mut note) = folder.read(MADE_FOLDERS)? {
            note.read_to_end(&mut bytes)?;
        }
        // The end of a note that was cut short names another folder, or none.
        let whole = bytes.iter().rposition(|byte| *byte == 0).map_or(0, |end| end + 1);
        let paths =
            bytes[..whole].split(|byte| *byte == 0).map(|path| PathBuf::from(OsStr::from_bytes(path)));
        let mut folders: Vec<_> = paths.filter(|path| path.is_absolute()).collect();
        let depth = |path: &PathBuf| path.components().count();
        folders.sort_by(|a, b| depth(b).cmp(&depth(a)).then_with(|| a.cmp(b)));
        folders.dedup();
        Ok(folders)
    }

    /// The parent of the state folders for roots given by flag.
    pub fn of_roots(&self) -> PathBuf {
        self.0.join("roots")
    }

    /// Whether this is the name of a file of ours, including temporary and rotated ones: `cco.log.1`, `ledger.db-wal`,
    /// `usage.snapshot.lock`.
    pub fn is_own(name: &str) -> bool {
        [LOCK, OFFERED, MADE_FOLDERS].contains(&name)
            || [FILE_NAME, LEDGER, CROSSINGS, ALERTS, READER_ALERTS, LOG, LAST_WORDS]
                .iter()
                .any(|own| name.starts_with(own))
    }

    /// The lock that the publisher holds.
    pub fn lock(&self) -> PathBuf {
        self.0.join(LOCK)
    }

    /// The default path of the snapshot.
    pub fn snapshot(&self) -> PathBuf {
        self.0.join(FILE_NAME)
    }

    /// The ledger.
    pub fn ledger(&self) -> PathBuf {
        self.0.join(LEDGER)
    }

    /// The folder where other processes ask the publisher for a scan.
    pub fn nudges(&self) -> PathBuf {
        self.0.join("nudges")
    }

    /// The reported budget crossings.
    pub fn crossings(&self) -> PathBuf {
        self.0.join(CROSSINGS)
    }

    /// The alerts that the publisher told.
    pub fn alerts(&self) -> PathBuf {
        self.0.join(ALERTS)
    }

    /// The alerts that readers told, of the publisher.
    pub fn reader_alerts(&self) -> PathBuf {
        self.0.join(READER_ALERTS)
    }

    /// The daemon's log.
    pub fn log(&self) -> PathBuf {
        self.0.join(LOG)
    }

    /// The daemon's stderr: why it could not start, or how it crashed.
    pub fn last_words(&self) -> PathBuf {
        self.0.join(LAST_WORDS)
    }

    /// The folder with undo records of `cco setup`.
    pub fn setup_records(&self) -> PathBuf {
        self.0.join("setup")
    }
}

/// The folder and those it is in that do not exist, inner ones first.
fn missing(folder: &Path) -> Vec<PathBuf> {
    let Ok(folder) = std::path::absolute(folder) else { return Vec::new() };
    folder.ancestors().take_while(|folder| folder.symlink_metadata().is_err()).map(Path::to_owned).collect()
}

impl<P: Into<PathBuf>> From<P> for StateFolder {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_were_missing_are_noted() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        std::fs::create_dir(at("a")).unwrap();
        let state = StateFolder::new(at("a/b/cco"));
        assert!(state.made_folders().unwrap().is_empty());
        state.make_folder(&at("a/x")).unwrap();
        state.make().unwrap();
        state.make_folder(&at("a/x/y")).unwrap();
        state.make_folder(&at("a/x/y")).unwrap();
        let mut made = state.made_folders().unwrap();
        made.sort();
        assert_eq!(made, [at("a/b"), at("a/b/cco"), at("a/x"), at("a/x/y")]);
        let depths: Vec<_> =
            state.made_folders().unwrap().iter().map(|path| path.components().count()).collect();
        assert!(depths.is_sorted_by(|a, b| a >= b), "inner ones first: {depths:?}");
    }

    #[test]
    fn a_note_that_was_cut_short_names_no_folder() {
        let home = tempfile::tempdir().unwrap();
        let state = StateFolder::new(home.path().join("cco"));
        state.make().unwrap();
        let mut note = OwnFolder::make(state.path()).unwrap().append(MADE_FOLDERS).unwrap();
        note.write_all(b"/home/me/proj").unwrap();
        assert_eq!(state.made_folders().unwrap(), [home.path().join("cco")]);
    }
}
