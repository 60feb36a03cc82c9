//! Why a daemon could not be started, stopped or asked.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What went wrong with a daemon.
#[derive(Debug)]
#[non_exhaustive]
pub enum DaemonError {
    /// The lock is held by a process that cannot be seen from here.
    Foreign {
        /// The lock file.
        lock: PathBuf,
        /// The process id in it, which means nothing here.
        pid: Option<u32>,
    },
    /// The holder belongs to another user.
    NotAllowed {
        /// Its process id.
        pid: u32,
    },
    /// The publisher ended before its first publish.
    Ended {
        /// Its exit code, if no signal ended it.
        code: Option<i32>,
        /// What it said.
        words: String,
    },
    /// The publisher was told to stop and is still there.
    StillRunning {
        /// Its process id.
        pid: u32,
        /// How long the caller waited.
        waited: Duration,
    },
    /// A system call failed.
    Io {
        /// The file or program.
        path: PathBuf,
        /// What was being done, such as `open`.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl DaemonError {
    pub(super) fn io(path: impl Into<PathBuf>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, action, source }
    }
}

impl fmt::Display for DaemonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { lock, pid } => {
                write!(f, "{} is locked by a process that is not visible from here", lock.display())?;
                if let Some(pid) = pid {
                    write!(f, " (it reports process id {pid})")?;
                }
                f.write_str("; it runs as another user, in a container or on another machine: stop it there")
            }
            Self::NotAllowed { pid } => {
                write!(f, "process {pid} belongs to another user: stop it as that user")
            }
            Self::Ended { code, words } => {
                match code {
                    Some(code) => write!(f, "the publisher failed to start, with exit code {code}")?,
                    None => f.write_str("the publisher was killed while starting")?,
                }
                if words.is_empty() {
                    return f.write_str(": see cco daemon logs");
                }
                write!(f, ": {}", words.lines().collect::<Vec<_>>().join("; "))
            }
            Self::StillRunning { pid, waited } => write!(
                f,
                "process {pid} is still running {} seconds after the stop signal: wait, or run kill -9 {pid}, which \
                 loses nothing that is published",
                waited.as_secs()
            ),
            Self::Io { path, action, .. } => write!(f, "cannot {action} {}", path.display()),
        }
    }
}

impl std::error::Error for DaemonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
