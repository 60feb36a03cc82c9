//! Opening the ledger.
//!
//! Invariant: only its owner can read the file, in a folder that only its owner can read. It is in WAL mode, so
//! readers and the writer do not wait for each other. With `synchronous=NORMAL` no commit is lost when the process
//! crashes. When the machine crashes, the file stays whole but may miss the last seconds; these are read again from
//! the transcripts, because their checkpoints are missing too.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{LedgerError, immutable, schema};

/// How long an operation waits for another process's write.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many prepared statements to keep: more than this module has.
pub(super) const STATEMENTS: usize = 64;

/// A longer write-ahead log is cut back to this many bytes.
pub(super) const LOG_BYTES: i64 = 4 << 20;

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl Ledger {
    /// Opens the ledger for writing. Creates it and its folder if necessary, and upgrades an older one.
    ///
    /// One process may do so at a time: whoever holds the state folder's lock.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        make_private(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut ledger = Self::connect(path, flags)?;
        schema::upgrade(&mut ledger.connection, path)?;
        restrict(path)?;
        ledger.connection.pragma_update(None, "journal_mode", "WAL")?;
        ledger.connection.pragma_update(None, "synchronous", "NORMAL")?;
        ledger.connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        Ok(ledger)
    }

    /// Opens an existing ledger of the current version for reading. A writer may be running.
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        let ledger = Self::open_to_copy(path)?;
        schema::check(&ledger.connection, path)?;
        Ok(ledger)
    }

    /// Opens an existing ledger of any version up to the current one for copying.
    pub(super) fn open_to_copy(path: &Path) -> Result<Self, LedgerError> {
        if let Err(cause) = fs::metadata(path) {
            return Err(match cause.kind() {
                std::io::ErrorKind::NotFound => LedgerError::Missing(path.to_owned()),
                _ => LedgerError::File { path: path.to_owned(), cause },
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Only on a read-only file system is it certain that nobody writes meanwhile.
        let ledger = if immutable::is_read_only(path).map_err(LedgerError::file(path))? {
            if immutable::has_log(path).map_err(LedgerError::file(path))? {
                return Err(LedgerError::LogOnReadOnly(path.to_owned()));
            }
            let connection =
                Connection::open_with_flags(immutable::uri(path), flags | OpenFlags::SQLITE_OPEN_URI)?;
            Self::prepared(connection, path)?
        } else {
            Self::connect(path, flags)?
        };
        schema::check_kind(&ledger.connection, path)?;
        Ok(ledger)
    }

    /// Where the ledger is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Self, LedgerError> {
        Self::prepared(Connection::open_with_flags(path, flags)?, path)
    }

    fn prepared(connection: Connection, path: &Path) -> Result<Self, LedgerError> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // References are for people who read the schema, and for `verify`. Rows are always written after the rows they
        // refer to, and checking each write would cost more than the write.
        connection.pragma_update(None, "foreign_keys", false)?;
        Ok(Self { connection, path: path.to_owned() })
    }
}

/// Creates the file and its folder, for their owner only, if they do not exist.
pub(super) fn make_private(path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(LedgerError::file(folder))?;
    }
    // Never open an existing file here: closing a second handle to a file that SQLite has open in this process would
    // drop SQLite's locks.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(LedgerError::File { path: path.to_owned(), cause })
        }
        _ => Ok(()),
    }
}

/// Removes everyone's permissions but the owner's.
fn restrict(path: &Path) -> Result<(), LedgerError> {
    let mode = fs::metadata(path).map_err(LedgerError::file(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(LedgerError::file(path))?;
    }
    Ok(())
}
