//! The command line of `cco`: parsing apart from meaning, one file a command.
//!
//! Invariant: commands print to stdout what was asked for and to stderr everything else; exit codes are those
//! of `Exit`.

mod ask;
mod budget;
mod budget_watch;
mod completions;
mod config;
mod confirm;
mod daemon;
mod daemon_status;
mod doctor;
mod failure;
mod follow;
mod ledger;
mod live;
mod logging;
mod once;
mod options;
mod prices;
mod progress;
mod publish;
mod report;
mod sample;
mod service;
mod setup;
mod table;
mod uninstall;

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
    after_help = "Exit codes: 0 done; 2 wrong usage; 3 another publisher holds the lock, or none runs where one \
                  was asked about; 4 no transcripts, or no ledger; 1 anything else.\nRead the totals with cco-peek."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Report(report::Command),
    /// Follow the block of hours that is running, in place, until ^C
    Live(live::Arguments),
    /// Scan transcripts and publish their totals
    Publish(publish::Arguments),
    /// Run the publisher in the background: start, stop, ask how it fares
    #[command(subcommand)]
    Daemon(daemon::Command),
    /// Have the system's service manager run the publisher at each login
    #[command(subcommand)]
    Service(service::Command),
    /// Show the settings that count, and where each is from
    #[command(subcommand)]
    Config(config::Command),
    /// Keep, check and repair what was counted: the ledger
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Show what is spent of the budgets that are set, or check them
    Budget(budget::Arguments),
    /// Show what models cost, where prices are from, and which models have none
    Prices(prices::Arguments),
    /// Have Claude Code, tmux, starship, waybar, zsh or fish show what was used; or undo it
    Setup(setup::Arguments),
    /// Look how cco stands here, and say what to do
    Doctor(doctor::Arguments),
    /// Remove everything that cco keeps: publisher, service, counts, settings
    Uninstall(uninstall::Arguments),
    /// Print the snapshot's file format, as Markdown
    Layout {
        /// Print the JSON that each snapshot carries, for programs that read any layout
        #[arg(long)]
        json: bool,
    },
    /// Print a script that completes commands in a shell
    Completions(completions::Arguments),
    /// Print the manual page, or write those of all commands into a folder
    Man(completions::ManArguments),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let command = Arguments::parse().command;
    match logging::begin(&command).and_then(|()| dispatch(command)) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: Option<Command>) -> Result<ExitCode, Failure> {
    match command {
        None => publish::own_or_sample(),
        Some(Command::Report(command)) => report::run(&command),
        Some(Command::Live(arguments)) => live::run(&arguments),
        Some(Command::Publish(arguments)) => publish::run(&arguments),
        Some(Command::Layout { json: false }) => print(&crate::snapshot::layout::document()),
        Some(Command::Layout { json: true }) => {
            print(&format!("{}\n", crate::snapshot::layout::layout_json()))
        }
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Man(arguments)) => completions::man(&arguments),
        Some(Command::Daemon(command)) => return daemon::run(&command),
        Some(Command::Service(command)) => return service::run(&command),
        Some(Command::Config(command)) => config::run(&command),
        Some(Command::Ledger(command)) => return ledger::run(&command),
        Some(Command::Doctor(arguments)) => return doctor::run(&arguments),
        Some(Command::Budget(arguments)) => return budget::run(&arguments).map(Into::into),
        Some(Command::Prices(arguments)) => prices::run(&arguments),
        Some(Command::Setup(arguments)) => setup::run(arguments),
        Some(Command::Uninstall(arguments)) => uninstall::run(&arguments),
    }
    .map(|()| ExitCode::SUCCESS)
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
