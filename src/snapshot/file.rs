//! Opens a snapshot file, and nothing else that may be at its path.
//!
//! Invariant: an opened file is a regular file of this user (or of root), was not reached through a symbolic
//! link, and opening it cannot block. On Windows the owner is not checked: folders decide who may use their files.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use super::error::OpenError;
use super::os;

/// How a snapshot is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Opens the snapshot at `path` and returns it with its metadata.
pub(crate) fn open(path: &Path, access: Access) -> Result<(File, Metadata), OpenError> {
    let io = |action, source| OpenError::Io { path: path.into(), action, source };
    let mut options = OpenOptions::new();
    options.read(true).write(access == Access::Write);
    let file =
        os::guarded(&mut options).open(path).map_err(|source| match (source.kind(), refused(&source)) {
            (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, _) => {
                OpenError::NotFound { path: path.into() }
            }
            (_, Some(kind)) => OpenError::NotAFile { path: path.into(), kind },
            _ => io("open", source),
        })?;
    let metadata = file.metadata().map_err(|source| io("examine", source))?;
    if !metadata.is_file() {
        return Err(OpenError::NotAFile { path: path.into(), kind: kind_of(&metadata) });
    }
    #[cfg(unix)]
    if metadata.uid() != os::effective_user() && metadata.uid() != 0 {
        return Err(OpenError::ForeignOwner { path: path.into(), uid: metadata.uid() });
    }
    Ok((file, metadata))
}

/// Why an open file is not ours to write; `None` if it is. A file with several names would change under all of them.
pub(crate) fn not_own(metadata: &Metadata) -> Option<&'static str> {
    if !metadata.is_file() {
        return Some("it is not a regular file: move it away");
    }
    #[cfg(unix)]
    if metadata.uid() != os::effective_user() {
        return Some("it belongs to another user: run this as that user, or choose another path");
    } else if metadata.nlink() > 1 {
        return Some("it has more than one name (hard links): move it away");
    }
    None
}

/// What the path leads to, if the error shows it.
#[cfg(unix)]
fn refused(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error()? {
        libc::ELOOP | libc::EMLINK => Some("a symbolic link"),
        libc::EISDIR => Some("a folder"),
        libc::ENXIO => Some("a socket or device"),
        _ => None,
    }
}

#[cfg(windows)]
fn refused(_: &io::Error) -> Option<&'static str> {
    None
}

fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        return "a folder";
    }
    if kind.is_symlink() {
        return "a symbolic link";
    }
    #[cfg(unix)]
    if kind.is_fifo() {
        return "a named pipe";
    } else if kind.is_socket() {
        return "a socket";
    }
    "a device"
}

/// Identifies an open file: device and inode.
#[cfg(unix)]
pub(crate) fn inode(_: &File, metadata: &Metadata) -> io::Result<(u64, u64)> {
    Ok((metadata.dev(), metadata.ino()))
}

/// The same for the file at `path`.
#[cfg(unix)]
pub(crate) fn inode_at(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The same for the file at `path`, of which `metadata` was read.
#[cfg(unix)]
pub(crate) fn inode_of(_: &Path, metadata: &Metadata) -> io::Result<(u64, u64)> {
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(windows)]
pub(crate) fn inode_of(path: &Path, _: &Metadata) -> io::Result<(u64, u64)> {
    os::file_id_at(path)
}

#[cfg(windows)]
pub(crate) fn inode(file: &File, _: &Metadata) -> io::Result<(u64, u64)> {
    os::file_id(file)
}

#[cfg(windows)]
pub(crate) use os::file_id_at as inode_at;
