//! `cco completions`: the function that a shell completes our command lines with.
//!
//! Invariant: the function has no options or names in it: it asks `cco complete` at each press of the key, so it never
//! differs from the programs.

use clap::ValueEnum;

use super::{Failure, print_data};

/// Options of `cco completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "bash:        eval \"$(cco completions bash)\"             in ~/.bashrc, or: cco setup bash\n\
                        zsh:         source <(cco completions zsh)             in ~/.zshrc, or: cco setup zsh\n\
                        fish:        cco completions fish | source             in config.fish, or: cco setup fish\n\
                        elvish:      eval (cco completions elvish | slurp)     in rc.elv\n\
                        powershell:  cco completions powershell | Out-String | Invoke-Expression   in $PROFILE\n\n\
                        They complete commands, options and values: projects, models, sessions, fields of cco-peek."
)]
pub(super) struct Arguments {
    /// Shell
    shell: Shell,
    /// Only for this program
    #[arg(long = "for", value_name = "PROGRAM")]
    program: Option<Program>,
    /// How the shell calls cco, if it is not in PATH
    #[arg(long, value_name = "FILE", hide = true)]
    call: Option<String>,
}

/// A shell that has completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Elvish,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Zsh,
}

impl Shell {
    /// The function that completes PROGRAM by calling CCO; NAME is the program without dashes.
    fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("complete/scripts/bash.sh"),
            Self::Elvish => include_str!("complete/scripts/elvish.elv"),
            Self::Fish => include_str!("complete/scripts/fish.fish"),
            Self::Powershell => include_str!("complete/scripts/powershell.ps1"),
            Self::Zsh => include_str!("complete/scripts/zsh.zsh"),
        }
    }

    /// A word that this shell takes as it is.
    fn quoted(self, word: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        match self {
            _ if word.chars().all(is_plain) => word.to_owned(),
            Self::Elvish | Self::Powershell => format!("'{}'", word.replace('\'', "''")),
            Self::Fish => format!("'{}'", word.replace('\\', r"\\").replace('\'', r"\'")),
            Self::Bash | Self::Zsh => format!("'{}'", word.replace('\'', r"'\''")),
        }
    }
}

/// A program of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Program {
    Cco,
    CcoPeek,
}

impl Program {
    /// Its command line; `cco` is that of `cco` itself.
    pub(super) fn command(self, cco: &clap::Command) -> clap::Command {
        match self {
            Self::Cco => cco.clone(),
            Self::CcoPeek => crate::peek::command(),
        }
    }
}

/// Runs `cco completions`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let call = arguments.shell.quoted(arguments.call.as_deref().unwrap_or("cco"));
    let script = |(program, name): (&str, &str)| {
        let script = arguments.shell.script().replace("PROGRAM", program).replace("NAME", name);
        script.replace("CCO", &call)
    };
    let of = |program: Program| arguments.program.is_none_or(|only| only == program);
    let cco = of(Program::Cco).then_some(("cco", "cco"));
    let peek = of(Program::CcoPeek).then_some(("cco-peek", "cco_peek"));
    print_data(&cco.into_iter().chain(peek).map(script).collect::<String>())
}
