//! What was not read, and why.
//!
//! Invariant: nothing is passed over without a reason in words.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that was not read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// Why, in words for whoever runs the program.
    pub reason: String,
}

impl Skipped {
    /// What was skipped for a reason.
    pub(in crate::ingest) fn because(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// What failed to be read, with the error's causes on the same line.
    pub fn unread(path: impl Into<PathBuf>, error: &dyn Error) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            reason = format!("{reason}: {error}");
            cause = error.source();
        }
        Self { path: path.into(), reason }
    }

    /// What a walk below `start` could not look at.
    pub(super) fn unwalkable(error: &walkdir::Error, start: &Path) -> Self {
        let path = error.path().unwrap_or(start);
        match (error.loop_ancestor(), error.io_error()) {
            (Some(ancestor), _) => Self::because(path, format!("it links back to {}", ancestor.display())),
            (None, Some(source)) => Self::because(path, format!("cannot look at it: {source}")),
            (None, None) => Self::because(path, error.to_string()),
        }
    }
}

/// Whether an error says that nothing is there.
pub(in crate::ingest) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
