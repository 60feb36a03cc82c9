//! The five-hour block that contains a moment, from sums by quarter hour.
//!
//! Invariant: it is the block that single requests would give ([`Divider`] says what a block is): what happened
//! at a quarter hour's very first millisecond is told apart from the rest.

use super::aggregate::{Aggregates, Quarter};
use crate::period::{BLOCK_MS, Divider, QUARTER_MS};
use crate::snapshot::{Counters, Period};

/// What happened in part of a quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Activity {
    /// Its first request, ms UTC.
    first_ms: i64,
    /// Its last request, ms UTC.
    last_ms: i64,
    /// What was used.
    counters: Counters,
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// The full hour it starts at, ms UTC.
    start_ms: i64,
    /// Its first request, ms UTC.
    first_ms: i64,
    /// Its last request, ms UTC.
    last_ms: i64,
    /// What was used in it.
    counters: Counters,
}

impl Block {
    /// Its end, five hours after its start.
    fn end_ms(&self) -> i64 {
        self.start_ms + BLOCK_MS
    }
}

/// Divides activities, in order of time, into blocks.
fn blocks(activities: impl IntoIterator<Item = Activity>) -> impl Iterator<Item = Block> {
    let mut activities = activities.into_iter();
    let mut divider = Divider::new(BLOCK_MS);
    let mut open: Option<Block> = None;
    std::iter::from_fn(move || {
        loop {
            let Some(activity) = activities.next() else { return open.take() };
            let (stretch, is_new) = divider.take(activity.first_ms, activity.last_ms);
            let before = if is_new { None } else { Some(open?) };
            let complete = open.replace(Block {
                start_ms: stretch.start_ms,
                first_ms: before.map_or(activity.first_ms, |before| before.first_ms.min(activity.first_ms)),
                last_ms: before.map_or(activity.last_ms, |before| before.last_ms.max(activity.last_ms)),
                counters: before.map(|before| before.counters).unwrap_or_default() + activity.counters,
            });
            if is_new && complete.is_some() {
                return complete;
            }
        }
    })
}

/// The block that contains `now` (ms UTC), if one does, and the times of its first and last request. The quarter hour of `now` counts whole: what a clock that
/// is ahead put later in it is part of the block.
///
/// Blocks depend on what came before them only back to the last pause of more than five hours, so that is
/// where it begins to count.
pub(super) fn current(sums: &Aggregates, now: i64) -> Option<(Period, (i64, i64))> {
    let mut start = None;
    for (quarter, sum) in sums.quarters(i64::MIN, now.saturating_add(1)).rev() {
        if start.is_some_and(|later: i64| later - sum.last_ms > BLOCK_MS)
            || (start.is_none() && now - sum.last_ms > BLOCK_MS)
        {
            break;
        }
        start = Some(sum.first_ms.max(quarter));
    }
    let from = start?;
    let activities = sums
        .quarters(from - from.rem_euclid(QUARTER_MS), now.saturating_add(1))
        .flat_map(|(start, sum)| parts(start, sum));
    let block = blocks(activities).last()?;
    let contains = block.start_ms <= now && now < block.end_ms();
    let period = Period { start: block.start_ms, end: block.end_ms(), counters: block.counters };
    contains.then_some((period, (block.first_ms, block.last_ms)))
}

/// A quarter hour as activities: what is at its first millisecond apart from the rest.
fn parts(start: i64, quarter: &Quarter) -> impl Iterator<Item = Activity> {
    let rest = quarter.counters - quarter.on_the_mark;
    let has_mark = quarter.on_the_mark.requests > 0;
    let mark = Activity { first_ms: start, last_ms: start, counters: quarter.on_the_mark };
    let first_ms = quarter.first_after_ms.min(quarter.last_ms.max(start));
    let rest_part = Activity { first_ms, last_ms: quarter.last_ms.max(first_ms), counters: rest };
    has_mark.then_some(mark).into_iter().chain((rest.requests > 0).then_some(rest_part))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::publish::Contribution;

    const HOUR_MS: i64 = 3_600_000;

    fn request(at: i64) -> Activity {
        Activity { first_ms: at, last_ms: at, counters: Counters { requests: 1, ..Counters::default() } }
    }

    #[test]
    fn a_moment_behind_the_last_block_is_in_none() {
        let sums = sums(&[HOUR_MS]);
        assert_eq!(current(&sums, 6 * HOUR_MS - 1).map(|(block, _)| block.start), Some(HOUR_MS));
        assert_eq!(current(&sums, 6 * HOUR_MS), None);
        assert_eq!(current(&Aggregates::default(), 0), None);
    }

    fn sums(times: &[i64]) -> Aggregates {
        let mut sums = Aggregates::default();
        let (session, project): (Arc<str>, Arc<str>) = ("s".into(), "p".into());
        for at in times {
            sums.add(&Contribution {
                first_ms: *at,
                last_ms: *at,
                session: &session,
                project: &project,
                model: "m",
                counters: Counters { requests: 1, ..Counters::default() },
            });
        }
        sums
    }

    proptest! {
        #[test]
        fn quarter_hours_give_the_block_that_single_requests_give(
            mut times in proptest::collection::vec((0..160i64, -2..3i64), 0..60)
                .prop_map(|times| times.into_iter().map(|(q, edge)| q * QUARTER_MS + edge).collect::<Vec<_>>()),
            now in 0..200i64,
            late in prop_oneof![Just(0), Just(7)],
        ) {
            times.sort_unstable();
            let now = now * QUARTER_MS + late;
            // What is later in the same quarter hour counts.
            times.retain(|at| *at < now - now.rem_euclid(QUARTER_MS) + QUARTER_MS);
            let naive = blocks(times.iter().map(|at| request(*at)))
                .last()
                .filter(|block| now < block.end_ms());
            let found = current(&sums(&times), now);
            prop_assert_eq!(
                found.map(|(block, span)| (block.start, span, block.counters.requests)),
                naive.map(|block| (block.start_ms, (block.first_ms, block.last_ms), block.counters.requests))
            );
        }
    }
}
