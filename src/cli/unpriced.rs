//! Used models without a price, from the ledger. Used by `cco prices`, its check, and `cco doctor`.
//!
//! Invariant: a model is listed if and only if the effective table has no price for it, whatever transcripts say about
//! costs.

use serde::Serialize;

use crate::config::Settings;
use crate::ledger::{Ledger, LedgerError};
use crate::pricing::CostMode;
use crate::report::usage::NameTables;

/// A model that was used and has no price.
#[derive(Debug, Serialize)]
pub(super) struct UnpricedModel {
    pub(super) model: String,
    pub(super) requests: u64,
    pub(super) tokens: u64,
}

/// Used models without a price, most tokens first.
pub(super) fn unpriced(ledger: &Ledger, settings: &Settings) -> Result<Vec<UnpricedModel>, LedgerError> {
    let names = NameTables::read(ledger, false)?;
    let mut by_model = std::collections::HashMap::<i64, (u64, u64)>::new();
    ledger.tallies(i64::MIN..i64::MAX, CostMode::Calculate, |tally| {
        let sums = by_model.entry(tally.model).or_default();
        sums.0 = sums.0.wrapping_add(tally.counters.requests);
        sums.1 = sums.1.wrapping_add(tally.counters.total_tokens());
    })?;
    let mut unpriced: Vec<_> = (by_model.into_iter())
        .filter_map(|(id, (requests, tokens))| {
            let model = names.models.get(&id)?;
            let is_priced = settings.prices.table().find(model).is_some();
            (!is_priced).then(|| UnpricedModel { model: model.to_string(), requests, tokens })
        })
        .collect();
    unpriced.sort_by(|a, b| b.tokens.cmp(&a.tokens).then_with(|| a.model.cmp(&b.model)));
    Ok(unpriced)
}
