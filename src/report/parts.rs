//! The parts that several members of the JSON document share: sets of counters, limits and amounts.
//!
//! Invariant: members are added, never changed. Used by [`super::document`], [`super::tables`] and reports.

use serde::Serialize;
use serde_json::value::RawValue;

use super::figures::rfc3339;
use crate::snapshot::{Counters, Picodollars};

/// A set of counters, `C`.
#[derive(Debug, Serialize)]
pub(super) struct Sums {
    requests: u64,
    messages: u64,
    input_tokens: u64,
    output_tokens: u64,
    cache_write_5m_tokens: u64,
    cache_write_1h_tokens: u64,
    cache_read_tokens: u64,
    total_tokens: u64,
    web_search_requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<Box<RawValue>>,
    unpriced_tokens: u64,
    thinking_tokens: u64,
    web_fetch_requests: u64,
    provisional_messages: u64,
    provisional_output_tokens: u64,
}

impl Sums {
    pub(super) fn of(counters: &Counters) -> Self {
        Self {
            requests: counters.requests,
            messages: counters.messages,
            input_tokens: counters.input_tokens,
            output_tokens: counters.output_tokens,
            cache_write_5m_tokens: counters.cache_write_5m_tokens,
            cache_write_1h_tokens: counters.cache_write_1h_tokens,
            cache_read_tokens: counters.cache_read_tokens,
            total_tokens: counters.total_tokens(),
            web_search_requests: counters.web_search_requests,
            cost_usd: Some(usd(counters.cost)),
            unpriced_tokens: counters.unpriced_tokens,
            thinking_tokens: counters.thinking_tokens,
            web_fetch_requests: counters.web_fetch_requests,
            provisional_messages: counters.provisional_messages,
            provisional_output_tokens: counters.provisional_output_tokens,
        }
    }

    /// The same without the cost.
    #[cfg(feature = "publisher")]
    pub(super) fn without_cost(counters: &Counters) -> Self {
        Self { cost_usd: None, ..Self::of(counters) }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Limit {
    used_percentage: f64,
    resets_at: Option<String>,
    seen_at: Option<String>,
    /// Since it was seen.
    age_ms: u64,
    /// It has been reset since, so its current use is not known.
    is_over: bool,
}

impl Limit {
    #[allow(clippy::cast_precision_loss)] // a percentage has few digits
    pub(super) fn of(limit: crate::snapshot::Limit, now: i64) -> Self {
        Self {
            used_percentage: limit.used_millionths as f64 / 1e4,
            resets_at: Some(limit.resets_at).filter(|at| *at != 0).and_then(rfc3339),
            seen_at: rfc3339(limit.seen_at),
            age_ms: u64::try_from(now.saturating_sub(limit.seen_at)).unwrap_or(0),
            is_over: limit.is_over(now),
        }
    }
}

/// An amount as a JSON number, exact.
pub fn usd(amount: Picodollars) -> Box<RawValue> {
    RawValue::from_string(amount.to_string()).expect("a decimal is a JSON number")
}
