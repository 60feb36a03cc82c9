//! The line of views: `[1 Overview] 2 Block …`. The chosen one stands in brackets.

use ratatui::text::{Line, Span};

use crate::monitor::state::Tab;
use crate::monitor::styled::style;
use crate::report::styles::{ACCENT, DIM, STRONG};

pub(crate) fn line(chosen: Tab, columns: usize) -> Line<'static> {
    let chosen_style = style(ACCENT).patch(style(STRONG));
    let spans = chosen
        .labels(columns)
        .into_iter()
        .map(|(tab, label)| Span::styled(label, if tab == chosen { chosen_style } else { style(DIM) }));
    Line::from_iter(spans)
}
