//! What is summed in a rollup: counters, and the cost in each of the three modes.

use crate::pricing::{CostMode, PriceTable, Tariff};
use crate::snapshot::{Counters, Picodollars};
use crate::usage::{Request, Terms};

/// Counters of requests with their cost in every mode. Sums and differences are exact inverses, like those of
/// [`Counters`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Counters, with cost and unpriced tokens in the mode `auto`.
    pub auto: Counters,
    /// Cost computed from tokens and prices.
    pub computed: Picodollars,
    /// Tokens that `computed` does not cover, because their model has no price.
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

impl std::ops::SubAssign for Figures {
    fn sub_assign(&mut self, other: Self) {
        self.auto -= other.auto;
        self.computed = self.computed - other.computed;
        self.unpriced_computed_tokens =
            self.unpriced_computed_tokens.wrapping_sub(other.unpriced_computed_tokens);
        self.recorded = self.recorded - other.recorded;
    }
}
