//! `cco daemon`: the publisher in the background.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::http::HttpOptions;
use super::options::{Options, variables};
use super::paths::{absolute, own_program};
use super::values::whole;
use super::{Exit, Failure, daemon_status, note, print};
use crate::config::Settings;
use crate::daemon::{self, Follow, Launch, StartOutcome, StopOutcome};
use crate::plain_text::{self, screened};
use crate::serve::{self, Address};

/// Subcommands of `cco daemon`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Start the publisher and wait for its first publish; does nothing if one is already running
    #[command(
        after_help = "Exit codes: 0 running, started now or before; 1 any other error; 6 a process that is not \
                            visible from here holds the lock; 4 no transcripts."
    )]
    Start {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        patience: Patience,
        #[command(flatten)]
        http: HttpOptions,
    },
    /// Stop the publisher, however it was started
    #[command(
        after_help = "Exit codes: 0 stopped; 1 it did not stop; 3 not running; 6 not visible from here."
    )]
    Stop {
        #[command(flatten)]
        options: Options,
    },
    /// Stop the publisher if it is running, then start it with these options
    Restart {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        patience: Patience,
        #[command(flatten)]
        http: HttpOptions,
    },
    /// Show whether the publisher is running, and its figures
    #[command(after_help = "Exit codes: 0 running; 3 not running.")]
    Status {
        #[command(flatten)]
        options: Options,
        /// Print the status as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the end of the log
    Logs {
        #[command(flatten)]
        options: Options,
        /// Number of lines
        #[arg(long, short = 'n', value_name = "N", default_value_t = 50, value_parser = whole::<usize>(0..=10_000_000))]
        lines: usize,
        /// Keep printing new lines
        #[arg(long, short)]
        follow: bool,
    },
}

/// How long a start waits by default, in seconds.
const PATIENCE_SECONDS: u64 = 30;

/// How long a start waits.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Patience {
    /// How long to wait for the first publish; the publisher keeps running either way
    #[arg(long = "wait", value_name = "SECONDS", default_value_t = PATIENCE_SECONDS, value_parser = whole::<u64>(0..=86_400))]
    seconds: u64,
}

/// How long a publisher may take to end.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// How long a publisher may take to serve HTTP after its start.
const SERVE_PATIENCE: Duration = Duration::from_secs(1);
/// How often a followed log is looked at.
const LOG_EVERY: Duration = Duration::from_millis(200);

/// Runs `cco daemon`.
pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Start { options, patience, http } => start(options, http, *patience),
        Command::Stop { options } => stop(options),
        Command::Restart { options, patience, http } => {
            if let StopOutcome::Ended { pid } = daemon::stop(&options.settings()?.state, STOP_PATIENCE)? {
                print(&format!("stopped (process {pid})\n"))?;
            }
            start(options, http, *patience)
        }
        Command::Status { options, json } => daemon_status::run(&options.settings()?, *json),
        Command::Logs { options, lines, follow } => logs(&options.settings()?, *lines, *follow),
    }
}

/// Starts a publisher and waits as long as `cco daemon start` does unless told otherwise.
pub(super) fn start_with(options: &Options) -> Result<(), Failure> {
    start(options, &HttpOptions::default(), Patience { seconds: PATIENCE_SECONDS }).map(|_| ())
}

fn start(options: &Options, http: &HttpOptions, patience: Patience) -> Result<ExitCode, Failure> {
    let mut settings = options.settings()?;
    http.apply(&mut settings);
    let mut arguments = vec!["publish".into(), "--detached".into()];
    arguments.extend(options.arguments()?);
    arguments.extend(http.arguments()?);
    let launch = Launch {
        program: own_program()?,
        arguments,
        variables: variables()?,
        snapshot: absolute(&settings.snapshot)?,
        state: absolute(settings.state.path())?.into(),
        patience: Duration::from_secs(patience.seconds),
    };
    let told = match daemon::start(&launch)? {
        StartOutcome::Published { pid } => format!("started (process {pid})\n"),
        StartOutcome::Already { pid } => format!("already running (process {pid})\n"),
        StartOutcome::AlreadySilent { pid } => format!(
            "already running (process {pid}); no publish within {} seconds; to check: cco daemon status\n",
            patience.seconds
        ),
        StartOutcome::NotYet { pid } => format!(
            "started (process {pid}); no publish yet after {} seconds, still working; to check: cco daemon status\n",
            patience.seconds
        ),
    };
    print(&told)?;
    say_where_it_serves(&settings)?;
    Ok(ExitCode::SUCCESS)
}

/// Says where HTTP is served, or that it is not although it was asked for.
fn say_where_it_serves(settings: &Settings) -> Result<(), Failure> {
    let Some(address) = &settings.http.address else { return Ok(()) };
    // Another port than any that is free, which only the publisher knows.
    let Some(address) = address.parse::<Address>().ok().filter(|address| address.port() != Some(0)) else {
        return Ok(());
    };
    // The server begins a moment after the first publish.
    let until = Instant::now() + SERVE_PATIENCE;
    while !serve::answers(&address) {
        if Instant::now() >= until {
            note(&format!(
                "cco: the publisher does not serve HTTP at {address}; if it ran before, make it: cco daemon restart \
                 --http; else see why: cco daemon logs"
            ));
            return Ok(());
        }
        sleep(LOG_EVERY);
    }
    print(&format!("serving HTTP at {address}\n"))
}

fn stop(options: &Options) -> Result<ExitCode, Failure> {
    let settings = options.settings()?;
    match daemon::stop(&settings.state, STOP_PATIENCE)? {
        StopOutcome::Ended { pid } => {
            print(&format!("stopped (process {pid})\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        StopOutcome::NotRunning { last } => {
            let whose = last.map(|pid| format!(" (the last was process {pid})")).unwrap_or_default();
            let state = settings.state.path().display();
            Err(Failure::new(
                Exit::NotLive,
                format!(
                    "nothing to stop: no publisher is running for {state}{whose}; to start one: cco daemon start"
                ),
            ))
        }
    }
}

fn logs(settings: &Settings, lines: usize, follow: bool) -> Result<ExitCode, Failure> {
    let failed = Failure::io("cannot read the log");
    let path = settings.state.log();
    // Opened before the end is printed: what is added between the two may show twice, but never gets lost.
    let followed = if follow { Some(Follow::from_end(&path).map_err(failed)?) } else { None };
    let text = daemon::tail(&path, lines).map_err(failed)?;
    print(&text)?;
    if text.is_empty() && lines > 0 {
        note(&format!(
            "cco: no log at {}; to start the publisher: cco daemon start",
            plain_text::path(&path)
        ));
    }
    let Some(mut followed) = followed else { return Ok(ExitCode::SUCCESS) };
    loop {
        let added = followed.added().map_err(failed)?;
        if added.is_empty() {
            sleep(LOG_EVERY);
            continue;
        }
        let added = String::from_utf8_lossy(&added);
        let mut out = io::stdout().lock();
        match out.write_all(screened(&added).as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            other => other.map_err(Failure::output)?,
        }
    }
}
