//! The last hour as a sparkline of tokens.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Sparkline, Widget as _};

use super::heading;
use crate::monitor::hour::Hour;
use crate::monitor::styled::style;
use crate::report::View;
use crate::report::figures::short_tokens;
use crate::report::styles::{ACCENT, DIM};

/// The line above it: how much was used, and whether all of it is known.
pub(crate) fn title(view: &View, columns: usize) -> Line<'static> {
    let hour = Hour::of(view, columns);
    let note = match hour.as_ref().and_then(Hour::tokens) {
        None => "not known yet".to_owned(),
        Some(tokens) => {
            let gaps = if hour.is_some_and(|hour| hour.has_gaps()) { "; · is unknown" } else { "" };
            format!("{} tokens as counted{gaps}", short_tokens(tokens))
        }
    };
    heading("Last hour", &note, columns, false)
}

/// Draws it, a column for each part of the hour.
pub(crate) fn draw(view: &View, area: Rect, picture: &mut Buffer) {
    let Some(hour) = Hour::of(view, area.width.into()) else { return };
    let bars = hour.parts.iter().map(|part| part.unwrap_or(0));
    Sparkline::default().data(bars).style(style(ACCENT)).render(area, picture);
    let Some(bottom) = area.rows().next_back() else { return };
    for (place, _) in bottom.positions().zip(&hour.parts).filter(|(_, part)| part.is_none()) {
        picture[place].set_symbol("·").set_style(style(DIM));
    }
}
