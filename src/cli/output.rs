//! Output of commands: results to stdout, everything else to stderr.
//!
//! Invariant: if the reader of stdout is gone, that is not an error; a closed stderr does not affect a result.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use super::failure::{Exit, Failure};

/// Prints to stdout, without styles if it is not a terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::output),
    }
}

/// Prints a result as JSON.
pub(crate) fn print_json(result: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(result).map_err(|error| Failure::new(Exit::Failed, error))?;
    print(&(text + "\n"))
}

/// Prints a note to stderr.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints an error with its causes and returns the exit code.
pub(super) fn report(failure: &Failure) -> ExitCode {
    note(&format!("cco: {failure}"));
    failure.exit().into()
}
