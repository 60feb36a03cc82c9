//! Why an integration was not set up or undone.
//!
//! Invariant: each message says what to do next. It says "nothing was changed" only if that is true.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::places::quoted;

/// Why a change was not made.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// The home folder is unknown.
    NoHome,
    /// A file cannot be read, written or removed.
    Io {
        /// The operation that failed: `read`, `write`, `remove`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file to edit is malformed.
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
    /// A file to edit does not have the structure that its program requires.
    Unexpected {
        /// The file.
        path: PathBuf,
        /// What is not as expected.
        what: String,
    },
    /// The user already has something in the place where ours would go.
    Taken {
        /// The file.
        path: PathBuf,
        /// What is there, beginning with a verb: `already has …`.
        what: String,
        /// Which flags decide what to do with it.
        flags: &'static str,
        /// Whether it can be shown beside ours.
        can_wrap: bool,
    },
    /// Another program's settings cannot be translated.
    Theirs {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// There is no file to add to.
    NoFile {
        /// Where the file should be.
        path: PathBuf,
        /// What to do.
        advice: String,
    },
    /// A file changed between reading and writing.
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// No file of the editor's extension was named.
    NoExtension,
    /// The named file is not the editor's extension.
    Extension {
        /// The file.
        path: PathBuf,
        /// What it is instead, beginning with a verb: `is …`.
        what: String,
    },
    /// A program that makes a change did not make it.
    Refused {
        /// Its command line.
        command: String,
        /// What it said.
        what: String,
    },
    /// An editor that may still have an extension cannot be asked.
    Unasked {
        /// The record that has nothing else any more, if it has not.
        record: Option<PathBuf>,
    },
    /// The record of earlier changes is unreadable.
    Record {
        /// The record.
        path: PathBuf,
        /// Why.
        what: String,
    },
}

impl SetupError {
    /// For `map_err`: a system error with the operation that failed.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => f.write_str("HOME is not set: set it to your home folder"),
            Self::Io { action, path, .. } => write!(f, "cannot {action} {}", path.display()),
            Self::Broken { path, line, column, what } => {
                write!(
                    f,
                    "{}:{line}:{column}: {what}: fix this first, or name another file with --file; nothing was changed",
                    path.display()
                )
            }
            Self::Unexpected { path, what } => {
                write!(
                    f,
                    "{}: {what}: fix this first, or name another file with --file; nothing was changed",
                    path.display()
                )
            }
            Self::Taken { path, what, flags, .. } => {
                write!(f, "{} {what}: {flags}; nothing was changed", path.display())
            }
            Self::Theirs { path, what } => write!(
                f,
                "cannot translate {}: {what}: repair it with ccstatusline, or use cco's own line: cco setup claude \
                 --replace; nothing was changed",
                path.display()
            ),
            Self::NoFile { path, advice } => write!(f, "{} does not exist: {advice}", path.display()),
            Self::Changed { path } => write!(
                f,
                "another program just changed {}, so it was left unchanged: run this again",
                path.display()
            ),
            Self::NoExtension => f.write_str(
                "no extension file was given: make it in a clone of the repository: tools/editors/vscode/package \
                 cco-usage.vsix; then run: cco setup vscode --extension cco-usage.vsix",
            ),
            Self::Extension { path, what } => write!(
                f,
                "{} {what}: make the file in a clone of the repository: tools/editors/vscode/package cco-usage.vsix; \
                 nothing was changed",
                path.display()
            ),
            Self::Refused { command, what } => {
                write!(f, "this failed: {command}: {what}: run it yourself to see everything it prints")
            }
            Self::Unasked { record } => {
                f.write_str(
                    "the extension stays recorded, because its editor cannot be asked: run this again once the editor runs",
                )?;
                record.iter().try_for_each(|record| {
                    let record = quoted(&record.to_string_lossy());
                    write!(f, "; if the editor is gone for good, remove the record: rm {record}")
                })
            }
            Self::Record { path, what } => write!(
                f,
                "cannot read the record {}: {what}: the original file is saved next to it; restore that by hand, then \
                 delete the record",
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
