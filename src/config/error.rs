//! Why settings could not be settled.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Flags or variables that make no sense.
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
        }
    }
}

impl std::error::Error for SettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Root { source, .. } => Some(source),
            _ => None,
        }
    }
}
