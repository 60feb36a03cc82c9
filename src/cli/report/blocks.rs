//! `cco blocks`: blocks of hours as a table, and the one that runs in words.

use comfy_table::{Attribute, Cell, CellAlignment, Table};
use jiff::tz::TimeZone;

use super::arguments::{BlockOptions, Blocks, Form, Order, TokenLimit};
use super::basis::{Basis, nothing};
use super::table::{Layout, fitting, foot, moment, short_models};
use crate::cli::table::{FIGURES, figures, titled};
use crate::cli::{Exit, Failure, print, print_json};
use crate::ledger::Ledger;
use crate::report::figures::{counted, dollars, grouped, percent, plain, span};
use crate::report::usage::blocks::{Block, Entry, blocks, keep_days, most_tokens};
use crate::report::usage::{Costs, Query, compat, csv, json, together};
use crate::snapshot::Counters;

const MINUTE_MS: i64 = 60_000;
/// How far back recent blocks go, in milliseconds.
const RECENT_MS: i64 = 3 * 24 * 3_600_000;
/// How many cells a bar is wide.
const BAR: usize = 30;
/// Where in a row of figures tokens stand, and cost.
const TOKENS: usize = 5;
const COST: usize = 6;

/// Runs it.
pub(super) fn run(arguments: &Blocks) -> Result<(), Failure> {
    let common = &arguments.common;
    let basis = Basis::of(common, true)?;
    let mut seen = Seen::read(&basis.ledger, &basis.query, &arguments.blocks)?;
    keep_days(&mut seen.entries, &basis.query);
    if arguments.recent {
        let from_ms = seen.now_ms.saturating_sub(RECENT_MS);
        seen.entries.retain(|entry| entry.start_ms() >= from_ms);
    }
    let status = seen.status(&basis.settings.zone, basis.costs);
    if arguments.active {
        seen.entries.retain(|entry| entry.block().is_some_and(|block| block.is_active));
    }
    if let Some(count) = common.last {
        keep_last(&mut seen.entries, usize::try_from(count).unwrap_or(usize::MAX));
    }
    if common.order == Some(Order::Desc) {
        seen.entries.reverse();
    }
    let Seen { entries, limit, now_ms, length_ms } = &seen;
    match basis.form {
        Form::Json => {
            let head = basis.head("blocks");
            print_json(&json::Blocks::of(head, entries, *length_ms, *limit, *now_ms, basis.costs))
        }
        Form::Compat => print_json(&compat::Blocks::of(entries, *limit, *now_ms, basis.costs)),
        Form::Csv => {
            let text = csv::blocks(entries, common.breakdown, basis.costs);
            print(&text.map_err(|error| Failure::new(Exit::Failed, error))?)
        }
        Form::Text if arguments.active => print(&lines(&status)),
        Form::Text if entries.is_empty() => print(&nothing(&basis)?),
        Form::Text => {
            let models = entries.iter().filter_map(Entry::block).flat_map(|block| &block.models);
            let models = together(models);
            let shape = Shape { by_model: common.breakdown, costs: basis.costs, limit: *limit };
            let table = fitting(common.compact, |layout| draw(&seen, shape, layout, &basis.settings.zone));
            print(&(table + &foot(&basis, &models)))
        }
    }
}

/// Blocks as they stand at a moment.
#[derive(Debug)]
pub(in crate::cli) struct Seen {
    entries: Vec<Entry>,
    limit: Option<u64>,
    now_ms: i64,
    length_ms: i64,
}

impl Seen {
    /// Reads them now.
    pub(in crate::cli) fn read(
        ledger: &Ledger,
        query: &Query,
        options: &BlockOptions,
    ) -> Result<Self, Failure> {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let entries = blocks(ledger, query, options.session_length, now_ms)?;
        let limit = options.token_limit.and_then(|limit| match limit {
            TokenLimit::Tokens(tokens) => Some(tokens),
            TokenLimit::Most => most_tokens(&entries),
        });
        Ok(Self { entries, limit, now_ms, length_ms: options.session_length })
    }

    /// The block that runs, in words; where none does, that.
    pub(in crate::cli) fn status(&self, zone: &TimeZone, costs: Costs) -> Vec<(&'static str, String)> {
        let last = self.entries.iter().rev().find_map(Entry::block);
        let Some(block) = last.filter(|block| block.is_active) else {
            let ended = last.map_or_else(
                || "no usage yet".to_owned(),
                |block| format!("the last one ended {}", moment(block.end_ms.min(self.now_ms), zone)),
            );
            return vec![("Block", format!("none active; {ended}"))];
        };
        let cost = |amount| if costs.are_shown() { format!(", {}", dollars(amount)) } else { String::new() };
        let left_ms = block.end_ms - self.now_ms;
        let counters = &block.counters;
        let mut lines = vec![
            (
                "Block",
                format!(
                    "{} to {}, {} left",
                    moment(block.start_ms, zone),
                    clock(block.end_ms, zone),
                    span(left_ms.unsigned_abs())
                ),
            ),
            ("", bar(self.length_ms - left_ms, self.length_ms)),
            (
                "Used",
                format!(
                    "{} tokens{}, {}",
                    grouped(counters.total_tokens()),
                    cost(counters.cost),
                    counted(counters.requests, "request")
                ),
            ),
        ];
        // What the first seconds were used at says nothing of the hours to come.
        let is_telling = block.last_ms - block.first_ms >= MINUTE_MS;
        if let Some(burn) = block.burn().filter(|_| is_telling) {
            let per_hour = if costs.are_shown() {
                format!(", {}/h", dollars(burn.cost_per_hour()))
            } else {
                String::new()
            };
            lines.push(("Rate", format!("{} tokens/min{per_hour}", grouped(burn.tokens_in(MINUTE_MS)))));
        }
        let projection = block.projection(self.now_ms).filter(|_| is_telling);
        if let Some(projection) = projection {
            let words = format!("{} tokens{}", grouped(projection.tokens), cost(projection.cost));
            lines.push(("Projected", words));
        }
        if let Some(limit) = self.limit {
            let by_the_end = projection.map_or_else(String::new, |projection| {
                format!(", {} projected", percent(projection.tokens, limit))
            });
            let used = percent(counters.total_tokens(), limit);
            lines.push(("Limit", format!("{} tokens: {used} used{by_the_end}", grouped(limit))));
        }
        lines.push(("Models", short_models(&block.models)));
        lines
    }
}

/// Lines with their titles in a column of their own.
pub(in crate::cli) fn lines(lines: &[(&'static str, String)]) -> String {
    lines.iter().map(|(title, words)| format!("{title:<11}{words}\n")).collect()
}

/// Keeps the last `count` blocks and the pauses between them.
fn keep_last(entries: &mut Vec<Entry>, count: usize) {
    let blocks = entries.iter().enumerate().rev().filter(|(_, entry)| entry.block().is_some());
    let first = blocks.take(count).last().map_or(entries.len(), |(at, _)| at);
    entries.drain(..first);
}

/// What a table shows of blocks.
#[derive(Clone, Copy, Debug)]
struct Shape {
    by_model: bool,
    costs: Costs,
    limit: Option<u64>,
}

fn draw(seen: &Seen, shape: Shape, layout: Layout, zone: &TimeZone) -> Table {
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
    for entry in &seen.entries {
        let block = match entry {
            Entry::Gap(gap) => {
                // From the last request on, which is a block's length before.
                let pause_ms = gap.end_ms - gap.start_ms + seen.length_ms;
                table.add_row(["idle".to_owned(), span(pause_ms.unsigned_abs())]);
                continue;
            }
            Entry::Block(block) => block,
        };
        let mut cells = vec![moment(block.start_ms, zone), lasted(block, seen.now_ms)];
        cells.extend(has_models.then(|| short_models(&block.models)));
        table.add_row(row(cells, &block.counters));
        for sums in block.models.iter().filter(|_| shape.by_model) {
            table.add_row(row(vec![format!("  {}", plain(&sums.model))], &sums.counters));
        }
    }
    let totals = seen.entries.iter().filter_map(Entry::block).map(|block| block.counters).sum();
    let mut all = row(vec!["Total".into()], &totals);
    if shape.limit.is_some() {
        // A limit is one block's.
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

fn bar(part: i64, of: i64) -> String {
    let share = |cells: i64| (part.clamp(0, of) * cells + of / 2) / of;
    let full = usize::try_from(share(30)).unwrap_or(0).min(BAR);
    format!("{}{} {}%", "█".repeat(full), "░".repeat(BAR - full), share(100))
}

/// The time of day, to the minute.
fn clock(ms: i64, zone: &TimeZone) -> String {
    moment(ms, zone).split(' ').next_back().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_never_longer_than_its_cells() {
        assert!(bar(1, 2).ends_with(" 50%"));
        assert_eq!(bar(9, 2).matches('█').count(), BAR);
        assert_eq!(bar(-1, 2).matches('░').count(), BAR);
    }
}
