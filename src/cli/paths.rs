//! Paths for processes that run in another directory.

use std::path::{Path, PathBuf};

use super::failure::Failure;

/// This program.
pub(super) fn own_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(Failure::io("cannot find this program"))
}

/// A path that is valid in any directory.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(Failure::io("cannot read the current directory"))
}
