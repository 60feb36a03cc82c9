//! `cco monitor`: a live picture of the published figures.
//!
//! Invariant: it is a reader: it starts no publisher and counts nothing. It needs a terminal and says what to use instead.

use std::io::{IsTerminal as _, stdout};

use super::open_ledger::to_read;
use super::options::Options;
use super::{Exit, Failure};
use crate::config::Settings;
use crate::config::monitor::Symbols;
use crate::monitor::{self, MonitorError, Setup, Source, Sources, Tab};
use crate::report::usage::{Costs, Division, Grouping, Query, Report};

/// Options of `cco monitor`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
}

/// Runs `cco monitor`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    if !is_possible() {
        return Err(Failure::new(
            Exit::Usage,
            "cco monitor needs a terminal; for text: cco; for JSON: cco-peek --json",
        ));
    }
    let (events, inbox) = monitor::events();
    ended(monitor::run(setup(&settings, Tab::Overview), &events, &inbox))
}

/// Whether there is a terminal on which a cursor can move.
pub(super) fn is_possible() -> bool {
    stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A monitor with these settings.
pub(super) fn setup(settings: &Settings, home: Tab) -> Setup {
    Setup {
        snapshot: settings.snapshot.clone(),
        sources: Sources { days: days(settings.clone()), block: None },
        zone: settings.zone.clone(),
        costs: Costs::Shown,
        budgets: settings.budgets.clone(),
        aliases: settings.aliases.clone(),
        settings: settings.monitor.clone(),
        has_colors: anstream::AutoStream::choice(&stdout()) != anstream::ColorChoice::Never,
        symbols: symbols(),
        home,
        note: None,
        ends_if_unreadable: false,
    }
}

/// The end of a monitor: a closed terminal is no error.
pub(super) fn ended(result: Result<(), MonitorError>) -> Result<(), Failure> {
    match result {
        Err(error) if error.is_of_closed_terminal() => Ok(()),
        result => result.map_err(|error| Failure::new(error.code(), error)),
    }
}

fn days(settings: Settings) -> Source<Report> {
    let query = Query::everything(settings.zone.clone(), settings.week_start);
    Box::new(move || {
        let ledger = to_read(&settings).map_err(|failure| failure.to_string())?;
        let report = Report::read(&ledger, &query, Grouping::Days, &Division::default());
        report.map_err(|error| Failure::from(error).to_string())
    })
}

/// What the locale can show. One that says nothing is taken for UTF-8, as reports do.
fn symbols() -> Symbols {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    let is_utf8 = locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    if is_utf8 { Symbols::Unicode } else { Symbols::Ascii }
}
