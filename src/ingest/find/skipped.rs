//! Files and folders that were not read, and why.
//!
//! Invariant: everything that is skipped has a reason that a user can understand.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that was not read, or not read to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedPath {
    /// Where it is.
    pub path: PathBuf,
    /// Why, for the user.
    pub reason: String,
}

impl SkippedPath {
    /// A path that was skipped for this reason.
    pub(in crate::ingest) fn because(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// A path that could not be read. The reason is the error with its causes, on one line.
    pub fn unread(path: impl Into<PathBuf>, error: &dyn Error) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            reason = format!("{reason}: {error}");
            cause = error.source();
        }
        Self { path: path.into(), reason }
    }

    /// A path below `start` that could not be walked.
    pub(super) fn unwalkable(error: &walkdir::Error, start: &Path) -> Self {
        let path = error.path().unwrap_or(start);
        match (error.loop_ancestor(), error.io_error()) {
            (Some(ancestor), _) => Self::because(path, format!("it links back to {}", ancestor.display())),
            (None, Some(source)) => Self::because(path, format!("cannot access it: {source}")),
            (None, None) => Self::because(path, error.to_string()),
        }
    }
}

/// Whether an error means that the path does not exist.
pub(in crate::ingest) fn is_not_found(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
