//! Five-hour blocks, from sums by quarter hour, and the one that contains a moment.
//!
//! Where a block begins depends on every request back to the last pause of more than five hours, which may be years ago.
//! So the first requests of all blocks are kept, and after a change only the blocks that it can concern are divided
//! again: until a block begins where one began before.
//!
//! Invariant: after [`Blocks::update`] the blocks are those that single requests would give ([`Divider`] defines a
//! block). The first millisecond of a quarter hour is handled separately from the rest. A commit costs one block,
//! however long ago the last pause was. Used by [`super::publisher`].

use super::aggregate::{Aggregates, Changes, Quarter, quarter_of};
use crate::period::{BLOCK_MS, Divider, QUARTER_MS};
use crate::snapshot::{Counters, Period};

/// Part of a quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Activity {
    /// Its first request, ms UTC.
    first_ms: i64,
    /// Its last request, ms UTC.
    last_ms: i64,
    /// What was used.
    counters: Counters,
}

/// All blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// The first request of each block, ms UTC, ascending.
    firsts: Vec<i64>,
}

/// The block that contains a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CurrentBlock {
    /// Its times and sums.
    pub(super) period: Period,
    /// The times of its first and last request, ms UTC.
    pub(super) span: (i64, i64),
}

impl Blocks {
    /// Divides again what changed. Returns how many parts of quarter hours that took.
    pub(super) fn update(&mut self, sums: &Aggregates, changes: &Changes) -> usize {
        if changes.is_replaced {
            self.firsts.clear();
        }
        let mut parts = 0;
        let mut changed = &*changes.quarters;
        if self.firsts.is_empty() && !changed.is_empty() {
            changed = &[i64::MIN];
        }
        while let Some(from) = changed.first() {
            parts += self.divide(sums, *from, &mut changed);
        }
        parts
    }

    /// Divides from the quarter hour `from` on. Removes from `changed` the quarter hours that this covers.
    fn divide(&mut self, sums: &Aggregates, from: i64, changed: &mut &[i64]) -> usize {
        let kept = self.firsts.partition_point(|first| *first < from);
        let mut divider = Divider::new(BLOCK_MS);
        let (mut new, mut parts) = (Vec::new(), 0);
        for (quarter, activity) in activities(sums, self.firsts[..kept].last().copied(), i64::MAX) {
            parts += 1;
            *changed = &changed[changed.partition_point(|it| *it < quarter)..];
            let (_, is_new) = divider.take(activity.first_ms, activity.last_ms);
            if !is_new || quarter < from {
                continue;
            }
            let known = self.firsts[kept..].binary_search(&activity.first_ms);
            if let Ok(known) = known
                && changed.first() != Some(&quarter)
            {
                // From here on it is as before, up to the next change.
                self.firsts.splice(kept..kept + known, new);
                return parts;
            }
            new.push(activity.first_ms);
        }
        *changed = &[];
        self.firsts.truncate(kept);
        self.firsts.append(&mut new);
        parts
    }

    /// The block that contains `now` (ms UTC), if there is one. All of the quarter hour of `now` counts: requests that
    /// a clock ahead of this one dated later in it are part of the block.
    pub(super) fn current(&self, sums: &Aggregates, now: i64) -> Option<CurrentBlock> {
        let end = quarter_of(now).saturating_add(QUARTER_MS);
        let first_ms = *self.firsts[..self.firsts.partition_point(|first| *first < end)].last()?;
        let mut block: Option<(i64, Counters)> = None;
        let mut divider = Divider::new(BLOCK_MS);
        let mut start_ms = first_ms;
        for (_, activity) in activities(sums, Some(first_ms), end) {
            start_ms = divider.take(activity.first_ms, activity.last_ms).0.start_ms;
            let (last_ms, counters) = block.unwrap_or((activity.last_ms, Counters::default()));
            block = Some((last_ms.max(activity.last_ms), counters + activity.counters));
        }
        let (last_ms, counters) = block?;
        let period = Period { start: start_ms, end: start_ms + BLOCK_MS, counters };
        let contains = period.start <= now && now < period.end;
        contains.then_some(CurrentBlock { period, span: (first_ms, last_ms) })
    }
}

/// The activities from the one whose first request is at `first_ms` (else from the first of all) to `end`, each with the
/// start of its quarter hour.
fn activities(sums: &Aggregates, first_ms: Option<i64>, end: i64) -> impl Iterator<Item = (i64, Activity)> {
    let from = first_ms.unwrap_or(i64::MIN);
    let quarters = sums.quarters(first_ms.map_or(i64::MIN, quarter_of), end);
    let parts = quarters.flat_map(|(start, sum)| parts(start, sum).map(move |part| (start, part)));
    parts.skip_while(move |(_, part)| part.first_ms < from)
}

/// The parts of a quarter hour: its first millisecond, and the rest.
fn parts(start: i64, quarter: &Quarter) -> impl Iterator<Item = Activity> + use<> {
    let rest = quarter.counters - quarter.on_the_mark;
    let has_mark = quarter.on_the_mark.requests > 0;
    let mark = Activity { first_ms: start, last_ms: start, counters: quarter.on_the_mark };
    let first_ms = quarter.first_after_ms.min(quarter.last_ms.max(start));
    let rest_part = Activity { first_ms, last_ms: quarter.last_ms.max(first_ms), counters: rest };
    has_mark.then_some(mark).into_iter().chain((rest.requests > 0).then_some(rest_part))
}

#[cfg(test)]
mod tests;
