//! Why settings are invalid.
//!
//! Invariant: each message names the setting and says what to write instead.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// An invalid flag, variable or config file.
#[derive(Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no folder for state: the home folder is unknown.
    NoHome,
    /// A root does not exist or cannot be read.
    Root {
        /// The path as given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No such time zone.
    UnknownZone {
        /// The name as given.
        name: String,
    },
    /// No such day of the week.
    UnknownWeekday {
        /// The name as given.
        name: String,
    },
    /// An exclusion is neither an absolute path nor a folder name.
    Exclude {
        /// The entry as given.
        entry: PathBuf,
    },
    /// The user named a config file that does not exist.
    NoFile {
        /// The path as given.
        path: PathBuf,
    },
    /// The config file is invalid.
    File(FileError),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => {
                f.write_str("neither HOME nor XDG_STATE_HOME is set: choose a state folder with --state")
            }
            Self::Root { path, .. } => {
                write!(f, "cannot use the root {}: use a folder that contains projects/", path.display())
            }
            Self::UnknownZone { name } => write!(
                f,
                "unknown time zone {name:?}: use an IANA name such as Europe/Berlin or UTC, an offset of whole quarter hours \
                 such as +08:00, or a POSIX rule such as CST-8"
            ),
            Self::UnknownWeekday { name } => {
                write!(f, "unknown day of the week {name:?}: use an English name such as monday or sunday")
            }
            Self::Exclude { entry } => write!(
                f,
                "cannot exclude {entry:?}: use an absolute path, a path that begins with ~/, or a folder name without /"
            ),
            Self::NoFile { path } => {
                write!(f, "the config file {} does not exist; to create one: cco config init", path.display())
            }
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Root { source, .. } => Some(source),
            Self::File(error) => error.source(),
            _ => None,
        }
    }
}

/// Explains every setting, also while the config file is invalid.
const EXAMPLE: &str = "cco config init --config FILE";

/// Why a config file is invalid.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not valid TOML, or a value has the wrong type.
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1, if known.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// It has an unknown key.
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// The most similar known key.
        meant: Option<String>,
    },
    /// It tries to move the snapshot, which readers would not find then.
    Snapshot {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A path in it is relative.
    Relative {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// Its value.
        place: PathBuf,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "cannot read the config file {}", path.display()),
            Self::Syntax { path, line, what } => {
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                write!(f, "{}{line}: {what}; for an example of every setting: {EXAMPLE}", path.display())
            }
            Self::UnknownKey { path, line, key, meant } => {
                write!(f, "{}:{line}: unknown setting {key:?}", path.display())?;
                match meant {
                    Some(meant) => write!(f, ": did you mean {meant}?"),
                    None => write!(f, "; for an example of every setting: {EXAMPLE}"),
                }
            }
            Self::Snapshot { path, line } => write!(
                f,
                "{}:{line}: the config file cannot move the snapshot, because readers do not read this file: set the \
                 variable CCO_SNAPSHOT for the publisher and all readers",
                path.display()
            ),
            Self::Relative { path, key, place } => write!(
                f,
                "{}: {key}: {} is relative: use an absolute path or one that begins with ~/",
                path.display(),
                place.display()
            ),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
