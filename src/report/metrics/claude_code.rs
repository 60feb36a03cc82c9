//! The names of Claude Code's own OpenTelemetry metrics, as Prometheus writes them, for dashboards made for those.
//!
//! Invariant: names, labels and values of labels are Claude Code's; figures are ours, of all time and of all terminals.
//! What transcripts do not tell (lines of code, commits, active time) has no sample.

use std::collections::BTreeMap;

use super::exposition::{Exposition, Kind};
use super::labels::{Sums, by_type};
use crate::snapshot::{Counters, Frame, SessionRow};

/// Adds the usage by model, and the number of sessions.
pub(super) fn usage(exposition: &mut Exposition, frame: &Frame, models: &Sums) {
    let mut tokens =
        exposition.family(Kind::Counter, "claude_code_token_usage_tokens", "Number of tokens used.");
    // These names have no label for the agent: what several used of a model is one sample.
    let mut by_model = BTreeMap::<_, Counters>::new();
    for ((_, model), counters) in models {
        *by_model.entry(model).or_default() += *counters;
    }
    for (model, counters) in &by_model {
        for (kind, count) in by_type(counters) {
            tokens.sample(&[("model", model), ("type", kind)], count);
        }
    }
    let mut cost = exposition.family(
        Kind::Counter,
        "claude_code_cost_usage_USD",
        "Cost of the Claude Code session in USD, of all sessions.",
    );
    for (model, counters) in &by_model {
        cost.sample(&[("model", model)], counters.cost);
    }
    let listed = u64::try_from(frame.rows::<SessionRow>().count()).unwrap_or(u64::MAX);
    let sessions = listed.saturating_add(frame.totals().sessions_left_out());
    exposition.one(Kind::Counter, "claude_code_session_count", "Count of CLI sessions started.", sessions);
}
