//! The command line of `cco`: parsing apart from meaning, one file a command.
//!
//! Invariant: commands print to stdout what was asked for and to stderr everything else; exit codes are those
//! of `Exit`.

mod budget;
mod catch_up;
mod complete;
mod completions;
mod config;
mod confirm;
mod daemon;
mod daemon_status;
mod doctor;
mod failure;
mod fix;
mod guard;
mod http;
mod installation;
mod ledger;
mod live;
mod logging;
mod man;
mod monitor;
mod offer;
mod once;
mod open_ledger;
mod options;
mod output;
mod overview;
mod own_files;
mod paths;
mod prices;
mod prices_check;
mod progress;
mod publish;
mod report;
mod roots;
mod sample;
mod serve;
mod service;
mod service_choice;
mod setup;
mod setup_plan;
mod table;
mod uninstall;
mod unpriced;
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum as _};

pub(crate) use failure::{Exit, Failure};
use output::Color;
pub(crate) use output::{note, print, print_data, print_json, print_path};

/// Counts Claude Code usage once and publishes the totals for other programs to read instantly.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    long_about = "Counts Claude Code usage once and publishes the totals for other programs to read instantly.\n\n\
                  Without a command: shows today, the current block, the account's limits, this week and month, and \
                  today's models. If there are no transcripts, shows a sample and lists the folders searched.",
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 done; 1 any other error; 2 wrong usage; 3 no publisher is \
                  running; 4 no transcripts, or no ledger; 6 another publisher holds the lock.\nTo read the totals: cco-peek."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    overview: overview::OverviewOptions,
    /// When to use colours [without WHEN: always]; NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR are honoured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto,
          overrides_with_all = ["color", "no_color"])]
    color: Color,
    /// The same as --color never
    #[arg(long, global = true, overrides_with = "color")]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Report(Box<report::Command>),
    /// Show everything ever counted, by model
    Total {
        #[command(flatten)]
        options: options::Options,
        /// Print the totals as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the account's limits and when they reset
    Limits(overview::LimitsArguments),
    /// Say where the status line is
    #[command(hide = true)]
    Statusline {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Watch the current 5-hour block (q quits)
    Live(live::Arguments),
    /// Watch usage, limits, models, projects and sessions (q quits, ? helps)
    Monitor(monitor::Arguments),
    /// Scan transcripts and publish the totals
    Publish(publish::Arguments),
    /// Serve totals, reports and events over HTTP
    Serve(serve::Arguments),
    /// Run the publisher in the background: start, stop, show status
    #[command(subcommand)]
    Daemon(daemon::Command),
    /// Run the publisher as a service that starts at each login
    #[command(subcommand)]
    Service(service::Command),
    /// Show effective settings and their sources
    #[command(subcommand)]
    Config(config::Command),
    /// Check, repair, back up and restore the ledger
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Show or check how much of each budget is spent
    Budget(budget::Arguments),
    /// Answer Claude Code's hooks: warn of a cost, and stop at one
    Guard(guard::Arguments),
    /// Show model prices, their sources, and models without a price
    Prices(prices::Arguments),
    /// Show usage in Claude Code, tmux, starship, waybar, shells and editors; guard spending; or undo that
    Setup(setup::Arguments),
    /// Check this installation and suggest fixes
    Doctor(doctor::Arguments),
    /// Do what `cco doctor` suggests, each after a question
    Fix(fix::Arguments),
    /// Remove everything that cco created: publisher, service, ledger, settings
    Uninstall(uninstall::Arguments),
    /// Print the snapshot file format as Markdown
    Layout {
        /// Print the JSON that each snapshot carries, for programs that read any layout
        #[arg(long)]
        json: bool,
    },
    /// Print a shell completion script
    Completions(completions::Arguments),
    /// Print what completes a command line, for the functions of `cco completions`
    #[command(hide = true)]
    Complete(complete::Arguments),
    /// Show a manual page, or write the pages of all commands to a folder
    Man(man::Arguments),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let typed = meant(std::env::args_os());
    if let Some(arguments) = complete::Arguments::alone(&typed) {
        return match complete::run(&arguments, Arguments::command) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => output::report(&failure),
        };
    }
    let is_guard = typed.get(1).is_some_and(|word| word == "guard");
    let mut arguments = match Arguments::try_parse_from(typed) {
        Ok(arguments) => arguments,
        Err(error) if is_guard && error.use_stderr() => {
            output::refuse(error);
            // Exit code 2 would stop a prompt.
            return Exit::Failed.into();
        }
        Err(error) => return output::refuse(error),
    };
    output::choose_color(if arguments.no_color { Color::Never } else { arguments.color });
    if let Some(Command::Guard(guard)) = arguments.command.take_if(|it| matches!(it, Command::Guard(_))) {
        return guard::run(guard);
    }
    let command = &arguments.command;
    let begun = crate::daemon::survive_file_limit().map_err(Failure::io("cannot install signal handlers"));
    match begun.and_then(|()| begin_log(command)).and_then(|()| dispatch(arguments)) {
        Ok(code) => code,
        Err(failure) => output::report(&failure),
    }
}

/// Begins the log, but for a publisher that goes on: it begins its own when it knows its settings.
fn begin_log(command: &Option<Command>) -> Result<(), Failure> {
    match command {
        Some(Command::Publish(arguments)) if arguments.goes_on() => Ok(()),
        Some(Command::Serve(_)) => logging::begin_with_warnings(),
        // A broken filter is one of their findings.
        Some(Command::Doctor(_) | Command::Fix(_)) => {
            drop(logging::begin());
            Ok(())
        }
        _ => logging::begin(),
    }
}

/// What was typed, as this program says it. Other tools name the agent first, `cco claude daily`, and have a `--color` without
/// a value. Colours may be chosen before the command, where this program takes only the options of `cco` alone.
fn meant(mut typed: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut meant: Vec<OsString> = typed.next().into_iter().collect();
    let mut words = Vec::new();
    let mut typed = typed.peekable();
    while let Some(word) = typed.next() {
        let when = |next: &OsString| next.to_str().and_then(|next| Color::from_str(next, false).ok());
        words.push(match word == "--color" {
            false => word,
            true => match typed.next_if(|next| when(next).is_some()) {
                Some(when) => [OsString::from("--color="), when].into_iter().collect(),
                None => "--color=always".into(),
            },
        });
    }
    let is_color = |word: &&OsString| {
        let word = word.as_encoded_bytes();
        word == b"--no-color" || word.starts_with(b"--color=")
    };
    let at = words.iter().take_while(is_color).count();
    if words.get(at).is_some_and(|word| word == "claude") {
        words.remove(at);
    }
    if words.get(at).is_some_and(|word| !word.as_encoded_bytes().starts_with(b"-")) {
        words[..=at].rotate_right(1);
    }
    meant.append(&mut words);
    meant
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments.command {
        None => overview::run(&arguments.overview),
        Some(Command::Total { options, json }) => overview::run_total(&options, json),
        Some(Command::Limits(arguments)) => overview::run_limits(&arguments),
        Some(Command::Statusline { .. }) => Err(Failure::new(
            Exit::Usage,
            "the status line is printed by another program: cco-peek statusline; to install it: cco setup claude",
        )),
        Some(Command::Report(command)) => report::run(&command),
        Some(Command::Live(arguments)) => live::run(&arguments),
        Some(Command::Monitor(arguments)) => monitor::run(&arguments),
        Some(Command::Publish(arguments)) => publish::run(&arguments),
        Some(Command::Serve(arguments)) => serve::run(&arguments),
        Some(Command::Layout { json: false }) => print(&crate::snapshot::layout::document()),
        Some(Command::Layout { json: true }) => {
            print_data(&format!("{}\n", crate::snapshot::layout::layout_json()))
        }
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Complete(arguments)) => complete::run(&arguments, Arguments::command),
        Some(Command::Man(arguments)) => man::run(&arguments, &Arguments::command()),
        Some(Command::Daemon(command)) => return daemon::run(&command),
        Some(Command::Service(command)) => return service::run(&command),
        Some(Command::Config(command)) => config::run(&command),
        Some(Command::Ledger(command)) => return ledger::run(&command),
        Some(Command::Doctor(arguments)) => return doctor::run(&arguments),
        Some(Command::Fix(arguments)) => return fix::run(&arguments),
        Some(Command::Budget(arguments)) => return budget::run(&arguments).map(Into::into),
        Some(Command::Guard(arguments)) => return Ok(guard::run(arguments)),
        Some(Command::Prices(arguments)) => return prices::run(&arguments).map(Into::into),
        Some(Command::Setup(arguments)) => setup::run(arguments),
        Some(Command::Uninstall(arguments)) => uninstall::run(&arguments),
    }
    .map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_of_ccusage_is_understood() {
        let meant = |line: &str| {
            let words = meant(line.split(' ').map(OsString::from));
            words.iter().map(|word| word.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(meant("cco claude daily"), "cco daily");
        assert_eq!(meant("cco daily --project claude"), "cco daily --project claude");
        assert_eq!(meant("cco daily --color"), "cco daily --color=always");
        assert_eq!(meant("cco --color daily --json"), "cco daily --color=always --json");
        assert_eq!(meant("cco daily --color --json"), "cco daily --color=always --json");
        assert_eq!(meant("cco daily --color never"), "cco daily --color=never");
        assert_eq!(meant("cco --no-color --color auto claude daily"), "cco daily --no-color --color=auto");
        assert_eq!(meant("cco --color --json"), "cco --color=always --json");
        let color = |line: &str| {
            let arguments = Arguments::try_parse_from(self::meant(line.split(' ').map(OsString::from)));
            let arguments = arguments.unwrap_or_else(|error| panic!("{line}: {error}"));
            (arguments.color, arguments.no_color)
        };
        assert_eq!(color("cco daily"), (Color::Auto, false));
        assert_eq!(color("cco daily --no-color"), (Color::Auto, true));
        // The last one counts.
        assert!(color("cco daily --color --no-color").1);
        assert_eq!(color("cco daily --no-color --color"), (Color::Always, false));
        color("cco blocks -O --single-thread --no-offline -v -d --debug-samples 3");
    }
}
