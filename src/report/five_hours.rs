//! The time left of the five hours: one answer for everything that shows one.
//!
//! Claude Code reports when the account's limit resets; a block is what five hours are as far as requests show them, and
//! it ends at another minute. Invariant: the account's word stands while it is known and current, else the block's; what
//! shows a time says which. Pure.

use super::figures::span;
use crate::period::BLOCK_MS;
use crate::snapshot::Limit;

/// How much later than five hours from now a reset may be, in milliseconds: clocks differ.
const SKEW_MS: i64 = 60_000;

/// When the current five hours end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiveHours {
    /// When the account's limit resets, ms UTC.
    Account(i64),
    /// When the block ends, ms UTC.
    Block(i64),
}

impl FiveHours {
    /// For a block that ends at `block_end`, at `now` (ms UTC).
    pub fn of(block_end: i64, limit: Option<Limit>, now: i64) -> Self {
        let left_ms = |limit: &Limit| limit.resets_at.saturating_sub(now);
        let is_current =
            |limit: &Limit| limit.resets_at != 0 && (1..=BLOCK_MS + SKEW_MS).contains(&left_ms(limit));
        limit.filter(is_current).map_or(Self::Block(block_end), |limit| Self::Account(limit.resets_at))
    }

    /// When that is, ms UTC.
    pub fn end_ms(self) -> i64 {
        let (Self::Account(end) | Self::Block(end)) = self;
        end
    }

    /// The time left, in milliseconds.
    pub fn left_ms(self, now: i64) -> i64 {
        self.end_ms().saturating_sub(now).max(0)
    }

    /// The time left in words, and whose it is.
    pub fn note(self, now: i64) -> String {
        let left = span(self.left_ms(now).unsigned_abs());
        match self {
            Self::Account(_) => format!("the account's limit resets in {left}"),
            Self::Block(_) => format!("ends in {left}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn the_accounts_reset_stands_while_it_is_known_and_current() {
        let limit = |resets_at| Some(Limit { resets_at, used_millionths: 1, seen_at: 5 });
        let now = 100 * HOUR_MS;
        let block = now + 2 * HOUR_MS;
        let of = |limit| FiveHours::of(block, limit, now);
        assert_eq!(of(limit(now + HOUR_MS)), FiveHours::Account(now + HOUR_MS));
        assert_eq!(of(limit(now + HOUR_MS)).note(now), "the account's limit resets in 1h");
        for unknown in [None, limit(0), limit(now), limit(now - 1), limit(now + 6 * HOUR_MS)] {
            assert_eq!(of(unknown), FiveHours::Block(block), "{unknown:?}");
        }
        assert_eq!(of(None).note(now), "ends in 2h");
    }
}
