//! Failures of `cco-peek`: the message on stderr and the exit code.
//!
//! Invariant: each failure has the exit code that scripts rely on, and its message says what to do.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::arguments::Arguments;
use crate::causes::causes;
use crate::plain_text;
use crate::report::View;
use crate::snapshot::{Code, PeekError};

/// Why there is no output.
#[derive(Debug)]
pub(super) enum Failure {
    NoHome,
    Usage(String),
    View(PeekError),
    Output(io::Error),
}

impl From<PeekError> for Failure {
    fn from(error: PeekError) -> Self {
        Self::View(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// The exit code.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::NoHome | Self::Usage(_) => Code::Usage,
            Self::View(error) => error.code(),
            Self::Output(_) => Code::Failed,
        }
    }

    /// Prints the error with its causes.
    pub(super) fn report(&self) {
        let error: &dyn std::error::Error = match self {
            Self::Usage(message) => {
                // In clap's form, with the usage line and the hint about --help.
                say(Arguments::command().error(ErrorKind::InvalidValue, message));
                return;
            }
            Self::NoHome => {
                let _ = writeln!(
                    anstream::stderr(),
                    "cco-peek: neither HOME nor XDG_STATE_HOME is set: use --snapshot FILE"
                );
                return;
            }
            Self::View(error) => error,
            Self::Output(error) => error,
        };
        let _ = writeln!(anstream::stderr(), "cco-peek: {}", causes(error));
    }
}

/// Prints an error in the command line. It can quote names from the snapshot.
pub(super) fn say(error: clap::Error) {
    let _ = write!(anstream::stderr(), "{}", plain_text::usage_error(error));
}

/// Prints to stderr what is wrong with the config file, which does not keep the figures back.
pub(super) fn note_broken(broken: &str) {
    // A closed stderr does not affect the output.
    let _ = writeln!(anstream::stderr(), "cco-peek: {broken}; to find out why: cco config show");
}

/// Prints to stderr why values may be stale, if they may be. Returns the exit code.
pub(super) fn note_staleness(view: &View) -> Code {
    match view.staleness() {
        Some(why) => {
            let note = format!("cco-peek: these figures may be stale: {why}\n");
            // A closed stderr does not affect the exit code.
            let _ = io::stderr().write_all(note.as_bytes());
            Code::NotLive
        }
        None => Code::Done,
    }
}
