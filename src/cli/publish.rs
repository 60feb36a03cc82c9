//! `cco publish`: whose transcripts, published where.

use super::http::HttpOptions;
use super::once::{self, Form};
use super::options::Options;
use super::roots::roots_of;
use super::{Exit, Failure, logging};
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
    #[command(flatten)]
    http: HttpOptions,
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
        return go_on(&arguments.options, &arguments.http, arguments.detached);
    }
    if arguments.http.is_asked() {
        let words = "a scan that ends cannot serve HTTP: use --http without --once, or cco serve";
        return Err(Failure::new(Exit::Usage, words));
    }
    let settings = arguments.options.settings()?;
    once::run(&roots_of(&settings)?, &settings, if arguments.json { Form::Json } else { Form::Text })
}

/// Publishes until told to stop.
fn go_on(options: &Options, http: &HttpOptions, is_detached: bool) -> Result<(), Failure> {
    if is_detached {
        daemon::detach()?;
    }
    let mut settings = options.settings()?;
    http.apply(&mut settings);
    if is_detached {
        logging::to_file(&settings.state.log(), &settings.log)?;
    } else {
        logging::to_stderr(&settings.log)?;
    }
    let reload = || {
        let mut settings = options.settle()?;
        http.apply(&mut settings);
        Ok(settings)
    };
    let outcome = daemon::run(settings, reload).map_err(Failure::from);
    // Without a log file the log is where the error is printed anyway.
    if let Some(failure) = outcome.as_ref().err().filter(|_| is_detached) {
        tracing::error!("ended: {failure}");
    }
    outcome
}
