//! The program a service runs, as text for a service manager's file.
//!
//! Invariant: a value that such a file cannot hold is an error; it is never altered. Used by the files' writers.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::error::ServiceError;

/// Marks a service file as ours.
pub const MARK: &str = "written by `cco service install`";

/// What a service runs.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program, absolute.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables it needs, which the manager does not set.
    pub variables: Vec<(OsString, OsString)>,
}

/// Text of a path or argument; service files have no others.
pub(super) fn text(value: &OsStr) -> Result<&str, ServiceError> {
    let text = value.to_str().filter(|text| !text.contains(['\n', '\r', '\0']));
    text.ok_or_else(|| ServiceError::Unwritable { value: value.to_owned() })
}
