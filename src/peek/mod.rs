//! The `cco-peek` program: the totals of a snapshot, at once and without a publisher's help.
//!
//! A table of contents: parse, look, print, exit code. Invariant: it only reads (`--ensure` has `cco` do the rest),
//! and what it prints belongs to one commit. Exit codes: 0 live, 1 failure, 2 usage, 3 values that may not be
//! current, 4 no snapshot, 5 not a snapshot (or one of an unsupported version). Used by `src/bin/cco-peek.rs`, and by
//! whoever describes its command line.

mod arguments;
mod ensure;
mod failure;
mod show;

use std::io;
use std::process::ExitCode;

use arguments::Arguments;
use clap::{CommandFactory as _, Parser as _};
use failure::Failure;

use crate::snapshot::default_path;

/// The command line, for completions and manual pages.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    match look(&Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}

fn look(arguments: &Arguments) -> Result<u8, Failure> {
    let path = arguments.snapshot.clone().or_else(default_path).ok_or(Failure::NoHome)?;
    if arguments.ensure {
        ensure::ensure(arguments, &path);
    }
    if arguments.watch { show::watch(arguments, &path) } else { show::once(arguments, &path) }
}
