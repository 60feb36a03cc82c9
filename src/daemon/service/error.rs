//! Why a service could not be installed or removed.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What went wrong with a service.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServiceError {
    /// The manager's command does not exist.
    NoTool {
        /// Its name.
        name: String,
    },
    /// The manager's command failed.
    Refused {
        /// The command.
        command: String,
        /// What it said.
        words: String,
    },
    /// Another program's file has the service's name.
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A path or variable that a service file cannot express.
    Unwritable {
        /// The path or variable.
        value: OsString,
    },
    /// A system call failed.
    Io {
        /// The file or program.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl ServiceError {
    pub(super) fn io(path: impl Into<PathBuf>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, action, source }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTool { name } => write!(
                f,
                "cannot manage a service: no {name} on this machine; to run the publisher without a service: cco \
                 daemon start"
            ),
            Self::Refused { command, words } => {
                write!(
                    f,
                    "`{command}` failed: {words}; to run the publisher without a service: cco daemon start"
                )
            }
            Self::NotOurs { path } => {
                write!(
                    f,
                    "{} was not written by cco, so it was left unchanged: move it away first",
                    path.display()
                )
            }
            Self::Unwritable { value } => {
                write!(f, "a service file cannot contain {value:?}: use a path in UTF-8 without line breaks")
            }
            Self::Io { path, action, .. } => write!(f, "cannot {action} {}", path.display()),
        }
    }
}

impl std::error::Error for ServiceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
