//! `cco man`: manual pages, made from the command lines themselves, so that they never differ from those.
//!
//! Invariant: on a terminal a page is shown as `man` shows pages, or, without `man`, as the help; anywhere else it is
//! printed as roff.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use clap::ValueEnum as _;

use super::completions::Program;
use super::{Exit, Failure, note, print, print_data};
use crate::plain_text;

/// Options of `cco man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cco man\n  cco man setup claude\n  cco man cco-peek statusline")]
pub(super) struct Arguments {
    /// Which page: a command of cco, or cco-peek and perhaps its command [default: cco]
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    words: Vec<String>,
    /// Write the pages of all programs and commands to this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Stands for what a page has after its options, until [`extra`] takes its place.
const EXTRA: &str = "EXTRA-OF-THE-PAGE";

/// Runs `cco man`.
pub(super) fn run(arguments: &Arguments, cco: &clap::Command) -> Result<(), Failure> {
    if let Some(folder) = &arguments.dir {
        let of = |program: &Program| write_all(&built(program.command(cco)), folder);
        let written =
            std::fs::create_dir_all(folder).and_then(|()| Program::value_variants().iter().try_for_each(of));
        written.map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot write to {}: {error}", plain_text::path(folder)))
        })?;
        return print(&format!("wrote the pages to {}\n", plain_text::path(folder)));
    }
    let command = chosen(&arguments.words, cco)?;
    let page = page(&command).map_err(Failure::output)?;
    if !io::stdout().is_terminal() {
        return print_data(&page);
    }
    match shown(&page, command.get_display_name().unwrap_or_else(|| command.get_name())) {
        Ok(status) if status.success() => Ok(()),
        // Whatever the reason, the user asked for the text.
        Ok(_) | Err(_) => {
            note("cco: man cannot show the page; this is the help");
            print(&command.clone().render_long_help().ansi().to_string())
        }
    }
}

/// The command with its inner ones complete, each with the name of its page.
fn built(command: clap::Command) -> clap::Command {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    command
}

fn chosen(words: &[String], cco: &clap::Command) -> Result<clap::Command, Failure> {
    let (program, words) = match words.split_first() {
        Some((first, rest)) if first == "cco-peek" => (Program::CcoPeek, rest),
        Some((first, rest)) if first == "cco" => (Program::Cco, rest),
        _ => (Program::Cco, words),
    };
    let mut command = &built(program.command(cco));
    for word in words {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        command = command.find_subcommand(word).ok_or_else(|| {
            let known: Vec<_> = command
                .get_subcommands()
                .filter(|it| !it.is_hide_set())
                .map(clap::Command::get_name)
                .collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let word = plain_text::name(word);
            Failure::new(Exit::Usage, format!("{name} has no command {word}; its commands: {known}"))
        })?;
    }
    Ok(command.clone())
}

fn write_all(command: &clap::Command, folder: &Path) -> io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        write_all(inner, folder)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    std::fs::write(folder.join(format!("{name}.1")), page(command)?)
}

/// The page as roff.
fn page(command: &clap::Command) -> io::Result<String> {
    let after = command.get_after_long_help().or_else(|| command.get_after_help()).map(ToString::to_string);
    let command = match after {
        Some(_) => command.clone().after_long_help(EXTRA),
        None => command.clone(),
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    let page = String::from_utf8_lossy(&page).into_owned();
    let place = format!(".SH EXTRA\n{}\n", EXTRA.replace('-', "\\-"));
    Ok(page.replace(&place, &extra(&after.unwrap_or_default())))
}

/// What a help says after its options, as roff. An indented line with a gap in it is a row of a table: what it is about,
/// and that.
fn extra(text: &str) -> String {
    let mut roff = ".SH NOTES\n".to_owned();
    let mut is_in_table = false;
    for line in text.lines() {
        let row = line.strip_prefix("  ").and_then(|row| row.trim_start().split_once("  "));
        let words = match row {
            Some((name, about)) => {
                format!(".TP\n\\fB{}\\fR\n{}\n", escaped(name), escaped(about.trim_start()))
            }
            None if line.trim().is_empty() => ".PP\n".to_owned(),
            None if is_in_table => format!(".PP\n{}\n.br\n", escaped(line.trim())),
            None => format!("{}\n.br\n", escaped(line.trim())),
        };
        is_in_table = row.is_some();
        roff += &words;
    }
    roff
}

/// Text that roff shows as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

/// Lets `man` show the page, which takes the user's pager.
fn shown(page: &str, name: &str) -> io::Result<ExitStatus> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(format!("{name}.1"));
    std::fs::File::create(&path)?.write_all(page.as_bytes())?;
    // What has a slash in it is a file, for every man.
    Command::new("man").arg(&path).status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_a_help_is_a_row_of_the_page() {
        let roff = extra("Fields:\n  a.b    it's -x\n  \\{ \\[  the character\n\n.5 is text\n");
        assert_eq!(
            roff,
            ".SH NOTES\nFields:\n.br\n.TP\n\\fBa.b\\fR\nit\\(aqs \\-x\n.TP\n\\fB\\e{ \\e[\\fR\nthe character\n\
             .PP\n\\&.5 is text\n.br\n"
        );
    }
}
