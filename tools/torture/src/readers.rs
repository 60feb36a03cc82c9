//! The readers: each kind in a thread, each value checked, until the time is over.
//!
//! Invariant: a reader counts what it gets and fails for a value that is torn or goes back; errors that a publisher which
//! is killed or whose file is shortened may cause are counted too.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cco::snapshot::{OpenError, PeekError, ReadError, Reader, Totals, peek};

use crate::invariant::{PROJECT, check_frame, check_health, check_project, check_totals};

/// How a reader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    MappedTotals,
    MappedFrames,
    MappedLookups,
    MappedWaits,
    CopiedTotals,
    CopiedFrames,
    OneShot,
}

/// All of them.
pub(crate) const KINDS: [Kind; 7] = [
    Kind::MappedTotals,
    Kind::MappedFrames,
    Kind::MappedLookups,
    Kind::MappedWaits,
    Kind::CopiedTotals,
    Kind::CopiedFrames,
    Kind::OneShot,
];

/// What the readers of one kind met.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Values that were whole.
    pub(crate) whole: AtomicU64,
    /// Reads that the publisher was in the way of.
    pub(crate) busy: AtomicU64,
    /// New files that were opened.
    pub(crate) reopened: AtomicU64,
    /// Files that were missing, shortened or damaged because someone had done that.
    pub(crate) harmed: AtomicU64,
}

fn count(figure: &AtomicU64) {
    figure.fetch_add(1, Ordering::Relaxed);
}

/// What is read, by whom, and until when.
pub(crate) struct Task<'a> {
    pub(crate) path: &'a Path,
    pub(crate) kind: Kind,
    /// Whether files are shortened and deleted.
    pub(crate) is_harmed: bool,
    pub(crate) over: &'a AtomicBool,
    pub(crate) met: &'a Met,
}

/// The newest commit of an epoch that was seen.
#[derive(Default)]
struct Seen {
    epoch: u64,
    sequence: u64,
}

impl Seen {
    fn note(&mut self, epoch: u64, sequence: u64) -> Result<(), String> {
        if epoch == self.epoch && sequence < self.sequence {
            return Err(format!("commit {} after {}", sequence / 2, self.sequence / 2));
        }
        (self.epoch, self.sequence) = (epoch, sequence);
        Ok(())
    }
}

impl Task<'_> {
    /// Reads until the time is over.
    pub(crate) fn run(&self) -> Result<(), String> {
        let mut reader = None;
        let mut seen = Seen::default();
        while !self.over.load(Ordering::Relaxed) {
            if self.kind == Kind::OneShot {
                self.look(&mut seen)?;
                continue;
            }
            let Some(mut open) = self.reader(&mut reader)? else { continue };
            match self.read(&mut open) {
                Ok(totals) => {
                    count(&self.met.whole);
                    if let Some(totals) = totals {
                        seen.note(open.identity().epoch, totals.sequence())?;
                    }
                    self.follow(&mut open)?;
                    reader = Some(open);
                }
                Err(Trouble::Read(ReadError::Busy)) => {
                    count(&self.met.busy);
                    self.follow(&mut open)?;
                    reader = Some(open);
                }
                // A new one takes its place.
                Err(Trouble::Read(error)) if self.is_harmed && is_harm(&error) => count(&self.met.harmed),
                Err(Trouble::Read(error)) => return Err(format!("{:?}: {error:?}", self.kind)),
                Err(Trouble::Value(what)) => return Err(format!("{:?}: {what}", self.kind)),
            }
        }
        Ok(())
    }

    fn reader(&self, reader: &mut Option<Reader>) -> Result<Option<Reader>, String> {
        if let Some(open) = reader.take() {
            return Ok(Some(open));
        }
        let copies = matches!(self.kind, Kind::CopiedTotals | Kind::CopiedFrames);
        match if copies { Reader::open_copying(self.path) } else { Reader::open(self.path) } {
            Ok(open) => Ok(Some(open)),
            Err(error) => self.missed(&error).map(|()| None),
        }
    }

    /// A file that cannot be opened is an error unless someone made it so.
    fn missed(&self, error: &OpenError) -> Result<(), String> {
        if !self.is_harmed || !is_harmed_file(error) {
            return Err(format!("{:?}: {error:?}", self.kind));
        }
        count(&self.met.harmed);
        std::thread::yield_now();
        Ok(())
    }

    /// Goes on to the file at the path, if it is another one.
    fn follow(&self, reader: &mut Reader) -> Result<(), String> {
        match reader.refresh() {
            Ok(true) => count(&self.met.reopened),
            Ok(false) => {}
            Err(error) => self.missed(&error)?,
        }
        Ok(())
    }

    fn read(&self, reader: &mut Reader) -> Result<Option<Totals>, Trouble> {
        match self.kind {
            Kind::MappedTotals | Kind::CopiedTotals => {
                let totals = reader.totals()?;
                check_totals(&totals)?;
                Ok(Some(totals))
            }
            Kind::MappedFrames | Kind::CopiedFrames => {
                let frame = reader.frame()?;
                check_frame(&frame)?;
                if let Some(health) = reader.health()? {
                    check_health(&health)?;
                }
                Ok(Some(*frame.totals()))
            }
            Kind::MappedLookups => {
                check_project(reader.project(PROJECT.0, PROJECT.1)?)?;
                Ok(None)
            }
            Kind::MappedWaits => {
                reader.wait(Duration::from_millis(20))?;
                let totals = reader.totals()?;
                check_totals(&totals)?;
                Ok(Some(totals))
            }
            Kind::OneShot => unreachable!("it has no reader"),
        }
    }

    fn look(&self, seen: &mut Seen) -> Result<(), String> {
        match peek(self.path) {
            Ok(look) => {
                check_totals(&look.totals)?;
                seen.note(look.identity.epoch, look.totals.sequence())?;
                count(&self.met.whole);
            }
            Err(PeekError::Open(error)) => self.missed(&error)?,
            Err(PeekError::Read(ReadError::Busy)) => count(&self.met.busy),
            Err(PeekError::Read(error)) if self.is_harmed && is_harm(&error) => count(&self.met.harmed),
            Err(error) => return Err(format!("{error:?}")),
        }
        Ok(())
    }
}

/// Why a read gave nothing.
enum Trouble {
    Read(ReadError),
    Value(String),
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<String> for Trouble {
    fn from(what: String) -> Self {
        Self::Value(what)
    }
}

/// What a read of a file may give that someone shortens meanwhile.
pub(crate) fn is_harm(error: &ReadError) -> bool {
    match error {
        ReadError::Shrunk | ReadError::Damaged { .. } | ReadError::NothingPublished => true,
        ReadError::Reopen(error) => is_harmed_file(error),
        _ => false,
    }
}

/// The same for one that is opened.
pub(crate) fn is_harmed_file(error: &OpenError) -> bool {
    matches!(error, OpenError::NotFound { .. } | OpenError::NotASnapshot { .. } | OpenError::Damaged { .. })
}

/// The path of the snapshot in a folder.
pub(crate) fn snapshot_in(folder: &Path) -> PathBuf {
    folder.join("usage.snapshot")
}
