//! What is to be made, and what of it can be made.
//!
//! Invariant: a [`Spec`] is the whole input of [`crate::generate()`]; no clock, locale or machine takes part.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::Size;

/// The corpus that is wanted. The default is the reference size: 1.2 GB in 2,500 files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Bytes of all transcripts together; met to a few percent.
    pub bytes: u64,
    /// Number of transcripts, met exactly; subagents' and forks' are among them.
    pub files: usize,
    /// Number of project folders that sessions are spread over, a few of them taking most.
    pub projects: usize,
    /// What chooses everything else.
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

/// Fewest bytes a file on average: below it, there would be files without room for a request.
pub(crate) const MIN_BYTES_A_FILE: u64 = 16_000;

/// Why a corpus cannot be made as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSpec {
    /// No file or no project.
    Nothing,
    /// Too few bytes for the files.
    Crowded {
        /// Fewest bytes for so many files.
        at_least: u64,
    },
    /// The first day is after the last, or out of the range of dates.
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
    /// The time all records fall into, in milliseconds UTC, the end excluded.
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
