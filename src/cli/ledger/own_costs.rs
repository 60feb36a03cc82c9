//! `cco ledger own-costs`: compares Claude Code's own figures for sessions with the costs from transcripts.
//!
//! Invariant: the figures are only compared, never added. A session without a figure is not shown as one without a
//! difference, and a figure older than the session's last request is marked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::open_ledger::to_read;
use crate::cli::table::{width_to_fit, words};
use crate::cli::{Failure, print, print_json};
use crate::config::Settings;
use crate::ledger::{CostStateRow, Ledger};
use crate::plain_text;
use crate::report::figures::{counted, dollars, rfc3339};
use crate::report::grid::{Cell, Column, Grid};
use crate::report::parts::usd;
use crate::report::styles::STRONG;
use crate::snapshot::Picodollars;

/// Runs `cco ledger own-costs`.
pub(super) fn run(settings: &Settings, json: bool) -> Result<(), Failure> {
    let comparison = Comparison::of(&to_read(settings)?)?;
    if json { print_json(&Report::of(&comparison)) } else { print(&comparison.text()) }
}

/// A session with both figures.
struct Row {
    state: CostStateRow,
    /// Of the requests that transcripts show.
    shown: Picodollars,
    /// Some of them were made after the figure was written.
    is_behind: bool,
}

struct Comparison {
    /// The widest differences first.
    rows: Vec<Row>,
    /// Sessions without a figure, and the cost of their requests.
    without: (u64, Picodollars),
}

impl Comparison {
    fn of(ledger: &Ledger) -> Result<Self, Failure> {
        let mut shown: HashMap<Arc<str>, (Picodollars, i64)> = HashMap::new();
        ledger.rollups(i64::MIN..i64::MAX, |rollup| {
            let (cost, last_ms) = shown.entry(rollup.session).or_default();
            *cost = *cost + rollup.figures.auto.cost;
            *last_ms = rollup.last_ms.max(*last_ms);
        })?;
        let mut rows: Vec<Row> = ledger
            .cost_states()?
            .into_iter()
            .map(|state| {
                let (cost, last_ms) = shown.remove(&state.session).unwrap_or_default();
                Row { shown: cost, is_behind: last_ms > state.at_ms(), state }
            })
            .collect();
        rows.sort_by(|a, b| {
            let width = |row: &Row| row.state.cost.0.abs_diff(row.shown.0);
            width(b).cmp(&width(a)).then_with(|| a.state.session.cmp(&b.state.session))
        });
        let without = shown.values().fold(Picodollars::ZERO, |sum, (cost, _)| sum + *cost);
        Ok(Self { rows, without: (shown.len() as u64, without) })
    }

    /// Sums over the sessions with a figure: ours, and Claude Code's.
    fn sums(&self) -> (Picodollars, Picodollars) {
        let zero = (Picodollars::ZERO, Picodollars::ZERO);
        self.rows.iter().fold(zero, |sums, row| (sums.0 + row.shown, sums.1 + row.state.cost))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut put = |line: String| text.write_str(&line).expect("writing to a String cannot fail");
        let count = |is: fn(&Row) -> bool| self.rows.iter().filter(|row| is(row)).count() as u64;
        let (behind, unknown) = (count(|row| row.is_behind), count(|row| row.state.has_unknown_model_cost));
        if behind > 0 {
            let sessions = counted(behind, "session");
            put(format!(
                "* {sessions} continued after Claude Code last wrote its figure, so that is too low\n"
            ));
        }
        if unknown > 0 {
            let sessions = counted(unknown, "session");
            put(format!(
                "? {sessions} used models without a price in Claude Code, so its figure is too low\n"
            ));
        }
        let (sessions, cost) = self.without;
        if sessions > 0 {
            let (sessions, cost) = (counted(sessions, "session"), dollars(cost));
            put(format!("{sessions} ({cost}) without a figure from Claude Code: cannot be compared\n"));
        }
        if self.rows.is_empty() && sessions == 0 {
            put("no usage yet\n".into());
        }
        if !self.rows.is_empty() {
            put("the difference is spend that transcripts do not show; no total includes it\n".into());
        }
        let table = if self.rows.is_empty() { String::new() } else { self.table() };
        table + &words(&text)
    }

    fn table(&self) -> String {
        let mut table = Grid::new([
            Column::key("Session"),
            Column::figures("Transcripts", 3),
            Column::figures("Claude Code", 2),
            Column::figures("Difference", 1),
        ]);
        for row in &self.rows {
            let marks = match (row.is_behind, row.state.has_unknown_model_cost) {
                (true, true) => " *?",
                (true, false) => " *",
                (false, true) => " ?",
                (false, false) => "",
            };
            let name = format!("{}{marks}", plain_text::name(&row.state.session));
            table.row(cells(name, row.shown, row.state.cost));
        }
        let (ours, theirs) = self.sums();
        table.row(cells("Total".into(), ours, theirs).map(|cell| cell.styled(STRONG)));
        table.render(width_to_fit())
    }
}

fn cells(name: String, ours: Picodollars, theirs: Picodollars) -> [Cell; 4] {
    let (sign, amount) = difference(ours, theirs);
    let difference = format!("{sign}{}", dollars(amount));
    [Cell::name(name), Cell::figure(dollars(ours)), Cell::figure(dollars(theirs)), Cell::figure(difference)]
}

/// What Claude Code's figure is above ours: a sign and an amount.
fn difference(ours: Picodollars, theirs: Picodollars) -> (&'static str, Picodollars) {
    if theirs >= ours { ("", theirs - ours) } else { ("-", ours - theirs) }
}

#[derive(Serialize)]
struct Report<'a> {
    sessions: Vec<Session<'a>>,
    /// Over these sessions.
    all: Costs,
    without_figure: Without,
}

#[derive(Serialize)]
struct Session<'a> {
    session: &'a str,
    project: &'a str,
    #[serde(flatten)]
    costs: Costs,
    /// When Claude Code wrote its figure.
    as_of: Option<String>,
    /// Requests were made after that.
    is_behind: bool,
    has_unknown_model_cost: bool,
}

#[derive(Serialize)]
struct Costs {
    transcripts_usd: Box<RawValue>,
    claude_code_usd: Box<RawValue>,
    /// Claude Code's figure less the transcripts'; may be negative.
    difference_usd: Box<RawValue>,
}

#[derive(Serialize)]
struct Without {
    sessions: u64,
    transcripts_usd: Box<RawValue>,
}

impl<'a> Report<'a> {
    fn of(comparison: &'a Comparison) -> Self {
        let (ours, theirs) = comparison.sums();
        let (sessions, cost) = comparison.without;
        Self {
            sessions: comparison.rows.iter().map(Session::of).collect(),
            all: Costs::of(ours, theirs),
            without_figure: Without { sessions, transcripts_usd: usd(cost) },
        }
    }
}

impl<'a> Session<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            session: &row.state.session,
            project: &row.state.project,
            costs: Costs::of(row.shown, row.state.cost),
            as_of: rfc3339(row.state.at_ms()),
            is_behind: row.is_behind,
            has_unknown_model_cost: row.state.has_unknown_model_cost,
        }
    }
}

impl Costs {
    fn of(ours: Picodollars, theirs: Picodollars) -> Self {
        let (sign, amount) = difference(ours, theirs);
        let signed = RawValue::from_string(format!("{sign}{amount}"));
        Self {
            transcripts_usd: usd(ours),
            claude_code_usd: usd(theirs),
            difference_usd: signed.expect("a decimal is a JSON number"),
        }
    }
}
