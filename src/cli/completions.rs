//! `cco completions` and `cco man`: made from the command lines themselves, so that they never differ from those.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap_complete::Shell;

use super::{Exit, Failure, print, print_data};
use crate::plain_text;

/// Options of `cco completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "bash:  source <(cco completions bash)         in ~/.bashrc\n\
                        zsh:   source <(cco completions zsh)          in ~/.zshrc, or: cco setup zsh\n\
                        fish:  cco completions fish | source          in config.fish, or: cco setup fish")]
pub(super) struct Arguments {
    /// Shell
    shell: Shell,
    /// Only for this program
    #[arg(long = "for", value_name = "PROGRAM")]
    program: Option<Program>,
}

/// Options of `cco man`.
#[derive(Debug, clap::Args)]
pub(super) struct ManArguments {
    /// Write the pages of all programs and commands to this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Program {
    Cco,
    CcoPeek,
}

impl Program {
    /// Its command line; `cco` is that of `cco` itself.
    fn command(self, cco: &clap::Command) -> clap::Command {
        match self {
            Self::Cco => cco.clone(),
            Self::CcoPeek => crate::peek::command(),
        }
    }
}

/// Runs `cco completions`.
pub(super) fn run(arguments: &Arguments, cco: &clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    for program in Program::value_variants() {
        if arguments.program.is_none_or(|only| only == *program) {
            let mut command = program.command(cco);
            let name = command.get_name().to_owned();
            clap_complete::generate(arguments.shell, &mut command, name, &mut script);
        }
    }
    print_data(&String::from_utf8_lossy(&script))
}

/// Runs `cco man`.
pub(super) fn man(arguments: &ManArguments, cco: clap::Command) -> Result<(), Failure> {
    match &arguments.dir {
        Some(folder) => {
            let written = |folder: &Path| {
                std::fs::create_dir_all(folder)?;
                Program::value_variants()
                    .iter()
                    .try_for_each(|program| clap_mangen::generate_to(program.command(&cco), folder))
            };
            written(folder).map_err(|error| {
                Failure::new(Exit::Failed, format!("cannot write to {}: {error}", plain_text::path(folder)))
            })?;
            print(&format!("wrote the pages to {}\n", plain_text::path(folder)))
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(cco).render(&mut page).map_err(Failure::output)?;
            print_data(&String::from_utf8_lossy(&page))
        }
    }
}
