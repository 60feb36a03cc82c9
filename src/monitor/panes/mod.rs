//! The panes: each makes lines of a given width from the state. One file a pane.
//!
//! Invariant: pure. What is unknown is left out or said in words; names are safe to show (`plain_text`); a colour never
//! stands alone.

pub(crate) mod block;
pub(crate) mod details;
pub(crate) mod help;
pub(crate) mod hour;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod publisher;
pub(crate) mod status;
pub(crate) mod tabs;
pub(crate) mod usage;

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::styled::style;
use crate::plain_text::fitted;
use crate::report::grid::wrapped;
use crate::report::styles::{ACCENT, DIM, STRONG};

/// The widest column of labels.
const LABEL_COLUMNS: usize = 17;

/// The first line of a pane: `Models  12, by cost ────`.
pub(crate) fn heading(title: &str, note: &str, columns: usize, is_selected: bool) -> Line<'static> {
    let mark = if is_selected { "▸ " } else { "" };
    let title = format!("{mark}{title} ");
    let room = columns.saturating_sub(title.width() + 2);
    let note = if note.is_empty() { String::new() } else { format!("{} ", fitted(note, room)) };
    let rule = "─".repeat(columns.saturating_sub(title.width() + note.width()));
    let title_style = if is_selected { style(ACCENT).patch(style(STRONG)) } else { style(STRONG) };
    Line::from(vec![Span::styled(title, title_style), Span::raw(note), Span::styled(rule, style(DIM))])
}

/// A line for each fact, with its label; long ones take several lines.
pub(crate) fn facts<'a>(
    rows: impl IntoIterator<Item = (&'a str, String)>,
    columns: usize,
) -> Vec<Line<'static>> {
    let rows: Vec<_> = rows.into_iter().collect();
    let labels = rows.iter().map(|(label, _)| label.width() + 2).max().unwrap_or(0);
    let labels = labels.min(LABEL_COLUMNS).min(columns / 2);
    let mut lines = Vec::new();
    for (label, value) in rows {
        for (at, words) in wrapped(&value, columns.saturating_sub(labels)).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let pad = labels.saturating_sub(label.width());
            let label = format!("{label}{}", " ".repeat(pad));
            lines.push(Line::from(vec![Span::styled(label, style(DIM)), Span::raw(words)]));
        }
    }
    lines
}

/// Words in lines, without style.
pub(crate) fn words(text: &str, columns: usize) -> Vec<Line<'static>> {
    wrapped(text, columns).into_iter().map(Line::from).collect()
}
