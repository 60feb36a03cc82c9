//! The counters of a usage, or of an entry of its `iterations`, as written.
//!
//! Invariant: of duplicate counters the last is kept, and a duplicate object replaces the earlier one
//! completely. Used by [`super::walk`] and [`super::iterations`].

use std::ops::{Index, IndexMut};

use crate::ingest::json::{Cursor, Fault};
use crate::usage::Tokens;

/// The counters of a usage or an iteration, before the rule for cache writes is applied.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ingest) struct Counts([u64; Count::ALL]);

/// A counter of a usage or an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Input,
    Output,
    CacheWrite,
    CacheRead,
    /// In `cache_creation`, which splits cache writes by lifetime.
    FiveMinutes,
    /// In `cache_creation`.
    OneHour,
    /// In `server_tool_use`.
    WebSearches,
    /// In `server_tool_use`.
    WebFetches,
    /// In `output_tokens_details`.
    Thinking,
}

impl Count {
    const ALL: usize = Self::Thinking as usize + 1;

    /// The counter with this key directly in a usage or an iteration.
    pub(super) fn named(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"input_tokens" => Self::Input,
            b"output_tokens" => Self::Output,
            b"cache_creation_input_tokens" => Self::CacheWrite,
            b"cache_read_input_tokens" => Self::CacheRead,
            _ => return None,
        })
    }

    /// The counter with this key in `cache_creation`.
    pub(super) fn named_in_split(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"ephemeral_5m_input_tokens" => Self::FiveMinutes,
            b"ephemeral_1h_input_tokens" => Self::OneHour,
            _ => return None,
        })
    }

    /// The counter with this key in `server_tool_use`.
    pub(super) fn named_in_tools(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"web_search_requests" => Self::WebSearches,
            b"web_fetch_requests" => Self::WebFetches,
            _ => return None,
        })
    }

    /// The counter with this key in `output_tokens_details`.
    pub(super) fn named_in_details(key: &[u8]) -> Option<Self> {
        (key == b"thinking_tokens").then_some(Self::Thinking)
    }
}

impl Index<Count> for Counts {
    type Output = u64;

    fn index(&self, count: Count) -> &u64 {
        &self.0[count as usize]
    }
}

impl IndexMut<Count> for Counts {
    fn index_mut(&mut self, count: Count) -> &mut u64 {
        &mut self.0[count as usize]
    }
}

impl Counts {
    /// Discards an earlier `cache_creation`.
    pub(super) fn begin_split(&mut self) {
        (self[Count::FiveMinutes], self[Count::OneHour]) = (0, 0);
    }

    /// Discards an earlier `server_tool_use`.
    pub(super) fn begin_tools(&mut self) {
        (self[Count::WebSearches], self[Count::WebFetches]) = (0, 0);
    }

    /// Discards an earlier `output_tokens_details`.
    pub(super) fn begin_details(&mut self) {
        self[Count::Thinking] = 0;
    }

    /// The final counters. Cache writes are split by lifetime if the split is not all zero; otherwise all of
    /// them count as five-minute writes.
    pub(super) fn tokens(&self) -> Tokens {
        let (five_minutes, one_hour) = match (self[Count::FiveMinutes], self[Count::OneHour]) {
            (0, 0) => (self[Count::CacheWrite], 0),
            split => split,
        };
        Tokens {
            input: self[Count::Input],
            output: self[Count::Output],
            cache_write_5m: five_minutes,
            cache_write_1h: one_hour,
            cache_read: self[Count::CacheRead],
            web_searches: self[Count::WebSearches],
            web_fetches: self[Count::WebFetches],
            thinking: self[Count::Thinking],
        }
    }
}

/// Reads the value of a counter or of an object of counters. Skips any other member.
pub(super) fn member(counts: &mut Counts, cursor: &mut Cursor<'_, '_>, key: &[u8]) -> Result<(), Fault> {
    match key {
        b"cache_creation" => {
            counts.begin_split();
            if_object(cursor, |cursor, key| keep_count(counts, Count::named_in_split(key), cursor))?;
        }
        b"server_tool_use" => {
            counts.begin_tools();
            if_object(cursor, |cursor, key| keep_count(counts, Count::named_in_tools(key), cursor))?;
        }
        b"output_tokens_details" => {
            counts.begin_details();
            if_object(cursor, |cursor, key| keep_count(counts, Count::named_in_details(key), cursor))?;
        }
        _ => keep_count(counts, Count::named(key), cursor)?,
    }
    Ok(())
}

fn keep_count(counts: &mut Counts, which: Option<Count>, cursor: &mut Cursor<'_, '_>) -> Result<(), Fault> {
    match which {
        Some(which) => counts[which] = count(cursor)?,
        None => cursor.skip()?,
    }
    Ok(())
}

/// Reads a counter: plain digits up to [`Tokens::MAX`]. Any other value reads as 0.
pub(super) fn count(cursor: &mut Cursor<'_, '_>) -> Result<u64, Fault> {
    Ok(cursor.whole()?.filter(|&value| value <= Tokens::MAX).unwrap_or(0))
}

/// Visits the members of a value if it is an object, otherwise skips the value. Returns whether it is an
/// object.
pub(super) fn if_object<'a, 'n>(
    cursor: &mut Cursor<'a, 'n>,
    visit: impl FnMut(&mut Cursor<'a, 'n>, &'a [u8]) -> Result<(), Fault>,
) -> Result<bool, Fault> {
    if cursor.peek()? == b'{' {
        cursor.object(visit)?;
        Ok(true)
    } else {
        cursor.skip()?;
        Ok(false)
    }
}
