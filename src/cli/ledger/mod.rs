//! `cco ledger`: what was counted, to keep, check, repair and forget.
//!
//! Invariant: what writes the ledger holds the state folder's lock, so that no publisher is at work meanwhile,
//! and publishes anew what it changed. What only reads runs beside a publisher.

mod archive;
mod forget;
mod own_costs;
mod rebuild;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use super::options::Options;
use super::publish::roots_to_follow;
use super::{Exit, Failure, failure::Described, once, print};
use crate::config::Settings;
use crate::daemon::lock_file;
use crate::ledger::{Ledger, LedgerError};
use crate::publish::{Live, Pass, ledger_in};
use crate::snapshot::{Counters, Lock, WriteError, is_held, lock_path};

const WRITERS_CODES: &str = "Exit codes: 0 done; 2 wrong usage, or nobody could be asked; 3 a publisher is at \
                             work: stop it first; 4 there is no ledger, or no backup; 1 anything else.";

/// Subcommands of `cco ledger`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print where the ledger is, an SQLite database to query
    #[command(after_help = "The tables are described in the file: sqlite3 \"$(cco ledger path)\" .schema\n\
                            The view `usage` is the place to start. Exit codes: 0; 4 there is no ledger yet.")]
    Path {
        #[command(flatten)]
        options: Options,
    },
    /// Check the ledger: the file, and the sums against every request
    #[command(after_help = "A publisher that runs waits meanwhile. Exit codes: 0 sound; 1 not sound, or \
                            anything else; 4 there is no ledger.")]
    Verify {
        #[command(flatten)]
        options: Options,
        /// Print what was found as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read all transcripts that still exist again, and derive all sums anew
    #[command(
        long_about = "Reads all transcripts that still exist again, and derives all sums anew. Requests whose \
                      transcripts are gone stay as they were counted; what was forgotten stays forgotten.",
        after_help = WRITERS_CODES
    )]
    Rebuild {
        #[command(flatten)]
        options: Options,
        /// Print what was done as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write every counted request as a line of JSON
    #[command(after_help = "Exit codes: 0 done; 4 there is no ledger; 1 anything else.")]
    Export {
        #[command(flatten)]
        options: Options,
        /// Write to a file, in place of what is there [default: stdout]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write the ledger, whole and compact, to a file; a publisher may go on meanwhile
    #[command(after_help = "Exit codes: 0 done; 2 the file is no backup and is not replaced; 4 there is no \
                            ledger; 1 anything else.")]
    Backup {
        /// The file; an earlier backup is replaced
        file: PathBuf,
        #[command(flatten)]
        options: Options,
        /// Print what was written as JSON
        #[arg(long)]
        json: bool,
    },
    /// Put a backup in the ledger's place, then count what came since
    #[command(after_help = WRITERS_CODES)]
    Restore {
        /// A file that `cco ledger backup` wrote
        file: PathBuf,
        #[command(flatten)]
        options: Options,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
        /// Print what was restored as JSON
        #[arg(long)]
        json: bool,
    },
    /// Give back the space of what is no longer there, and overwrite it
    #[command(after_help = WRITERS_CODES)]
    Compact {
        #[command(flatten)]
        options: Options,
        /// Print the sizes as JSON
        #[arg(long)]
        json: bool,
    },
    /// Drop counted requests for good, of a project or before a date
    #[command(
        long_about = "Drops counted requests for good, of a project or before a date. Their transcripts stay \
                      where they are, and are not counted again. Shows first what would go, and asks.",
        after_help = WRITERS_CODES
    )]
    Forget(forget::Arguments),
    /// Compare Claude Code's own figures for sessions with what transcripts give
    #[command(
        long_about = "Compares Claude Code's own figure for a session's cost with the cost of the requests that \
                      its transcripts show. The difference is spend that transcripts do not show: titles, \
                      prompt suggestions, compaction. It is part of no total.",
        after_help = "Exit codes: 0; 4 there is no ledger; 1 anything else."
    )]
    OwnCosts {
        #[command(flatten)]
        options: Options,
        /// Print it as JSON, in exact amounts
        #[arg(long)]
        json: bool,
    },
}

/// Runs `cco ledger`.
pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Path { options } => path(&options.settings()?),
        Command::Verify { options, json } => return verify::run(&options.settings()?, *json),
        Command::Rebuild { options, json } => rebuild::run(&options.settings()?, *json),
        Command::Export { options, output } => archive::export(&options.settings()?, output.as_deref()),
        Command::Backup { file, options, json } => archive::backup(&options.settings()?, file, *json),
        Command::Restore { file, options, yes, json } => {
            archive::restore(&options.settings()?, file, *yes, *json)
        }
        Command::Compact { options, json } => archive::compact(&options.settings()?, *json),
        Command::Forget(arguments) => forget::run(arguments),
        Command::OwnCosts { options, json } => own_costs::run(&options.settings()?, *json),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn path(settings: &Settings) -> Result<(), Failure> {
    let path = ledger_in(&settings.state);
    print(&format!("{}\n", path.display()))?;
    be_there(&path)
}

/// Refuses where there is no ledger.
pub(super) fn be_there(path: &Path) -> Result<(), Failure> {
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(
            Exit::Missing,
            format!("there is no ledger at {}: count once with cco publish --once", path.display()),
        )),
        Err(source) => {
            Err(Failure::new(Exit::Failed, Described { what: "cannot look at the ledger", source }))
        }
    }
}

/// The ledger, to read; a publisher may be at work.
pub(super) fn to_read(settings: &Settings) -> Result<Ledger, Failure> {
    let path = ledger_in(&settings.state);
    be_there(&path)?;
    Ledger::open_read_only(&path).map_err(failure)
}

/// The ledger, to write, with the lock that keeps publishers away.
fn to_write(settings: &Settings) -> Result<(Lock, Ledger), Failure> {
    let path = ledger_in(&settings.state);
    be_there(&path)?;
    let lock = alone(settings)?;
    Ok((lock, Ledger::open(&path).map_err(failure)?))
}

/// Keeps publishers away from the state folder, and sees that none holds the snapshot.
fn alone(settings: &Settings) -> Result<Lock, Failure> {
    let lock = lock_file(&settings.state);
    let taken = Lock::take(&lock).map_err(|error| match error {
        WriteError::Locked { holder, .. } => {
            let who = holder.map_or_else(String::new, |pid| format!(" (process {pid})"));
            let words = format!(
                "a publisher{who} is at work on the ledger in {}: stop it first, with cco daemon stop, and start \
                 it again afterwards",
                settings.state.display()
            );
            Failure::new(Exit::Locked, words)
        }
        error => Failure::new(Exit::Failed, error),
    })?;
    let snapshot = lock_path(&settings.snapshot);
    let is_published_elsewhere = is_held(&snapshot).map_err(|source| {
        Failure::new(Exit::Failed, Described { what: "cannot look at the lock", source })
    })?;
    if is_published_elsewhere {
        let snapshot = settings.snapshot.display();
        let words = format!(
            "a publisher of another state folder publishes to {snapshot}: stop it, or name another snapshot with \
             --snapshot"
        );
        return Err(Failure::new(Exit::Locked, words));
    }
    Ok(taken)
}

/// Publishes what the ledger holds now, transcripts looked at once more, so that readers see what was changed.
fn publish_anew(settings: &Settings, lock: Lock) -> Result<Pass, Failure> {
    let live = Live::open_with(lock, once::job(roots_to_follow(settings), settings));
    once::count(live.map_err(once::failure)?)
}

pub(super) fn failure(error: LedgerError) -> Failure {
    let exit = if matches!(error, LedgerError::Missing(_)) { Exit::Missing } else { Exit::Failed };
    Failure::new(exit, error)
}

/// The sums of all requests.
fn sums(ledger: &Ledger) -> Result<Counters, Failure> {
    let mut sums = Counters::default();
    ledger.rollups(i64::MIN..i64::MAX, |rollup| sums += rollup.figures.auto).map_err(failure)?;
    Ok(sums)
}

/// A file's length in bytes.
fn length(path: &Path) -> Result<u64, Failure> {
    let metadata = path.metadata().map_err(io_failure("cannot look at the file"))?;
    Ok(metadata.len())
}

fn io_failure(what: &'static str) -> impl Fn(io::Error) -> Failure {
    move |source| Failure::new(Exit::Failed, Described { what, source })
}

pub(super) fn print_json(result: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(result).map_err(|error| Failure::new(Exit::Failed, error))?;
    print(&(text + "\n"))
}
