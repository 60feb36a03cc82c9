//! One transcript, from an offset to its end, to the records it holds.
//!
//! Invariant: what is given out comes from whole objects only, and [`Reading::consumed`] says up to which byte
//! they went, so that whoever follows a growing file reads on from there and misses nothing. A file that
//! shrinks while it is read is read again from the start; a file that is a pipe, a socket or a device is
//! never waited for.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use super::buffer::Buffer;
use super::lines::{Lines, Sink};
use super::stats::{PLACES, Stats};
use crate::ingest::claude::{self, CostState, Counted, Decoder, Member, Object, Verdict, WorkingFolder};
use crate::ingest::find::Transcript;
use crate::ingest::json::Scalar;
use crate::usage::{Key, Record};

/// How often a file that keeps shrinking is begun again.
const ATTEMPTS: usize = 4;

/// Why a transcript could not be read to its end. What was read before stands in the [`Reading`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// It could not be opened; it may just have been deleted.
    Open(io::Error),
    /// It is no regular file.
    NotAFile,
    /// The system failed to read it.
    Read(io::Error),
    /// It became shorter each time it was read.
    Shrinking,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(source) if source.kind() == io::ErrorKind::NotFound => {
                f.write_str("it vanished before it was read")
            }
            Self::Open(_) => f.write_str("cannot open it"),
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::Read(_) => f.write_str("cannot read it"),
            Self::Shrinking => f.write_str("it kept shrinking while it was read; the next scan takes it up"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(source) | Self::Read(source) => Some(source),
            Self::NotAFile | Self::Shrinking => None,
        }
    }
}

/// What a stretch of a transcript holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The records, in the transcript's order; neighbours of one request are already merged.
    pub records: Vec<Record>,
    /// For records whose key is another one since the first edition of the counting rule: that key, and theirs.
    pub earlier_keys: Vec<(Key, Key)>,
    /// Offset of the first byte read: the one asked for, or 0 where the file had become shorter than that.
    pub from: u64,
    /// Offset up to which only whole lines and whole objects stand: where to read on.
    pub consumed: u64,
    /// Claude Code's own figures, in the transcript's order; of neighbours of one session the highest.
    pub cost_states: Vec<CostState>,
    /// The folder the project stands for, if a record tells.
    pub working_folder: Option<WorkingFolder>,
    /// What was seen.
    pub stats: Stats,
    /// Offsets of the first malformed places, at most [`PLACES`].
    pub malformed_at: Vec<u64>,
}

impl Reading {
    /// Forgets everything but the memory it holds.
    pub(super) fn restart(&mut self, from: u64) {
        self.records.clear();
        self.earlier_keys.clear();
        self.cost_states.clear();
        self.malformed_at.clear();
        (self.from, self.consumed) = (from, from);
        self.working_folder = None;
        self.stats = Stats::default();
    }
}

impl Reading {
    /// Readings of stretches of one transcript, as one.
    pub(super) fn joined(mut parts: Vec<Self>) -> Self {
        parts.sort_by_key(|part| part.from);
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        for part in parts {
            whole.records.extend(part.records);
            whole.earlier_keys.extend(part.earlier_keys);
            part.cost_states.into_iter().for_each(|state| state.push(&mut whole.cost_states));
            whole.malformed_at.extend(part.malformed_at);
            whole.working_folder = whole.working_folder.into_iter().chain(part.working_folder).min();
            whole.consumed = part.consumed;
            whole.stats += part.stats;
        }
        whole.malformed_at.truncate(PLACES);
        whole.stats.files = 1;
        whole
    }
}

/// Reads transcripts one after another, reusing its memory. Each thread has its own.
pub struct Reader {
    lines: Lines<claude::Format>,
    decoder: Decoder,
    buffer: Buffer,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// Why an attempt at a file ended early.
enum Cut {
    Shrunken,
    Failed(io::Error),
}

impl Reader {
    /// A reader that has read nothing.
    pub fn new() -> Self {
        Self { lines: Lines::new(), decoder: Decoder::default(), buffer: Buffer::new() }
    }

    /// Reads a transcript from the byte `from`, which must be 0 or a [`Reading::consumed`] of the same file,
    /// to where it ends now. `advance` is told of bytes as they are read.
    ///
    /// On an error, `into` holds what was read before.
    pub fn read(
        &mut self,
        transcript: &Transcript,
        from: u64,
        into: &mut Reading,
        advance: &dyn Fn(u64),
    ) -> Result<(), ReadError> {
        into.restart(from);
        let file = open(&transcript.path)?;
        self.read_open(&file, transcript, from, into, advance)
    }

    /// The same for a file that is open.
    pub(super) fn read_open(
        &mut self,
        file: &File,
        transcript: &Transcript,
        from: u64,
        into: &mut Reading,
        advance: &dyn Fn(u64),
    ) -> Result<(), ReadError> {
        let mut advanced = 0;
        for _ in 0..ATTEMPTS {
            let size = file.metadata().map_err(ReadError::Read)?.len();
            into.restart(if from <= size { from } else { 0 });
            let read = self.attempt(file, size, transcript, into, &mut |at| {
                // A second attempt goes over bytes that were told of before.
                advance(u64::saturating_sub(at, advanced));
                advanced = advanced.max(at);
            });
            match read {
                Ok(()) => return Ok(()),
                Err(Cut::Failed(source)) => return Err(ReadError::Read(source)),
                Err(Cut::Shrunken) => tracing::debug!(path = %transcript.path.display(), "shrank while read"),
            }
        }
        Err(ReadError::Shrinking)
    }

    /// Reads a stretch of whole lines of an open file once. Beyond its end nothing is looked at.
    pub(super) fn read_stretch(
        &mut self,
        file: &File,
        transcript: &Transcript,
        stretch: Range<u64>,
        into: &mut Reading,
    ) -> Result<(), ReadError> {
        into.restart(stretch.start);
        self.attempt(file, stretch.end, transcript, into, &mut |_| ()).map_err(|cut| match cut {
            Cut::Failed(source) => ReadError::Read(source),
            Cut::Shrunken => ReadError::Shrinking,
        })
    }

    /// Reads up to `size` once.
    fn attempt(
        &mut self,
        file: &File,
        size: u64,
        transcript: &Transcript,
        into: &mut Reading,
        advance: &mut dyn FnMut(u64),
    ) -> Result<(), Cut> {
        let from = into.from;
        self.lines.start(from);
        let mut judge = Judge { decoder: &mut self.decoder, transcript, into };
        let mut offset = from;
        let mut outcome = Ok(());
        while offset < size && outcome.is_ok() {
            let buffer = self.buffer.first(size - offset);
            match file.read_at(buffer, offset) {
                Ok(0) => outcome = Err(Cut::Shrunken),
                Ok(read) => {
                    offset += read as u64;
                    if let Some(back) = self.lines.feed(&buffer[..read], &mut judge) {
                        offset = back;
                    }
                }
                Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => outcome = Err(Cut::Failed(source)),
            }
            advance(offset - from);
        }
        let end = self.lines.finish(&mut judge);
        into.consumed = end.consumed;
        into.stats.files = 1;
        into.stats.bytes = offset - from;
        into.stats.lines = end.lines;
        into.stats.incomplete = u64::from(end.incomplete);
        outcome
    }
}

/// Opens a regular file. A pipe put in its place does not make the call wait.
pub(super) fn open(path: &Path) -> Result<File, ReadError> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(ReadError::Open)?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(file),
        Ok(_) => Err(ReadError::NotAFile),
        Err(source) => Err(ReadError::Read(source)),
    }
}

/// Takes the objects of a transcript and keeps what counts.
struct Judge<'a> {
    decoder: &'a mut Decoder,
    transcript: &'a Transcript,
    into: &'a mut Reading,
}

impl Sink<claude::Format> for Judge<'_> {
    fn object(&mut self, object: &Object<'_>, bytes: &[u8], offset: u64) {
        let Transcript { project, session, .. } = self.transcript;
        match self.decoder.judge(object, bytes, project, session) {
            Verdict::Counts(Counted { record, earlier_key }) => {
                self.into.stats.records += 1;
                self.locate(object, record.at_ms, project);
                if let Some(pair) = earlier_key.map(|earlier| (earlier, record.key))
                    && self.into.earlier_keys.last() != Some(&pair)
                {
                    self.into.earlier_keys.push(pair);
                }
                match self.into.records.last_mut() {
                    // Streaming writes a request's lines one after another.
                    Some(last) if last.key == record.key => last.merge(&record),
                    _ => self.into.records.push(record),
                }
            }
            Verdict::CostState(state) => state.push(&mut self.into.cost_states),
            Verdict::NoRecord => {}
            Verdict::Synthetic => self.into.stats.synthetic += 1,
            Verdict::BadTimestamp => self.into.stats.bad_timestamps += 1,
            Verdict::Undecodable => self.malformed(offset),
        }
    }

    fn malformed(&mut self, offset: u64) {
        self.into.stats.malformed += 1;
        if self.into.malformed_at.len() < PLACES {
            self.into.malformed_at.push(offset);
        }
    }
}

impl Judge<'_> {
    /// Takes the record's working folder for the project's if it is, and none earlier is known.
    fn locate(&mut self, object: &Object<'_>, at_ms: i64, project: &Arc<str>) {
        let known = &mut self.into.working_folder;
        if known.as_ref().is_some_and(|known| known.at_ms < at_ms)
            || !matches!(object.outer[Member::Cwd], Scalar::Text(_))
        {
            return;
        }
        if let Some(path) = self.decoder.cwd(object)
            && known.as_ref().is_none_or(|known| (at_ms, &*path) < (known.at_ms, &*known.path))
            && claude::is_named_after(project, &path)
        {
            *known = Some(WorkingFolder { at_ms, path: path.into() });
        }
    }
}
