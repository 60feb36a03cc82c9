//! Errors of the ledger, and what to do about them.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why an operation on the ledger failed. The ledger is as it was before.
#[derive(Debug)]
#[non_exhaustive]
pub enum LedgerError {
    /// A file or folder could not be created, read or replaced.
    File {
        /// Which.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// There is no ledger at this path.
    Missing(PathBuf),
    /// The file, or the folder it is in, cannot be written.
    ReadOnly(rusqlite::Error),
    /// The ledger is on a read-only file system, and its newest commits are in a log that only a writer can fold in.
    LogOnReadOnly(PathBuf),
    /// No space is left.
    Full(rusqlite::Error),
    /// Another process kept the ledger locked for longer than an operation waits.
    Busy(rusqlite::Error),
    /// Another process reads the ledger, so what is in its log cannot be moved into its file.
    InUse,
    /// The file is not a ledger; it may be another database.
    NotALedger(PathBuf),
    /// The ledger is damaged; the cause says where.
    Corrupt(Box<dyn Error + Send + Sync>),
    /// Totals are lower than the usage to be subtracted from them.
    WrongSums,
    /// A newer version of the program wrote it.
    Newer {
        /// The version of its tables or its counting rule.
        found: i64,
        /// The newest version that this program knows.
        supported: i64,
    },
    /// An older version of the program wrote it, and it was opened for reading only.
    Outdated {
        /// The version that was found.
        found: i64,
        /// The version needed.
        needed: i64,
    },
    /// Costs in the ledger were computed with other prices.
    PricesChanged {
        /// A model whose prices differ.
        model: String,
    },
    /// The output could not be written.
    Write(io::Error),
    /// SQLite failed in another way.
    Sqlite(rusqlite::Error),
}

impl LedgerError {
    /// Whether the file itself is beyond what a later attempt could read.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::NotALedger(_))
    }

    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => {
                write!(f, "cannot use {}: check that you can read and write it", path.display())
            }
            Self::Missing(path) => {
                write!(f, "there is no ledger at {}; to create it: cco publish --once", path.display())
            }
            Self::ReadOnly(_) => f.write_str("cannot write the ledger: make it and its folder writable"),
            Self::LogOnReadOnly(path) => write!(
                f,
                "{path} is on a read-only file system and {path}-wal has changes that are not in it yet: copy both to a \
                 folder that you can write to, and use that with --state",
                path = path.display()
            ),
            Self::Full(_) => f.write_str("the disk is full: free some space and try again; nothing was lost"),
            Self::Busy(_) => f.write_str("another process is using the ledger: try again when it has finished"),
            Self::InUse => f.write_str(
                "another process is reading the ledger: close it (a dashboard, sqlite3) and try again; nothing was \
                 replaced",
            ),
            Self::NotALedger(path) => {
                write!(f, "{} is not a ledger: move it away, or use another state folder with --state", path.display())
            }
            Self::Corrupt(_) => f.write_str(
                "the ledger is damaged: restore a backup, or move it away with cco ledger set-aside and count again with \
                 cco publish --once",
            ),
            Self::WrongSums => f.write_str(
                "the ledger's sums do not match its requests; to repair them: stop the publisher, then cco ledger \
                 rebuild",
            ),
            Self::Newer { found, supported } => write!(
                f,
                "the ledger has version {found}, but this program knows only versions up to {supported}: update the program"
            ),
            Self::Outdated { found, needed } => write!(
                f,
                "the ledger has version {found}; to upgrade it to version {needed}: cco publish --once"
            ),
            Self::PricesChanged { model } => write!(
                f,
                "the costs of {model:?} in the ledger were computed with other prices; to update them: cco publish --once"
            ),
            Self::Write(_) => f.write_str("cannot write the output"),
            Self::Sqlite(_) => f.write_str("the ledger's database failed"),
        }
    }
}

impl Error for LedgerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { cause, .. } | Self::Write(cause) => Some(cause),
            Self::ReadOnly(cause) | Self::Full(cause) | Self::Sqlite(cause) => Some(cause),
            Self::Corrupt(cause) => Some(&**cause),
            // SQLite says that the database is locked, which says less than the message.
            Self::Busy(_)
            | Self::Missing(_)
            | Self::InUse
            | Self::WrongSums
            | Self::NotALedger(_)
            | Self::LogOnReadOnly(_)
            | Self::Newer { .. }
            | Self::Outdated { .. }
            | Self::PricesChanged { .. } => None,
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        if let E::FromSqlConversionFailure(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..)
        | E::InvalidColumnType(..) = error
        {
            return Self::Corrupt(Box::new(error));
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly(error)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(Box::new(error)),
            _ => Self::Sqlite(error),
        }
    }
}
