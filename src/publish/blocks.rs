//! Five-hour blocks, as users of limits know them.
//!
//! A block starts at the full UTC hour of its first request. A request strictly more than five hours after
//! that start, or after the request before it, opens the next block.
//!
//! Invariant: what decides is exact to the millisecond, although requests come summed by quarter hour: a block
//! ends on a full hour, so only requests at the very first millisecond of a quarter hour can fall to another
//! block than the rest of it, and these come as an activity of their own.

use super::aggregate::{Aggregates, QUARTER_MS, Quarter};
use crate::snapshot::{Counters, Period};

/// Milliseconds of a block.
pub const BLOCK_MS: i64 = 5 * 3_600_000;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// What happened in part of a quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its first request, ms UTC.
    pub first_ms: i64,
    /// Its last request, ms UTC.
    pub last_ms: i64,
    /// What was used.
    pub counters: Counters,
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The full hour it starts at, ms UTC.
    pub start_ms: i64,
    /// Its first request, ms UTC.
    pub first_ms: i64,
    /// Its last request, ms UTC.
    pub last_ms: i64,
    /// What was used in it.
    pub counters: Counters,
}

impl Block {
    /// Its end, five hours after its start.
    pub fn end_ms(&self) -> i64 {
        self.start_ms + BLOCK_MS
    }
}

/// Divides activities, in order of time, into blocks.
pub fn blocks(activities: impl IntoIterator<Item = Activity>) -> impl Iterator<Item = Block> {
    let mut activities = activities.into_iter();
    let mut open: Option<Block> = None;
    std::iter::from_fn(move || {
        loop {
            let Some(activity) = activities.next() else { return open.take() };
            match &mut open {
                Some(block)
                    if activity.first_ms - block.start_ms <= BLOCK_MS
                        && activity.first_ms - block.last_ms <= BLOCK_MS =>
                {
                    block.last_ms = activity.last_ms;
                    block.counters += activity.counters;
                }
                _ => {
                    let next = Block {
                        start_ms: activity.first_ms - activity.first_ms.rem_euclid(HOUR_MS),
                        first_ms: activity.first_ms,
                        last_ms: activity.last_ms,
                        counters: activity.counters,
                    };
                    if let Some(complete) = open.replace(next) {
                        return Some(complete);
                    }
                }
            }
        }
    })
}

/// The block that contains `now` (ms UTC), if one does. The quarter hour of `now` counts whole: what a clock that
/// is ahead put later in it is part of the block.
///
/// Blocks depend on what came before them only back to the last pause of more than five hours, so that is
/// where it begins to count.
pub fn current(sums: &Aggregates, now: i64) -> Option<Period> {
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
    contains.then(|| Period { start: block.start_ms, end: block.end_ms(), counters: block.counters })
}

/// A quarter hour as activities: what is at its first millisecond apart from the rest.
pub fn parts(start: i64, quarter: &Quarter) -> impl Iterator<Item = Activity> {
    let rest = quarter.counters - quarter.on_the_mark;
    let has_mark = quarter.on_the_mark.requests > 0;
    let mark = Activity { first_ms: start, last_ms: start, counters: quarter.on_the_mark };
    // With a request on the mark, the first of the rest is not known; it is after the mark, and that is all
    // that blocks ask of it.
    let first_ms = if has_mark { start + 1 } else { quarter.first_ms };
    let rest_part = Activity { first_ms, last_ms: quarter.last_ms.max(first_ms), counters: rest };
    has_mark.then_some(mark).into_iter().chain((rest.requests > 0).then_some(rest_part))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::publish::Contribution;

    fn request(at: i64) -> Activity {
        Activity { first_ms: at, last_ms: at, counters: Counters { requests: 1, ..Counters::default() } }
    }

    /// Starts of the blocks of requests at these times.
    fn starts(times: &[i64]) -> Vec<i64> {
        blocks(times.iter().map(|at| request(*at))).map(|block| block.start_ms).collect()
    }

    #[test]
    fn a_block_starts_at_the_full_hour_and_holds_five_hours_to_the_millisecond() {
        let first = 7 * HOUR_MS + 1234;
        let end = 12 * HOUR_MS;
        assert_eq!(starts(&[first, end]), [7 * HOUR_MS]);
        assert_eq!(starts(&[first, end - HOUR_MS, end + 1]), [7 * HOUR_MS, end]);
    }

    #[test]
    fn a_pause_of_more_than_five_hours_opens_a_block() {
        // Within one block only a pause from its first minutes can be that long.
        assert_eq!(starts(&[0, BLOCK_MS]), [0]);
        assert_eq!(starts(&[0, BLOCK_MS + 1]), [0, BLOCK_MS]);
        assert_eq!(starts(&[0, 20 * HOUR_MS + 5]), [0, 20 * HOUR_MS]);
    }

    #[test]
    fn a_moment_behind_the_last_block_is_in_none() {
        let sums = sums(&[HOUR_MS]);
        assert_eq!(current(&sums, 6 * HOUR_MS - 1).map(|block| block.start), Some(HOUR_MS));
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
                found.map(|block| (block.start, block.counters.requests)),
                naive.map(|block| (block.start_ms, block.counters.requests))
            );
        }
    }
}
