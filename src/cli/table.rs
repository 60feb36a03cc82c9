//! What tables of different commands have in common: figures, and how wide the output is.

use crate::config::Aliases;
use crate::report::cost::Cost;
use crate::report::figures::grouped;
use crate::report::grid::{Cell, Column, Grid, wrapped};
use crate::report::names;
use crate::report::styles::STRONG;
use crate::report::tables::by_cost;
use crate::snapshot::{Counters, Frame};

/// The columns of [`figures`].
pub(super) const FIGURES: [Column; 7] = [
    Column::figures("Requests", 6),
    Column::figures("Input", 5),
    Column::figures("Output", 4),
    Column::figures("Cache write", 8),
    Column::figures("Cache read", 8),
    Column::figures("Total tokens", 2),
    Column::figures("Cost", 1),
];

/// Columns of a higher rank are left out of compact tables.
pub(super) const COMPACT: u8 = 5;

/// The models of a frame, the most expensive first, and their sum. `is_marked` says it of a model by its name,
/// or of the sum.
pub(super) fn by_model(
    frame: &Frame,
    totals: &Counters,
    aliases: &Aliases,
    is_marked: impl Fn(Option<&str>, &Counters) -> bool,
) -> Grid {
    let mut table = Grid::new([Column::key("Model")].into_iter().chain(FIGURES));
    for row in &by_cost(frame) {
        let name = frame.name(row.name);
        let figures = figures(&row.counters, is_marked(Some(name), &row.counters));
        table.row([Cell::name(names::model(name, aliases))].into_iter().chain(figures));
    }
    let total = [Cell::name("Total")].into_iter().chain(figures(totals, is_marked(None, totals)));
    table.row(total.map(|cell| cell.styled(STRONG)));
    table
}

/// Counters as people read them.
pub(super) fn figures(counters: &Counters, is_marked: bool) -> [Cell; 7] {
    [
        Cell::figure(grouped(counters.requests)),
        Cell::tokens(counters.input_tokens),
        Cell::tokens(counters.output_tokens).marked(is_marked),
        Cell::tokens(counters.cache_write_5m_tokens + counters.cache_write_1h_tokens),
        Cell::tokens(counters.cache_read_tokens),
        Cell::tokens(counters.total_tokens()),
        Cell::cost(Cost::from(counters).provisional(is_marked)),
    ]
}

/// Lines below a table, wrapped at words if there is too little room.
pub(super) fn words(text: &str) -> String {
    let Some(width) = width_to_fit().filter(|_| !text.is_empty()) else { return text.to_owned() };
    wrapped(text.trim_end_matches('\n'), width).join("\n") + "\n"
}

/// How many columns wide what is printed may be: the terminal's, else what `COLUMNS` says. `None` if nothing limits it.
pub(super) fn width_to_fit() -> Option<usize> {
    let told = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    // A terminal that does not know its width says 0.
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).or_else(told)
}
