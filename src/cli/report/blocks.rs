//! `cco blocks`: 5-hour blocks as a table, and the current block as lines of text.
//!
//! Invariant: filters change what blocks contain, never where they begin and end.

use comfy_table::{Attribute, Cell, CellAlignment, Table};
use jiff::tz::TimeZone;

use super::arguments::{BlockOptions, Blocks, Form, Order};
use super::basis::{Basis, nothing};
use super::table::{Layout, fitting, foot};
use crate::cli::table::{FIGURES, figures, titled};
use crate::cli::{Exit, Failure, print, print_data, print_json};
use crate::ledger::{Ledger, LedgerError};
use crate::plain_text;
use crate::report::figures::{percent, span};
use crate::report::usage::blocks::{Block, Entry};
use crate::report::usage::{
    BlockReport, BlockStatus, Costs, Query, compat, csv, json, moment, short_models, together,
};
use crate::snapshot::Counters;

/// The positions of tokens and cost in a row of figures.
const TOKENS: usize = 5;
const COST: usize = 6;

/// Runs `cco blocks`.
pub(super) fn run(arguments: &Blocks) -> Result<(), Failure> {
    let common = &arguments.common;
    let basis = Basis::of(common, true)?;
    let mut report = read(&basis.ledger, &basis.query, &arguments.blocks)?;
    report.keep_days(&basis.query);
    if arguments.recent {
        report.keep_recent();
    }
    let status = lines(&report.status(), &basis.settings.zone, basis.costs);
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
    let BlockReport { entries, limit, now_ms, length_ms } = &report;
    match basis.form {
        Form::Json => {
            let head = basis.head("blocks");
            print_json(&json::Blocks::of(head, entries, *length_ms, *limit, *now_ms, basis.costs))
        }
        Form::Compat => {
            print_json(&compat::Blocks::of(entries, is_newest_first, *limit, *now_ms, basis.costs))
        }
        Form::Csv => {
            let shape = csv::Shape {
                by_project: false,
                by_model: common.breakdown,
                costs: basis.costs,
                names: common.names(),
            };
            let text = csv::blocks(entries, shape);
            print_data(&text.map_err(|error| Failure::new(Exit::Failed, error))?)
        }
        Form::Text if arguments.active => print(&status),
        Form::Text if entries.is_empty() => print(&nothing(&basis)?),
        Form::Text => {
            let models = entries.iter().filter_map(Entry::block).flat_map(|block| &block.models);
            let models = together(models);
            let shape = Shape { by_model: common.breakdown, costs: basis.costs, limit: *limit };
            let table = fitting(common.compact, |layout| draw(&report, shape, layout, &basis.settings.zone));
            print(&(table + &foot(&basis, &models)))
        }
    }
}

/// All blocks at this moment, with these options.
pub(in crate::cli) fn read(
    ledger: &Ledger,
    query: &Query,
    options: &BlockOptions,
) -> Result<BlockReport, LedgerError> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    BlockReport::read(ledger, query, options.session_length, options.token_limit, now_ms)
}

/// The current block as text, labels in the first column.
pub(in crate::cli) fn lines(status: &BlockStatus<'_>, zone: &TimeZone, costs: Costs) -> String {
    status.lines(zone, costs).iter().map(|(title, words)| format!("{title:<11}{words}\n")).collect()
}

/// What a table shows of blocks.
#[derive(Clone, Copy, Debug)]
struct Shape {
    by_model: bool,
    costs: Costs,
    limit: Option<u64>,
}

fn draw(report: &BlockReport, shape: Shape, layout: Layout, zone: &TimeZone) -> Table {
    let columns: Vec<usize> =
        layout.figures.iter().copied().filter(|figure| *figure != COST || shape.costs.are_shown()).collect();
    let has_models = layout.models && !shape.by_model;
    let mut titles = vec!["Block", "Duration"];
    titles.extend(has_models.then_some("Models"));
    let words = titles.len();
    for figure in &columns {
        titles.push(FIGURES[*figure]);
        titles.extend(shape.limit.filter(|_| *figure == TOKENS).map(|_| "% of limit"));
    }
    let mut table = titled(&titles);
    let row = |mut cells: Vec<String>, counters: &Counters| {
        cells.resize(words, String::new());
        let figures = figures(counters);
        for figure in &columns {
            cells.push(figures[*figure].clone());
            let limit = shape.limit.filter(|_| *figure == TOKENS);
            cells.extend(limit.map(|limit| percent(counters.total_tokens(), limit)));
        }
        cells
    };
    for entry in &report.entries {
        let block = match entry {
            Entry::Gap(gap) => {
                // A gap starts one block length after the last request, so add that length.
                let pause_ms = gap.end_ms - gap.start_ms + report.length_ms;
                table.add_row(["idle".to_owned(), span(pause_ms.unsigned_abs())]);
                continue;
            }
            Entry::Block(block) => block,
        };
        let mut cells = vec![moment(block.start_ms, zone), lasted(block, report.now_ms)];
        cells.extend(has_models.then(|| short_models(&block.models)));
        table.add_row(row(cells, &block.counters));
        for sums in block.models.iter().filter(|_| shape.by_model) {
            table.add_row(row(vec![format!("  {}", plain_text::name(&sums.model))], &sums.counters));
        }
    }
    let totals = report.entries.iter().filter_map(Entry::block).map(|block| block.counters).sum();
    let mut all = row(vec!["Total".into()], &totals);
    if shape.limit.is_some() {
        // A limit applies to one block, not to their total.
        let at = words + columns.iter().position(|figure| *figure == TOKENS).map_or(0, |at| at + 1);
        all[at].clear();
    }
    table.add_row(all.iter().map(|cell| Cell::new(cell).add_attribute(Attribute::Bold)));
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn lasted(block: &Block, now_ms: i64) -> String {
    if block.is_active {
        return format!("active, {} left", span((block.end_ms - now_ms).unsigned_abs()));
    }
    span((block.last_ms - block.first_ms).unsigned_abs())
}
