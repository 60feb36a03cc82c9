//! Values as C sees them: sets of counters, totals, and what a file says about itself.
//!
//! Invariant: members have the order and sizes that `cco.h` gives them, which a test compares through a C compiler, and
//! no struct has padding.

#![allow(unsafe_code)] // promises about layout alone: no pointer is followed

use cco::snapshot::layout::{counters, limit, period, slot};
use cco::snapshot::{Counters as Sums, Period as Stretch};
use cco::snapshot::{Freshness as State, Identity as Stated, Picodollars, Totals as Read, WriterState};

use crate::pointers::Plain;

/// An amount of money in picodollars.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // `cco.h` says what members mean
pub struct Cost {
    pub low: u64,
    pub high: u64,
}

impl From<Picodollars> for Cost {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // the two halves
    fn from(Picodollars(amount): Picodollars) -> Self {
        Self { low: amount as u64, high: (amount >> 64) as u64 }
    }
}

impl From<Cost> for Picodollars {
    fn from(cost: Cost) -> Self {
        Self(u128::from(cost.high) << 64 | u128::from(cost.low))
    }
}

/// Sums over requests.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counters {
    pub requests: u64,
    pub messages: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_write_5m_tokens: u64,
    pub cache_write_1h_tokens: u64,
    pub cache_read_tokens: u64,
    pub web_search_requests: u64,
    pub unpriced_tokens: u64,
    pub cost: Cost,
    pub thinking_tokens: u64,
    pub web_fetch_requests: u64,
    pub provisional_messages: u64,
    pub provisional_output_tokens: u64,
    pub reserved: u64,
}

impl From<Sums> for Counters {
    #[inline]
    fn from(sums: Sums) -> Self {
        Self {
            requests: sums.requests,
            messages: sums.messages,
            input_tokens: sums.input_tokens,
            output_tokens: sums.output_tokens,
            cache_write_5m_tokens: sums.cache_write_5m_tokens,
            cache_write_1h_tokens: sums.cache_write_1h_tokens,
            cache_read_tokens: sums.cache_read_tokens,
            web_search_requests: sums.web_search_requests,
            unpriced_tokens: sums.unpriced_tokens,
            cost: sums.cost.into(),
            thinking_tokens: sums.thinking_tokens,
            web_fetch_requests: sums.web_fetch_requests,
            provisional_messages: sums.provisional_messages,
            provisional_output_tokens: sums.provisional_output_tokens,
            reserved: 0,
        }
    }
}

impl Counters {
    /// The set at `at` in a slot.
    #[inline]
    fn of(words: &[u64; slot::USED], at: usize) -> Self {
        let word = |offset: usize| words[at + offset];
        Self {
            requests: word(counters::REQUESTS),
            messages: word(counters::MESSAGES),
            input_tokens: word(counters::INPUT_TOKENS),
            output_tokens: word(counters::OUTPUT_TOKENS),
            cache_write_5m_tokens: word(counters::CACHE_WRITE_5M_TOKENS),
            cache_write_1h_tokens: word(counters::CACHE_WRITE_1H_TOKENS),
            cache_read_tokens: word(counters::CACHE_READ_TOKENS),
            web_search_requests: word(counters::WEB_SEARCH_REQUESTS),
            unpriced_tokens: word(counters::UNPRICED_TOKENS),
            cost: Cost { low: word(counters::COST), high: word(counters::COST + 1) },
            thinking_tokens: word(counters::THINKING_TOKENS),
            web_fetch_requests: word(counters::WEB_FETCH_REQUESTS),
            provisional_messages: word(counters::PROVISIONAL_MESSAGES),
            provisional_output_tokens: word(counters::PROVISIONAL_OUTPUT_TOKENS),
            reserved: 0,
        }
    }
}

/// A stretch of time and what was used in it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Period {
    pub start: i64,
    pub end: i64,
    pub counters: Counters,
}

impl From<Stretch> for Period {
    #[inline]
    fn from(stretch: Stretch) -> Self {
        Self { start: stretch.start, end: stretch.end, counters: stretch.counters.into() }
    }
}

impl Period {
    #[inline]
    fn of(words: &[u64; slot::USED], at: usize) -> Self {
        Self {
            start: words[at + period::START].cast_signed(),
            end: words[at + period::END].cast_signed(),
            counters: Counters::of(words, at + period::COUNTERS),
        }
    }
}

/// How much of a limit of the account is used.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Limit {
    pub used_millionths: u64,
    pub resets_at: i64,
    pub seen_at: i64,
    pub reserved: u64,
}

impl Limit {
    #[inline]
    fn of(words: &[u64; slot::USED], at: usize) -> Self {
        if words[at + limit::SEEN_AT] == 0 {
            return Self::default();
        }
        Self {
            used_millionths: words[at + limit::USED],
            resets_at: words[at + limit::RESETS_AT].cast_signed(),
            seen_at: words[at + limit::SEEN_AT].cast_signed(),
            reserved: 0,
        }
    }
}

/// The totals of one commit, and the control words beside them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Totals {
    pub generation: u64,
    pub published_at: i64,
    pub all_time: Counters,
    pub today: Period,
    pub this_week: Period,
    pub this_month: Period,
    pub block: Period,
    pub block_first_at: i64,
    pub block_last_at: i64,
    pub scan_state: u64,
    pub five_hour_limit: Limit,
    pub seven_day_limit: Limit,
    pub sessions_left_out: u64,
    pub superseded: u64,
    pub state: u64,
    pub heartbeat_monotonic: u64,
    pub heartbeat_at: i64,
}

impl From<&Read> for Totals {
    #[inline]
    fn from(read: &Read) -> Self {
        let words = read.words();
        let control = read.control();
        // A block without an end and a limit that nobody saw are none, whatever else their words are.
        let has_block = words[slot::BLOCK + period::END] != 0;
        let block_word = |at: usize| if has_block { words[at].cast_signed() } else { 0 };
        Self {
            generation: words[slot::SEQUENCE] / 2,
            published_at: words[slot::PUBLISHED_AT].cast_signed(),
            all_time: Counters::of(words, slot::TOTALS),
            today: Period::of(words, slot::TODAY),
            this_week: Period::of(words, slot::THIS_WEEK),
            this_month: Period::of(words, slot::THIS_MONTH),
            block: if has_block { Period::of(words, slot::BLOCK) } else { Period::default() },
            block_first_at: block_word(slot::BLOCK_FIRST_AT),
            block_last_at: block_word(slot::BLOCK_LAST_AT),
            scan_state: read.scan_state() as u64,
            five_hour_limit: Limit::of(words, slot::FIVE_HOUR_LIMIT),
            seven_day_limit: Limit::of(words, slot::SEVEN_DAY_LIMIT),
            sessions_left_out: words[slot::SESSIONS_LEFT_OUT],
            superseded: control.superseded.into(),
            state: if control.stopped { STOPPED } else { RUNNING },
            heartbeat_monotonic: control.heartbeat_monotonic_ms,
            heartbeat_at: control.heartbeat_at,
        }
    }
}

/// The publisher runs, as far as it said.
const RUNNING: u64 = 1;
/// It said that it stops.
pub(crate) const STOPPED: u64 = 2;

/// Whether values are current.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Freshness {
    pub writer: u32,
    pub is_replaced: u32,
    pub heartbeat_age_ms: u64,
}

impl From<State> for Freshness {
    fn from(state: State) -> Self {
        let writer = match state.writer {
            WriterState::Live => 1,
            WriterState::Stopped => 2,
            WriterState::Dead => 3,
        };
        let age = u64::try_from(state.heartbeat_age.as_millis()).unwrap_or(u64::MAX);
        Self { writer, is_replaced: state.replaced.into(), heartbeat_age_ms: age }
    }
}

/// What a file states about itself.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Identity {
    pub layout_major: u32,
    pub layout_minor: u32,
    pub epoch: u64,
    pub file_bytes: u64,
    pub boot_id: [u64; 2],
    pub created_at: i64,
    pub writer_started_at: i64,
    pub writer_pid: u64,
    pub week_start: u64,
    pub program: [u8; 32],
    pub zone: [u8; 72],
}

impl From<&Stated> for Identity {
    fn from(stated: &Stated) -> Self {
        Self {
            layout_major: stated.layout.0,
            layout_minor: stated.layout.1,
            epoch: stated.epoch,
            file_bytes: stated.file_bytes,
            boot_id: stated.boot_id,
            created_at: stated.created_at,
            writer_started_at: stated.writer_started_at,
            writer_pid: stated.writer_pid,
            week_start: stated.week_start.into(),
            program: padded(&stated.program),
            zone: padded(&stated.zone),
        }
    }
}

/// A text, cut at a character if need be, and zeros to the end, of which there is at least one.
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let text = &text.as_bytes()[..text.floor_char_boundary(N - 1)];
    let mut padded = [0; N];
    padded[..text.len()].copy_from_slice(text);
    padded
}

// SAFETY: repr(C), words alone, and zero is a value of each.
unsafe impl Plain for Period {}
// SAFETY: the same.
unsafe impl Plain for Totals {}
// SAFETY: the same, with halves of words in pairs.
unsafe impl Plain for Freshness {}
// SAFETY: the same, and bytes in multiples of eight.
unsafe impl Plain for Identity {}

#[cfg(test)]
mod tests;
