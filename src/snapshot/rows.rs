//! Rows of the tables: plain values, and their words in the file.
//!
//! Invariant: [`Row::encode`] and [`Row::decode`] are inverse, write every known word and allocate nothing.
//! Text stands in the names region; a row holds a [`Name`], which a [`super::Frame`] resolves.

use super::layout::{Region, counters};
use super::{Counters, Picodollars};

/// Where a text stands in the names region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Bytes from the start of the region.
    pub offset: u32,
    /// Length in bytes; 0 is the empty text.
    pub bytes: u32,
}

impl Name {
    fn word(self) -> u64 {
        u64::from(self.bytes) << 32 | u64::from(self.offset)
    }

    #[allow(clippy::cast_possible_truncation)] // the two halves of the word
    fn of(word: u64) -> Self {
        Self { offset: word as u32, bytes: (word >> 32) as u32 }
    }
}

/// A row of one of the tables.
pub trait Row: Copy + sealed::Sealed {
    /// The table it stands in.
    const TABLE: Region;

    /// Its words; `words` has the length of the table's row.
    fn encode(&self, words: &mut [u64]);

    /// From its words, of which there may be more than are known.
    fn decode(words: &[u64]) -> Self;

    /// The names it holds.
    fn names_mut(&mut self) -> Vec<&mut Name> {
        Vec::new()
    }
}

mod sealed {
    pub trait Sealed {}
}

/// Writes counters as the last known words of a row.
pub(crate) fn encode_counters(counters: &Counters, words: &mut [u64]) {
    let Picodollars(cost) = counters.cost;
    #[allow(clippy::cast_possible_truncation)] // the two halves of the amount
    let (low, high) = (cost as u64, (cost >> 64) as u64);
    words[..counters::WORDS].copy_from_slice(&[
        counters.requests,
        counters.messages,
        counters.input_tokens,
        counters.output_tokens,
        counters.cache_write_5m_tokens,
        counters.cache_write_1h_tokens,
        counters.cache_read_tokens,
        counters.web_search_requests,
        counters.unpriced_tokens,
        low,
        high,
    ]);
}

/// The counters in the first words of `words`.
#[inline]
pub(crate) fn decode_counters(words: &[u64]) -> Counters {
    let words: &[u64; counters::WORDS] = words.first_chunk().expect("a set of counters is whole");
    Counters {
        requests: words[0],
        messages: words[1],
        input_tokens: words[2],
        output_tokens: words[3],
        cache_write_5m_tokens: words[4],
        cache_write_1h_tokens: words[5],
        cache_read_tokens: words[6],
        web_search_requests: words[7],
        unpriced_tokens: words[8],
        cost: Picodollars(u128::from(words[10]) << 64 | u128::from(words[9])),
        ..Counters::default()
    }
}

/// One model, under the id that transcripts give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelRow {
    /// Raw model id.
    pub name: Name,
    /// All its requests.
    pub counters: Counters,
}

/// One project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectRow {
    /// Its key: the folder's name below `projects/`.
    pub project: Name,
    /// Its working directory; empty where no transcript tells.
    pub path: Name,
    /// First request, ms UTC.
    pub first_at: i64,
    /// Last request, ms UTC.
    pub last_at: i64,
    /// All its requests.
    pub counters: Counters,
}

/// One session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionRow {
    /// Session id.
    pub session: Name,
    /// The project of its latest request.
    pub project: Name,
    /// First request, ms UTC.
    pub first_at: i64,
    /// Last request, ms UTC.
    pub last_at: i64,
    /// All its requests.
    pub counters: Counters,
}

/// One day with requests, in the file's zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayRow {
    /// The date as a number: 20261124 is 24 November 2026.
    pub date: u32,
    /// Its requests.
    pub counters: Counters,
}

/// One UTC hour with requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourRow {
    /// Its start, ms UTC.
    pub start: i64,
    /// Its requests.
    pub counters: Counters,
}

/// The totals of all time as they were at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryRow {
    /// The moment, ms UTC.
    pub at: i64,
    /// The totals then.
    pub counters: Counters,
}

impl sealed::Sealed for ModelRow {}
impl Row for ModelRow {
    const TABLE: Region = Region::Models;

    fn encode(&self, words: &mut [u64]) {
        words[0] = self.name.word();
        encode_counters(&self.counters, &mut words[1..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self { name: Name::of(words[0]), counters: decode_counters(&words[1..]) }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.name]
    }
}

impl sealed::Sealed for ProjectRow {}
impl Row for ProjectRow {
    const TABLE: Region = Region::Projects;

    fn encode(&self, words: &mut [u64]) {
        words[0] = self.project.word();
        words[1] = self.path.word();
        words[2] = self.first_at.cast_unsigned();
        words[3] = self.last_at.cast_unsigned();
        encode_counters(&self.counters, &mut words[4..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            project: Name::of(words[0]),
            path: Name::of(words[1]),
            first_at: words[2].cast_signed(),
            last_at: words[3].cast_signed(),
            counters: decode_counters(&words[4..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.project, &mut self.path]
    }
}

impl sealed::Sealed for SessionRow {}
impl Row for SessionRow {
    const TABLE: Region = Region::Sessions;

    fn encode(&self, words: &mut [u64]) {
        words[0] = self.session.word();
        words[1] = self.project.word();
        words[2] = self.first_at.cast_unsigned();
        words[3] = self.last_at.cast_unsigned();
        encode_counters(&self.counters, &mut words[4..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            session: Name::of(words[0]),
            project: Name::of(words[1]),
            first_at: words[2].cast_signed(),
            last_at: words[3].cast_signed(),
            counters: decode_counters(&words[4..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.session, &mut self.project]
    }
}

impl sealed::Sealed for DayRow {}
impl Row for DayRow {
    const TABLE: Region = Region::Days;

    fn encode(&self, words: &mut [u64]) {
        words[0] = u64::from(self.date);
        encode_counters(&self.counters, &mut words[1..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self { date: u32::try_from(words[0]).unwrap_or(0), counters: decode_counters(&words[1..]) }
    }
}

impl sealed::Sealed for HourRow {}
impl Row for HourRow {
    const TABLE: Region = Region::Hours;

    fn encode(&self, words: &mut [u64]) {
        words[0] = self.start.cast_unsigned();
        encode_counters(&self.counters, &mut words[1..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self { start: words[0].cast_signed(), counters: decode_counters(&words[1..]) }
    }
}

impl sealed::Sealed for HistoryRow {}
impl Row for HistoryRow {
    const TABLE: Region = Region::History;

    fn encode(&self, words: &mut [u64]) {
        words[0] = self.at.cast_unsigned();
        encode_counters(&self.counters, &mut words[1..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self { at: words[0].cast_signed(), counters: decode_counters(&words[1..]) }
    }
}
