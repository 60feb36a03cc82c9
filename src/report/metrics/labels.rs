//! Sums by what labels show: rows that look the same are one.
//!
//! Invariant: a sum for each pair of shown texts, in a fixed order.

use std::collections::BTreeMap;

use crate::plain_text;
use crate::snapshot::{Agent, AgentRow, Counters, Frame, ModelRow, ProjectRow};

/// What stands for all projects without a label of their own.
pub(super) const OTHER: &str = "other";

/// Sums by agent and name.
pub(super) type Sums = BTreeMap<(String, String), Counters>;

/// All requests by agent and model.
pub(super) fn by_model(frame: &Frame) -> Sums {
    let agents = agents(frame);
    let rows = frame.rows::<ModelRow>();
    summed(rows.map(|row| (agent(&agents, row.agent), frame.name(row.name).to_owned(), row.counters)))
}

/// All requests by agent and project: of the `most` most expensive projects, and of all others together.
pub(super) fn by_project(frame: &Frame, most: usize, name: impl Fn(&str) -> String) -> Sums {
    let agents = agents(frame);
    let mut rows: Vec<ProjectRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        b.counters.cost.cmp(&a.counters.cost).then_with(|| frame.name(a.project).cmp(frame.name(b.project)))
    });
    let own = |(index, row): (usize, ProjectRow)| {
        let label = if index < most { name(frame.name(row.project)) } else { OTHER.to_owned() };
        (agent(&agents, row.agent), label, row.counters)
    };
    summed(rows.into_iter().enumerate().map(own))
}

fn summed(rows: impl Iterator<Item = (String, String, Counters)>) -> Sums {
    let mut sums = Sums::new();
    for (agent, name, counters) in rows {
        // Under the text that is shown: what differs only in the middle of a long name would be the same sample twice.
        *sums.entry((shown(&agent), shown(&name))).or_default() += counters;
    }
    sums
}

/// Tokens by type, in Claude Code's own words.
pub(super) fn by_type(counters: &Counters) -> [(&'static str, u64); 4] {
    [
        ("input", counters.input_tokens),
        ("output", counters.output_tokens),
        ("cacheRead", counters.cache_read_tokens),
        ("cacheCreation", counters.cache_write_5m_tokens.wrapping_add(counters.cache_write_1h_tokens)),
    ]
}

/// A text as a label shows it.
pub(super) fn shown(text: &str) -> String {
    plain_text::name(text).into_owned()
}

fn agents(frame: &Frame) -> Vec<(Agent, String)> {
    frame.rows::<AgentRow>().map(|row| (row.agent, frame.name(row.name).to_owned())).collect()
}

fn agent(agents: &[(Agent, String)], wanted: Agent) -> String {
    let known = agents.iter().find(|(agent, name)| *agent == wanted && !name.is_empty());
    known.map_or_else(|| format!("agent-{}", wanted.0), |(_, name)| name.clone())
}
