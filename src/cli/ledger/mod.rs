//! `cco ledger`: keep, check and repair what was counted, or forget it.
//!
//! Invariant: a command that writes the ledger holds the state folder's lock, so no publisher runs meanwhile, and
//! publishes what it changed. A command that only reads can run beside a publisher.

mod archive;
mod exclusive;
mod forget;
mod import;
mod measure;
mod rebuild;
mod set_aside;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use super::open_ledger::be_there;
use super::options::Options;
use super::{Failure, print_path};
use crate::config::Settings;

const WRITERS_CODES: &str = "Exit codes: 0 done; 1 any other error; 2 wrong usage, or no terminal to ask for \
                             confirmation; 4 no ledger, or no backup; 6 a publisher is running: stop it first.";

/// Subcommands of `cco ledger`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the path of the ledger, an SQLite database
    #[command(after_help = "To see the commented schema: sqlite3 \"$(cco ledger path)\" .schema\n\
                            Start with the view `usage`.\nExit codes: 0 done; 1 any other error; 4 no ledger yet.")]
    Path {
        #[command(flatten)]
        options: Options,
    },
    /// Check the ledger file, and its totals against every request
    #[command(after_help = "A publisher can keep running.\nExit codes: 0 OK; 1 damaged or wrong, \
                            or any other error; 4 no ledger.")]
    Verify {
        #[command(flatten)]
        options: Options,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read all existing transcripts again and recompute all totals
    #[command(
        long_about = "Reads all existing transcripts again and recomputes all totals. Requests from deleted \
                      transcripts stay as counted. Forgotten requests stay forgotten.",
        after_help = WRITERS_CODES
    )]
    Rebuild {
        #[command(flatten)]
        options: Options,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write every counted message as a line of JSON
    #[command(after_help = "Exit codes: 0 done; 1 any other error; 4 no ledger.")]
    Export {
        #[command(flatten)]
        options: Options,
        /// File to write, replaced if it exists [default: stdout]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write a complete, compact copy of the ledger to a file; a publisher can keep running
    #[command(
        after_help = "Exit codes: 0 done; 1 any other error; 2 the file exists and is not a backup, so it was \
                            not replaced; 4 no ledger."
    )]
    Backup {
        /// File to write; replaces an earlier backup
        file: PathBuf,
        #[command(flatten)]
        options: Options,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Replace the ledger with a backup, then scan for newer usage
    #[command(after_help = WRITERS_CODES)]
    Restore {
        /// Backup written by `cco ledger backup`
        file: PathBuf,
        #[command(flatten)]
        options: Options,
        /// Do not ask for confirmation
        #[arg(long, short)]
        yes: bool,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Move a damaged ledger away; the next publish begins a new one from the transcripts that are left
    #[command(
        long_about = "Moves a damaged ledger away, to ledger.db.damaged; the next publish begins a new one from the \
                      transcripts that are left. If you have a backup, use cco ledger restore instead: it also has the \
                      requests of deleted transcripts.",
        after_help = WRITERS_CODES
    )]
    SetAside {
        #[command(flatten)]
        options: Options,
    },
    /// Free the space of deleted rows and overwrite their traces
    #[command(after_help = WRITERS_CODES)]
    Compact {
        #[command(flatten)]
        options: Options,
        /// Print the sizes as JSON
        #[arg(long)]
        json: bool,
    },
    /// Permanently remove counted requests from a project or before a date
    #[command(
        long_about = "Permanently removes counted requests from a project or before a date. Shows what would be \
                      removed and asks first. The transcripts stay, but those requests are not counted again.",
        after_help = WRITERS_CODES
    )]
    Forget(forget::Arguments),
    /// Take in statistics from before the ledger, shown apart from what is counted
    #[command(subcommand)]
    Import(import::Command),
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
        Command::SetAside { options } => set_aside::run(&options.settings()?),
        Command::Compact { options, json } => archive::compact(&options.settings()?, *json),
        Command::Forget(arguments) => forget::run(arguments),
        Command::Import(command) => import::run(command),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn path(settings: &Settings) -> Result<(), Failure> {
    let path = settings.state.ledger();
    print_path(&path)?;
    be_there(&path)
}
