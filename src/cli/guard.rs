//! `cco guard`: the same as `cco-peek guard`, which hooks run because it starts faster.
//!
//! Invariant: neither a log nor settings are set up first, because their errors end with exit code 2, which would stop a
//! prompt.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::peek::guard::{self, GUARD_HELP, GuardArguments};

/// Options of `cco guard`.
#[derive(Debug, clap::Args)]
#[command(after_help = GUARD_HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    guard: GuardArguments,
    /// Snapshot to read [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE", env = "CCO_SNAPSHOT", global = true)]
    snapshot: Option<PathBuf>,
    /// Config file with the limits [default: ~/.config/cco/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

/// Runs `cco guard`.
pub(super) fn run(arguments: Arguments) -> ExitCode {
    guard::run(&arguments.guard, arguments.snapshot, arguments.config.as_deref())
}
