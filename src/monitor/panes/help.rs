//! The keys, as they are configured, and what marks mean.

use ratatui::text::Line;

use super::{facts, heading};
use crate::config::monitor::Action;
use crate::monitor::state::{State, Tab};

pub(crate) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let keys = |action| {
        let keys: Vec<_> = state.options.keys.of(action).iter().map(ToString::to_string).collect();
        keys.join(" ")
    };
    let digits = format!("1-{}", Tab::ALL.len());
    let rows: Vec<_> = Action::all().map(|action| (keys(action), action.words().to_owned())).collect();
    let rows = rows.iter().map(|(keys, words)| (keys.as_str(), words.clone()));
    let rows = rows.chain([(digits.as_str(), "choose a view".to_owned()), ("ctrl-c", "quit".to_owned())]);
    let marks = [
        ("$1.20+", "leaves out tokens without a price".to_owned()),
        ("~$1.20", "a lower bound: final counts of output are missing".to_owned()),
    ];
    let rows = rows.chain(marks);
    let mut lines = vec![heading("Keys", "Esc closes this", columns, true)];
    lines.extend(facts(rows, columns));
    lines
}
