//! A command to a service manager.

use std::ffi::OsString;

/// A command to the manager.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) arguments: Vec<OsString>,
    /// It undoes something that may not exist.
    pub(super) may_fail: bool,
}

impl Step {
    pub(super) fn new(arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(Into::into).collect(), may_fail: false }
    }

    pub(super) fn that_may_fail(self) -> Self {
        Self { may_fail: true, ..self }
    }
}
