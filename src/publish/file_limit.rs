//! The largest file that this process may write, which explains errors that name no reason.
//!
//! A process that exceeds it gets a signal, which the programs survive, and an error, which SQLite calls a disk error.
//! Used by the publisher and by commands that fail.

use rustix::process::{Resource, getrlimit};

/// What to add to an error of writing; nothing without a limit.
pub fn file_limit_note() -> Option<String> {
    let bytes = getrlimit(Resource::Fsize).current?;
    Some(format!(
        "this process may write no file larger than {bytes} bytes: if a file needs to be larger, raise the limit (ulimit -f)"
    ))
}
