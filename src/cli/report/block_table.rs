//! Blocks as a table: each block, what is left of the current one and how it may end, and the idle time between.
//!
//! Invariant: what tells rows apart is always shown ([`Grid`]); remaining and projected figures are in no sum. Used by `cco
//! blocks`.

use anstyle::Style;

use super::basis::Basis;
use crate::cli::table::{FIGURES, figures};
use crate::report::cost::Cost;
use crate::report::figures::{percent, span};
use crate::report::grid::{Cell, Column, Grid};
use crate::report::names;
use crate::report::provisional::is_marked;
use crate::report::styles::{BAD, DIM, STRONG, WARN};
use crate::report::usage::blocks::{Block, Entry};
use crate::report::usage::{BlockReport, BlockStatus, Costs, moment, short_models};
use crate::snapshot::Counters;

/// The positions of tokens and cost in a row of figures.
const TOKENS: usize = 5;
const COST: usize = 6;
/// From this percentage of the limit on, a projection is near it.
const NEAR_PERCENT: u128 = 80;

/// What a table shows of blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) by_model: bool,
    pub(super) costs: Costs,
    pub(super) limit: Option<u64>,
    pub(super) idle: Idle,
}

/// How idle time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// A line between two blocks.
    InALine,
    /// A row for each time without any usage, also by what is filtered out.
    EachInARow,
}

pub(super) fn draw(report: &BlockReport, shape: Shape, basis: &Basis) -> Grid {
    let zone = &basis.settings.zone;
    let mut table = Grid::new(shape.columns());
    let length_ms = report.length_ms;
    let entries = &report.entries;
    for (at, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Block(block) => shape.block(&mut table, block, report, basis),
            Entry::Gap(gap) if shape.idle == Idle::EachInARow => {
                let (idle_ms, from) =
                    (gap.idle_ms(length_ms), moment(gap.end_ms - gap.idle_ms(length_ms), zone));
                let words = format!("idle for {}", span(idle_ms.unsigned_abs()));
                let cells = shape.row(vec![Cell::figure(from), Cell::figure(words)], shape.nothing());
                table.row(cells.into_iter().map(|cell| cell.styled(DIM)));
            }
            Entry::Gap(gap) => {
                // Of several gaps in a row, with only filtered out blocks between them, the first speaks for all.
                if at > 0 && entries[at - 1].gap().is_some() {
                    continue;
                }
                let last = entries[at..].iter().map_while(Entry::gap).last().unwrap_or(gap);
                let words = if last == gap { "idle for" } else { "no matching usage for" };
                // The newest may come first.
                let (oldest, newest) = if gap.end_ms <= last.end_ms { (gap, last) } else { (last, gap) };
                let whole_ms = newest.end_ms - oldest.end_ms + oldest.idle_ms(length_ms);
                let words = format!("{words} {}", span(whole_ms.unsigned_abs()));
                table.across(Cell::words(words).styled(DIM));
            }
        }
    }
    let blocks = || entries.iter().filter_map(Entry::block);
    let totals = blocks().map(|block| block.counters).sum();
    let end_ms = blocks().map(|block| block.end_ms).max().unwrap_or(i64::MIN);
    let is_marked = is_marked(&totals, end_ms, report.now_ms);
    // A limit is one block's, so their sum has no share of it.
    let all = shape.row(vec![Cell::figure("Total")], shape.figures(&totals, is_marked, false));
    table.row(all.into_iter().map(|cell| cell.styled(STRONG)));
    table
}

impl Shape {
    fn columns(self) -> Vec<Column> {
        let mut columns = vec![Column::key("Block"), Column::text("Duration", 3)];
        columns.extend((!self.by_model).then_some(Column::text("Models", 7)));
        for figure in self.shown() {
            columns.push(FIGURES[figure]);
            columns.extend(self.limit.filter(|_| figure == TOKENS).map(|_| Column::figures("% of limit", 2)));
        }
        columns
    }

    /// The figures that are shown.
    fn shown(self) -> impl Iterator<Item = usize> {
        (0..FIGURES.len()).filter(move |figure| *figure != COST || self.costs.are_shown())
    }

    /// A row: words, then figures.
    fn row(self, mut words: Vec<Cell>, figures: Vec<Cell>) -> Vec<Cell> {
        words.resize(if self.by_model { 2 } else { 3 }, Cell::default());
        words.extend(figures);
        words
    }

    fn figures(self, counters: &Counters, is_marked: bool, has_share: bool) -> Vec<Cell> {
        let all = figures(counters, is_marked);
        let share = |limit| match has_share {
            true => Cell::figure(percent(counters.total_tokens(), limit)),
            false => Cell::default(),
        };
        let mut cells = Vec::with_capacity(all.len() + 1);
        for figure in self.shown() {
            cells.push(all[figure].clone());
            cells.extend(self.limit.filter(|_| figure == TOKENS).map(share));
        }
        cells
    }

    /// Only tokens, their share of the limit, and a cost.
    fn few_figures(self, tokens: u64, cost: Option<Cost>) -> Vec<Cell> {
        let mut cells = Vec::new();
        for figure in self.shown() {
            cells.push(match (figure, cost) {
                (TOKENS, _) => Cell::tokens(tokens),
                (COST, Some(cost)) => Cell::cost(cost),
                _ => Cell::default(),
            });
            let share = |limit| Cell::figure(percent(tokens, limit));
            cells.extend(self.limit.filter(|_| figure == TOKENS).map(share));
        }
        cells
    }

    /// No figures at all.
    fn nothing(self) -> Vec<Cell> {
        vec![Cell::figure("–"); self.shown().count() + usize::from(self.limit.is_some())]
    }

    fn block(self, table: &mut Grid, block: &Block, report: &BlockReport, basis: &Basis) {
        let start = moment(block.start_ms, &basis.settings.zone);
        let mut words = vec![Cell::figure(start), Cell::figure(lasted(block, report))];
        words.extend((!self.by_model).then(|| Cell::name(short_models(&block.models, &basis.aliases))));
        let figures =
            |counters| self.figures(counters, is_marked(counters, block.end_ms, report.now_ms), true);
        let cells = self.row(words, figures(&block.counters));
        table.row(cells.into_iter().map(|cell| if block.is_active { cell.styled(STRONG) } else { cell }));
        for sums in block.models.iter().filter(|_| self.by_model) {
            let name = Cell::name(format!("  {}", names::model(&sums.model, &basis.aliases))).styled(DIM);
            table.row(self.row(vec![name], figures(&sums.counters)));
        }
        if block.is_active {
            self.outlook(table, block, report);
        }
    }

    /// What is left of the limit in the current block, and its end at its rate.
    fn outlook(self, table: &mut Grid, block: &Block, report: &BlockReport) {
        let status = report.status_of(block);
        let BlockStatus::Active { projection, .. } = status else { return };
        let mut add = |title: &str, words: &str, figures: Vec<Cell>, style: Style| {
            let words = vec![Cell::figure(format!("  {title}")), Cell::figure(words)];
            table.row(self.row(words, figures).into_iter().map(|cell| cell.styled(style)));
        };
        if let Some(limit) = self.limit {
            let left = limit.saturating_sub(block.counters.total_tokens());
            let style = if left == 0 { BAD } else { DIM };
            add("Remaining", "of the limit", self.few_figures(left, None), style);
        }
        if let Some(projection) = projection {
            let share =
                self.limit.map(|limit| u128::from(projection.tokens) * 100 / u128::from(limit.max(1)));
            let style = match share {
                Some(percent) if percent >= 100 => BAD,
                Some(percent) if percent >= NEAR_PERCENT => WARN,
                _ => DIM,
            };
            let cost = projection.cost.provisional(status.has_provisional_cost());
            add("Projected", "at this rate", self.few_figures(projection.tokens, Some(cost)), style);
        }
    }
}

fn lasted(block: &Block, report: &BlockReport) -> String {
    if block.is_active {
        let left_ms = report.end_of(block).left_ms(report.now_ms);
        return format!("active, {} left", span(left_ms.unsigned_abs()));
    }
    span((block.last_ms - block.first_ms).unsigned_abs())
}
