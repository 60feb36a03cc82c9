//! What a rollup sums: counters, and the cost in each of the three modes.
//!
//! Invariant: a difference below zero is an error, never a number that wrapped around.

use crate::pricing::{CostMode, PriceTable, Tariff};
use crate::snapshot::{Counters, Picodollars};
use crate::usage::{Request, Terms};

/// Counters of requests with their cost in every mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Counters, with cost and unpriced tokens in the mode `auto`.
    pub auto: Counters,
    /// Cost computed from tokens and prices.
    pub computed: Picodollars,
    /// Tokens that `computed` leaves out, because their model has no price.
    pub unpriced_computed_tokens: u64,
    /// Cost that transcripts give.
    pub recorded: Picodollars,
}

impl Figures {
    /// The counters in one mode.
    pub fn counters(&self, mode: CostMode) -> Counters {
        let (cost, unpriced_tokens) = match mode {
            CostMode::Auto => return self.auto,
            CostMode::Calculate => (self.computed, self.unpriced_computed_tokens),
            CostMode::Display => (self.recorded, 0),
        };
        Counters { cost, unpriced_tokens, ..self.auto }
    }

    /// The difference; `None` if anything would fall below zero.
    pub(super) fn less(&self, other: &Self) -> Option<Self> {
        let enough = self.words().iter().zip(other.words()).all(|(ours, theirs)| *ours >= theirs);
        enough.then(|| Self {
            auto: self.auto - other.auto,
            computed: self.computed - other.computed,
            unpriced_computed_tokens: self.unpriced_computed_tokens - other.unpriced_computed_tokens,
            recorded: self.recorded - other.recorded,
        })
    }

    /// All that is summed.
    fn words(&self) -> [u128; 17] {
        let Self { auto, computed, unpriced_computed_tokens, recorded } = self;
        let Counters {
            requests,
            messages,
            input_tokens,
            output_tokens,
            cache_write_5m_tokens,
            cache_write_1h_tokens,
            cache_read_tokens,
            web_search_requests,
            unpriced_tokens,
            thinking_tokens,
            web_fetch_requests,
            provisional_messages,
            provisional_output_tokens,
            cost,
        } = *auto;
        [
            requests.into(),
            messages.into(),
            input_tokens.into(),
            output_tokens.into(),
            cache_write_5m_tokens.into(),
            cache_write_1h_tokens.into(),
            cache_read_tokens.into(),
            web_search_requests.into(),
            unpriced_tokens.into(),
            thinking_tokens.into(),
            web_fetch_requests.into(),
            provisional_messages.into(),
            provisional_output_tokens.into(),
            cost.0,
            computed.0,
            (*unpriced_computed_tokens).into(),
            recorded.0,
        ]
    }

    /// The figures of one request, made at `at_ms` (milliseconds UTC).
    pub(super) fn of(
        request: &Request<'_>,
        terms: &Terms,
        at_ms: i64,
        table: &PriceTable,
        tariff: Option<Tariff<'_>>,
    ) -> Self {
        let computed = table.price_as(tariff, request, terms, at_ms, CostMode::Calculate);
        let auto = match request.recorded_cost {
            Some(cost) => Counters { cost, unpriced_tokens: 0, ..computed },
            None => computed,
        };
        Self {
            auto,
            computed: computed.cost,
            unpriced_computed_tokens: computed.unpriced_tokens,
            recorded: request.recorded_cost.unwrap_or_default(),
        }
    }
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.auto += other.auto;
        self.computed = self.computed + other.computed;
        self.unpriced_computed_tokens =
            self.unpriced_computed_tokens.wrapping_add(other.unpriced_computed_tokens);
        self.recorded = self.recorded + other.recorded;
    }
}
