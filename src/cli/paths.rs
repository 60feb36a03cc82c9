//! Paths as other processes need them, which run in other folders.

use std::path::{Path, PathBuf};

use super::failure::Failure;

/// The program that runs now.
pub(super) fn own_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(Failure::io("cannot find this program"))
}

/// A path that holds in any folder.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(Failure::io("cannot read the current directory"))
}
