//! `cco blocks`: 5-hour blocks as a table, and the current block as lines of text.
//!
//! Invariant: filters change what blocks contain, never where they begin and end.

use jiff::tz::TimeZone;

use super::arguments::{BlockOptions, Blocks, Form, Order};
use super::basis::{Basis, nothing};
use super::block_table::{Idle, Shape, draw};
use super::differences;
use super::table::foot;
use crate::cli::table::{COMPACT, width_to_fit, words};
use crate::cli::{Exit, Failure, print, print_data, print_json};
use crate::config::{Aliases, Settings};
use crate::ledger::{Ledger, LedgerError};
use crate::report::provisional::footnote;
use crate::report::usage::blocks::Entry;
use crate::report::usage::{BlockReport, BlockStatus, Costs, Query, compat, csv, json, together};
use crate::report::{View, Want};

/// Runs `cco blocks`.
pub(super) fn run(arguments: &Blocks) -> Result<(), Failure> {
    let common = &arguments.common;
    if !common.dimensions.by().is_empty() {
        let words = "blocks have no rows for --by: use another report, such as cco daily --by, or select usage with \
                     options such as --branch";
        return Err(Failure::new(Exit::Usage, words));
    }
    let basis = Basis::of(common, true)?;
    differences::note_wanted(&basis, common)?;
    let mut report = read(&basis.ledger, &basis.settings, &basis.query, &arguments.blocks)?;
    report.keep_days(&basis.query);
    if arguments.recent {
        report.keep_recent();
    }
    let status = lines(&report.status(), &basis.settings.zone, basis.costs, &basis.aliases);
    if arguments.active {
        report.keep_active();
    }
    if let Some(count) = common.last {
        report.keep_last(usize::try_from(count).unwrap_or(usize::MAX));
    }
    let is_newest_first = common.order == Some(Order::Desc);
    if is_newest_first && basis.form != Form::Compat {
        report.entries.reverse();
    }
    let BlockReport { entries, limit, .. } = &report;
    match basis.form {
        Form::Json => {
            let head = basis.head("blocks");
            let document = json::Blocks::of(head, &report, basis.costs, &basis.aliases);
            print_json(&if arguments.all { document.with_idle(&report) } else { document })
        }
        Form::Compat => print_json(&compat::Blocks::of(&report, is_newest_first, basis.costs)),
        Form::Csv => {
            let shape = csv::Shape { by_model: common.breakdown, costs: basis.costs, names: common.names() };
            let text = csv::blocks(entries, shape);
            print_data(&text.map_err(|error| Failure::new(Exit::Failed, error))?)
        }
        Form::Text if arguments.active => print(&status),
        Form::Text if entries.is_empty() => print(&nothing(&basis)?),
        Form::Text => {
            let models = entries.iter().filter_map(Entry::block).flat_map(|block| &block.models);
            let models = together(models);
            let idle = match arguments.all {
                true => Idle::EachInARow,
                false => Idle::InALine,
            };
            let shape = Shape { by_model: common.breakdown, costs: basis.costs, limit: *limit, idle };
            let mut table = draw(&report, shape, &basis);
            if common.compact {
                table.keep_up_to(COMPACT);
            }
            print(&(table.render(width_to_fit()) + &foot(&basis, &models, table.has_marks())))
        }
    }
}

/// All blocks at this moment, with these options.
pub(in crate::cli) fn read(
    ledger: &Ledger,
    settings: &Settings,
    query: &Query,
    options: &BlockOptions,
) -> Result<BlockReport, LedgerError> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    // Without a snapshot nobody knows the account's limit.
    let view = View::once(&settings.snapshot, Want::Totals, now_ms).ok();
    let account = view.and_then(|view| view.totals.five_hour_limit());
    BlockReport::read(ledger, query, options.session_length, options.token_limit, account, now_ms)
}

/// The current block as text, labels in the first column.
pub(in crate::cli) fn lines(
    status: &BlockStatus<'_>,
    zone: &TimeZone,
    costs: Costs,
    aliases: &Aliases,
) -> String {
    let lines = status.lines(zone, costs, aliases);
    let lines: String = lines.iter().map(|(title, words)| format!("{title:<11}{words}\n")).collect();
    let has_marks = costs.are_shown() && status.has_provisional_cost();
    lines + &words(footnote(has_marks))
}
