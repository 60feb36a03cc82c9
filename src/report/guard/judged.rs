//! A figure and its bounds.
//!
//! Invariant: a bound is reached at exactly one picodollar, and what is about to be spent counts as spent.

use crate::config::{Bounds, Guard};
use crate::report::budget::Standing;
use crate::report::cost::Cost;
use crate::snapshot::Picodollars;

/// What is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A session, all of it.
    Session,
    /// A day of all projects.
    Day,
    /// A 5-hour block.
    Block,
    /// A day of one project.
    Project,
}

impl Scope {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Session, Self::Day, Self::Block, Self::Project];

    /// Its name in settings, options and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Day => "day",
            Self::Block => "block",
            Self::Project => "project",
        }
    }

    /// Its bounds.
    pub fn of(self, guard: &Guard) -> Bounds {
        match self {
            Self::Session => guard.session,
            Self::Day => guard.day,
            Self::Block => guard.block,
            Self::Project => guard.project,
        }
    }

    /// Its bounds, to change them.
    pub fn of_mut(self, guard: &mut Guard) -> &mut Bounds {
        match self {
            Self::Session => &mut guard.session,
            Self::Day => &mut guard.day,
            Self::Block => &mut guard.block,
            Self::Project => &mut guard.project,
        }
    }
}

/// What was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it was spent on.
    pub scope: Scope,
    /// Which session or project, as it is shown; empty if there is only one.
    pub subject: String,
    /// How much.
    pub spent: Cost,
    /// When its period began, ms UTC; 0 for a session.
    pub start_ms: i64,
    /// When its period ends, ms UTC; `None` for a session.
    pub end_ms: Option<i64>,
}

/// A figure and its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What was spent.
    pub figure: Figure,
    /// What it may be.
    pub bounds: Bounds,
    /// What is about to be spent at once.
    pub ahead: Picodollars,
    /// Near from the warning on, over from the stop on.
    pub standing: Standing,
}

impl Judged {
    /// Judges a figure; `None` if it has no bounds. `ahead` is about to be spent at once.
    pub fn of(figure: Figure, guard: &Guard, ahead: Picodollars) -> Option<Self> {
        let bounds = figure.scope.of(guard);
        let amount = Picodollars(figure.spent.amount.0.saturating_add(ahead.0));
        let reaches = |bound: Option<Picodollars>| bound.is_some_and(|bound| amount >= bound);
        let standing = match () {
            () if bounds.is_empty() => return None,
            () if reaches(bounds.stop) => Standing::Over,
            () if reaches(bounds.warn) => Standing::Near,
            () if figure.spent.is_partial() => Standing::Unpriced,
            () => Standing::Within,
        };
        Some(Self { figure, bounds, ahead, standing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USD: u128 = 1_000_000_000_000;

    fn judged(amount: u128, unpriced_tokens: u64, ahead: u128) -> Option<Judged> {
        let spent = Cost { amount: Picodollars(amount), unpriced_tokens, ..Cost::default() };
        let figure =
            Figure { scope: Scope::Session, subject: String::new(), spent, start_ms: 0, end_ms: None };
        let bounds = Bounds { warn: Some(Picodollars(5 * USD)), stop: Some(Picodollars(15 * USD)) };
        Judged::of(figure, &Guard { session: bounds, ..Guard::default() }, Picodollars(ahead))
    }

    #[test]
    fn a_bound_is_reached_at_exactly_one_picodollar() {
        for (amount, ahead, standing) in [
            (0, 0, Standing::Within),
            (5 * USD - 1, 0, Standing::Within),
            (5 * USD, 0, Standing::Near),
            (15 * USD - 1, 0, Standing::Near),
            (15 * USD, 0, Standing::Over),
            (u128::MAX, u128::MAX, Standing::Over),
            (5 * USD - 1, 1, Standing::Near),
            (14 * USD, USD, Standing::Over),
        ] {
            assert_eq!(judged(amount, 0, ahead).unwrap().standing, standing, "{amount} {ahead}");
        }
    }

    #[test]
    fn what_leaves_tokens_out_is_not_within_its_bounds() {
        let standing = |amount| judged(amount, 1, 0).unwrap().standing;
        assert_eq!([standing(0), standing(5 * USD - 1)], [Standing::Unpriced; 2]);
        assert_eq!([standing(5 * USD), standing(15 * USD)], [Standing::Near, Standing::Over]);
    }

    #[test]
    fn what_has_no_bounds_is_not_judged() {
        let figure = judged(USD, 0, 0).unwrap().figure;
        assert_eq!(Judged::of(figure, &Guard::default(), Picodollars::ZERO), None);
    }
}
