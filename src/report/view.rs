//! One consistent look at a snapshot: what the reports are drawn from.
//!
//! Invariant: totals and tables of a [`View`] belong to one commit.

use std::path::{Path, PathBuf};

use crate::snapshot::{
    Frame, Freshness, Health, Identity, Peek, PeekError, Period, ReadError, Reader, Totals, WriterState, peek,
};

/// What a report needs; the less, the quicker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Totals and periods: one page.
    Totals,
    /// Tables and health as well.
    Tables,
}

/// Totals, and tables where they were wanted, of one commit.
#[derive(Clone, Debug)]
pub struct View {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub identity: Identity,
    /// Its totals.
    pub totals: Totals,
    /// Its tables, where they were wanted.
    pub frame: Option<Frame>,
    /// The publisher's health, where it was wanted and reported.
    pub health: Option<Health>,
    /// Whether the publisher lives.
    pub freshness: Freshness,
    /// When this was read, ms UTC.
    pub now: i64,
}

impl View {
    /// Looks once at the snapshot at `path`, without mapping it; for totals alone, with a single read.
    pub fn once(path: &Path, want: Want, now: i64) -> Result<Self, PeekError> {
        if want == Want::Totals {
            let Peek { identity, totals, freshness } = peek(path)?;
            return Ok(Self {
                path: path.into(),
                identity,
                totals,
                frame: None,
                health: None,
                freshness,
                now,
            });
        }
        Self::of_tables(path, now)
    }

    /// Not inlined, so that who looks at totals alone has no stack for it.
    #[inline(never)]
    fn of_tables(path: &Path, now: i64) -> Result<Self, PeekError> {
        let mut reader = Reader::open_copying(path).map_err(PeekError::Open)?;
        Self::of(&mut reader, Want::Tables, now).map_err(PeekError::Read)
    }

    /// Looks at an open snapshot.
    pub fn of(reader: &mut Reader, want: Want, now: i64) -> Result<Self, ReadError> {
        let (totals, frame, health) = match want {
            Want::Totals => (reader.totals()?, None, None),
            Want::Tables => {
                let frame = reader.frame()?;
                (*frame.totals(), Some(frame), reader.health()?)
            }
        };
        Ok(Self {
            path: reader.path().into(),
            identity: reader.identity().clone(),
            totals,
            frame,
            health,
            freshness: reader.freshness()?,
            now,
        })
    }

    /// The block that contains this moment, if one does.
    pub fn block(&self) -> Option<Period> {
        self.totals.block().filter(|block| !block.is_over(self.now))
    }

    /// Why the figures may not be current, in words, if so: the publisher is gone, or a period is over.
    pub fn staleness(&self) -> Option<String> {
        let age =
            super::figures::span(u64::try_from(self.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX));
        let gone = match self.freshness.writer {
            WriterState::Live => None,
            WriterState::Stopped => Some(format!("the publisher stopped {age} ago")),
            WriterState::Dead => Some(format!("the publisher is gone, its last sign was {age} ago")),
        };
        let over = self.is_period_over().then(|| "a new day, week or month has begun since".to_owned());
        match (gone, over) {
            (Some(gone), Some(over)) => Some(format!("{gone}, and {over}")),
            (gone, over) => gone.or(over),
        }
    }

    fn is_period_over(&self) -> bool {
        [self.totals.today(), self.totals.this_week(), self.totals.this_month()]
            .iter()
            .any(|period| period.is_over(self.now))
    }
}
