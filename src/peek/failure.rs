//! Why `cco-peek` printed nothing, or nothing current: in words on stderr, and as the exit code that goes with it.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::arguments::Arguments;
use crate::causes::causes;
use crate::report::View;
use crate::snapshot::{Code, PeekError};

/// Why nothing was printed.
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

    /// Tells what went wrong, with its causes.
    pub(super) fn report(&self) {
        let error: &dyn std::error::Error = match self {
            Self::Usage(message) => {
                // As clap says it: with the usage line and the hint at --help.
                let _ = Arguments::command().error(ErrorKind::InvalidValue, message).print();
                return;
            }
            Self::NoHome => {
                let _ = writeln!(
                    anstream::stderr(),
                    "cco-peek: neither HOME nor XDG_STATE_HOME is set: say where the snapshot is with --snapshot"
                );
                return;
            }
            Self::View(error) => error,
            Self::Output(error) => error,
        };
        let _ = writeln!(anstream::stderr(), "cco-peek: {}", causes(error));
    }
}

/// Says on stderr why values may not be current; the exit code that goes with it.
pub(super) fn note_staleness(view: &View) -> Code {
    match view.staleness() {
        Some(why) => {
            let note = format!("cco-peek: these figures may not be current: {why}\n");
            // Whether stderr can be written does not change what the values are worth.
            let _ = io::stderr().write_all(note.as_bytes());
            Code::NotLive
        }
        None => Code::Done,
    }
}
