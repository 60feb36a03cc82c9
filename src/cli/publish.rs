//! `cco publish`, and `cco` alone: whose transcripts, published where.

use super::once::{self, Form};
use super::options::Options;
use super::roots::{nothing_found, roots_of};
use super::{Exit, Failure, logging, note, sample};
use crate::config::{Flags, Settings};
use crate::daemon::{self, own_roots};
use crate::ingest::Root;

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

/// Runs `cco` without a command: the user's own transcripts, else the sample.
pub(super) fn own_or_sample() -> Result<(), Failure> {
    let settings = Options::default().settings()?;
    if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() {
            note(&format!("{}\n\nHere is a made-up sample instead:\n", nothing_found(&found)));
            return show_sample();
        }
    }
    once::run(&roots_of(&settings)?, &settings, Form::Text)
}

/// Publishes the sample into a folder that is gone afterwards.
fn show_sample() -> Result<(), Failure> {
    let io = Failure::io("cannot unpack the sample");
    let folder = tempfile::tempdir().map_err(io)?;
    sample::unpack(folder.path(), jiff::Timestamp::now()).map_err(io)?;
    let flags = Flags {
        roots: vec![folder.path().into()],
        state: Some(folder.path().into()),
        timezone: Some("UTC".into()),
        ..Flags::default()
    };
    // No variable and no file has a say in what the sample shows.
    let settings = Settings::resolve(flags, |_| None).map_err(|error| Failure::new(Exit::Failed, error))?;
    let root = Root::new(folder.path()).map_err(|error| Failure::new(Exit::Failed, error))?;
    once::run(&[root], &settings, Form::Text)?;
    note(
        "\nThe sample and its snapshot are now deleted. Use Claude Code, or choose a folder with --root:\n  cco publish --once --root DIR",
    );
    Ok(())
}
