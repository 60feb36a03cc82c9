//! Opens files below the folders of transcripts, and says why one could not be read.
//!
//! Invariant: only a regular file is opened; a pipe, a socket or a device is never waited for.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Why a transcript could not be read to its end. The [`TranscriptContents`](super::TranscriptContents) has what was read before.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// It could not be opened. It may have been deleted in the meantime.
    Open(io::Error),
    /// It is not a regular file.
    NotAFile,
    /// Reading failed.
    Read(io::Error),
    /// It became shorter each time it was read.
    Shrinking,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(source) if source.kind() == io::ErrorKind::NotFound => {
                f.write_str("it was deleted before it was read")
            }
            Self::Open(_) => f.write_str("cannot open it"),
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::Read(_) => f.write_str("cannot read it"),
            Self::Shrinking => f.write_str("it kept shrinking while it was read; the next scan tries again"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(source) | Self::Read(source) => Some(source),
            Self::NotAFile | Self::Shrinking => None,
        }
    }
}

/// Opens a regular file. If there is a pipe instead, the call does not wait.
pub(super) fn open(path: &Path) -> Result<File, ReadError> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(ReadError::Open)?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(file),
        Ok(_) => Err(ReadError::NotAFile),
        Err(source) => Err(ReadError::Read(source)),
    }
}
