//! What to generate, and which requests are valid.
//!
//! Invariant: a [`Spec`] is the whole input of [`crate::generate()`]. The clock, the locale and the machine
//! have no influence.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::Size;

/// The corpus to generate. The default is the reference size: 1.2 GB in 2,500 files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The total size of all transcripts in bytes, accurate to a few percent.
    pub bytes: u64,
    /// The exact number of transcripts, including those of subagents and forks.
    pub files: usize,
    /// The number of project folders. A few of them have most of the sessions.
    pub projects: usize,
    /// The seed for all random choices.
    pub seed: u64,
    /// First day, UTC.
    pub from: Date,
    /// Last day, UTC, included.
    pub to: Date,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            bytes: 1_200_000_000,
            files: 2_500,
            projects: 50,
            seed: 1,
            from: date(2026, 6, 1),
            to: date(2026, 8, 31),
        }
    }
}

/// The fewest bytes per file on average. With less, some files would have no room for a request.
pub(crate) const MIN_BYTES_A_FILE: u64 = 16_000;

/// Why a corpus cannot be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSpec {
    /// No files or no projects.
    Nothing,
    /// Too few bytes for the number of files.
    Crowded {
        /// The fewest bytes for this number of files.
        at_least: u64,
    },
    /// The first day is after the last, or is out of range.
    Days,
}

impl fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing to make: ask for at least one file and one project"),
            Self::Crowded { at_least } => {
                write!(
                    f,
                    "too few bytes for so many files: ask for at least {}, or fewer files",
                    Size(*at_least)
                )
            }
            Self::Days => f.write_str("the first day is after the last: swap --from and --to"),
        }
    }
}

impl std::error::Error for InvalidSpec {}

impl Spec {
    /// The time range of all records, in milliseconds UTC, end excluded.
    pub(crate) fn range_ms(&self) -> Result<std::ops::Range<i64>, InvalidSpec> {
        let midnight = |day: Date| {
            let zoned = day.to_zoned_datetime(TimeZone::UTC).map_err(|_| InvalidSpec::Days)?;
            Ok(zoned.timestamp().as_millisecond())
        };
        let end = midnight(self.to.tomorrow().map_err(|_| InvalidSpec::Days)?)?;
        let range = midnight(self.from)?..end;
        if range.is_empty() { Err(InvalidSpec::Days) } else { Ok(range) }
    }

    pub(crate) fn check(&self) -> Result<(), InvalidSpec> {
        if self.files == 0 || self.projects == 0 {
            return Err(InvalidSpec::Nothing);
        }
        let at_least = (self.files as u64).saturating_mul(MIN_BYTES_A_FILE);
        if self.bytes < at_least {
            return Err(InvalidSpec::Crowded { at_least });
        }
        self.range_ms().map(drop)
    }
}
