//! Claude Code's own figures for sessions, as tables and notes show them.
//!
//! Used by `cco reconcile` and `cco session --id`.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use crate::cli::table::{width_to_fit, words};
use crate::config::Aliases;
use crate::report::cost::Cost;
use crate::report::figures::{counted, dollars};
use crate::report::grid::{Cell, Column, Grid};
use crate::report::names;
use crate::report::provisional::is_marked;
use crate::report::styles::STRONG;
use crate::report::usage::moment;
use crate::report::usage::reconcile::{Comparison, Difference};

/// The cells of both costs and their difference.
pub(super) fn costs(ours: Cost, difference: Difference) -> [Cell; 3] {
    [Cell::cost(ours), Cell::figure(dollars(difference.theirs)), Cell::figure(difference.to_string())]
}

/// What follows the name of a session whose figure from Claude Code is too low; [`notes`] explains it.
pub(super) fn marks(row: &Comparison) -> &'static str {
    match (row.is_behind(), row.state.has_unknown_model_cost) {
        (true, true) => " *?",
        (true, false) => " *",
        (false, true) => " ?",
        (false, false) => "",
    }
}

/// What the marks mean.
pub(super) fn notes(sessions: &[Comparison]) -> String {
    let count = |is: &dyn Fn(&Comparison) -> bool| sessions.iter().filter(|row| is(row)).count() as u64;
    let behind = count(&Comparison::is_behind);
    let unknown = count(&|row| row.state.has_unknown_model_cost);
    let mut text = String::new();
    let mut put = |mark: char, sessions: u64, why: &str| {
        if sessions > 0 {
            let sessions = counted(sessions, "session");
            writeln!(text, "{mark} {sessions} {why}, so its figure is too low")
                .expect("a String takes whatever is written");
        }
    };
    put('*', behind, "continued after Claude Code last wrote a cost");
    put('?', unknown, "used models that Claude Code has no price for");
    text
}

/// Claude Code's figures for one session, by model.
pub(super) fn by_model(row: &Comparison, zone: &TimeZone, aliases: &Aliases) -> String {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let last_ms = row.span_ms.map_or(i64::MIN, |(_, last_ms)| last_ms);
    let mut table = Grid::new([
        Column::key("Model"),
        Column::figures("Output in transcripts", 5),
        Column::figures("Output in Claude Code", 4),
        Column::figures("Transcripts", 3),
        Column::figures("Claude Code", 2),
        Column::figures("Difference", 1),
    ]);
    let cost = |ours| Cost::from(ours).provisional(is_marked(ours, last_ms, now_ms));
    for model in &row.models {
        let name = model.model.as_ref().map_or("not by model".into(), |name| names::model(name, aliases));
        let before = [
            Cell::name(name),
            Cell::tokens(model.ours.output_tokens).marked(is_marked(&model.ours, last_ms, now_ms)),
            model.theirs.output_tokens.map_or_else(Cell::default, Cell::tokens),
        ];
        table.row(before.into_iter().chain(costs(cost(&model.ours), model.difference())));
    }
    let theirs: u64 = row.models.iter().filter_map(|model| model.theirs.output_tokens).sum();
    let before = [
        Cell::figure("Total"),
        Cell::tokens(row.ours.output_tokens).marked(is_marked(&row.ours, last_ms, now_ms)),
        Cell::tokens(theirs),
    ];
    let total = before.into_iter().chain(costs(cost(&row.ours), row.difference()));
    table.row(total.map(|cell| cell.styled(STRONG)));
    let as_of = row.written_ms().map_or_else(String::new, |ms| format!(", as of {}", moment(ms, zone)));
    let title = format!("Claude Code's own figures for the whole session{as_of}\n");
    let mut foot = String::new();
    if row.is_behind() {
        foot += "the session continued after that, so they are too low\n";
    }
    if row.state.has_unknown_model_cost {
        foot += "it used models that Claude Code has no price for, so its figures are too low\n";
    }
    foot += "the difference is spend that transcripts do not show; no total includes it\n";
    format!("{}\n{}{}", words(&title), table.render(width_to_fit()), words(&foot))
}
