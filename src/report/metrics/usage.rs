//! Tokens, costs and requests of all time, by model and, if asked for, by project.
//!
//! Invariant: the sums over all labels of a family are the totals of one commit. They fall only with a new epoch, which
//! `cco_build_info` names; so they have no time of creation.

use super::claude_code;
use super::exposition::{Exposition, Kind};
use super::labels::{Sums, by_model, by_project, by_type};
use super::{MetricNames, MetricOptions};
use crate::snapshot::Frame;

/// Adds the usage in a frame. `project` gives a project's label.
pub fn usage(
    exposition: &mut Exposition,
    frame: &Frame,
    options: MetricOptions,
    project: impl Fn(&str) -> String,
) {
    let models = by_model(frame);
    match options.names {
        MetricNames::Cco => {
            family(exposition, ["cco_tokens", "cco_cost_usd"], "model", &models);
        }
        MetricNames::ClaudeCode => claude_code::usage(exposition, frame, &models),
    }
    requests(exposition, "cco_requests", "model", &models);
    let mut unpriced = exposition.family(
        Kind::Counter,
        "cco_unpriced_tokens",
        "Tokens of models without a price: they are counted and not in the cost.",
    );
    for ((agent, model), counters) in &models {
        unpriced.sample(&[("agent", agent), ("model", model)], counters.unpriced_tokens);
    }
    if options.projects > 0 {
        let projects = by_project(frame, options.projects, project);
        family(exposition, ["cco_project_tokens", "cco_project_cost_usd"], "project", &projects);
        requests(exposition, "cco_project_requests", "project", &projects);
    }
}

fn family(exposition: &mut Exposition, [tokens, cost]: [&'static str; 2], label: &str, sums: &Sums) {
    let mut family = exposition.family(Kind::Counter, tokens, "Tokens used.");
    for ((agent, name), counters) in sums {
        for (kind, count) in by_type(counters) {
            family.sample(&[("agent", agent), (label, name), ("type", kind)], count);
        }
    }
    let mut family = exposition.family(Kind::Counter, cost, "API-equivalent cost in USD.");
    for ((agent, name), counters) in sums {
        family.sample(&[("agent", agent), (label, name)], counters.cost);
    }
}

fn requests(exposition: &mut Exposition, name: &'static str, label: &str, sums: &Sums) {
    let mut family = exposition.family(Kind::Counter, name, "API requests.");
    for ((agent, name), counters) in sums {
        family.sample(&[("agent", agent), (label, name)], counters.requests);
    }
}
