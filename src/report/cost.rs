//! A cost together with what it leaves out: the tokens of models without a price, and output that was never recorded. Used
//! by everything that shows money to people: status line, bars, reports, budgets, `cco-peek`.
//!
//! Invariant: a cost that leaves tokens out is never shown as a bare amount. It is `no price` if it leaves out all that
//! could cost, else it ends with `+`. A cost of provisional output ([`super::provisional`]) begins with `~`.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use super::figures::dollars;
use super::provisional::MARK;
use crate::snapshot::{Counters, Picodollars};

/// After a figure that leaves something out: the true figure is this or more.
pub const AT_LEAST: &str = "+";

/// An amount, and how many tokens it leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What the tokens with a price cost.
    pub amount: Picodollars,
    /// Tokens without a price.
    pub unpriced_tokens: u64,
    /// Much of the output is provisional.
    pub is_provisional: bool,
}

impl Cost {
    /// Whether it leaves tokens out.
    pub fn is_partial(self) -> bool {
        self.unpriced_tokens > 0
    }

    /// Whether it is shown with the mark of provisional output. Nothing is not a lower bound: no token had a price, or costs
    /// are those that transcripts give.
    pub fn is_marked(self) -> bool {
        self.is_provisional && self.amount != Picodollars::ZERO
    }

    /// The same cost, marked as one of provisional output or not.
    #[must_use]
    pub fn provisional(self, is_provisional: bool) -> Self {
        Self { is_provisional, ..self }
    }

    /// Another amount that leaves out the same tokens, such as a projection.
    #[must_use]
    pub fn scaled_to(self, amount: Picodollars) -> Self {
        Self { amount, ..self }
    }

    /// The amount for each unit of something: `$1.20/h`, `$1.20+/h`; `None` if nothing has a price.
    pub fn per(self, unit: &str) -> Option<String> {
        let has_price = !self.is_partial() || self.amount != Picodollars::ZERO;
        has_price.then(|| format!("{self}/{unit}"))
    }

    /// The amount beside the most that it may be: `$1.20+ of $20.00`, `no price, limit $20.00`.
    pub fn of_limit(self, limit: Picodollars) -> String {
        let between = if self.per("").is_some() { " of " } else { ", limit " };
        format!("{self}{between}{}", dollars(limit))
    }
}

impl From<&Counters> for Cost {
    fn from(counters: &Counters) -> Self {
        Self { amount: counters.cost, unpriced_tokens: counters.unpriced_tokens, is_provisional: false }
    }
}

impl From<Picodollars> for Cost {
    /// An amount that leaves nothing out.
    fn from(amount: Picodollars) -> Self {
        Self { amount, ..Self::default() }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            amount: self.amount + other.amount,
            unpriced_tokens: self.unpriced_tokens.wrapping_add(other.unpriced_tokens),
            is_provisional: self.is_provisional || other.is_provisional,
        }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_partial() && self.amount == Picodollars::ZERO {
            return f.pad("no price");
        }
        let before = if self.is_marked() { MARK } else { "" };
        let after = if self.is_partial() { AT_LEAST } else { "" };
        f.pad(&format!("{before}{}{after}", dollars(self.amount)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_that_leaves_tokens_out_is_never_a_bare_amount() {
        let cost = |cents: u128, unpriced_tokens| Cost {
            amount: Picodollars(cents * 10_000_000_000),
            unpriced_tokens,
            is_provisional: false,
        };
        let texts = [cost(0, 0), cost(0, 1), cost(120, 0), cost(120, 1)].map(|cost| cost.to_string());
        assert_eq!(texts, ["$0.00", "no price", "$1.20", "$1.20+"]);
        assert_eq!(cost(0, 1).per("h"), None);
        assert_eq!(cost(120, 1).per("h").unwrap(), "$1.20+/h");
        assert_eq!(cost(0, 1).of_limit(Picodollars(1_000_000_000_000)), "no price, limit $1.00");
        assert_eq!(cost(1, 1).of_limit(Picodollars(1_000_000_000_000)), "$0.01+ of $1.00");
        assert_eq!([cost(1, 0), cost(2, 3)].into_iter().sum::<Cost>(), cost(3, 3));
        assert_eq!(format!("{:>8}|", cost(120, 1)), "  $1.20+|");
        let provisional = |cents, unpriced| cost(cents, unpriced).provisional(true).to_string();
        assert_eq!([provisional(120, 0), provisional(120, 1)], ["~$1.20", "~$1.20+"]);
        assert_eq!([provisional(0, 0), provisional(0, 1)], ["$0.00", "no price"]);
        assert!((cost(1, 0).provisional(true) + cost(1, 0)).is_provisional);
    }
}
