//! How far each transcript was read.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use super::columns::{Columns, word};
use super::names::Names;
use super::{Ledger, LedgerError};

/// A transcript as it was last read, found by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Where it is.
    pub path: PathBuf,
    /// Device it is on.
    pub device: u64,
    /// Its inode there.
    pub inode: u64,
    /// Its size, in bytes.
    pub size: u64,
    /// How many of its bytes are counted: where to continue reading.
    pub offset: u64,
    /// Hash of bytes before the offset. What it covers is up to the reader.
    pub fingerprint: u64,
    /// How many bytes before the offset are hashed.
    pub fingerprint_bytes: u64,
    /// When it was last modified, in nanoseconds UTC.
    pub modified_ns: i64,
    /// Project key.
    pub project: Arc<str>,
    /// When it was last seen to be there, in milliseconds UTC.
    pub seen_ms: i64,
    /// It was deleted. Its requests stay counted.
    pub gone: bool,
    /// What its reader needs to continue, for formats whose lines depend on each other. Opaque to the ledger.
    pub reader_state: Option<Box<[u8]>>,
}

impl FileRow {
    pub(super) fn write(&self, names: &mut Names<'_>) -> Result<(), LedgerError> {
        let project = names.project_id(&self.project)?;
        let put = "INSERT OR REPLACE INTO files (path, device, inode, size, offset, fingerprint, \
                   fingerprint_bytes, modified_ns, project, seen_ms, gone, \
                   reader_state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        names.connection.prepare_cached(put)?.execute((
            path_value(&self.path),
            word(self.device),
            word(self.inode),
            word(self.size),
            word(self.offset),
            word(self.fingerprint),
            word(self.fingerprint_bytes),
            self.modified_ns,
            project,
            self.seen_ms,
            self.gone,
            self.reader_state.as_deref(),
        ))?;
        Ok(())
    }
}

impl Ledger {
    /// All transcripts ever read, in the order of their paths.
    pub fn files(&self) -> Result<Vec<FileRow>, LedgerError> {
        let mut names = Names::new(&self.connection);
        let mut query = self.connection.prepare_cached(
            "SELECT path, device, inode, size, offset, fingerprint, fingerprint_bytes, modified_ns, project, \
             seen_ms, gone, reader_state FROM files ORDER BY path",
        )?;
        let mut rows = query.query(())?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            let path = match columns.value()? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => OsStr::from_bytes(bytes).into(),
                _ => return Err(LedgerError::Corrupt("the path of a transcript is not text".into())),
            };
            files.push(FileRow {
                path,
                device: columns.word()?,
                inode: columns.word()?,
                size: columns.word()?,
                offset: columns.word()?,
                fingerprint: columns.word()?,
                fingerprint_bytes: columns.word()?,
                modified_ns: columns.integer()?,
                project: names.project(columns.integer()?)?,
                seen_ms: columns.integer()?,
                gone: columns.flag()?,
                reader_state: columns.optional_bytes()?.map(Box::from),
            });
        }
        Ok(files)
    }
}

impl Ledger {
    /// Marks transcripts as deleted. Their requests stay counted.
    pub fn mark_gone(&mut self, paths: &[PathBuf]) -> Result<(), LedgerError> {
        let transaction = self.write()?;
        for path in paths {
            let mark = "UPDATE files SET gone = 1 WHERE path = ?1";
            transaction.prepare_cached(mark)?.execute([path_value(path)])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn path_value(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => Value::Text(text.to_owned()),
        None => Value::Blob(path.as_os_str().as_bytes().to_owned()),
    }
}

/// Has every transcript that still exists read again from its start.
pub(super) fn forget_positions(connection: &Connection) -> Result<(), LedgerError> {
    // No transcript matches a size and time of zero, so all of them are read.
    let unread = "UPDATE files SET size = 0, modified_ns = 0, offset = 0, fingerprint = 0, \
                  fingerprint_bytes = 0, reader_state = NULL";
    connection.execute(unread, ())?;
    Ok(())
}
