//! Folders and files that nobody but this user can change.
//!
//! Whoever can write to a folder of ours could replace a file by a link to another one, by a pipe that blocks whoever
//! opens it, or by figures and commands of their own. Therefore a file is opened relative to the descriptor of its
//! checked folder, not through a symbolic link and without blocking, and is checked once it is open.
//!
//! Invariants: a folder or file that is opened here belongs to this user (or to root, if it is only read), no other
//! user may write to it, and it is what its name says: a folder, or a regular file. A file that is written has one
//! name, so no other file changes with it. A folder may be reached through a symbolic link, because users move folders
//! to other disks; what counts is the folder itself. Used by everything that keeps files beside the snapshot, which
//! has checks of its own.

mod json;

pub use json::{read_json, replace_json};

use std::ffi::OsString;
use std::fmt;
use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};

use crate::plain_text;

/// Who alone may read and write what is created here.
const OWNER: Mode = Mode::RUSR.union(Mode::WUSR);

/// What a folder or file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To read: it may belong to root as well.
    Read,
    /// To write.
    Write,
}

/// An open folder.
#[derive(Debug)]
pub struct OwnFolder {
    folder: OwnedFd,
    path: PathBuf,
}

impl OwnFolder {
    /// Opens a folder. [`io::ErrorKind::NotFound`] if there is none, [`NotOwn`] as the source if others can change it.
    pub fn open(path: &Path, purpose: Use) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(or_here(path), flags, Mode::empty())?;
        judge(path, &rustix::fs::fstat(&folder)?, FileType::Directory, purpose)?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Opens a folder to write; creates it first if there is none, with its parents, for this user alone.
    pub fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(or_here(path))?;
        Self::open(path, Use::Write)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file to read; `None` if there is none.
    pub fn read(&self, name: &str) -> io::Result<Option<File>> {
        match self.file(name, OFlags::RDONLY, Use::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// Opens a file to append to; creates it if there is none.
    pub fn append(&self, name: &str) -> io::Result<File> {
        self.file(name, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE, Use::Write)
    }

    /// Gives a file new content: readers see the old one or the new one, whole. Without `is_durable` a power cut may
    /// take both.
    pub fn replace(&self, name: &str, bytes: &[u8], is_durable: bool) -> io::Result<()> {
        // Processes that replace one file at the same time do not share a part.
        let part = format!("{name}.{}.new", std::process::id());
        self.remove(&part)?;
        let mut file = self.file(&part, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, Use::Write)?;
        let written = file.write_all(bytes).and_then(|()| if is_durable { file.sync_all() } else { Ok(()) });
        let renamed = written.and_then(|()| self.rename(&part, name));
        if renamed.is_err() {
            // What went wrong before says more than what goes wrong now.
            let _ = self.remove(&part);
        }
        renamed
    }

    /// Renames a file in the folder; another file of the new name is gone then.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.folder, from, &self.folder, to)?)
    }

    /// Removes a file, if there is one.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.folder, name, AtFlags::empty()) {
            Err(rustix::io::Errno::NOENT) => Ok(()),
            other => Ok(other?),
        }
    }

    /// The names of everything in the folder, in no order.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        use std::os::unix::ffi::OsStrExt as _;
        let entries = Dir::read_from(&self.folder)?.map(|entry| {
            entry.map(|entry| std::ffi::OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())
        });
        let names: Result<Vec<_>, _> = entries.collect();
        Ok(names?.into_iter().filter(|name| name != "." && name != "..").collect())
    }

    /// Checks a file that somebody else will open, without opening it. Whether there is one.
    pub fn check(&self, name: &str, purpose: Use) -> io::Result<bool> {
        match rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(rustix::io::Errno::NOENT) => Ok(false),
            found => {
                judge(&self.path.join(name), &found?, FileType::RegularFile, purpose)?;
                Ok(true)
            }
        }
    }

    /// Whether two names in the folder are of one file.
    pub fn is_same_file(&self, one: &str, other: &str) -> bool {
        let id = |name: &str| {
            let found = rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            Some((found.st_dev, found.st_ino))
        };
        id(one).is_some_and(|one| Some(one) == id(other))
    }

    fn file(&self, name: &str, flags: OFlags, purpose: Use) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, name, flags, OWNER).map_err(|error| {
            // A link, or a pipe that nobody reads, is refused before it can be examined: say so in the same words.
            match self.check(name, purpose) {
                Err(refused) if is_refusal(&refused) => refused,
                _ => error.into(),
            }
        })?;
        judge(&self.path.join(name), &rustix::fs::fstat(&file)?, FileType::RegularFile, purpose)?;
        Ok(File::from(file))
    }
}

/// Opens a file that has a folder of its own to be checked: [`OwnFolder::read`] for a path.
pub fn read(path: &Path) -> io::Result<Option<File>> {
    let Some((folder, name)) = parts(path) else { return Err(io::ErrorKind::InvalidInput.into()) };
    match OwnFolder::open(folder, Use::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        folder => folder?.read(name),
    }
}

/// [`OwnFolder::append`] for a path.
pub fn append(path: &Path) -> io::Result<File> {
    let Some((folder, name)) = parts(path) else { return Err(io::ErrorKind::InvalidInput.into()) };
    OwnFolder::make(folder)?.append(name)
}

/// Opens a user's own file to read, wherever its links lead and whoever else may write to it; `None` if there is none.
/// It is a regular file, and opening it does not block.
pub fn open_regular(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        other => other?,
    };
    match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
        FileType::RegularFile => Ok(Some(File::from(file))),
        kind => Err(NotOwn { path: path.to_owned(), why: Why::Kind(kind_name(kind)) }.into()),
    }
}

/// [`OwnFolder::replace`] for a path in a folder that exists; durable.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let Some((folder, name)) = parts(path) else { return Err(io::ErrorKind::InvalidInput.into()) };
    OwnFolder::open(folder, Use::Write)?.replace(name, bytes, true)
}

/// Whether an error says that somebody else could change what was opened.
pub fn is_refusal(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<NotOwn>())
}

/// The folder or file that others can write to, if that is what an error says.
pub fn writable_by_others(error: &io::Error) -> Option<&Path> {
    let refused = error.get_ref()?.downcast_ref::<NotOwn>()?;
    matches!(refused.why, Why::Writable(_)).then_some(&*refused.path)
}

/// Why a folder or file is not used.
#[derive(Debug)]
pub struct NotOwn {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Kind(&'static str),
    Foreign(u32),
    Writable(u32),
    Linked,
}

impl std::error::Error for NotOwn {}

impl From<NotOwn> for io::Error {
    fn from(refused: NotOwn) -> Self {
        Self::new(io::ErrorKind::PermissionDenied, refused)
    }
}

impl fmt::Display for NotOwn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = plain_text::path(&self.path);
        match self.why {
            Why::Kind(kind) => write!(f, "{path} is {kind}, not a regular file: move it away"),
            Why::Foreign(uid) => write!(
                f,
                "{path} belongs to user {uid}: run this as that user, or choose another state folder with --state"
            ),
            Why::Writable(mode) => write!(
                f,
                "other users can write to {path} (mode {mode:04o}): run `chmod go-w` on it, or choose another state \
                 folder with --state"
            ),
            Why::Linked => {
                write!(f, "{path} has more than one name (hard links): put a copy of its own in its place")
            }
        }
    }
}

/// Whether what was found may be used.
fn judge(path: &Path, found: &Stat, wanted: FileType, purpose: Use) -> io::Result<()> {
    let kind = FileType::from_raw_mode(found.st_mode);
    let mode = Mode::from_raw_mode(found.st_mode);
    let is_ours =
        found.st_uid == rustix::process::geteuid().as_raw() || (purpose == Use::Read && found.st_uid == 0);
    let why = if kind != wanted {
        Why::Kind(kind_name(kind))
    } else if !is_ours {
        Why::Foreign(found.st_uid)
    } else if mode.intersects(Mode::WGRP | Mode::WOTH) {
        #[allow(clippy::useless_conversion)] // not 32 bits everywhere
        Why::Writable(u32::from(mode.as_raw_mode()))
    } else if kind == FileType::RegularFile && purpose == Use::Write && found.st_nlink > 1 {
        Why::Linked
    } else {
        return Ok(());
    };
    Err(NotOwn { path: path.to_owned(), why }.into())
}

fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a folder",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    }
}

/// A path's folder and name.
fn parts(path: &Path) -> Option<(&Path, &str)> {
    Some((path.parent()?, path.file_name()?.to_str()?))
}

/// The parent of a bare name is the working directory.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

#[cfg(test)]
mod tests;
