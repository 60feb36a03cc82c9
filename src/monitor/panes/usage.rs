//! Usage: today, this week, this month and all time, with budgets.

use ratatui::text::Line;

use super::heading;
use crate::monitor::state::State;
use crate::monitor::styled;
use crate::report::View;
use crate::report::budget::Spent;
use crate::report::overview::{Besides, Overview};

pub(crate) fn lines(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![heading("Usage", "", columns, false)];
    lines.extend(figures(state, view, columns));
    lines
}

/// The current periods alone, for small terminals.
pub(crate) fn compact(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let mut lines = figures(state, view, columns);
    lines.pop();
    lines
}

fn figures(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let budgets = Spent::of_totals(&view.totals).against(&state.options.budgets, view.now);
    let overview = Overview { view, budgets, models: Vec::new(), aliases: &state.options.aliases };
    styled::lines(&overview.periods(Besides::AllTime).render(Some(columns)))
}
