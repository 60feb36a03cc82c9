//! Marks figures that are lower bounds because some messages are provisional: Claude Code never wrote their final output
//! count.
//!
//! Invariant: figures are marked if more than a tenth of their output tokens are provisional and their period is recent:
//! it is running, or it ended in the last 30 days. Old versions hardly ever wrote final counts, so a mark on old periods
//! would be on all of them and say nothing. Used by everything that shows output tokens, or costs that depend on them,
//! to people.

use crate::snapshot::Counters;

/// Before a figure that is a lower bound.
pub const MARK: &str = "~";

/// What the mark means, on a line below the figures.
const FOOTNOTE: &str =
    "~ a lower bound: transcripts lack the final count for more than a tenth of the output tokens\n";

/// How long after its end a period is recent, in milliseconds.
const RECENT_MS: i64 = 30 * 24 * 3_600_000;

/// Whether figures of usage in a period that ends, or was last used, at `end_ms` are marked.
pub fn is_marked(counters: &Counters, end_ms: i64, now_ms: i64) -> bool {
    is_notable(counters) && end_ms >= now_ms.saturating_sub(RECENT_MS)
}

/// Whether more than a tenth of the output tokens are provisional.
pub fn is_notable(counters: &Counters) -> bool {
    u128::from(counters.provisional_output_tokens) * 10 > u128::from(counters.output_tokens)
}

/// The footnote, if any figure is marked.
pub fn footnote(has_marks: bool) -> &'static str {
    if has_marks { FOOTNOTE } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_usage_is_marked_if_more_than_a_tenth_of_its_output_is_provisional() {
        let counters = |provisional_output_tokens| Counters {
            output_tokens: 1_000,
            provisional_output_tokens,
            ..Counters::default()
        };
        let now_ms = 100 * RECENT_MS;
        let is_marked = |provisional, end_ms| is_marked(&counters(provisional), end_ms, now_ms);
        assert!(!is_marked(100, now_ms) && is_marked(101, now_ms));
        assert!(is_marked(101, now_ms + 1), "a running period");
        assert!(is_marked(101, now_ms - RECENT_MS) && !is_marked(1_000, now_ms - RECENT_MS - 1));
        assert!(!super::is_marked(&Counters::default(), now_ms, now_ms), "no usage");
    }
}
