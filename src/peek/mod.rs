//! The `cco-peek` program: the totals of a snapshot, at once and without a publisher's help.
//!
//! A table of contents: parse, look, print, exit code. Invariant: it only reads (`--ensure` has `cco` do the rest),
//! and what it prints belongs to one commit (a status line's session may be of a later one). Exit codes are
//! those of [`Code`]: the number of the error, if there was one. Used by `src/bin/cco-peek.rs`, and by whoever describes its command line.

mod arguments;
mod bars;
mod ensure;
mod failure;
mod field;
mod look;
mod show;
mod statusline;
mod trouble;

use std::io;
use std::process::ExitCode;

use arguments::{Arguments, Command, StatusLine};
use clap::{CommandFactory as _, Parser as _};
use failure::Failure;
use field::Asked;

use crate::snapshot::{Code, default_path};

/// The command line, for completions and manual pages.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    match Asked::by_the_process() {
        Some(asked) => asked.answer().map_or_else(failed, ExitCode::from),
        None => run_all_else(),
    }
}

/// Not inlined, so that who asks for one field has no stack for it.
#[inline(never)]
fn run_all_else() -> ExitCode {
    let is_statusline = |word: std::ffi::OsString| word == "statusline";
    // What Claude Code runs, again and again: clap would take longer than all the rest.
    if std::env::args_os().len() == 2 && std::env::args_os().skip(1).all(is_statusline) {
        statusline::run(&StatusLine::default(), None, None);
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && std::env::args_os().skip(1).any(is_statusline) => {
            statusline::refuse(&error.to_string());
            return ExitCode::SUCCESS;
        }
        Err(error) => error.exit(),
    };
    look(arguments).map_or_else(failed, ExitCode::from)
}

#[cold]
#[inline(never)]
fn failed(failure: Failure) -> ExitCode {
    match failure {
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        failure => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}

fn look(mut arguments: Arguments) -> Result<Code, Failure> {
    if let Some(Command::StatusLine(line)) = arguments.command.take() {
        statusline::run(&line, arguments.snapshot, arguments.config.as_deref());
        return Ok(Code::Done);
    }
    let path = arguments.snapshot.clone().or_else(default_path);
    if let (true, Some(path)) = (arguments.ensure, &path) {
        ensure::ensure(&arguments, path);
    }
    if let Some(shape) = &arguments.format {
        return bars::run(&arguments, shape, path.as_deref());
    }
    let path = path.ok_or(Failure::NoHome)?;
    if arguments.watch { show::watch(&arguments, &path) } else { show::once(&arguments, &path) }
}
