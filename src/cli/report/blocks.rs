//! `cco blocks`: 5-hour blocks as a table, and the current block as lines of text.
//!
//! Invariant: filters change what blocks contain, never where they begin and end.

use jiff::tz::TimeZone;

use super::arguments::{BlockOptions, Blocks, Form, Order};
use super::basis::{Basis, nothing};
use super::table::foot;
use crate::cli::table::{COMPACT, FIGURES, figures, width_to_fit, words};
use crate::cli::{Exit, Failure, print, print_data, print_json};
use crate::config::Settings;
use crate::ledger::{Ledger, LedgerError};
use crate::plain_text;
use crate::report::figures::{percent, span};
use crate::report::grid::{Cell, Column, Grid};
use crate::report::provisional::{footnote, is_marked};
use crate::report::styles::{DIM, STRONG};
use crate::report::usage::blocks::{Block, Entry};
use crate::report::usage::{
    BlockReport, BlockStatus, Costs, Query, compat, csv, json, moment, short_models, together,
};
use crate::report::{View, Want};
use crate::snapshot::Counters;

/// The positions of tokens and cost in a row of figures.
const TOKENS: usize = 5;
const COST: usize = 6;

/// Runs `cco blocks`.
pub(super) fn run(arguments: &Blocks) -> Result<(), Failure> {
    let common = &arguments.common;
    let basis = Basis::of(common, true)?;
    let mut report = read(&basis.ledger, &basis.settings, &basis.query, &arguments.blocks)?;
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
    let BlockReport { entries, limit, now_ms, length_ms, .. } = &report;
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
            let mut table = draw(&report, shape, &basis.settings.zone);
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
    let report = BlockReport::read(ledger, query, options.session_length, options.token_limit, now_ms)?;
    // Without a snapshot nobody knows the account's limit.
    let view = View::once(&settings.snapshot, Want::Totals, now_ms).ok();
    Ok(BlockReport { account: view.and_then(|view| view.totals.five_hour_limit()), ..report })
}

/// The current block as text, labels in the first column.
pub(in crate::cli) fn lines(status: &BlockStatus<'_>, zone: &TimeZone, costs: Costs) -> String {
    let lines: String =
        status.lines(zone, costs).iter().map(|(title, words)| format!("{title:<11}{words}\n")).collect();
    let has_marks = costs.are_shown() && status.has_provisional_cost();
    lines + &words(footnote(has_marks))
}

/// What a table shows of blocks.
#[derive(Clone, Copy, Debug)]
struct Shape {
    by_model: bool,
    costs: Costs,
    limit: Option<u64>,
}

fn draw(report: &BlockReport, shape: Shape, zone: &TimeZone) -> Grid {
    let mut columns = vec![Column::key("Block"), Column::text("Duration", 3)];
    columns.extend((!shape.by_model).then_some(Column::text("Models", 7)));
    let before = columns.len();
    let shown = |figure: usize| figure != COST || shape.costs.are_shown();
    for figure in (0..FIGURES.len()).filter(|figure| shown(*figure)) {
        columns.push(FIGURES[figure]);
        columns.extend(shape.limit.filter(|_| figure == TOKENS).map(|_| Column::figures("% of limit", 2)));
    }
    let mut table = Grid::new(columns);
    // A limit is one block's, so their sum has no share of it.
    let row = |mut cells: Vec<Cell>, counters: &Counters, end_ms: i64, has_share: bool| {
        cells.resize(before, Cell::default());
        let is_marked = is_marked(counters, end_ms, report.now_ms);
        let figures = figures(counters, is_marked).into_iter().enumerate();
        for (figure, cell) in figures.filter(|(figure, _)| shown(*figure)) {
            cells.push(cell);
            let limit = shape.limit.filter(|_| figure == TOKENS);
            cells.extend(limit.map(|limit| match has_share {
                true => Cell::figure(percent(counters.total_tokens(), limit)),
                false => Cell::default(),
            }));
        }
        cells
    };
    for entry in &report.entries {
        let block = match entry {
            Entry::Gap(gap) => {
                // A gap starts one block length after the last request, so add that length.
                let pause_ms = gap.end_ms - gap.start_ms + report.length_ms;
                let words = format!("idle for {}", span(pause_ms.unsigned_abs()));
                table.across(Cell::words(words).styled(DIM));
                continue;
            }
            Entry::Block(block) => block,
        };
        let mut cells = vec![Cell::figure(moment(block.start_ms, zone)), Cell::figure(lasted(block, report))];
        cells.extend((!shape.by_model).then(|| Cell::name(short_models(&block.models))));
        let cells = row(cells, &block.counters, block.end_ms, true);
        table.row(cells.into_iter().map(|cell| if block.is_active { cell.styled(STRONG) } else { cell }));
        for sums in block.models.iter().filter(|_| shape.by_model) {
            let name = Cell::name(format!("  {}", plain_text::name(&sums.model))).styled(DIM);
            table.row(row(vec![name], &sums.counters, block.end_ms, true));
        }
    }
    let blocks = || report.entries.iter().filter_map(Entry::block);
    let totals = blocks().map(|block| block.counters).sum();
    let end_ms = blocks().map(|block| block.end_ms).max().unwrap_or(i64::MIN);
    let all = row(vec![Cell::figure("Total")], &totals, end_ms, false);
    table.row(all.into_iter().map(|cell| cell.styled(STRONG)));
    table
}

fn lasted(block: &Block, report: &BlockReport) -> String {
    if block.is_active {
        let left_ms = report.end_of(block).left_ms(report.now_ms);
        return format!("active, {} left", span(left_ms.unsigned_abs()));
    }
    span((block.last_ms - block.first_ms).unsigned_abs())
}
