//! Claude Code's own statistics, below a report by period.
//!
//! Invariant: they are separate from the report's table, under a line that says what they are.

use crate::cli::table::{width_to_fit, words};
use crate::config::Aliases;
use crate::report::figures::grouped;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::names;
use crate::report::styles::DIM;
use crate::report::usage::json::period_name;
use crate::report::usage::{Grouping, Statistics, StatisticsRow};

/// The statistics as text; empty if there are none.
pub(super) fn text(statistics: &Statistics, grouping: Grouping, aliases: &Aliases) -> String {
    if statistics.rows.is_empty() {
        return String::new();
    }
    let title = match grouping {
        Grouping::Weeks => "Week of",
        Grouping::Months => "Month",
        Grouping::Years => "Year",
        _ => "Day",
    };
    let mut columns = vec![Column::key(title)];
    let has_days = grouping != Grouping::Days;
    columns.extend(has_days.then(|| Column::figures("Days", 2)));
    columns.extend([Column::text("Models", 3), Column::figures("Tokens", 0), Column::text("Counted", 1)]);
    columns.push(Column::figures("Cost", 4));
    let mut table = Grid::new(columns);
    for row in &statistics.rows {
        let mut cells = vec![Cell::figure(period_name(row.first_day, grouping))];
        cells.extend(has_days.then(|| Cell::figure(grouped(row.days))));
        cells.push(Cell::name(models(row, aliases)));
        cells.push(Cell::figure(grouped(row.tokens)));
        cells.push(Cell::words(if row.with_cache { "all tokens" } else { "input and output" }));
        cells.push(Cell::figure("unknown").styled(DIM));
        table.row(cells);
    }
    let what = words(
        "from Claude Code's own statistics: tokens without a cost, for days with nothing counted; in no total above\n",
    );
    format!("\n{what}{}", table.render(width_to_fit()))
}

fn models(row: &StatisticsRow, aliases: &Aliases) -> String {
    let named = row.models.iter().map(|(model, _)| names::model(model, aliases).into_owned());
    named.collect::<Vec<_>>().join(", ")
}
