//! The command line of `cco`: parsing apart from meaning, one file a command.
//!
//! Invariant: commands print to stdout what was asked for and to stderr everything else; exit codes are those
//! of `Exit`.

mod failure;
mod once;
mod progress;
mod publish;
mod sample;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use failure::{Exit, Failure};

/// Counts what Claude Code used, once, and publishes the totals for any program to read at once.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    long_about = "Counts what Claude Code used, once, and publishes the totals for any program to read at once.\n\n\
                  Without a command: scans your own transcripts, publishes and prints the totals. Where there are \
                  no transcripts it says where it looked and shows a sample.",
    after_help = "Exit codes: 0 done; 2 wrong usage; 3 another publisher holds the lock; 4 no transcripts; \
                  1 anything else.\nRead the totals with cco-peek."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan transcripts and publish their totals
    Publish(publish::Arguments),
    /// Print the snapshot's file format, as Markdown
    Layout,
}

/// Runs the program.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        None => publish::own_or_sample(),
        Some(Command::Publish(arguments)) => publish::run(&arguments),
        Some(Command::Layout) => print(&crate::snapshot::layout::document()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Prints to stdout, without styles where it is no terminal. A reader that went away is no failure.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::output),
    }
}

/// Tells something beside the result, on stderr.
fn note(text: &str) {
    use std::io::Write as _;
    // A closed stderr takes nothing from the result.
    let _ = writeln!(anstream::stderr(), "{text}");
}
