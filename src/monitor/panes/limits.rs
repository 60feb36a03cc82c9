//! The account's limits, with the time until each is reset.

use ratatui::text::Line;

use super::heading;
use crate::monitor::styled;
use crate::report::View;
use crate::report::limit_table::limits;

pub(crate) fn lines(view: &View, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![heading("Limits", "", columns, false)];
    lines.extend(figures(view, columns));
    lines
}

/// The same without a heading.
pub(crate) fn figures(view: &View, columns: usize) -> Vec<Line<'static>> {
    styled::lines(&limits(view, Some(columns)))
}
