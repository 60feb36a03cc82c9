//! The current block: its usage, rate and projection, with the label of each.
//!
//! Invariant: what is not known yet is omitted, never shown as zero. Used by everything that shows the block as text.

use jiff::tz::TimeZone;

use super::blocks::Block;
use super::costs::Costs;
use super::labels::{clock, moment, short_models};
use crate::config::Aliases;
use crate::report::burn::{Burn, Projection};
use crate::report::cost::Cost;
use crate::report::figures::{counted, grouped, percent, short_percent, span};
use crate::report::five_hours::FiveHours;
use crate::report::provisional::is_notable;
use crate::report::share_bar::share_bar;

const MINUTE_MS: i64 = 60_000;
const MILLION: u64 = 1_000_000;
/// How many cells a bar is wide.
const BAR: usize = 30;

/// The current block at a moment.
#[derive(Clone, Copy, Debug)]
pub enum BlockStatus<'a> {
    /// There is one.
    Active {
        /// The block.
        block: &'a Block,
        /// When its five hours end.
        end: FiveHours,
        /// The time left until then, in milliseconds.
        left_ms: i64,
        /// Its rate, once [`Burn::is_telling`].
        burn: Option<Burn>,
        /// Its projection; `None` as for the rate.
        projection: Option<Projection>,
        /// The number of tokens to measure it by.
        limit: Option<u64>,
    },
    /// There is none.
    Idle {
        /// When the last one ended, in milliseconds UTC.
        ended_ms: Option<i64>,
    },
}

impl<'a> BlockStatus<'a> {
    /// Of a block that is active.
    pub fn active(block: &'a Block, limit: Option<u64>, end: FiveHours, now_ms: i64) -> Self {
        let (left_ms, burn) = (end.left_ms(now_ms), block.burn().filter(Burn::is_telling));
        Self::Active {
            block,
            end,
            left_ms,
            burn,
            projection: burn.map(|burn| burn.projection(left_ms)),
            limit,
        }
    }

    /// Whether its costs are marked as those of provisional output. A running block is recent, whenever it ends.
    pub fn has_provisional_cost(&self) -> bool {
        match self {
            Self::Active { block, .. } => {
                Cost::from(&block.counters).provisional(is_notable(&block.counters)).is_marked()
            }
            Self::Idle { .. } => false,
        }
    }

    /// How much of the block's time has passed, in millionths; `None` without a block.
    pub fn passed_millionths(&self) -> Option<u64> {
        let Self::Active { block, left_ms, .. } = *self else { return None };
        let length_ms = (block.end_ms - block.start_ms).max(1);
        let passed_ms = (length_ms - left_ms).clamp(0, length_ms);
        u64::try_from(i128::from(passed_ms) * i128::from(MILLION) / i128::from(length_ms)).ok()
    }

    /// One line per fact, each with a label, and a bar of the time that has passed.
    pub fn lines(&self, zone: &TimeZone, costs: Costs, aliases: &Aliases) -> Vec<(&'static str, String)> {
        let mut lines = self.facts(zone, costs, aliases);
        lines.splice(1..1, self.passed_millionths().map(|passed| ("", bar(passed))));
        lines
    }

    /// One line per fact, each with a label.
    pub fn facts(&self, zone: &TimeZone, costs: Costs, aliases: &Aliases) -> Vec<(&'static str, String)> {
        let (block, end, left_ms, burn, projection, limit) = match *self {
            Self::Active { block, end, left_ms, burn, projection, limit } => {
                (block, end, left_ms, burn, projection, limit)
            }
            Self::Idle { ended_ms } => {
                let ended = ended_ms.map_or_else(
                    || "no usage yet".to_owned(),
                    |ended_ms| format!("the last one ended {}", moment(ended_ms, zone)),
                );
                return vec![("Block", format!("none active; {ended}"))];
            }
        };
        let counters = &block.counters;
        let is_provisional = self.has_provisional_cost();
        let cost = |cost: Cost| match costs {
            Costs::Shown => format!(", {}", cost.provisional(is_provisional)),
            Costs::Hidden => String::new(),
        };
        let left = match end {
            FiveHours::Account(resets_at) => end.note(resets_at - left_ms),
            FiveHours::Block(_) => format!("{} left", span(left_ms.unsigned_abs())),
        };
        let bounds = format!("{} to {}, {left}", moment(block.start_ms, zone), clock(block.end_ms, zone));
        let (tokens, requests) = (grouped(counters.total_tokens()), counted(counters.requests, "request"));
        let mut lines = vec![
            ("Block", bounds),
            ("Used", format!("{tokens} tokens{}, {requests}", cost(counters.into()))),
        ];
        if let Some(burn) = burn {
            let per_hour =
                burn.cost_per_hour().provisional(is_provisional).per("h").filter(|_| costs.are_shown());
            let per_hour = per_hour.map_or_else(String::new, |per_hour| format!(", {per_hour}"));
            lines.push(("Rate", format!("{} tokens/min{per_hour}", grouped(burn.tokens_in(MINUTE_MS)))));
        }
        if let Some(projection) = projection {
            let words = format!("{} tokens{}", grouped(projection.tokens), cost(projection.cost));
            lines.push(("Projected", words));
        }
        if let Some(limit) = limit {
            let by_the_end = projection.map_or_else(String::new, |projection| {
                format!(", {} projected", percent(projection.tokens, limit))
            });
            let used = percent(counters.total_tokens(), limit);
            let left = grouped(limit.saturating_sub(counters.total_tokens()));
            let reached = self.limit_reached_in().map_or_else(String::new, |ms| match ms {
                0 => ", reached".to_owned(),
                ms => format!(", reached in {}", span(ms)),
            });
            let words = format!("{} tokens: {used} used, {left} left{by_the_end}{reached}", grouped(limit));
            lines.push(("Limit", words));
        }
        if !block.models.is_empty() {
            lines.push(("Models", short_models(&block.models, aliases)));
        }
        lines
    }

    /// When the limit is reached at the burn rate, in milliseconds from now; `None` if that is not before the block ends.
    fn limit_reached_in(&self) -> Option<u64> {
        let Self::Active { block, left_ms, burn, limit, .. } = *self else { return None };
        let left = limit?.saturating_sub(block.counters.total_tokens());
        let ms = if left == 0 { 0 } else { burn?.ms_to_use(left)? };
        (ms < left_ms.max(0).unsigned_abs() || ms == 0).then_some(ms)
    }
}

/// `██████░░░░ 57%`, cut off rather than rounded, as in the monitor.
fn bar(passed_millionths: u64) -> String {
    let bar = share_bar(passed_millionths, BAR);
    format!("{bar} {}", short_percent(passed_millionths * 100 / MILLION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Counters, Picodollars};

    fn block(first_ms: i64, last_ms: i64) -> Block {
        let counters = Counters {
            requests: 2,
            input_tokens: 1_000,
            cost: Picodollars(1_000_000_000_000),
            ..Counters::default()
        };
        Block {
            start_ms: 0,
            end_ms: 300 * MINUTE_MS,
            first_ms,
            last_ms,
            is_active: true,
            counters,
            models: Vec::new(),
        }
    }

    #[test]
    fn a_block_that_runs_is_neither_all_over_nor_not_begun() {
        let bars = |now_ms| {
            let block = block(0, MINUTE_MS);
            let status = BlockStatus::active(&block, None, FiveHours::Block(block.end_ms), now_ms);
            status.lines(&TimeZone::UTC, Costs::Shown, &Aliases::default())[1].1.clone()
        };
        let (begun, last) = (bars(1_000), bars(300 * MINUTE_MS - 1));
        assert!(begun.starts_with("█░") && begun.ends_with(" 0%"), "{begun}");
        assert!(last.ends_with("█░ 99%") && last.matches('█').count() == BAR - 1, "{last}");
        assert!(bars(150 * MINUTE_MS).ends_with(" 50%"));
    }

    #[test]
    fn rate_and_projection_wait_for_a_minute_of_requests() {
        let titles = |block: &Block| -> Vec<_> {
            let status =
                BlockStatus::active(block, Some(2_000), FiveHours::Block(block.end_ms), 60 * MINUTE_MS);
            status.lines(&TimeZone::UTC, Costs::Shown, &Aliases::default())
        };
        let has = |lines: &[(&str, String)], title| lines.iter().any(|(it, _)| *it == title);
        let early = titles(&block(0, MINUTE_MS - 1));
        assert!(!has(&early, "Rate") && !has(&early, "Projected"), "{early:?}");
        let later = titles(&block(0, 60 * MINUTE_MS));
        assert!(later.contains(&("Rate", "17 tokens/min, $1.00/h".into())), "{later:?}");
        assert!(later.contains(&("Projected", "5,000 tokens, $5.00".into())), "{later:?}");
        assert!(
            later.contains(&(
                "Limit",
                "2,000 tokens: 50.0% used, 1,000 left, 250.0% projected, reached in 1h".into()
            )),
            "{later:?}"
        );
    }

    #[test]
    fn a_limit_says_when_it_is_reached_only_if_that_is_before_the_block_ends() {
        let block = block(0, 60 * MINUTE_MS);
        let end = FiveHours::Block(block.end_ms);
        let reached =
            |limit| BlockStatus::active(&block, Some(limit), end, 60 * MINUTE_MS).limit_reached_in();
        assert_eq!([900, 1_000].map(reached), [Some(0); 2]);
        assert_eq!([1_500, 4_999].map(reached).map(|ms| ms.map(|ms| ms / 60_000)), [Some(30), Some(239)]);
        assert_eq!(reached(5_000), None);
        let passed = BlockStatus::active(&block, None, end, 75 * MINUTE_MS).passed_millionths();
        assert_eq!(passed, Some(250_000));
    }

    #[test]
    fn without_an_active_block_it_says_when_the_last_one_ended() {
        let lines = |ended_ms| {
            BlockStatus::Idle { ended_ms }.lines(&TimeZone::UTC, Costs::Shown, &Aliases::default())
        };
        assert_eq!(lines(Some(0))[0].1, "none active; the last one ended 1970-01-01 00:00");
        assert_eq!(lines(None)[0].1, "none active; no usage yet");
    }
}
