//! The state folder: the files that a publisher keeps for one set of roots.
//!
//! Invariant: only this module knows their names. Used by everything that reads or writes there. The limits that
//! terminals report are beside the snapshot instead (`limits`), because their writers know only the snapshot's path.

use std::io;
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

    /// The parent of the state folders for roots given by flag.
    pub fn of_roots(&self) -> PathBuf {
        self.0.join("roots")
    }

    /// Whether this is the name of a file of ours, including temporary and rotated ones: `cco.log.1`, `ledger.db-wal`,
    /// `usage.snapshot.lock`.
    pub fn is_own(name: &str) -> bool {
        [LOCK, OFFERED].contains(&name)
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

impl<P: Into<PathBuf>> From<P> for StateFolder {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}
