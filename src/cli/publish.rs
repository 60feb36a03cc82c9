//! `cco publish`: whose transcripts, published where.

use super::once::{self, Form};
use super::options::Options;
use super::roots::roots_of;
use super::{Failure, logging};
use crate::daemon;

/// Options of `cco publish`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scan and publish once, then exit; without this, keep publishing until stopped
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    options: Options,
    /// Print the published totals as JSON
    #[arg(long, requires = "once")]
    json: bool,
    /// Detach from the terminal and log to a file, for `cco daemon start`
    #[arg(long, hide = true, conflicts_with = "once")]
    detached: bool,
}

impl Arguments {
    /// Whether the program goes on until told to stop.
    pub(super) fn goes_on(&self) -> bool {
        !self.once
    }
}

/// Runs `cco publish`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.once {
        return go_on(&arguments.options, arguments.detached);
    }
    let settings = arguments.options.settings()?;
    once::run(&roots_of(&settings)?, &settings, if arguments.json { Form::Json } else { Form::Text })
}

/// Publishes until told to stop.
fn go_on(options: &Options, is_detached: bool) -> Result<(), Failure> {
    if is_detached {
        daemon::detach()?;
    }
    let settings = options.settings()?;
    if is_detached {
        logging::to_file(&settings.state.log(), &settings.log)?;
    } else {
        logging::to_stderr(&settings.log)?;
    }
    let outcome = daemon::run(settings, || options.settle()).map_err(Failure::from);
    // Without a log file the log is where the error is printed anyway.
    if let Some(failure) = outcome.as_ref().err().filter(|_| is_detached) {
        tracing::error!("ended: {failure}");
    }
    outcome
}
