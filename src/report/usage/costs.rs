//! Whether a report tells of costs.

use serde_json::value::RawValue;

use crate::report::document::{Sums, usd};
use crate::snapshot::{Counters, Picodollars};

/// Whether costs are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costs {
    /// They are.
    Shown,
    /// They are left out.
    Hidden,
}

impl Costs {
    /// Whether they are told of.
    pub fn are_shown(self) -> bool {
        self == Self::Shown
    }

    /// Counters as JSON.
    pub(super) fn sums(self, counters: &Counters) -> Sums {
        match self {
            Self::Shown => Sums::of(counters),
            Self::Hidden => Sums::without_cost(counters),
        }
    }

    /// An amount as JSON, if it is told of.
    pub(super) fn usd(self, amount: Picodollars) -> Option<Box<RawValue>> {
        self.are_shown().then(|| usd(amount))
    }
}
