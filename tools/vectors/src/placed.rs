//! Puts a hostile vector where a reader finds it: a file, or what is there in place of one.
//!
//! Invariant: a long file is sparse, so it takes no more of the disk than its bytes in use.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::hostile::{Case, Kind};

/// Puts the case at `path`, where nothing is; `base` are the bytes of its golden file.
pub fn place(path: &Path, case: &Case, base: &[u8]) -> io::Result<()> {
    match case.kind {
        Kind::Missing => Ok(()),
        Kind::Folder => fs::create_dir(path),
        Kind::Fifo => {
            let status = Command::new("mkfifo").arg(path).status()?;
            if status.success() { Ok(()) } else { Err(io::Error::other("mkfifo failed")) }
        }
        Kind::Symlink => {
            fs::write(target(path), base)?;
            std::os::unix::fs::symlink(target(path), path)
        }
        Kind::Dangling => std::os::unix::fs::symlink(target(path), path),
        Kind::File => {
            let file = File::create_new(path)?;
            file.write_all_at(base, 0)?;
            if let Some(length) = case.length {
                file.set_len(length)?;
            }
            case.edits.iter().try_for_each(|(at, bytes)| file.write_all_at(bytes, *at as u64))
        }
    }
}

/// Takes away what [`place`] put there.
pub fn remove(path: &Path, case: &Case) -> io::Result<()> {
    match case.kind {
        Kind::Missing => Ok(()),
        Kind::Folder => fs::remove_dir(path),
        Kind::Symlink => {
            fs::remove_file(target(path))?;
            fs::remove_file(path)
        }
        Kind::File | Kind::Fifo | Kind::Dangling => fs::remove_file(path),
    }
}

/// What the link of a case leads to.
fn target(path: &Path) -> PathBuf {
    path.with_extension("target")
}
