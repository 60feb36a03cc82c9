//! A request's iterations as JSON text.
//!
//! Invariant: counters that are zero are left out, and integers stay below 2⁵³, which any JSON reader reads exactly.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::usage::{Iteration, Tokens};

#[derive(Serialize, Deserialize)]
struct IterationText<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    input: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    output: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    cache_write_5m: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    cache_write_1h: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    cache_read: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    web_searches: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    web_fetches: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    thinking: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The text for iterations; `None` for none.
pub(super) fn to_text(iterations: &[Iteration]) -> Result<Option<String>, LedgerError> {
    if iterations.is_empty() {
        return Ok(None);
    }
    let entries: Vec<IterationText<'_>> = iterations
        .iter()
        .map(|iteration| IterationText {
            model: Some(Cow::Borrowed(&*iteration.model)),
            input: iteration.tokens.input,
            output: iteration.tokens.output,
            cache_write_5m: iteration.tokens.cache_write_5m,
            cache_write_1h: iteration.tokens.cache_write_1h,
            cache_read: iteration.tokens.cache_read,
            web_searches: iteration.tokens.web_searches,
            web_fetches: iteration.tokens.web_fetches,
            thinking: iteration.tokens.thinking,
        })
        .collect();
    serde_json::to_string(&entries).map(Some).map_err(|cause| LedgerError::Write(cause.into()))
}

/// The iterations that a text stands for.
pub(super) fn from_text(text: Option<&str>, model: &Arc<str>) -> Result<Vec<Iteration>, LedgerError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let entries: Vec<IterationText<'_>> =
        serde_json::from_str(text).map_err(|cause| LedgerError::Corrupt(Box::new(cause)))?;
    let iterations = entries.into_iter().map(|entry| Iteration {
        model: entry.model.as_deref().map_or_else(|| Arc::clone(model), Arc::from),
        tokens: Tokens {
            input: entry.input,
            output: entry.output,
            cache_write_5m: entry.cache_write_5m,
            cache_write_1h: entry.cache_write_1h,
            cache_read: entry.cache_read,
            web_searches: entry.web_searches,
            web_fetches: entry.web_fetches,
            thinking: entry.thinking,
        },
    });
    Ok(iterations.collect())
}
