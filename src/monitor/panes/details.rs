//! All figures of the selected row.

use ratatui::text::Line;

use super::{facts, heading, words};
use crate::monitor::state::{List, State};
use crate::plain_text;
use crate::report::figures::{grouped, short_tokens, span};
use crate::report::usage::moment;
use crate::snapshot::Counters;

/// The most columns of a name, which is shown in several lines here.
const NAME_COLUMNS: usize = 400;

pub(crate) fn lines(state: &State, list: List, columns: usize) -> Vec<Line<'static>> {
    let (rows, _) = state.rows(list);
    let Some(item) = rows.get(state.list_state(list).cursor(&rows)) else {
        return words("the row is gone; Esc returns to the list", columns);
    };
    let name = |text: &str| plain_text::fitted(text, NAME_COLUMNS).into_owned();
    let mut rows = vec![("Name", name(&item.name))];
    let mut add = |label, value: String| rows.push((label, value));
    if item.key.1 != item.name {
        add("Folder", name(&item.key.1));
    }
    match list {
        List::Sessions => add("Project", name(&item.beside)),
        List::Days if !item.beside.is_empty() => add("Models", name(&item.beside)),
        _ => {}
    }
    if let Some((first, last)) = item.times {
        let ago = span(u64::try_from(state.moment_ms() - last).unwrap_or(0));
        add("First used", moment(first, &state.options.zone));
        add("Last used", format!("{}, {ago} ago", moment(last, &state.options.zone)));
    }
    let has_costs = state.options.costs.are_shown();
    if has_costs {
        add("Cost", item.cost(state.moment_ms()).to_string());
    }
    if let Some(today) = &item.today {
        let cost =
            item.cost_today().filter(|_| has_costs).map(|cost| format!("{cost}, ")).unwrap_or_default();
        let tokens = short_tokens(today.total_tokens());
        add("Today", format!("{cost}{tokens} tokens, {} requests", grouped(today.requests)));
    }
    for (label, count) in figures(&item.counters) {
        add(label, grouped(count));
    }
    let mut lines = vec![heading(list.title(), "Esc returns to the list", columns, true)];
    lines.extend(facts(rows, columns));
    lines
}

/// The figures that every row has, and those that few have if they are not zero.
fn figures(counters: &Counters) -> Vec<(&'static str, u64)> {
    let mut figures = vec![
        ("Requests", counters.requests),
        ("Messages", counters.messages),
        ("Total tokens", counters.total_tokens()),
        ("Input", counters.input_tokens),
        ("Output", counters.output_tokens),
        ("Cache write 5m", counters.cache_write_5m_tokens),
        ("Cache write 1h", counters.cache_write_1h_tokens),
        ("Cache read", counters.cache_read_tokens),
    ];
    let rare = [
        ("Thinking", counters.thinking_tokens),
        ("Web searches", counters.web_search_requests),
        ("Web fetches", counters.web_fetch_requests),
        ("Without price", counters.unpriced_tokens),
        ("Provisional", counters.provisional_messages),
    ];
    figures.extend(rare.into_iter().filter(|(_, count)| *count > 0));
    figures
}
