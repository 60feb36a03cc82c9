//! `cco live`: the monitor, beginning with the current block.
//!
//! If no publisher is running, this process is the publisher until it ends. The block comes from the ledger, which knows
//! blocks of any length; the snapshot signals changes.
//!
//! Invariant: if stdout is not a terminal, it prints the block once and ends. Ctrl-C ends it cleanly, like any publisher.

use std::sync::Arc;

use super::catch_up::catch_up;
use super::monitor::{ended, is_possible, setup};
use super::open_ledger::to_read;
use super::options::Options;
use super::report::{BlockOptions, Mode, lines, read_blocks};
use super::roots::roots_of;
use super::{Failure, print};
use crate::config::Settings;
use crate::daemon;
use crate::ingest::Progress;
use crate::monitor::{self, Events, Setup, Source, Tab};
use crate::publish::{Job, Order, Requests, Turn, TurnError, take_turn};
use crate::report::usage::{BlockReport, Costs, Query};

/// The message until there are figures.
const COUNTING: &str = "counting what is new";

/// Options of `cco live`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    blocks: BlockOptions,
    /// Which cost to use
    #[arg(long, short, value_enum, value_name = "MODE", default_value_t = Mode::Auto)]
    mode: Mode,
    /// Hide costs
    #[arg(long)]
    no_cost: bool,
    #[command(flatten)]
    options: Options,
}

/// Runs `cco live`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    let costs = if arguments.no_cost { Costs::Hidden } else { Costs::Shown };
    if !is_possible() {
        catch_up(&arguments.options)?;
        let query = everything(&settings, arguments);
        let report = read_blocks(&to_read(&settings)?, &settings, &query, &arguments.blocks)?;
        return print(&lines(&report.status(), &settings.zone, costs, &settings.aliases));
    }
    let publisher_settings = arguments.options.without_zone().settings()?;
    // It must have something to show. What it follows are also folders that appear later.
    roots_of(&publisher_settings)?;
    let job = daemon::job_to_follow(&publisher_settings);
    let note = Some(COUNTING.to_owned());
    let mut setup = Setup { costs, note, ends_if_unreadable: true, ..setup(&settings, Tab::Block) };
    setup.sources.block = Some(block(settings, arguments));
    show(&job, setup)
}

/// Shows the monitor, and publishes on another thread if nobody else does.
fn show(job: &Job, setup: Setup) -> Result<(), Failure> {
    let (events, inbox) = monitor::events();
    let requests = Arc::new(Requests::default());
    std::thread::scope(|scope| {
        let publisher = scope.spawn(|| publish(job, &requests, &events));
        let shown = monitor::run(setup, &events, &inbox);
        // From here on nobody takes events, so nobody waits for that.
        drop(inbox);
        requests.order(Order::Stop);
        let published = publisher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        ended(shown).and(published.map_err(Failure::from))
    })
}

/// Publishes until it is told to stop, unless another process does.
fn publish(job: &Job, requests: &Requests, events: &Events) -> Result<(), TurnError> {
    let published = (|| {
        let Turn::Ours(mut live) = take_turn(job, |notice| events.note(Some(notice.to_string())))? else {
            events.note(None);
            return Ok(false);
        };
        live.catch_up(&Progress::default()).map_err(TurnError::Publish)?;
        events.note(None);
        live.run(requests, |_| {}).map_err(TurnError::Publish)?;
        live.stop();
        Ok(true)
    })();
    if !matches!(published, Ok(false)) {
        events.end();
    }
    published.map(|_| ())
}

fn everything(settings: &Settings, arguments: &Arguments) -> Query {
    Query { mode: arguments.mode.into(), ..Query::everything(settings.zone.clone(), settings.week_start) }
}

fn block(settings: Settings, arguments: &Arguments) -> Source<BlockReport> {
    let query = everything(&settings, arguments);
    let blocks = arguments.blocks.clone();
    Box::new(move || {
        let ledger = to_read(&settings).map_err(|failure| failure.to_string())?;
        let report = read_blocks(&ledger, &settings, &query, &blocks);
        report.map_err(|error| Failure::from(error).to_string())
    })
}
