//! Whether a report shows costs.

use serde_json::value::RawValue;

use crate::report::parts::{Sums, usd};
use crate::snapshot::{Counters, Picodollars};

/// Whether to show costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costs {
    /// Show costs.
    Shown,
    /// Hide costs.
    Hidden,
}

impl Costs {
    /// Whether to show costs.
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

    /// An amount as JSON, if costs are shown.
    pub(super) fn usd(self, amount: Picodollars) -> Option<Box<RawValue>> {
        self.are_shown().then(|| usd(amount))
    }
}
