//! Splits a large transcript into stretches of whole lines, so several threads can read it at once.
//!
//! Invariant: the stretches together give what reading the whole file would give. If the file changes
//! meanwhile, it is read again as a whole. Used by [`super::catch_up()`].

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use memchr::memchr;

use super::fingerprint::Mark;
use super::follow::{ChangedTranscript, FileStat, ReadOutcome};
use super::open::{ReadError, open};
use super::reader::{Reader, TranscriptContents};

/// The approximate length of a stretch.
pub(super) const STRETCH_BYTES: u64 = 8 << 20;

/// A transcript with less to read than this is read by one thread.
pub(super) const LARGE_BYTES: u64 = 4 * STRETCH_BYTES;

/// How much is read at a time to find the end of a line.
const SEARCH_BYTES: usize = 16 << 10;

/// A transcript that is read in stretches.
#[derive(Debug)]
pub(super) struct Split {
    due: ChangedTranscript,
    file: File,
    /// The file's state before any stretch was read.
    stat: FileStat,
    stretches: Vec<Range<u64>>,
    parts: Mutex<Parts>,
}

/// The stretches that have been read.
#[derive(Debug, Default)]
struct Parts {
    readings: Vec<TranscriptContents>,
    /// Whether a stretch could not be read.
    failed: bool,
}

impl Split {
    /// Divides the unread part of a transcript at line ends, about `stretch_bytes` apart.
    pub(super) fn of(due: ChangedTranscript, stretch_bytes: u64) -> Result<Self, ReadError> {
        let file = open(&due.transcript.path)?;
        let stat = FileStat::of(&file)?;
        let mut start = due.offset_in(&file, &stat)?;
        let mut stretches = Vec::new();
        while start < stat.bytes {
            let about = start.saturating_add(stretch_bytes.max(1));
            let end = start_of_line(&file, about, stat.bytes).map_err(ReadError::Read)?;
            stretches.push(start..end);
            start = end;
        }
        Ok(Self { due, file, stat, stretches, parts: Mutex::default() })
    }

    /// The number of stretches.
    pub(super) fn len(&self) -> usize {
        self.stretches.len()
    }

    /// The transcript.
    pub(super) fn due(&self) -> &ChangedTranscript {
        &self.due
    }

    /// Reads one stretch. Read each exactly once. The call that finishes last returns the outcome of the
    /// whole transcript, with everything that was read in `reading`.
    pub(super) fn read(
        &self,
        stretch: usize,
        reader: &mut Reader,
        reading: &mut TranscriptContents,
    ) -> Option<Result<ReadOutcome, ReadError>> {
        let range = self.stretches[stretch].clone();
        let outcome = reader.read_stretch(&self.file, &self.due.transcript, range, reading);
        let (readings, failed) = {
            // A panic in another thread leaves nothing half-changed.
            let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.readings.push(std::mem::take(reading));
            parts.failed |= outcome.is_err();
            if parts.readings.len() < self.stretches.len() {
                return None;
            }
            (std::mem::take(&mut parts.readings), parts.failed)
        };
        *reading = TranscriptContents::joined(readings);
        let outcome = if failed { None } else { self.outcome(reading) };
        Some(outcome.map_or_else(|| self.due.read(reader, reading), Ok))
    }

    /// The outcome of the whole transcript, if the file has not changed.
    fn outcome(&self, reading: &TranscriptContents) -> Option<ReadOutcome> {
        let mark = Mark::of(&self.file, reading.consumed).ok()??;
        let after = FileStat::of(&self.file).ok()?;
        (after == self.stat).then(|| self.due.outcome(&after, reading.from, mark))
    }
}

/// The offset of the first line that begins at or after `offset`, or the end of the file.
fn start_of_line(file: &File, offset: u64, size: u64) -> io::Result<u64> {
    let mut bytes = [0; SEARCH_BYTES];
    // Start one byte early: if that byte is a newline, a line begins at `offset`.
    let mut at = offset - 1;
    while at < size {
        let read = match file.read_at(&mut bytes, at) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(newline) = memchr(b'\n', &bytes[..read]) {
            return Ok(size.min(at + newline as u64 + 1));
        }
        at += read as u64;
    }
    Ok(size)
}

#[cfg(test)]
mod tests;
