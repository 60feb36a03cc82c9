//! Blocks of hours, five of them unless told otherwise, as users of limits know them.
//!
//! A block starts at the full UTC hour of its first request. A request strictly later than the block's length
//! after that start, or after the request before it, opens the next block.
//!
//! Invariant: what decides is exact to the millisecond, although requests come summed by quarter hour, if the
//! length is a whole number of these: a block then ends on a quarter hour, so only requests at the very first
//! millisecond of one can fall to another block than the rest of it. They must come as an activity of their own.

/// Milliseconds of a block of five hours.
pub const BLOCK_MS: i64 = 5 * HOUR_MS;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Where a block stands in time; ms UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The full hour it starts at.
    pub start_ms: i64,
    /// Its first request.
    pub first_ms: i64,
    /// Its last request.
    pub last_ms: i64,
}

/// Divides what happened, told in order of time, into blocks.
#[derive(Clone, Debug)]
pub struct Divider {
    length_ms: i64,
    open: Option<Stretch>,
}

impl Divider {
    /// A divider into blocks of this length in milliseconds.
    pub fn new(length_ms: i64) -> Self {
        Self { length_ms, open: None }
    }

    /// Takes what happened next, from its first to its last request, into the open block or a new one. Gives
    /// the block, and whether this opened it.
    pub fn take(&mut self, first_ms: i64, last_ms: i64) -> (Stretch, bool) {
        let fits = |open: &Stretch| {
            first_ms - open.start_ms <= self.length_ms && first_ms - open.last_ms <= self.length_ms
        };
        let (block, is_new) = match self.open.filter(fits) {
            Some(open) => (Stretch { last_ms, ..open }, false),
            None => {
                let start_ms = first_ms - first_ms.rem_euclid(HOUR_MS);
                (Stretch { start_ms, first_ms, last_ms }, true)
            }
        };
        self.open = Some(block);
        (block, is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts of the blocks of requests at these times.
    fn starts(length_ms: i64, times: &[i64]) -> Vec<i64> {
        let mut divider = Divider::new(length_ms);
        let blocks = times.iter().map(|at| divider.take(*at, *at));
        blocks.filter(|(_, is_new)| *is_new).map(|(block, _)| block.start_ms).collect()
    }

    #[test]
    fn a_block_starts_at_the_full_hour_and_holds_its_length_to_the_millisecond() {
        let first = 7 * HOUR_MS + 1234;
        let end = 12 * HOUR_MS;
        assert_eq!(starts(BLOCK_MS, &[first, end]), [7 * HOUR_MS]);
        assert_eq!(starts(BLOCK_MS, &[first, end - HOUR_MS, end + 1]), [7 * HOUR_MS, end]);
        assert_eq!(starts(2 * HOUR_MS, &[first, 9 * HOUR_MS, 9 * HOUR_MS + 1]), [7 * HOUR_MS, 9 * HOUR_MS]);
    }

    #[test]
    fn a_pause_longer_than_a_block_opens_one() {
        // Within one block only a pause from its first minutes can be that long.
        assert_eq!(starts(BLOCK_MS, &[0, BLOCK_MS]), [0]);
        assert_eq!(starts(BLOCK_MS, &[0, BLOCK_MS + 1]), [0, BLOCK_MS]);
        assert_eq!(starts(BLOCK_MS, &[0, 20 * HOUR_MS + 5]), [0, 20 * HOUR_MS]);
    }
}
