//! Why an integration was not set up or undone.
//!
//! Invariant: each says what to do next, and where one is returned before anything was written, nothing was.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A change that was not made.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// No home folder is known.
    NoHome,
    /// A file cannot be read, written or removed.
    Io {
        /// What was to be done: `read`, `write`, `remove`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is to be edited is broken.
    Broken {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// A file that is to be edited is not as its program has it.
    Unexpected {
        /// The file.
        path: PathBuf,
        /// What is not as expected.
        what: String,
    },
    /// Something of the user's stands where ours would.
    Taken {
        /// The file.
        path: PathBuf,
        /// What stands there.
        what: String,
        /// Which flags say what becomes of it.
        flags: &'static str,
    },
    /// There is nothing that could be added to.
    NoFile {
        /// Where one was looked for.
        path: PathBuf,
        /// What to do.
        advice: &'static str,
    },
    /// A file changed between the look and the write.
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// What was recorded of earlier changes cannot be understood.
    Record {
        /// The record.
        path: PathBuf,
        /// Why.
        what: String,
    },
}

impl SetupError {
    /// For `map_err`: an error of the system, with what was being done.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => f.write_str("HOME is not set: name the file to edit with --file"),
            Self::Io { action, path, .. } => write!(f, "cannot {action} {}", path.display()),
            Self::Broken { path, line, column, what } => {
                write!(f, "{}:{line}:{column}: {what}: mend it first; nothing was changed", path.display())
            }
            Self::Unexpected { path, what } => {
                write!(f, "{}: {what}: mend it first; nothing was changed", path.display())
            }
            Self::Taken { path, what, flags } => {
                write!(f, "{} has {what}: {flags}; nothing was changed", path.display())
            }
            Self::NoFile { path, advice } => write!(f, "there is no {}: {advice}", path.display()),
            Self::Changed { path } => write!(
                f,
                "{} was changed by another program just now and stays as it is: run this again",
                path.display()
            ),
            Self::Record { path, what } => write!(
                f,
                "cannot understand {}: {what}: the file as it was before lies beside it; put that back by hand and \
                 remove the record",
                path.display()
            ),
        }
    }
}

impl std::error::Error for SetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
