//! What can become of a publisher's file under its hands, and how that is noticed.
//!
//! Invariant: a file that has lost its path, its length or its contents is never taken for one that readers see.

use std::fmt;
use std::io;
use std::path::Path;

use super::file::inode_of;
use super::layout::{MAGIC, identity};
use super::sections::slots;
use super::sync::{AtomicU64, get};

/// Why readers do not see what a [`Writer`](super::Writer) commits, until it has made a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// There is nothing at the path.
    Deleted,
    /// Another file is at the path.
    Replaced,
    /// The file has another length.
    Resized,
    /// The file has another name as well, so others may change it.
    Linked,
    /// The file no longer holds the last commit.
    Overwritten,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deleted => "the snapshot was deleted",
            Self::Replaced => "another file took the snapshot's place",
            Self::Resized => "the length of the snapshot was changed",
            Self::Linked => "the snapshot was linked to another name",
            Self::Overwritten => "the snapshot was overwritten",
        })
    }
}

/// Compares the file that was mapped with the one at `path`.
pub(crate) fn at_path(path: &Path, inode: (u64, u64), bytes: u64) -> Option<Loss> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absence(&error) => return Some(Loss::Deleted),
        // It cannot be told now; a commit that has to write would say so.
        Err(_) => return None,
    };
    if inode_of(path, &metadata).is_ok_and(|now| now != inode) {
        return Some(Loss::Replaced);
    }
    if metadata.len() != bytes {
        return Some(Loss::Resized);
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&metadata) > 1 {
        return Some(Loss::Linked);
    }
    None
}

/// Looks for the last commit in the words of a file, all of which must be there.
pub(crate) fn in_words(words: &[AtomicU64], sequence: u64) -> Option<Loss> {
    let is_there =
        get(&words[identity::MAGIC]) == MAGIC && slots(words).of_commit(sequence).sequence() == sequence;
    (!is_there).then_some(Loss::Overwritten)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
