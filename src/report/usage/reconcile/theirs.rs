//! Reads Claude Code's figures by model, as the ledger keeps them.
//!
//! Invariant: what cannot be read as a figure is not one; it never makes a report fail.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::snapshot::Picodollars;

/// Claude Code's figures for a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theirs {
    /// Its cost.
    pub cost: Picodollars,
    /// Its output tokens; `None` if they are not known.
    pub output_tokens: Option<u64>,
}

/// A model's figures as Claude Code wrote them.
type Figures = BTreeMap<String, Box<RawValue>>;

/// The figures by model. Names of variants, such as `claude-opus-5[1m]`, are those of their models, because transcripts
/// do not name variants; `is_ours` says which names are in transcripts.
pub(super) fn by_model(json: &str, is_ours: impl Fn(&str) -> bool) -> BTreeMap<String, Theirs> {
    let models: BTreeMap<String, Figures> = serde_json::from_str(json).unwrap_or_default();
    let mut sums: BTreeMap<String, Theirs> = BTreeMap::new();
    for (name, figures) in models {
        let model = if is_ours(&name) { &name } else { without_variant(&name) };
        let sum = sums.entry(model.to_owned()).or_default();
        let figure = |key: &str| figures.get(key).map(|figure| figure.get());
        sum.cost = sum.cost + figure("costUSD").and_then(|cost| cost.parse().ok()).unwrap_or_default();
        let output_tokens = figure("outputTokens").and_then(|tokens| tokens.parse::<u64>().ok());
        if let Some(more) = output_tokens {
            sum.output_tokens = Some(sum.output_tokens.unwrap_or(0).saturating_add(more));
        }
    }
    sums
}

fn without_variant(name: &str) -> &str {
    let variant = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    variant.map(|(model, _)| model).filter(|model| !model.is_empty()).unwrap_or(name)
}
