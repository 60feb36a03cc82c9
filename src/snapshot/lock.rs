//! Locks that say who may write: taken by publishers, only looked at by readers.
//!
//! Invariant: a lock is held exactly as long as its [`Lock`] lives; the kernel gives it back when the process
//! ends, however it ends. The lock file itself stays and holds the holder's process id, for messages.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::WriteError;
use super::file::{inode, inode_at};
use super::os;

/// A lock that this process holds.
#[derive(Debug)]
pub struct Lock {
    /// Closing it gives the lock back.
    file: File,
    /// Absolute, so that it stays the same path whatever the current folder.
    path: PathBuf,
}

impl Lock {
    /// Takes the lock at `path`, or says who holds it. Its folder is made as needed, private to the user.
    pub fn take(path: &Path) -> Result<Self, WriteError> {
        let io = |action, source| WriteError::Io { path: path.into(), action, source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let made = os::private_folder().recursive(true).create(folder);
            made.map_err(|source| WriteError::Io { path: folder.into(), action: "create", source })?;
        }
        let absolute = std::path::absolute(path).map_err(|source| io("find", source))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        loop {
            let file = os::guarded(&mut options).open(path).map_err(|source| io("open", source))?;
            if !os::try_lock(&file).map_err(|source| io("lock", source))? {
                let holder = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
                return Err(WriteError::Locked { path: path.into(), holder });
            }
            let mut lock = Self { file, path: absolute.clone() };
            // The file may have been deleted between opening and locking it: then another process can lock the next.
            if lock.is_in_place().map_err(|source| io("check", source))? {
                lock.file.set_len(0).map_err(|source| io("write", source))?;
                writeln!(lock.file, "{}", std::process::id()).map_err(|source| io("write", source))?;
                return Ok(lock);
            }
        }
    }

    /// Makes sure that the lock's path still leads to it, and takes the path again if it does not, because the file or
    /// its folder was deleted or replaced. Returns whether that was so. If another process has the path, this one must
    /// stop writing.
    pub fn keep(&mut self) -> Result<bool, WriteError> {
        let io = |source| WriteError::Io { path: self.path.clone(), action: "check", source };
        if self.is_in_place().map_err(io)? {
            return Ok(false);
        }
        *self = Self::take(&self.path.clone())?;
        Ok(true)
    }

    fn is_in_place(&self) -> io::Result<bool> {
        match inode_at(&self.path) {
            Ok(file) => Ok(file == inode(&self.file, &self.file.metadata()?)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The lock file that belongs to a snapshot: the same path with `.lock` behind it.
pub fn lock_path(snapshot: &Path) -> PathBuf {
    let mut path = snapshot.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// Whether a publisher holds the lock of the snapshot at `path`. A missing lock file is an unheld lock.
pub(crate) fn writer_holds_lock(path: &Path) -> io::Result<bool> {
    is_held(&lock_path(path))
}

/// Whether some process holds the lock at `path`; never takes it, so that asking disturbs nobody. A missing
/// file is an unheld lock. What the file says then is the id of the process that holds it, or held it last.
pub fn is_held(path: &Path) -> io::Result<bool> {
    match os::guarded(OpenOptions::new().read(true)).open(path) {
        Ok(file) => os::is_locked(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
