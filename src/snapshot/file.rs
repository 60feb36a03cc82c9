//! Opening a snapshot file without falling for what else may stand under its path.
//!
//! Invariant: an opened file is a regular file of this user (or of root), was not reached through a symbolic
//! link, and opening it cannot block.

use std::fs::{File, Metadata, OpenOptions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::error::OpenError;
use super::os;

/// How a snapshot is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Opens the snapshot at `path` and returns it with what `fstat` says of it.
pub(crate) fn open(path: &Path, access: Access) -> Result<(File, Metadata), OpenError> {
    let io = |action, source| OpenError::Io { path: path.into(), action, source };
    let file = OpenOptions::new()
        .read(true)
        .write(access == Access::Write)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC)
        .open(path)
        .map_err(|source| match source.raw_os_error() {
            Some(libc::ENOENT | libc::ENOTDIR) => OpenError::NotFound { path: path.into() },
            Some(libc::ELOOP | libc::EMLINK) => {
                OpenError::NotAFile { path: path.into(), kind: "a symbolic link" }
            }
            Some(libc::EISDIR) => OpenError::NotAFile { path: path.into(), kind: "a folder" },
            Some(libc::ENXIO) => OpenError::NotAFile { path: path.into(), kind: "a socket or device" },
            _ => io("open", source),
        })?;
    let metadata = file.metadata().map_err(|source| io("examine", source))?;
    if !metadata.is_file() {
        return Err(OpenError::NotAFile { path: path.into(), kind: kind_of(&metadata) });
    }
    let uid = metadata.uid();
    if uid != os::effective_user() && uid != 0 {
        return Err(OpenError::ForeignOwner { path: path.into(), uid });
    }
    Ok((file, metadata))
}

fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// What makes a file itself: device and inode.
pub(crate) fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}
