//! Locks that decide who may write. Publishers take them; readers only check them.
//!
//! Invariant: a lock is held exactly as long as its [`Lock`] lives; the kernel releases it when the process
//! ends, however it ends. The lock file itself remains and holds the owner's process id, for messages.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::WriteError;
use super::file::{inode, inode_at, not_own};
use super::os;

/// A process id and an end of line are shorter.
const PID_BYTES_MAX: u64 = 32;

/// A lock that this process holds.
#[derive(Debug)]
pub struct Lock {
    /// Closing it releases the lock.
    file: File,
    /// Absolute, so that it stays the same path whatever the current folder.
    path: PathBuf,
}

impl Lock {
    /// Takes the lock at `path`, or reports who holds it. Creates its folder if needed, private to the user.
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
            let metadata = file.metadata().map_err(|source| io("examine", source))?;
            if let Some(why) = not_own(&metadata) {
                return Err(io("use", io::Error::new(io::ErrorKind::PermissionDenied, why)));
            }
            if !os::try_lock(&file).map_err(|source| io("lock", source))? {
                let mut text = String::new();
                let read = (&file).take(PID_BYTES_MAX).read_to_string(&mut text);
                let holder = read.ok().and_then(|_| text.trim().parse().ok());
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

/// The lock file that belongs to a snapshot: the same path followed by `.lock`.
pub fn lock_path(snapshot: &Path) -> PathBuf {
    let mut path = snapshot.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// Whether a publisher holds the lock of the snapshot at `path`. A missing lock file means no one does.
pub(crate) fn writer_holds_lock(path: &Path) -> io::Result<bool> {
    is_held(&lock_path(path))
}

/// Whether some process holds the lock at `path`; never takes it, so asking disturbs no one. If the
/// file is missing, no one does. The file holds the id of the process that has the lock, or had it last.
pub fn is_held(path: &Path) -> io::Result<bool> {
    match os::guarded(OpenOptions::new().read(true)).open(path) {
        Ok(file) => os::is_locked(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
