//! A copy of the package in which one file at a time is changed.
//!
//! Invariant: the package itself is only read, and a change in the copy is undone before the next.

use std::io;
use std::path::{Path, PathBuf};

/// The copy.
#[derive(Debug)]
pub(crate) struct Tree {
    path: PathBuf,
}

/// A file that was changed.
#[derive(Debug)]
pub(crate) struct Change {
    path: PathBuf,
    original: String,
}

impl Tree {
    /// Copies what cargo builds from. Files that are there and equal stay, so that cargo builds only what changed.
    pub(crate) fn copy(package: &Path, to: &Path) -> io::Result<Self> {
        let is_source = |name: &str| !name.starts_with('.') && name != "target";
        copy(package, to, &is_source)?;
        Ok(Self { path: to.into() })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the one place of `file` that reads `original`.
    pub(crate) fn change(&self, file: &str, original: &str, mutant: &str) -> io::Result<Change> {
        let path = self.path.join(file);
        let text = std::fs::read_to_string(&path)?;
        if text.matches(original).count() != 1 {
            return Err(io::Error::other(format!("{file} does not have this text once:\n{original}")));
        }
        std::fs::write(&path, text.replace(original, mutant))?;
        Ok(Change { path, original: text })
    }
}

impl Change {
    /// Undoes it.
    pub(crate) fn restore(self) -> io::Result<()> {
        std::fs::write(self.path, self.original)
    }
}

fn copy(from: &Path, to: &Path, is_source: &dyn Fn(&str) -> bool) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(to)? {
        let entry = entry?;
        if !from.join(entry.file_name()).exists() {
            let remove = if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all
            } else {
                std::fs::remove_file::<PathBuf>
            };
            remove(entry.path())?;
        }
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(is_source) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to, is_source)?;
        } else {
            let bytes = std::fs::read(&from)?;
            if std::fs::read(&to).ok().as_ref() != Some(&bytes) {
                std::fs::write(&to, bytes)?;
            }
        }
    }
    Ok(())
}
