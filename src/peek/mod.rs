//! The `cco-peek` program: prints a snapshot, without needing a publisher.
//!
//! A table of contents: parse, read, print, exit code. Invariant: it only reads, except that status lines leave limits
//! in the spool, the guard notes its warnings, and `--ensure` runs `cco`. All output belongs to one commit (a status
//! line's session can be from a later one). Exit codes are those of [`Code`], except for hooks; `--if` relies on each
//! error having its own number. Used by `src/bin/cco-peek.rs`, to describe its command line, and by `cco guard`.

mod arguments;
mod around;
mod bars;
mod condition;
mod ensure;
mod failure;
mod field;
pub(crate) mod guard;
mod look;
mod metrics;
mod show;
mod statusline;
mod transcript;
mod trouble;

use std::io;
use std::process::ExitCode;

use arguments::{Arguments, Command, StatusLine};
use clap::{CommandFactory as _, Parser as _};
use condition::Question;
use failure::Failure;
use field::FieldQuery;

use crate::snapshot::{Code, default_path};

/// The command line, for completions and manual pages, which no terminal limits.
pub fn command() -> clap::Command {
    let help = arguments::template_help(None);
    Arguments::command().mut_subcommand("statusline", |statusline| statusline.after_help(help))
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    match FieldQuery::from_command_line() {
        Some(query) => query.answer().map_or_else(failed, ExitCode::from),
        None => run_all_else(),
    }
}

/// Not inlined, so that reading one field needs no stack for it.
#[inline(never)]
fn run_all_else() -> ExitCode {
    if let Some(line) = StatusLine::quickly(std::env::args_os().skip(1)) {
        statusline::run(&line, None, None);
        return ExitCode::SUCCESS;
    }
    let is_guard = |word: std::ffi::OsString| word == "guard";
    // The same of a hook before each tool call.
    if std::env::args_os().len() == 2 && std::env::args_os().skip(1).all(is_guard) {
        return guard::run(&guard::GuardArguments::default(), None, None);
    }
    if let Some(question) = Question::from_command_line() {
        return question.answer().map_or_else(failed, ExitCode::from);
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => match meant_command().as_deref() {
            Some("statusline") => {
                statusline::refuse(&error.to_string());
                return ExitCode::SUCCESS;
            }
            // Exit code 2 would stop a prompt.
            Some("guard") => return guard::refuse(error),
            _ => {
                failure::say(error);
                return ExitCode::from(Code::Usage);
            }
        },
        Err(help) => help.exit(),
    };
    match arguments.command {
        Some(Command::Guard(options)) => {
            guard::run(&options, arguments.snapshot, arguments.config.as_deref())
        }
        _ => look(arguments).map_or_else(failed, ExitCode::from),
    }
}

/// The command that a refused command line most likely means: the first word that is a command's name. Values of options, such
/// as that of `--if`, are not commands.
fn meant_command() -> Option<String> {
    let cli = Arguments::command();
    let takes_value = |word: &str| {
        let name = word.strip_prefix("--").unwrap_or_default();
        let mut options = cli.get_arguments().filter(|option| option.get_long() == Some(name));
        options.any(|option| option.get_action().takes_values())
    };
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let Some(word) = word.to_str() else { continue };
        if cli.find_subcommand(word).is_some() {
            return Some(word.to_owned());
        }
        if takes_value(word) {
            words.next();
        }
    }
    None
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
    if let Some(condition) = &arguments.condition {
        return condition::answer(condition, &path);
    }
    if arguments.watch { show::watch(&arguments, &path) } else { show::once(&arguments, &path) }
}
