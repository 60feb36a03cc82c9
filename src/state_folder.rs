//! The state folder: what a publisher keeps of one set of roots, and the names of the files in it.
//!
//! Invariant: no other module joins such a name to the folder. Used by all that reads or writes there; the limits
//! that terminals report are kept beside the snapshot instead (`limits`), because their writers know only that.

use std::path::{Path, PathBuf};

use crate::snapshot::FILE_NAME;

const LOCK: &str = "lock";
const LEDGER: &str = "ledger.db";
const CROSSINGS: &str = "budgets.json";
const LOG: &str = "cco.log";
const LAST_WORDS: &str = "cco.stderr";

/// The folder for a publisher's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// The folder at a path, there or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The state folders of roots that were given by flag, each under a key of its own.
    pub fn of_roots(&self) -> PathBuf {
        self.0.join("roots")
    }

    /// Whether a file's name is that of one in the folder, or of a temporary or rotated companion: `cco.log.1`,
    /// `ledger.db-wal`, `usage.snapshot.lock`.
    pub fn is_own(name: &str) -> bool {
        name == LOCK
            || [FILE_NAME, LEDGER, CROSSINGS, LOG, LAST_WORDS].iter().any(|own| name.starts_with(own))
    }

    /// The lock that the publisher holds.
    pub fn lock(&self) -> PathBuf {
        self.0.join(LOCK)
    }

    /// The snapshot, unless it was given a path of its own.
    pub fn snapshot(&self) -> PathBuf {
        self.0.join(FILE_NAME)
    }

    /// The ledger.
    pub fn ledger(&self) -> PathBuf {
        self.0.join(LEDGER)
    }

    /// The folder in which other processes ask the publisher for a scan.
    pub fn nudges(&self) -> PathBuf {
        self.0.join("nudges")
    }

    /// The budgets' crossings that were reported.
    pub fn crossings(&self) -> PathBuf {
        self.0.join(CROSSINGS)
    }

    /// The daemon's log.
    pub fn log(&self) -> PathBuf {
        self.0.join(LOG)
    }

    /// What the daemon printed besides its log: why it could not start, or how it crashed.
    pub fn last_words(&self) -> PathBuf {
        self.0.join(LAST_WORDS)
    }

    /// The folder with the records of what `cco setup` changed.
    pub fn setup_records(&self) -> PathBuf {
        self.0.join("setup")
    }
}

impl<P: Into<PathBuf>> From<P> for StateFolder {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}
