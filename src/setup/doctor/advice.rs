//! What the doctor advises: words for people, and commands as values that `cco fix` runs.
//!
//! Invariant: a command is a program and its arguments, never a line for a shell; quotes are only shown. An advice with
//! [`Effect::Mends`] makes its finding go away, and tests run each of them.

use std::ffi::{OsStr, OsString};

use crate::setup::places::{is_plain, quoted};

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Whether it shows what it would change and asks first, unless it gets `--yes`.
    pub asks: bool,
    /// Whether only root can run it.
    pub is_for_root: bool,
}

impl Command {
    /// A program with arguments.
    pub fn new(program: &str, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments, asks: false, is_for_root: false }
    }

    /// The same for root.
    pub(super) fn for_root(self) -> Self {
        Self { is_for_root: true, ..self }
    }

    /// The same for a command that asks.
    pub(super) fn asking(self) -> Self {
        Self { asks: true, ..self }
    }

    /// The program and its arguments.
    pub fn words(&self) -> impl Iterator<Item = &OsStr> {
        std::iter::once(&*self.program).chain(self.arguments.iter().map(|word| &**word))
    }

    /// The command as people type it.
    pub fn typed(&self) -> String {
        let words: Vec<_> = self.words().map(|word| shown(&word.to_string_lossy())).collect();
        format!("{}{}", if self.is_for_root { "sudo " } else { "" }, words.join(" "))
    }
}

/// A word with quotes if a shell would read more into it.
fn shown(word: &str) -> String {
    let is_plain = |c: char| is_plain(c) || c == '=';
    if word.chars().all(is_plain) && !word.starts_with('=') { word.to_owned() } else { quoted(word) }
}

/// What the commands of an advice do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The finding is gone once they have run.
    Mends,
    /// They are another way, they help to find the cause, or only the user can do it.
    Helps,
}

/// One thing to do about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What it is for, or what to do; may be empty if the commands say it all.
    pub words: String,
    /// To be run in this order, each after the one before it succeeded.
    pub commands: Vec<Command>,
    /// What they do.
    pub effect: Effect,
}

impl Advice {
    /// Something that only the user can do.
    pub(super) fn say(words: impl Into<String>) -> Self {
        Self { words: words.into(), commands: Vec::new(), effect: Effect::Helps }
    }

    /// A command that makes the finding go away.
    pub(super) fn mend(command: Command) -> Self {
        Self::mend_by("", [command])
    }

    /// Commands that make the finding go away.
    pub(super) fn mend_by(words: &str, commands: impl IntoIterator<Item = Command>) -> Self {
        let commands = commands.into_iter().collect();
        Self { words: words.into(), commands, effect: Effect::Mends }
    }

    /// A command that helps.
    pub(super) fn help(words: &str, command: Command) -> Self {
        Self { effect: Effect::Helps, ..Self::mend_by(words, [command]) }
    }

    /// The advice as one line.
    pub fn line(&self) -> String {
        let typed: Vec<_> = self.commands.iter().map(Command::typed).collect();
        let typed = typed.join(" && ");
        match (self.words.is_empty(), typed.is_empty()) {
            (true, _) => typed,
            (false, true) => self.words.clone(),
            (false, false) => format!("{}: {typed}", self.words),
        }
    }
}
