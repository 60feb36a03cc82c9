//! The burn rate of a block, and the projection of its end.
//!
//! Invariant: the rate is the block's usage divided by the time from its first to its last request, as in ccusage; the
//! present moment does not enter into it. Money stays in integers, also in rates and projections. Used by everything
//! that shows a rate: status line, bars, JSON, reports.

use super::cost::Cost;
use crate::snapshot::{Counters, Picodollars, Totals};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// A block's burn rate, from its first to its last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    tokens: u64,
    /// Input and output only, without cache reads and writes.
    fresh_tokens: u64,
    cost: Cost,
    duration_ms: i64,
}

/// A block's usage at its end, if the burn rate stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Tokens at its end.
    pub tokens: u64,
    /// Cost at its end.
    pub cost: Cost,
    /// Time left, in milliseconds.
    pub left_ms: i64,
}

impl Burn {
    /// The rate from a block's counters and the times of its first and last request; `None` if these are the same.
    pub fn of(counters: &Counters, first_ms: i64, last_ms: i64) -> Option<Self> {
        let duration_ms = last_ms.saturating_sub(first_ms);
        (duration_ms > 0).then(|| Self {
            tokens: counters.total_tokens(),
            fresh_tokens: counters.input_tokens.wrapping_add(counters.output_tokens),
            cost: counters.into(),
            duration_ms,
        })
    }

    /// The rate of a snapshot's block.
    pub fn of_block(totals: &Totals) -> Option<Self> {
        let (first_ms, last_ms) = totals.block_span()?;
        Self::of(&totals.block()?.counters, first_ms, last_ms)
    }

    /// Whether the requests span a minute: the first seconds do not predict hours. Reports for people show no other
    /// rate; ccusage's format has any.
    pub fn is_telling(&self) -> bool {
        self.duration_ms >= MINUTE_MS
    }

    /// The projection for the time left, in milliseconds.
    pub fn projection(&self, left_ms: i64) -> Projection {
        let left_ms = left_ms.max(0);
        Projection {
            tokens: self.tokens.saturating_add(self.tokens_in(left_ms)),
            cost: self.cost.scaled_to(self.cost.amount + self.cost_in(left_ms).amount),
            left_ms,
        }
    }

    /// Tokens per minute.
    pub fn tokens_per_minute(&self) -> f64 {
        self.per_minute(self.tokens)
    }

    /// Tokens per minute without cache reads and writes.
    pub fn fresh_tokens_per_minute(&self) -> f64 {
        self.per_minute(self.fresh_tokens)
    }

    /// Cost per hour.
    pub fn cost_per_hour(&self) -> Cost {
        self.cost_in(HOUR_MS)
    }

    #[allow(clippy::cast_precision_loss)] // for display, not for sums
    fn per_minute(&self, tokens: u64) -> f64 {
        tokens as f64 * MINUTE_MS as f64 / self.duration_ms as f64
    }

    /// Tokens used in this time at the burn rate.
    pub fn tokens_in(&self, ms: i64) -> u64 {
        u64::try_from(self.share(u128::from(self.tokens), ms)).unwrap_or(u64::MAX)
    }

    /// The time in which so many tokens are used at the burn rate, in milliseconds; `None` if none ever are.
    pub fn ms_to_use(&self, tokens: u64) -> Option<u64> {
        let ms = u128::from(tokens).saturating_mul(self.duration_ms.unsigned_abs().into());
        u64::try_from(ms.checked_div(self.tokens.into())?).ok()
    }

    fn cost_in(&self, ms: i64) -> Cost {
        self.cost.scaled_to(Picodollars(self.share(self.cost.amount.0, ms)))
    }

    /// The part of an amount for this time, rounded half up.
    fn share(&self, amount: u128, ms: i64) -> u128 {
        let (ms, duration) = (u128::from(ms.unsigned_abs()), u128::from(self.duration_ms.unsigned_abs()));
        amount.saturating_mul(ms).saturating_add(duration / 2) / duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_counts_from_the_first_to_the_last_request() {
        let counters = Counters {
            input_tokens: 60,
            output_tokens: 30,
            cache_read_tokens: 30,
            cost: Picodollars(3_000_000_000_000),
            ..Counters::default()
        };
        // Requests from minute 20 to minute 50.
        let burn = Burn::of(&counters, 20 * MINUTE_MS, 50 * MINUTE_MS).unwrap();
        assert_eq!(
            (burn.tokens_in(MINUTE_MS), burn.cost_per_hour().amount),
            (4, Picodollars(6_000_000_000_000))
        );
        assert!((burn.fresh_tokens_per_minute() - 3.0).abs() < 1e-9);
        let projection = burn.projection(60 * MINUTE_MS);
        assert_eq!((projection.tokens, projection.cost.amount), (360, Picodollars(9_000_000_000_000)));
        assert_eq!(burn.projection(-1).cost.amount, counters.cost);
        assert_eq!(burn.ms_to_use(8), Some(2 * MINUTE_MS.unsigned_abs()));
        assert_eq!(Burn::of(&Counters::default(), 0, 9).unwrap().ms_to_use(1), None);
        assert_eq!(Burn::of(&counters, 5, 5), None);
        let is_telling = |duration_ms| Burn::of(&counters, 0, duration_ms).unwrap().is_telling();
        assert!(!is_telling(MINUTE_MS - 1) && is_telling(MINUTE_MS));
    }
}
