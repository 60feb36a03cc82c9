//! `cco ledger forget`: removes counted requests, after showing how many and asking.
//!
//! Invariant: it removes exactly what it shows. It counts everything that is new before it shows anything and again after
//! the user agreed, and it holds the state folder's lock all the time. Only a preview goes without, beside a publisher.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::value::RawValue;

use super::exclusive::{alone, publish_again};
use crate::cli::confirm::agreed;
use crate::cli::open_ledger::{be_there, to_read};
use crate::cli::options::Options;
use crate::cli::values::date;
use crate::cli::{Exit, Failure, note, print, print_json};
use crate::config::Settings;
use crate::ledger::{Forget, Forgotten, Ledger};
use crate::period::Calendar;
use crate::plain_text;
use crate::report::cost::Cost;
use crate::report::figures::counted;
use crate::report::parts::usd;

/// Options of `cco ledger forget`.
#[derive(Debug, clap::Args)]
#[group(id = "what", args = ["project", "before"], required = true, multiple = true)]
pub(in crate::cli) struct Arguments {
    /// Only this project: its folder in projects/, or its working folder
    #[arg(long, value_name = "PROJECT", allow_hyphen_values = true)]
    project: Option<String>,
    /// Only before the start of this day, in the zone of --timezone
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    before: Option<Date>,
    #[command(flatten)]
    options: Options,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Only show what would be forgotten
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `cco ledger forget`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    let before_ms = before(arguments.before, &settings)?;
    be_there(&settings.state.ledger())?;
    let mut lock = match alone(&settings) {
        Err(failure) if arguments.dry_run && failure.exit() == Exit::Locked => {
            return preview_beside(arguments, &settings, before_ms);
        }
        lock => lock?,
    };
    let mut agreed_to = None;
    loop {
        // What is not counted yet would be forgotten too, without having been shown.
        (_, lock) = publish_again(&settings, lock)?;
        let mut ledger = Ledger::open(&settings.state.ledger())?;
        let project = arguments.project.as_deref().map(|name| find(&ledger, name)).transpose()?;
        let what = Forget { project, before_ms };
        let preview = ledger.preview_forget(&what, settings.prices.table())?;
        if arguments.dry_run || preview == Forgotten::default() {
            return show(arguments, &what, &preview, false);
        }
        if arguments.yes || agreed_to == Some(preview) {
            let forgotten = ledger.forget(&what, settings.prices.table())?;
            drop(ledger);
            publish_again(&settings, lock)?;
            return show(arguments, &what, &forgotten, true);
        }
        if agreed_to.is_some() {
            note("cco: more of it was counted meanwhile");
        }
        note(&format!("Would forget {}: {}", scope(arguments, &what), figures(&preview)));
        let advice =
            "nothing was forgotten: no terminal to ask for confirmation; use --yes, or --dry-run to preview";
        if !agreed("Only a backup can bring this back. Forget it?", advice)? {
            return print("nothing was forgotten\n");
        }
        agreed_to = Some(preview);
    }
}

/// Shows what would be forgotten while a publisher runs, which counts what is new itself. The preview is made on a copy,
/// because it takes writing to find what would go.
fn preview_beside(arguments: &Arguments, settings: &Settings, before_ms: i64) -> Result<(), Failure> {
    let io = Failure::io("cannot make a copy of the ledger");
    let folder = tempfile::tempdir().map_err(io)?;
    let copy = folder.path().join("ledger.db");
    to_read(settings)?.backup(&copy)?;
    let mut ledger = Ledger::open(&copy)?;
    let project = arguments.project.as_deref().map(|name| find(&ledger, name)).transpose()?;
    let what = Forget { project, before_ms };
    let preview = ledger.preview_forget(&what, settings.prices.table())?;
    show(arguments, &what, &preview, false)
}

/// When the given day begins, in ms UTC; now if there is none.
fn before(date: Option<Date>, settings: &Settings) -> Result<i64, Failure> {
    let now = jiff::Timestamp::now().as_millisecond();
    let Some(date) = date else { return Ok(now) };
    let begins_ms = Calendar::new(settings.zone.clone(), settings.week_start).first_ms(date);
    if begins_ms > now {
        let words = format!("{date} is in the future in {}: use today or an earlier day", settings.zone_name);
        return Err(Failure::new(Exit::Usage, words));
    }
    Ok(begins_ms)
}

/// Finds a project's key by the key itself or by its working folder.
fn find(ledger: &Ledger, name: &str) -> Result<Arc<str>, Failure> {
    let mut projects: BTreeSet<Arc<str>> = BTreeSet::new();
    ledger.rollups(i64::MIN..i64::MAX, |rollup| {
        projects.insert(rollup.project);
    })?;
    if let Some(project) = projects.get(name) {
        return Ok(Arc::clone(project));
    }
    let paths = ledger.project_paths()?;
    let found = paths.into_iter().find(|known| *known.path == *name && projects.contains(&known.project));
    found.map(|known| known.project).ok_or_else(|| {
        let words = format!("no usage from a project named {name:?}; to list projects: cco project");
        Failure::new(Exit::Usage, words)
    })
}

#[derive(Serialize)]
struct Report<'a> {
    /// False if this was a preview, or if there was nothing to forget.
    forgotten: bool,
    project: Option<&'a str>,
    before: Option<String>,
    sessions: u64,
    requests: u64,
    total_tokens: u64,
    cost_usd: Box<RawValue>,
    /// Days of Claude Code's own statistics.
    statistics_days: u64,
}

fn show(arguments: &Arguments, what: &Forget, gone: &Forgotten, is_done: bool) -> Result<(), Failure> {
    if arguments.json {
        return print_json(&Report {
            forgotten: is_done,
            project: what.project.as_deref(),
            before: arguments.before.map(|date| date.to_string()),
            sessions: gone.sessions,
            requests: gone.counters.requests,
            total_tokens: gone.counters.total_tokens(),
            cost_usd: usd(gone.counters.cost),
            statistics_days: gone.statistics_days,
        });
    }
    let scope = scope(arguments, what);
    if *gone == Forgotten::default() {
        return print(&format!("nothing to forget: no usage from {scope}\n"));
    }
    if !is_done {
        return print(&format!("would forget {scope}: {}\n", figures(gone)));
    }
    print(&format!("forgot {scope}: {}\n", figures(gone)))?;
    note(
        "cco: traces remain in backups, and in the ledger file until cco ledger compact; transcripts are unchanged",
    );
    Ok(())
}

fn scope(arguments: &Arguments, what: &Forget) -> String {
    let whose = what
        .project
        .as_ref()
        .map_or_else(|| "all projects".into(), |key| format!("project {}", plain_text::name(key)));
    match arguments.before {
        Some(date) => format!("{whose} before {date}"),
        None => whose,
    }
}

fn figures(gone: &Forgotten) -> String {
    let counters = &gone.counters;
    let (requests, tokens) =
        (counted(counters.requests, "request"), counted(counters.total_tokens(), "token"));
    let statistics = match gone.statistics_days {
        0 => String::new(),
        days => format!("; Claude Code's own statistics of {}", counted(days, "day")),
    };
    let sessions = counted(gone.sessions, "session");
    format!("{requests}, {tokens}, {}; {sessions} in full{statistics}", Cost::from(counters))
}
