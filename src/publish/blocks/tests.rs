//! Blocks kept over changes are those of single requests, and a change costs what it concerns.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::publish::Contribution;

const HOUR_MS: i64 = 3_600_000;
const DAY_QUARTERS: i64 = 96;

/// Sums with their blocks.
#[derive(Default)]
struct Kept {
    sums: Aggregates,
    blocks: Blocks,
}

impl Kept {
    fn of(times: &[i64]) -> Self {
        let mut kept = Self::default();
        kept.change(times, Aggregates::add);
        kept
    }

    /// Adds requests, or whatever else `change` does, and returns how many parts were divided.
    fn change(&mut self, times: &[i64], change: impl Fn(&mut Aggregates, &Contribution<'_>)) -> usize {
        let (session, project): (Arc<str>, Arc<str>) = ("s".into(), "p".into());
        for &at in times {
            let contribution = Contribution {
                first_ms: at,
                last_ms: at,
                session: &session,
                project: &project,
                model: "m",
                counters: Counters { requests: 1, ..Counters::default() },
            };
            change(&mut self.sums, &contribution);
        }
        let changes = self.sums.take_changes();
        self.blocks.update(&self.sums, &changes)
    }

    /// Removes a request, of which `times` keeps the others.
    fn remove(&mut self, at: i64, times: &[i64]) {
        self.change(&[at], |sums, contribution| {
            sums.subtract(contribution).unwrap();
            let start = quarter_of(at);
            let left = || times.iter().copied().filter(move |time| quarter_of(*time) == start);
            let (Some(first), Some(last)) = (left().min(), left().max()) else { return };
            let first_after = left().filter(|time| *time > start).min().unwrap_or(i64::MAX);
            sums.set_quarter_bounds(start, first, first_after, last);
        });
    }

    fn current(&self, now: i64) -> Option<(i64, (i64, i64), u64)> {
        let current = self.blocks.current(&self.sums, now);
        current.map(|block| (block.period.start, block.span, block.period.counters.requests))
    }
}

/// The current block by its definition: from every request alone.
fn naive(times: &[i64], now: i64) -> Option<(i64, (i64, i64), u64)> {
    let mut times: Vec<i64> = times.to_vec();
    times.sort_unstable();
    times.retain(|at| *at < quarter_of(now) + QUARTER_MS);
    let (mut divider, mut requests) = (Divider::new(BLOCK_MS), 0);
    let mut last = None;
    for at in times {
        let (stretch, is_new) = divider.take(at, at);
        requests = if is_new { 1 } else { requests + 1 };
        last = Some(stretch);
    }
    last.filter(|it| it.start_ms <= now && now < it.start_ms + BLOCK_MS)
        .map(|it| (it.start_ms, (it.first_ms, it.last_ms), requests))
}

#[test]
fn a_moment_behind_the_last_block_is_in_none() {
    let kept = Kept::of(&[HOUR_MS]);
    assert_eq!(kept.current(6 * HOUR_MS - 1).map(|block| block.0), Some(HOUR_MS));
    assert_eq!(kept.current(6 * HOUR_MS), None);
    assert_eq!(Kept::default().current(0), None);
}

#[test]
fn an_append_costs_one_block_however_long_ago_the_last_pause_was() {
    for days in [1, 5_000] {
        let end = days * DAY_QUARTERS;
        let times: Vec<i64> = (0..end).map(|quarter| quarter * QUARTER_MS + 5).collect();
        let mut kept = Kept::of(&times);
        let parts = kept.change(&[end * QUARTER_MS + 5], Aggregates::add);
        assert!(parts <= 24, "{parts} parts after {days} days");
        // An old request that moves no block costs the blocks around it.
        let parts = kept.change(&[end / 2 * QUARTER_MS + 6], Aggregates::add);
        assert!(parts <= 48, "{parts} parts after {days} days");
    }
}

proptest! {
    #[test]
    fn blocks_kept_over_changes_are_those_that_single_requests_give(
        steps in proptest::collection::vec(
            (proptest::collection::vec((0..160i64, -2..3i64), 1..6), any::<bool>(), any::<prop::sample::Index>()),
            1..25,
        ),
        moments in proptest::collection::vec((0..200i64, prop_oneof![Just(0), Just(7)]), 4),
    ) {
        let (mut kept, mut times) = (Kept::default(), Vec::new());
        for (added, removes, which) in steps {
            if removes && !times.is_empty() {
                let at = times.swap_remove(which.index(times.len()));
                kept.remove(at, &times);
            } else {
                let added: Vec<i64> =
                    added.into_iter().map(|(quarter, edge)| quarter * QUARTER_MS + edge).collect();
                kept.change(&added, Aggregates::add);
                times.extend(added);
            }
            for (quarter, late) in &moments {
                let now = quarter * QUARTER_MS + late;
                prop_assert_eq!(kept.current(now), naive(&times, now), "{:?} at {}", times, now);
            }
        }
        let mut again = Kept::of(&[0, 3 * HOUR_MS]);
        again.sums.replace(kept.sums);
        let changes = again.sums.take_changes();
        again.blocks.update(&again.sums, &changes);
        prop_assert_eq!(again.blocks.firsts, kept.blocks.firsts);
    }
}
