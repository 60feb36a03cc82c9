//! How many malformed lines the current hour has, from a counter that only rises.
//!
//! Invariant: what was there at the first look is no rise, and neither is a counter that begins again.

use super::conditions::hour;

/// The hour that is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Malformed {
    /// The hour, its count at the beginning, and the last count.
    seen: Option<(i64, u64, u64)>,
}

impl Malformed {
    /// How many lines the hour that `now` (ms UTC) is in has so far.
    pub(super) fn risen(&mut self, count: u64, now: i64) -> u64 {
        let hour = hour(now);
        let before = match self.seen {
            Some((known, before, last)) if last <= count => {
                if known == hour {
                    before
                } else {
                    last
                }
            }
            _ => count,
        };
        self.seen = Some((hour, before, count));
        count - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_this_hour_count() {
        const HOUR_MS: i64 = 3_600_000;
        let mut malformed = Malformed::default();
        let looks = [(0, 500, 0), (1, 503, 3), (2, 509, 9), (HOUR_MS, 510, 1), (HOUR_MS + 1, 520, 11)];
        for (now, count, expected) in looks.into_iter().chain([(HOUR_MS + 2, 4, 0), (HOUR_MS + 3, 6, 2)]) {
            assert_eq!(malformed.risen(count, now), expected, "{count} at {now}");
        }
    }
}
