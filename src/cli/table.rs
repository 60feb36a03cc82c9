//! Tables in the style of all commands, and the table of totals by model.
//!
//! Invariant: names in cells are safe to show, and a table is no wider than the terminal if it can be.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use crate::plain_text;
use crate::report::figures::{dollars, grouped};
use crate::report::tables::by_cost;
use crate::snapshot::{Counters, Frame};

/// A line below the titles and none between rows.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The titles of [`figures`].
pub(super) const FIGURES: [&str; 7] =
    ["Requests", "Input", "Output", "Cache write", "Cache read", "Total tokens", "Cost"];

/// A frame's models, most expensive first, and their total.
pub(super) fn by_model(frame: &Frame, totals: &Counters) -> String {
    let titles: Vec<&str> = ["Model"].into_iter().chain(FIGURES).collect();
    let mut table = titled(&titles);
    for row in &by_cost(frame) {
        table.add_row(cells(&plain_text::name(frame.name(row.name)), &row.counters));
    }
    table.add_row(cells("Total", totals).into_iter().map(|cell| cell.add_attribute(Attribute::Bold)));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

/// A table with these titles and no rows.
pub(super) fn titled(titles: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(titles.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    table
}

/// Counters as text, in the order of [`FIGURES`].
pub(super) fn figures(counters: &Counters) -> [String; 7] {
    let cost = if counters.unpriced_tokens > 0 && counters.cost == Default::default() {
        "no price".to_owned()
    } else {
        dollars(counters.cost)
    };
    [
        grouped(counters.requests),
        grouped(counters.input_tokens),
        grouped(counters.output_tokens),
        grouped(counters.cache_write_5m_tokens + counters.cache_write_1h_tokens),
        grouped(counters.cache_read_tokens),
        grouped(counters.total_tokens()),
        cost,
    ]
}

fn cells(name: &str, counters: &Counters) -> Vec<Cell> {
    [Cell::new(name)].into_iter().chain(figures(counters).map(Cell::new)).collect()
}

/// The width to keep: the terminal's, else `COLUMNS`; `None` if there is no limit.
pub(super) fn width_to_fit() -> Option<usize> {
    let from_variable = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    // A terminal without a known width reports 0.
    Table::new().width().map(usize::from).filter(|columns| *columns > 0).or_else(from_variable)
}
