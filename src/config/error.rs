//! Why settings could not be settled.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Flags, variables or a file that make no sense.
#[derive(Debug)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no home folder to keep state in.
    NoHome,
    /// A root that was named is not there or cannot be examined.
    Root {
        /// As it was named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No such time zone.
    UnknownZone {
        /// As it was named.
        name: String,
    },
    /// No such day of the week.
    UnknownWeekday {
        /// As it was named.
        name: String,
    },
    /// An excluded place is neither an absolute path nor a folder's name.
    Exclude {
        /// As it was written.
        entry: PathBuf,
    },
    /// The configuration file was named and is not there.
    NoFile {
        /// As it was named.
        path: PathBuf,
    },
    /// The configuration file cannot be used.
    File(FileError),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => f.write_str(
                "neither HOME nor XDG_STATE_HOME is set: say where state may be kept with --state",
            ),
            Self::Root { path, .. } => {
                write!(f, "cannot use the root {}: name a folder that holds projects/", path.display())
            }
            Self::UnknownZone { name } => write!(
                f,
                "there is no time zone {name:?}: give an IANA name such as Europe/Berlin, America/New_York or UTC"
            ),
            Self::UnknownWeekday { name } => {
                write!(f, "no day of the week is called {name:?}: say monday, sunday or another in English")
            }
            Self::Exclude { entry } => write!(
                f,
                "cannot exclude {entry:?}: give an absolute path, one that begins with ~/, or the bare name of a folder"
            ),
            Self::NoFile { path } => {
                write!(f, "there is no configuration file {}: `cco config init` writes one", path.display())
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

/// A configuration file that cannot be used.
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
    /// It is no TOML, or a value is not of its kind.
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, from 1, if it can be told.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// It has a key that means nothing.
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What it may have been meant to be.
        meant: Option<String>,
    },
    /// It would move the snapshot away from its readers.
    Snapshot {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
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
            Self::Io { path, .. } => write!(f, "cannot read the configuration file {}", path.display()),
            Self::Syntax { path, line: Some(line), what } => write!(f, "{}:{line}: {what}", path.display()),
            Self::Syntax { path, line: None, what } => write!(f, "{}: {what}", path.display()),
            Self::UnknownKey { path, line, key, meant } => {
                write!(f, "{}:{line}: there is no setting {key:?}", path.display())?;
                match meant {
                    Some(meant) => write!(f, ": did you mean {meant}?"),
                    None => f.write_str(": `cco config show` lists all"),
                }
            }
            Self::Snapshot { path, line } => write!(
                f,
                "{}:{line}: the snapshot cannot be moved here, where the programs that show it do not look: set the \
                 variable CCO_SNAPSHOT, for them and for the publisher",
                path.display()
            ),
            Self::Relative { path, key, place } => write!(
                f,
                "{}: {key}: {} is relative: give an absolute path, or one that begins with ~/",
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
