//! Tokens of the last hour, part by part, from the snapshot's history ring.
//!
//! Invariant: a part that the ring does not reach back to is unknown, not empty. So is a part in which more was counted
//! than the hours it touches hold: transcripts of earlier times were read then. Pure.

use crate::report::View;
use crate::snapshot::HourRow;

const HOUR_MS: i64 = 3_600_000;

/// The last hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hour {
    /// Tokens of each part, oldest first; `None` if unknown.
    pub(crate) parts: Vec<Option<u64>>,
}

impl Hour {
    /// The hour before the time of a view, in so many parts; `None` without tables or parts.
    pub(crate) fn of(view: &View, parts: usize) -> Option<Self> {
        let frame = view.frame.as_ref()?;
        let count = i64::try_from(parts).ok().filter(|count| *count > 0)?;
        let start = view.now - HOUR_MS;
        // Everything that was used in the last hour is in the rows of the hours that it touches.
        let recent = frame.rows::<HourRow>().filter(|row| row.start > view.now - 2 * HOUR_MS);
        let most: u64 = recent.map(|row| row.counters.total_tokens()).sum();
        let mut history = frame.history().map(|row| (row.at, row.counters.total_tokens())).peekable();
        let mut before: Option<u64> = None;
        let mut until = |ms: i64| {
            while let Some((_, tokens)) = history.next_if(|(at, _)| *at <= ms) {
                before = Some(tokens);
            }
            before
        };
        let mut last = until(start);
        let parts = (1..=count).map(|part| {
            let now = until(start + HOUR_MS * part / count);
            let used = last.zip(now).map(|(last, now)| now.saturating_sub(last));
            last = now;
            used.filter(|used| *used <= most)
        });
        Some(Self { parts: parts.collect() })
    }

    /// All that is known to have been used; `None` if nothing is known.
    pub(crate) fn tokens(&self) -> Option<u64> {
        let known = self.parts.iter().any(Option::is_some);
        known.then(|| self.parts.iter().flatten().sum())
    }

    /// Whether any part is unknown.
    pub(crate) fn has_gaps(&self) -> bool {
        self.parts.contains(&None)
    }
}
