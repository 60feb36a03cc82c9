//! A list: models, projects, sessions or days, with the selected row in view.
//!
//! Invariant: each row takes one line, and only rows in view are laid out. All rows are read, filtered and sorted for each
//! picture, so a long list costs more than a short one: what was sorted before is not kept.

use ratatui::text::Line;

use super::{heading, words};
use crate::monitor::state::{Answer, Item, Layer, List, Sort, State};
use crate::monitor::styled;
use crate::plain_text;
use crate::report::figures::{grouped, span};
use crate::report::grid::{Cell, Column, Grid};
use crate::report::styles::{ACCENT, DIM, STRONG};

/// Lines above the rows: heading, titles and rule.
const HEAD_LINES: usize = 3;

/// The list in so many columns and lines.
pub(crate) fn lines(state: &State, list: List, columns: usize, height: usize) -> Vec<Line<'static>> {
    let (rows, all) = state.rows(list);
    let is_selected = state.list() == Some(list) && state.layer != Layer::Details;
    let title = heading(list.title(), &note(state, list, rows.len(), all), columns, is_selected);
    let mut lines = vec![title];
    if rows.is_empty() {
        lines.extend(words(nothing(all), columns));
    } else {
        let visible = height.saturating_sub(HEAD_LINES).max(1);
        let cursor = state.list_state(list).cursor(&rows);
        let last_start = rows.len().saturating_sub(visible);
        let start = cursor.saturating_sub(visible / 2).min(last_start);
        let shown = rows.iter().enumerate().skip(start).take(visible);
        let mut grid = Grid::list(columns_of(list, state));
        for (at, item) in shown {
            let mark = if at == cursor && is_selected { "▸" } else { "" };
            let cells = [Cell::figure(mark).styled(ACCENT)].into_iter().chain(cells(list, item, state));
            let is_cursor = at == cursor && is_selected;
            grid.row(cells.map(|cell| if is_cursor { cell.styled(STRONG) } else { cell }));
        }
        lines.extend(styled::lines(&grid.render(Some(columns))));
    }
    lines.truncate(height);
    lines
}

/// How many rows, sorted by what, and what they are filtered by.
fn note(state: &State, list: List, shown: usize, all: usize) -> String {
    let of = state.list_state(list);
    let count = match of.filter.is_empty() {
        true => grouped(all as u64),
        false => format!("{} of {} with {:?}", grouped(shown as u64), grouped(all as u64), of.filter),
    };
    let reversed = if of.is_reversed { " ▴" } else { "" };
    let by = match of.sort_of(list) {
        Sort::Last if list == List::Days => "date",
        sort => sort.words(),
    };
    let mut note = format!("{count}, by {by}{reversed}");
    let left_out = state.view().map_or(0, |view| view.totals.sessions_left_out());
    if list == List::Sessions && left_out > 0 {
        note += &format!("; {} older ones: cco session", grouped(left_out));
    }
    if list == List::Days
        && let Answer::Failed(error) = &state.days
    {
        note += &format!("; no models: {error}");
    }
    note
}

fn nothing(all: usize) -> &'static str {
    match all {
        0 => "no usage yet",
        _ => "nothing matches the filter; Esc clears it",
    }
}

fn columns_of(list: List, state: &State) -> Vec<Column> {
    let mut columns = vec![Column::key("")];
    columns.extend(match list {
        List::Models => {
            vec![Column::key("Model"), Column::figures("Requests", 4), Column::figures("Tokens", 2)]
        }
        List::Projects => vec![
            Column::key("Project"),
            Column::figures("Last", 5),
            Column::figures("Today", 3),
            Column::figures("Requests", 6),
            Column::figures("Tokens", 4),
        ],
        List::Sessions => vec![
            Column::key("Session"),
            Column::text("Project", 6),
            Column::figures("Last", 3),
            Column::figures("Requests", 5),
            Column::figures("Tokens", 4),
        ],
        List::Days => vec![
            Column::key("Day"),
            Column::text("Models", 5),
            Column::figures("Requests", 4),
            Column::figures("Tokens", 2),
        ],
    });
    columns.extend(state.options.costs.are_shown().then_some(Column::figures("Cost", 1)));
    columns
}

fn cells(list: List, item: &Item<'_>, state: &State) -> Vec<Cell> {
    let name = plain_text::name(&item.name);
    let requests = Cell::figure(grouped(item.counters.requests));
    let tokens = Cell::tokens(item.counters.total_tokens());
    let last = item.times.map_or_else(String::new, |(_, last)| ago(state.moment_ms() - last));
    let last = Cell::figure(last).styled(DIM);
    let mut cells = match list {
        List::Models => vec![Cell::name(name), requests, tokens],
        List::Projects => {
            let folder = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&name).to_owned();
            let today = item.today.map_or_else(Cell::default, |today| match today.requests {
                0 => Cell::figure("–").styled(DIM),
                _ if state.options.costs.are_shown() => {
                    item.cost_today().map_or_else(Cell::default, Cell::cost)
                }
                _ => Cell::tokens(today.total_tokens()),
            });
            vec![Cell::name_or(name, folder), last, today, requests, tokens]
        }
        List::Sessions => {
            let project = Cell::name(plain_text::name(&item.beside)).styled(DIM);
            vec![Cell::name(name), project, last, requests, tokens]
        }
        List::Days => vec![Cell::name(name), Cell::name(&*item.beside).styled(DIM), requests, tokens],
    };
    cells.extend(state.options.costs.are_shown().then(|| Cell::cost(item.cost(state.moment_ms()))));
    cells
}

/// `12m ago`; a time in the future, from another machine's clock, is now.
fn ago(ms: i64) -> String {
    match u64::try_from(ms).unwrap_or(0) {
        0..1000 => "now".to_owned(),
        ms => format!("{} ago", span(ms)),
    }
}
