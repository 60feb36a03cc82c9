//! Follows a snapshot for as long as somebody reads the output.
//!
//! Invariant: the file is copied, never mapped, so a file that something else shortens is an error with a message and a
//! code; touching a mapping of it would be a signal that no program can report. What that costs is a look at one page
//! a few times a second.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::report::{View, Want};
use crate::snapshot::{OpenError, ReadError, Reader, WriterState, wall_clock_ms_once};

/// How often to look for a new commit.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often to look for another file, and whether the publisher lives.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// A snapshot being followed.
#[derive(Debug)]
pub(super) struct Followed {
    reader: Reader,
    /// Epoch and generation of the commit of the last view, and the publisher's state in it.
    seen: Option<(u64, u64)>,
    writer: Option<WriterState>,
}

impl Followed {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { reader: Reader::open_copying(path)?, seen: None, writer: None })
    }

    /// What the snapshot holds now.
    pub(super) fn view(&mut self, want: Want) -> Result<View, ReadError> {
        let view = View::of(&mut self.reader, want, wall_clock_ms_once())?;
        self.seen = Some((view.identity.epoch, view.totals.generation()));
        self.writer = Some(view.freshness.writer);
        Ok(view)
    }

    /// Sleeps until there is something that the last view did not have, at most for this long: a commit, or another
    /// state of the publisher. A file that was deleted is waited for.
    pub(super) fn wait(&mut self, most: Duration) -> Result<(), ReadError> {
        let began = Instant::now();
        let mut checked = began;
        loop {
            let left = most.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(LOOK_EVERY));
            if self.has_commit()? {
                return Ok(());
            }
            if checked.elapsed() >= CHECK_EVERY {
                checked = Instant::now();
                match self.reader.refresh() {
                    Ok(_) | Err(OpenError::NotFound { .. }) => {}
                    Err(error) => return Err(ReadError::Reopen(error)),
                }
                if self.has_state()? {
                    return Ok(());
                }
            }
        }
    }

    fn has_commit(&mut self) -> Result<bool, ReadError> {
        match self.reader.totals() {
            Ok(totals) => Ok(self.seen != Some((self.reader.identity().epoch, totals.generation()))),
            // Overtaken by the publisher: the next look is a moment away.
            Err(ReadError::Busy) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn has_state(&self) -> Result<bool, ReadError> {
        Ok(self.writer != Some(self.reader.freshness()?.writer))
    }
}
