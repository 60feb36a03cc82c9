//! Blocks of five hours by default, as in Claude's limits.
//!
//! A block starts at the full UTC hour of its first request. A request strictly more than one block length after that
//! start, or after the previous request, opens the next block.
//!
//! Invariant: blocks are exact to the millisecond, although requests are summed by quarter hour. The block length must
//! be a whole number of quarter hours, so that a block ends on a quarter hour. Then only requests in the first
//! millisecond of a quarter hour can belong to another block than the rest of it; callers pass them separately.

/// The default block length, five hours, in ms.
pub const BLOCK_MS: i64 = 5 * HOUR_MS;
/// An hour in ms.
const HOUR_MS: i64 = 3_600_000;

/// A block's times, ms UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The full hour it starts at.
    pub start_ms: i64,
    /// Its first request.
    pub first_ms: i64,
    /// Its last request.
    pub last_ms: i64,
}

/// Divides activity, passed in order of time, into blocks.
#[derive(Clone, Debug)]
pub struct Divider {
    length_ms: i64,
    open: Option<Stretch>,
}

impl Divider {
    /// Divides into blocks of this length in ms.
    pub fn new(length_ms: i64) -> Self {
        Self { length_ms, open: None }
    }

    /// Adds the next activity, from its first to its last request, to the open block or a new one. Returns the block
    /// and whether it is new.
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

    /// The starts of the blocks for requests at these times.
    fn starts(length_ms: i64, times: &[i64]) -> Vec<i64> {
        let mut divider = Divider::new(length_ms);
        let blocks = times.iter().map(|at| divider.take(*at, *at));
        blocks.filter(|(_, is_new)| *is_new).map(|(block, _)| block.start_ms).collect()
    }

    #[test]
    fn a_block_starts_at_the_full_hour_and_lasts_exactly_its_length() {
        let first = 7 * HOUR_MS + 1234;
        let end = 12 * HOUR_MS;
        assert_eq!(starts(BLOCK_MS, &[first, end]), [7 * HOUR_MS]);
        assert_eq!(starts(BLOCK_MS, &[first, end - HOUR_MS, end + 1]), [7 * HOUR_MS, end]);
        assert_eq!(starts(2 * HOUR_MS, &[first, 9 * HOUR_MS, 9 * HOUR_MS + 1]), [7 * HOUR_MS, 9 * HOUR_MS]);
    }

    #[test]
    fn a_gap_longer_than_a_block_opens_the_next_block() {
        // Inside one block, a gap can be that long only if it begins at the block's start.
        assert_eq!(starts(BLOCK_MS, &[0, BLOCK_MS]), [0]);
        assert_eq!(starts(BLOCK_MS, &[0, BLOCK_MS + 1]), [0, BLOCK_MS]);
        assert_eq!(starts(BLOCK_MS, &[0, 20 * HOUR_MS + 5]), [0, 20 * HOUR_MS]);
    }
}
