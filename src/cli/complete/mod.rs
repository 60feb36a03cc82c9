//! `cco complete`, which the functions of `cco completions` call at each press of the key: what could stand where the
//! cursor is.
//!
//! Invariant: it only reads, and prints nothing that a shell would run or a terminal would obey: a value with a hostile
//! character is left out, all others are quoted as the shell needs it. Whatever is wrong, it prints nothing and is done:
//! nobody wants an error in the middle of a line.

mod known;
mod line;
mod values;

use std::ffi::OsString;
use std::sync::Arc;

use clap::{Args as _, FromArgMatches as _};
use clap_complete::engine::{self, CompletionCandidate};

use super::completions::{Program, Shell};
use super::{Failure, print_data};
use crate::plain_text::{self, is_hostile};
use known::{CANDIDATES_MAX, Known};
use line::Typed;

/// The longest value that is printed, in bytes: nobody picks a longer one from a list.
const VALUE_BYTES_MAX: usize = 360;

/// Options of `cco complete`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    shell: Shell,
    program: Program,
    /// For bash its word breaks and the line up to the cursor, for others the words up to the cursor
    #[arg(last = true)]
    words: Vec<OsString>,
}

impl Arguments {
    /// Those of a command line that is nothing but `cco complete`. It is asked at each press of the key, and to describe
    /// all commands only to read this one would take as long as to answer it. `None`: read it like any other.
    pub(super) fn alone(typed: &[OsString]) -> Option<Self> {
        let [_, words @ ..] = typed else { return None };
        if words.first()? != "complete" {
            return None;
        }
        let command = Self::augment_args(clap::Command::new("complete"));
        Self::from_arg_matches(&command.try_get_matches_from(words).ok()?).ok()
    }
}

/// Runs `cco complete`. `cco` describes the command line of `cco` itself.
pub(super) fn run(arguments: &Arguments, cco: impl FnOnce() -> clap::Command) -> Result<(), Failure> {
    let Arguments { shell, program, words } = arguments;
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let typed = match shell {
        Shell::Bash => Typed::on_a_bash_line(&words),
        other => Typed::as_words(&words, *other),
    };
    let command = match program {
        Program::Cco => cco(),
        Program::CcoPeek => crate::peek::command(),
    };
    print_data(&lines(*shell, command, &typed))
}

/// A line for each candidate: the value, then, for shells that show it, a tab and what it is.
fn lines(shell: Shell, command: clap::Command, typed: &Typed) -> String {
    let known = Arc::new(Known::by(&typed.words));
    let mut command = values::completed(command, &known);
    let mut words: Vec<OsString> = typed.words.iter().map(OsString::from).collect();
    // Other tools name the agent first: `cco claude daily`.
    if words.len() > 2 && words[1] == "claude" {
        words.remove(1);
    }
    let at = words.len().saturating_sub(1);
    let folder = std::env::current_dir().ok();
    let mut found = engine::complete(&mut command, words, at, folder.as_deref()).unwrap_or_default();
    let is_option =
        |candidate: &CompletionCandidate| candidate.get_id().is_some_and(|id| id.starts_with("arg::"));
    // Options are for whoever types a dash, unless there is nothing else.
    if typed.current().is_empty() && !found.iter().all(is_option) {
        found.retain(|candidate| !is_option(candidate));
    }
    let lines = found.iter().filter_map(|candidate| {
        let value = candidate.get_value().to_str()?;
        if value.len() > VALUE_BYTES_MAX || value.contains(is_hostile) {
            return None;
        }
        let value = typed.inserted(value, shell)?;
        // bash has no place for it.
        let help = candidate.get_help().filter(|_| shell != Shell::Bash).map(ToString::to_string);
        let help = help.as_deref().and_then(|help| help.lines().next()).unwrap_or_default();
        let tab = if help.is_empty() { "" } else { "\t" };
        Some(format!("{value}{tab}{}\n", plain_text::name(help)))
    });
    lines.take(CANDIDATES_MAX).collect()
}
