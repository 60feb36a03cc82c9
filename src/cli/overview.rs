//! `cco` alone, `cco limits` and `cco total`: what people ask for first.
//!
//! Invariant: figures come from the published snapshot. A live publisher that watches all folders is current by itself;
//! otherwise what is new is counted first.

use std::io::{IsTerminal as _, stdin, stdout};

use super::confirm::agreed;
use super::once::{self, Form};
use super::open_ledger::to_read;
use super::options::Options;
use super::roots::{nothing_found, roots_of, was_counted};
use super::table::width_to_fit;
use super::{Exit, Failure, daemon, note, print, print_json, sample};
use crate::config::{Flags, Settings};
use crate::daemon::own_roots;
use crate::ingest::Root;
use crate::limits::{folder_of, reports};
use crate::own_folder::{OwnFolder, Use};
use crate::report::budget::{Spent, Status};
use crate::report::document::{Document, Tables};
use crate::report::limit_table::limits_in_full;
use crate::report::overview::Overview;
use crate::report::styles::STRONG;
use crate::report::usage::{Division, Grouping, ModelSums, Query, Report};
use crate::report::{View, Want};
use crate::snapshot::{Following, ScanState, WriterState};
use crate::state_folder::OFFERED;

/// Options of `cco` without a command.
#[derive(Debug, clap::Args)]
pub(super) struct OverviewOptions {
    #[command(flatten)]
    options: Options,
    /// Print the totals as JSON, as cco-peek does
    #[arg(long)]
    json: bool,
    /// Say what was scanned
    #[arg(long, short)]
    verbose: bool,
}

/// Options of `cco limits`.
#[derive(Debug, clap::Args)]
pub(super) struct LimitsArguments {
    #[command(flatten)]
    options: Options,
    /// Print the totals with the limits as JSON, as cco-peek does
    #[arg(long)]
    json: bool,
}

/// Runs `cco` without a command: the user's own transcripts and what was counted before, else the sample.
pub(super) fn run(arguments: &OverviewOptions) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() && !was_counted(&settings) && !arguments.json {
            note(&format!("{}\n\nHere is a made-up sample instead:\n", nothing_found(&found)));
            return show_sample();
        }
    }
    let view = current(&settings, arguments.verbose)?;
    if arguments.json {
        return print_json(&Document::of(&view, Tables::default()).with_aliases(&settings.aliases));
    }
    print(&text(&settings, &view)?)?;
    offer_publisher(&arguments.options, &settings, &view)
}

/// Runs `cco limits`.
pub(super) fn run_limits(arguments: &LimitsArguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    let view = current(&settings, false)?;
    // Without the spool the figures stand, and who reported them is not said.
    let told = reports(&folder_of(&settings.snapshot), view.now).unwrap_or_default();
    if arguments.json {
        let document = Document::of(&view, Tables::default()).with_aliases(&settings.aliases);
        return print_json(&document.with_sources(&view, &told));
    }
    print(&limits_in_full(&view, &told, &settings.zone, width_to_fit()))
}

/// Runs `cco total`: everything ever counted, by model.
pub(super) fn run_total(options: &Options, json: bool) -> Result<(), Failure> {
    let settings = options.settings()?;
    once::run(&roots_of(&settings)?, &settings, if json { Form::Json } else { Form::Text })
}

/// The overview as text.
fn text(settings: &Settings, view: &View) -> Result<String, Failure> {
    let overview = Overview {
        view,
        budgets: budgets(settings, view),
        models: models_of_today(settings, view)?,
        aliases: &settings.aliases,
    };
    Ok(overview.render(width_to_fit()))
}

/// Publishes the sample into a folder that is gone afterwards, and shows it.
fn show_sample() -> Result<(), Failure> {
    let io = Failure::io("cannot unpack the sample");
    let folder = tempfile::tempdir().map_err(io)?;
    let now = jiff::Timestamp::now();
    sample::unpack(folder.path(), now).map_err(io)?;
    let flags = Flags {
        roots: vec![folder.path().into()],
        state: Some(folder.path().into()),
        timezone: Some(sample::zone(now).into()),
        ..Flags::default()
    };
    // No variable and no file has a say in what the sample shows.
    let settings = Settings::resolve(flags, |_| None).map_err(|error| Failure::new(Exit::Failed, error))?;
    let root = Root::new(folder.path()).map_err(|error| Failure::new(Exit::Failed, error))?;
    let view = once::view_counted(&[root], &settings, false)?;
    print(&text(&settings, &view)?)?;
    note(
        "\nThe sample and its snapshot are now deleted. Use Claude Code, or choose a folder with --root:\n  cco --root DIR",
    );
    Ok(())
}

/// The snapshot, with everything in it that transcripts hold now.
fn current(settings: &Settings, is_verbose: bool) -> Result<View, Failure> {
    let now = jiff::Timestamp::now().as_millisecond();
    if let Ok(view) = View::once(&settings.snapshot, Want::Tables, now)
        && view.freshness.writer == WriterState::Live
        && view.totals.scan_state() == ScanState::Complete
        && view.health.is_some_and(|health| health.following == Following::Watching)
        && view.staleness().is_none()
    {
        return Ok(view);
    }
    once::view_counted(&roots_of(settings)?, settings, is_verbose)
}

fn budgets(settings: &Settings, view: &View) -> Vec<Status> {
    Spent::of_totals(&view.totals).against(&settings.budgets, view.now)
}

/// Today's models, from the ledger.
fn models_of_today(settings: &Settings, view: &View) -> Result<Vec<ModelSums>, Failure> {
    if view.totals.today().counters.requests == 0 {
        return Ok(Vec::new());
    }
    let now =
        jiff::Timestamp::from_millisecond(view.now).map_err(|error| Failure::new(Exit::Failed, error))?;
    let today = settings.zone.to_datetime(now).date();
    let query = Query {
        since: Some(today),
        until: Some(today),
        ..Query::everything(settings.zone.clone(), settings.week_start)
    };
    let mut models =
        Report::read(&to_read(settings)?, &query, Grouping::Models, &Division::default())?.models;
    models.sort_by(|a, b| b.counters.cost.cmp(&a.counters.cost).then_with(|| a.model.cmp(&b.model)));
    Ok(models)
}

/// Offers once, on a terminal, to start a publisher.
fn offer_publisher(options: &Options, settings: &Settings, view: &View) -> Result<(), Failure> {
    let is_wanted =
        view.freshness.writer != WriterState::Live && stdin().is_terminal() && stdout().is_terminal();
    if !is_wanted {
        return Ok(());
    }
    let folder = OwnFolder::open(settings.state.path(), Use::Write)
        .map_err(Failure::io("cannot use the state folder"))?;
    if folder.check(OFFERED, Use::Read).map_err(Failure::io("cannot read the state folder"))? {
        return Ok(());
    }
    folder.replace(OFFERED, b"", false).map_err(Failure::io("cannot write to the state folder"))?;
    let question = format!(
        "Start the publisher in the background, so that {STRONG}cco-peek{STRONG:#} and status lines are always current?"
    );
    if agreed(&question, "no terminal to ask")? {
        daemon::start_with(options)?;
    } else {
        note("To start it later: cco daemon start. This question is not asked again.");
    }
    Ok(())
}
