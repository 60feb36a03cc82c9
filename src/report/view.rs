//! A consistent view of a snapshot, from which reports are made.
//!
//! Invariant: totals and tables of a [`View`] belong to one commit.

use std::path::{Path, PathBuf};

use crate::snapshot::{
    Frame, Freshness, Health, Identity, OpenError, Peek, PeekError, Period, ReadError, Reader, Totals,
    WriterState, peek, survive_shortened_files,
};

/// Opens the snapshot at `path` for a program that follows it. A file that something else shortens is then an error, not
/// a signal: where a process cannot survive that on a mapping, the file is copied.
pub fn open_to_follow(path: &Path) -> Result<Reader, OpenError> {
    let can_map = cfg!(target_os = "linux") && survive_shortened_files().is_ok();
    if can_map { Reader::open(path) } else { Reader::open_copying(path) }
}

/// The part of a snapshot that a report needs. Less is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Totals and periods: one page.
    Totals,
    /// Tables and health as well.
    Tables,
}

/// Totals and, if requested, tables from one commit.
#[derive(Clone, Debug)]
pub struct View {
    /// The file.
    pub path: PathBuf,
    /// Its identity.
    pub identity: Identity,
    /// Its totals.
    pub totals: Totals,
    /// Its tables, if requested.
    pub frame: Option<Frame>,
    /// The publisher's health, if requested and reported.
    pub health: Option<Health>,
    /// Whether the publisher is running.
    pub freshness: Freshness,
    /// When this was read, ms UTC.
    pub now: i64,
}

impl View {
    /// Reads the snapshot at `path` once, without mapping it. Totals alone take a single read.
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

    /// Not inlined, so that reading totals alone needs no stack for it.
    #[inline(never)]
    fn of_tables(path: &Path, now: i64) -> Result<Self, PeekError> {
        let mut reader = Reader::open_copying(path).map_err(PeekError::Open)?;
        Self::of(&mut reader, Want::Tables, now).map_err(PeekError::Read)
    }

    /// Reads an open snapshot.
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

    /// The block that contains the time of this view, if there is one.
    pub fn block(&self) -> Option<Period> {
        self.totals.block().filter(|block| !block.is_over(self.now))
    }

    /// Why the figures may be stale, if they may be: the publisher is not running, or a period is over.
    pub fn staleness(&self) -> Option<String> {
        let age =
            super::figures::span(u64::try_from(self.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX));
        let gone = match self.freshness.writer {
            WriterState::Live => None,
            WriterState::Stopped => Some(format!("the publisher stopped {age} ago")),
            WriterState::Dead => Some(format!("the publisher died, its last heartbeat was {age} ago")),
        };
        let over = self.is_period_over().then(|| "a new day, week or month has begun".to_owned());
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
