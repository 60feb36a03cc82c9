//! How a part of the layout is written down: one list that gives its offsets to code and its fields to documents.
//!
//! Invariant, checked at compile time: the fields of a part follow each other without gap or overlap, because each
//! offset is the end of the field before it.

use super::sizes::{COUNTERS_WORDS, DIRECTORY_ENTRY_WORDS, HISTOGRAM_BUCKETS, LIMIT_WORDS, PERIOD_WORDS};

/// What the words of a field hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An unsigned word.
    U64,
    /// A signed word.
    I64,
    /// An unsigned number of two words, the low one first.
    U128,
    /// Two unsigned numbers of 32 bits in a word.
    Halves,
    /// A CRC-32.
    Crc32,
    /// A UUID in two words.
    Uuid,
    /// Raw bytes.
    Bytes,
    /// Text in place.
    Text,
    /// Text in the names region.
    Name,
    /// An entry of the directory.
    DirectoryEntry,
    /// A set of counters.
    Counters,
    /// A stretch of time with its counters.
    Period,
    /// Use of a limit.
    Limit,
    /// Counts of durations.
    Histogram,
    /// Nothing yet.
    Reserved,
}

impl Type {
    /// All types, in the order documents list them.
    pub const ALL: [Self; 15] = [
        Self::U64,
        Self::I64,
        Self::U128,
        Self::Halves,
        Self::Crc32,
        Self::Uuid,
        Self::Bytes,
        Self::Text,
        Self::Name,
        Self::DirectoryEntry,
        Self::Counters,
        Self::Period,
        Self::Limit,
        Self::Histogram,
        Self::Reserved,
    ];

    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::U128 => "u128",
            Self::Halves => "halves",
            Self::Crc32 => "crc32",
            Self::Uuid => "uuid",
            Self::Bytes => "bytes",
            Self::Text => "text",
            Self::Name => "name",
            Self::DirectoryEntry => "directory_entry",
            Self::Counters => "counters",
            Self::Period => "period",
            Self::Limit => "limit",
            Self::Histogram => "histogram",
            Self::Reserved => "reserved",
        }
    }

    /// Words of one value; `None` if it is as long as its field. A longer field holds several values in a row.
    pub const fn words(self) -> Option<usize> {
        match self {
            Self::U64 | Self::I64 | Self::Halves | Self::Crc32 | Self::Name => Some(1),
            Self::U128 | Self::Uuid => Some(2),
            Self::DirectoryEntry => Some(DIRECTORY_ENTRY_WORDS),
            Self::Counters => Some(COUNTERS_WORDS),
            Self::Period => Some(PERIOD_WORDS),
            Self::Limit => Some(LIMIT_WORDS),
            Self::Histogram => Some(HISTOGRAM_BUCKETS),
            Self::Bytes | Self::Text | Self::Reserved => None,
        }
    }

    /// How to read it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::U64 => "an unsigned number",
            Self::I64 => "a signed number, two's complement",
            Self::U128 => "an unsigned number of 128 bits: the low word, then the high word",
            Self::Halves => "two unsigned numbers of 32 bits, in the high and the low half of the word",
            Self::Crc32 => "a CRC-32 as zlib computes it, in the low half of the word; the high half is zero",
            Self::Uuid => {
                "the 32 hexadecimal digits of a UUID as one number of 128 bits: the high word, then the low \
                 word; both are zero if it is unknown"
            }
            Self::Bytes => "bytes as they are",
            Self::Text => {
                "UTF-8, up to the first zero byte; a text that fills its field has no zero byte after it"
            }
            Self::Name => {
                "text in the `names` region, UTF-8: its length in bytes in the high half of the word, its offset \
                 from the start of the region in the low half; a length of 0 is the empty text, whatever the \
                 offset"
            }
            Self::DirectoryEntry => "where a region is",
            Self::Counters => "a set of counters",
            Self::Period => "a stretch of time and its counters",
            Self::Limit => "how much of a limit of the account is used",
            Self::Histogram => {
                "16 counts of durations, since the publisher started: count 0 is for those below 64 µs, count i for those \
                 from 2^(i-1) × 64 µs to below 2^i × 64 µs, and the last for all longer ones as well"
            }
            Self::Reserved => "zero; a later minor version may use it, so ignore it",
        }
    }
}

/// A run of words in a part.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// First word, counted as the part's offsets are.
    pub word: usize,
    /// Number of words.
    pub words: usize,
    /// Its name.
    pub name: &'static str,
    /// What its words hold.
    pub kind: Type,
    /// The unit of a number; empty if it has no unit.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Names of its values, if they are a list.
    pub values: &'static [(u64, &'static str)],
}

impl Field {
    /// How many values it holds in a row.
    pub const fn count(&self) -> usize {
        match self.kind.words() {
            Some(words) => self.words / words,
            None => 1,
        }
    }
}

/// Declares a part: a module with the offset of each field, its length (`WORDS`) and its `FIELDS`. Offsets count from
/// `from`.
macro_rules! part {
    (
        $(#[$about:meta])*
        pub mod $part:ident from $start:expr => {
            $($name:ident $label:literal: $kind:ident * $words:expr, $unit:literal, $meaning:literal
                $(, $values:expr)?;)*
        }
        $($more:item)*
    ) => {
        $(#[$about])*
        pub mod $part {
            #[allow(unused_imports)] // some parts need none of them
            use super::*;
            use crate::snapshot::layout::part::{Field, Type};

            $($more)*

            /// Offset of the first field.
            pub const BASE: usize = $start;

            part!(@offsets BASE; $($name $words, $meaning;)*);

            /// All fields, from the first word to the last.
            pub const FIELDS: &[Field] = &[
                $(Field {
                    word: $name,
                    words: $words,
                    name: $label,
                    kind: Type::$kind,
                    unit: $unit,
                    meaning: $meaning,
                    values: part!(@values $($values)?),
                },)*
            ];

            const _: () = {
                $(assert!(match Type::$kind.words() { Some(words) => ($words) % words == 0, None => true });)*
            };
        }
    };
    (@offsets $at:expr;) => {
        /// Words of the part.
        pub const WORDS: usize = $at - BASE;
    };
    (@offsets $at:expr; $name:ident $words:expr, $meaning:literal; $($rest:tt)*) => {
        #[doc = $meaning]
        pub const $name: usize = $at;
        part!(@offsets $name + ($words); $($rest)*);
    };
    (@values) => { &[] };
    (@values $values:expr) => { $values };
}
