//! The current block: a gauge of its time, its usage, rate, projection, and when it ends or reaches its limit.
//!
//! Invariant: all facts are those of `report`'s block status, whether the block is the snapshot's or the ledger's.

use ratatui::text::{Line, Span};

use super::{facts, heading};
use crate::monitor::state::{Answer, State};
use crate::monitor::styled::style;
use crate::report::View;
use crate::report::five_hours::FiveHours;
use crate::report::share_bar::share_bar;
use crate::report::styles::ACCENT;
use crate::report::usage::BlockStatus;
use crate::report::usage::blocks::Block;

const MILLION: u64 = 1_000_000;

/// The block, as far as it is known.
struct BlockFacts {
    /// How much of its time has passed, in millionths; `None` without a block.
    passed: Option<u64>,
    /// Its facts; the first is when it is.
    facts: Vec<(&'static str, String)>,
}

impl BlockFacts {
    fn of(state: &State, view: &View) -> Self {
        let of = |status: BlockStatus<'_>| Self {
            passed: status.passed_millionths(),
            facts: status.facts(&state.options.zone, state.options.costs, &state.options.aliases),
        };
        let words = |words: &str| Self { passed: None, facts: vec![("Block", words.to_owned())] };
        if state.options.block_of_ledger {
            return match &state.block {
                Answer::Known(report) => of(report.status()),
                Answer::Unknown => words("reading the ledger"),
                Answer::Failed(error) => words(error),
            };
        }
        match (Block::of_view(view), view.totals.block()) {
            (Some(block), _) => {
                let end = FiveHours::of(block.end_ms, view.totals.five_hour_limit(), view.now);
                of(BlockStatus::active(&block, None, end, view.now))
            }
            (None, Some(over)) => of(BlockStatus::Idle { ended_ms: Some(over.end) }),
            (None, None) => words("none active"),
        }
    }
}

/// The pane of the overview.
pub(crate) fn lines(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let known = BlockFacts::of(state, view);
    let when = known.facts.first().map_or("", |(_, words)| words);
    let mut lines = vec![heading("Block", when, columns, false)];
    lines.extend(known.passed.map(|passed| gauge(passed, columns)));
    lines.extend(facts(known.facts.into_iter().skip(1), columns));
    lines
}

/// The same in a few lines, for small terminals.
pub(crate) fn compact(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let known = BlockFacts::of(state, view);
    let mut lines: Vec<_> = known.passed.map(|passed| gauge(passed, columns)).into_iter().collect();
    let is_active = known.passed.is_some();
    let wanted = ["Block", "Rate", "Projected", "Limit"];
    let wanted = known.facts.into_iter().filter(|(label, _)| wanted.contains(label));
    let short = wanted.map(|(label, words)| match words.split_once(' ') {
        // The day of a block that is active is no news.
        Some((_, clock)) if is_active && label == "Block" => (label, clock.to_owned()),
        _ => (label, words),
    });
    lines.extend(facts(short, columns));
    lines
}

/// The block's own view.
pub(crate) fn whole(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let known = BlockFacts::of(state, view);
    let mut lines = facts(known.facts, columns);
    if let Some(passed) = known.passed {
        let gauge = gauge(passed, columns);
        lines.splice(1..1, [Line::default(), gauge.clone(), gauge, Line::default()]);
    }
    lines
}

/// `██████░░░░ 57%`: how much of the time has passed.
fn gauge(passed: u64, columns: usize) -> Line<'static> {
    let percent = format!(" {:>3}%", passed * 100 / MILLION);
    let cells = columns.saturating_sub(percent.len());
    let bar = share_bar(passed, cells);
    Line::from(vec![Span::styled(bar, style(ACCENT)), Span::raw(percent)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_is_as_wide_as_its_pane_and_never_wider() {
        for (passed, columns) in [(0, 40), (500_000, 41), (1_000_000, 80), (2_000_000, 20), (1, 3)] {
            let gauge = gauge(passed, columns);
            assert!(gauge.width() == columns || columns < 5, "{gauge}");
        }
        assert_eq!(gauge(500_000, 15).to_string(), "█████░░░░░  50%");
    }
}
