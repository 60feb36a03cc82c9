//! What can go wrong with a snapshot, a type per kind of operation, each variant saying what to do.
//!
//! Each kind has its number in [`Code`].

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::Code;

/// Why a snapshot could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is nothing at the path.
    NotFound {
        /// The path tried.
        path: PathBuf,
    },
    /// The path is a folder, a pipe, a symbolic link or another thing that is no regular file.
    NotAFile {
        /// The path tried.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// The file belongs to another user, who could put anything into it.
    ForeignOwner {
        /// The path tried.
        path: PathBuf,
        /// The owner's user id.
        uid: u32,
    },
    /// The file is not a snapshot: too short, or without the magic number.
    NotASnapshot {
        /// The path tried.
        path: PathBuf,
        /// How that shows.
        why: &'static str,
    },
    /// The file was written on a machine with the other byte order.
    Endianness {
        /// The path tried.
        path: PathBuf,
    },
    /// The file has a layout that this reader does not know.
    Version {
        /// The path tried.
        path: PathBuf,
        /// Its major version.
        found: u32,
        /// The major version this reader knows.
        supported: u32,
    },
    /// The file is a snapshot whose static part cannot be right.
    Damaged {
        /// The path tried.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The system refused.
    Io {
        /// The path tried.
        path: PathBuf,
        /// What was being done, such as `open`.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl OpenError {
    /// Its number in the one list.
    pub const fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::Missing,
            Self::NotAFile { .. } => Code::NotAFile,
            Self::ForeignOwner { .. } => Code::ForeignOwner,
            Self::NotASnapshot { .. } => Code::NotASnapshot,
            Self::Endianness { .. } => Code::ByteOrder,
            Self::Version { .. } => Code::Version,
            Self::Damaged { .. } => Code::Damaged,
            Self::Io { .. } => Code::Io,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { path } => {
                write!(f, "no snapshot at {}: run `cco publish --once` to make one", path.display())
            }
            Self::NotAFile { path, kind } => {
                write!(f, "{} is {kind}, not a snapshot file: give the file itself", path.display())
            }
            Self::ForeignOwner { path, uid } => write!(
                f,
                "{} belongs to user {uid}: cco reads only your snapshots; choose another with --snapshot",
                path.display()
            ),
            Self::NotASnapshot { path, why } => {
                write!(
                    f,
                    "{} is not a snapshot ({why}): check the path, or move the file away and run `cco publish --once`",
                    path.display()
                )
            }
            Self::Endianness { path } => write!(
                f,
                "{} was written on a machine with the other byte order: publish it again on this one",
                path.display()
            ),
            Self::Version { path, found, supported } => write!(
                f,
                "{} has layout version {found}, this program reads version {supported}: update the older of \
                 publisher and reader",
                path.display()
            ),
            Self::Damaged { path, what } => write!(
                f,
                "{} is damaged ({what}): run `cco publish --once` to replace it, or restart the publisher",
                path.display()
            ),
            Self::Io { path, action, source } => {
                let advice = match source.kind() {
                    io::ErrorKind::PermissionDenied => "check the permissions of the file and its folders",
                    _ => "check its disk and try again",
                };
                write!(f, "cannot {action} {}: {advice}", path.display())
            }
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why an open snapshot gave no values this time.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// Every attempt overlapped a publish: keep the last values and read again later.
    Busy,
    /// No slot holds a complete publish, which only damage can cause.
    NothingPublished,
    /// The file became shorter than it states: something other than a publisher changed it.
    Shrunk,
    /// A row count, bank or name points outside its region.
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// The system refused.
    Io {
        /// What was being done.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The snapshot was replaced and its successor cannot be opened.
    Reopen(OpenError),
}

impl ReadError {
    /// Its number in the one list.
    pub const fn code(&self) -> Code {
        match self {
            Self::Busy => Code::Busy,
            Self::NothingPublished => Code::NothingPublished,
            Self::Shrunk => Code::Shrunk,
            Self::Damaged { .. } => Code::Damaged,
            Self::Io { .. } => Code::Io,
            Self::Reopen(error) => error.code(),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => {
                f.write_str("the publisher was writing during every attempt: keep the last values and read again later")
            }
            Self::NothingPublished => f.write_str(
                "the snapshot is damaged (it holds no complete publish): run `cco publish --once` to replace it",
            ),
            Self::Shrunk => f.write_str(
                "the snapshot was shortened while it was read: something other than a publisher changed \
                 it; a running publisher replaces it within seconds, else run `cco publish --once`",
            ),
            Self::Damaged { what } => write!(
                f,
                "the snapshot is damaged ({what}): run `cco publish --once` to replace it, and report it if it \
                 happens again"
            ),
            Self::Io { action, .. } => write!(f, "cannot {action} the snapshot: keep the last values and try again"),
            Self::Reopen(_) => f.write_str(
                "the snapshot was replaced and the new file cannot be opened: keep the last values and try again",
            ),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Reopen(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Why a publisher could not start or commit. The last complete publish stays readable in every case.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// Another publisher holds the lock.
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The holder's process id, if readable.
        holder: Option<u32>,
    },
    /// There is a file at the path that is not a snapshot; it is not overwritten.
    Occupied {
        /// The path.
        path: PathBuf,
        /// Why it is not a snapshot.
        source: OpenError,
    },
    /// The zone name or program version does not fit its field.
    TooLong {
        /// Which text.
        what: &'static str,
        /// The most bytes it may have.
        limit_bytes: usize,
    },
    /// A table or the names would outgrow what the format can address.
    TooLarge {
        /// Which region.
        what: &'static str,
    },
    /// The system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done, such as `allocate`.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl WriteError {
    /// Its number in the one list.
    pub const fn code(&self) -> Code {
        match self {
            Self::Locked { .. } => Code::Locked,
            Self::Occupied { .. } => Code::Occupied,
            Self::TooLong { .. } => Code::TooLong,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::Io { .. } => Code::Io,
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path, holder } => {
                match holder {
                    Some(pid) => write!(f, "another publisher (process {pid}) holds {}", path.display())?,
                    None => write!(f, "another publisher holds {}", path.display())?,
                }
                f.write_str(": read its snapshot, or stop it first")
            }
            Self::Occupied { path, .. } => write!(
                f,
                "{} is not a snapshot, so it is not replaced: choose another path with --snapshot",
                path.display()
            ),
            Self::TooLong { what, limit_bytes } => {
                write!(f, "the {what} is longer than {limit_bytes} bytes: shorten it")
            }
            Self::TooLarge { what } => write!(f, "{what} is larger than a snapshot can hold: report this"),
            Self::Io { path, action, source } => {
                let advice = match source.kind() {
                    io::ErrorKind::ReadOnlyFilesystem => {
                        "choose a folder that can be written to, with --state"
                    }
                    io::ErrorKind::PermissionDenied => "check the permissions of the file and its folder",
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        "free some disk space; readers keep the last publish and the publisher tries again"
                    }
                    _ => "readers keep the last publish and the publisher tries again",
                };
                write!(f, "cannot {action} {}: {advice}", path.display())
            }
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Occupied { source, .. } => Some(source),
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
