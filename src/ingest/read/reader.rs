//! Reads one transcript from an offset to its end and returns its records.
//!
//! Invariant: records come from whole objects only. [`TranscriptContents::consumed`] says up to which byte, so a
//! follower resumes there and misses nothing. A file that shrinks while it is read is read again from the
//! start. A pipe, a socket or a device is never waited for.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::buffer::Buffer;
use super::lines::{Lines, Sink};
use super::open::{ReadError, open};
use super::stats::{MAX_MALFORMED, Stats};
use super::subagents;
use crate::ingest::claude::{
    self, CostState, Decoder, KeyedRecord, Member, Object, Subagent, Title, Verdict, WorkingFolder,
};
use crate::ingest::find::Transcript;
use crate::ingest::json::Scalar;
use crate::usage::{Key, Record, is_named_after};

/// How often a file that keeps shrinking is tried.
const ATTEMPTS: usize = 4;

/// The contents of a transcript, or of a part of it.
#[derive(Debug, Default)]
pub struct TranscriptContents {
    /// The records, in the transcript's order. Adjacent records of the same request are already merged.
    pub records: Vec<Record>,
    /// Key pairs (old, new) of records whose key has changed since the first edition of the counting rule.
    pub earlier_keys: Vec<(Key, Key)>,
    /// The offset of the first byte read: the requested one, or 0 if the file has become shorter than that.
    pub from: u64,
    /// The offset up to which all lines and objects are whole. Resume reading here.
    pub consumed: u64,
    /// The costs that Claude Code reports, in the transcript's order. Of adjacent ones for the same session,
    /// the highest.
    pub cost_states: Vec<CostState>,
    /// The project's working folder, if a record names it.
    pub working_folder: Option<WorkingFolder>,
    /// The subagent whose transcript it is, in each of its sessions, if records do not name its type and the file beside
    /// the transcript does.
    pub subagents: Vec<Subagent>,
    /// Titles of sessions, the newest of each kind, if the reader keeps them.
    pub titles: Vec<Title>,
    /// Statistics.
    pub stats: Stats,
    /// The offsets of the first malformed places, at most [`MAX_MALFORMED`].
    pub malformed_at: Vec<u64>,
}

impl TranscriptContents {
    /// Empties the reading and keeps its memory.
    pub(super) fn restart(&mut self, from: u64) {
        self.records.clear();
        self.earlier_keys.clear();
        self.cost_states.clear();
        self.subagents.clear();
        self.titles.clear();
        self.malformed_at.clear();
        (self.from, self.consumed) = (from, from);
        self.working_folder = None;
        self.stats = Stats::default();
    }

    /// Joins the readings of all stretches of one transcript.
    pub(super) fn joined(mut parts: Vec<Self>) -> Self {
        parts.sort_by_key(|part| part.from);
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        for part in parts {
            whole.records.extend(part.records);
            whole.earlier_keys.extend(part.earlier_keys);
            part.cost_states.into_iter().for_each(|state| state.push(&mut whole.cost_states));
            whole.subagents.extend(part.subagents);
            part.titles.into_iter().for_each(|title| title.push(&mut whole.titles));
            whole.malformed_at.extend(part.malformed_at);
            whole.working_folder = whole.working_folder.into_iter().chain(part.working_folder).min();
            whole.consumed = part.consumed;
            whole.stats += part.stats;
        }
        whole.malformed_at.truncate(MAX_MALFORMED);
        whole.stats.files = 1;
        whole
    }
}

/// Reads transcripts one after another, reusing its memory. Use one per thread.
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

/// Why an attempt to read a file failed.
enum AttemptError {
    Shrunk,
    Read(io::Error),
}

impl Reader {
    /// A new reader, which parses no line with a title.
    pub fn new() -> Self {
        Self::with_titles(false)
    }

    /// A new reader that keeps titles of sessions, or parses no line with one.
    pub fn with_titles(are_wanted: bool) -> Self {
        Self {
            lines: Lines::new(claude::Format::with_titles(are_wanted)),
            decoder: Decoder::with_titles(are_wanted),
            buffer: Buffer::new(),
        }
    }

    /// Reads a transcript from offset `from` to its current end. `from` must be 0 or a [`TranscriptContents::consumed`]
    /// of the same file. `advance` is called with the number of bytes as they are read.
    ///
    /// On an error, `into` has what was read before it.
    pub fn read(
        &mut self,
        transcript: &Transcript,
        from: u64,
        into: &mut TranscriptContents,
        advance: &dyn Fn(u64),
    ) -> Result<(), ReadError> {
        into.restart(from);
        let file = open(&transcript.path)?;
        self.read_open(&file, transcript, from, into, advance)
    }

    /// The same for an open file.
    pub(super) fn read_open(
        &mut self,
        file: &File,
        transcript: &Transcript,
        from: u64,
        into: &mut TranscriptContents,
        advance: &dyn Fn(u64),
    ) -> Result<(), ReadError> {
        let mut advanced = 0;
        for _ in 0..ATTEMPTS {
            let size = file.metadata().map_err(ReadError::Read)?.len();
            into.restart(if from <= size { from } else { 0 });
            let read = self.attempt(file, size, transcript, into, &mut |at| {
                // A further attempt reads bytes again that have been reported.
                advance(u64::saturating_sub(at, advanced));
                advanced = advanced.max(at);
            });
            match read {
                Ok(()) => return Ok(()),
                Err(AttemptError::Read(source)) => return Err(ReadError::Read(source)),
                Err(AttemptError::Shrunk) => {
                    tracing::debug!(path = %transcript.path.display(), "the file shrank while it was read");
                }
            }
        }
        Err(ReadError::Shrinking)
    }

    /// Reads a stretch of whole lines of an open file once. Does not read beyond its end.
    pub(super) fn read_stretch(
        &mut self,
        file: &File,
        transcript: &Transcript,
        stretch: Range<u64>,
        into: &mut TranscriptContents,
    ) -> Result<(), ReadError> {
        into.restart(stretch.start);
        self.attempt(file, stretch.end, transcript, into, &mut |_| ()).map_err(|error| match error {
            AttemptError::Read(source) => ReadError::Read(source),
            AttemptError::Shrunk => ReadError::Shrinking,
        })
    }

    /// Reads up to the offset `size`, once.
    fn attempt(
        &mut self,
        file: &File,
        size: u64,
        transcript: &Transcript,
        into: &mut TranscriptContents,
        advance: &mut dyn FnMut(u64),
    ) -> Result<(), AttemptError> {
        let from = into.from;
        self.lines.start(from);
        let mut collector = Collector { decoder: &mut self.decoder, transcript, into };
        let mut offset = from;
        let mut outcome = Ok(());
        while offset < size && outcome.is_ok() {
            let buffer = self.buffer.first(size - offset);
            match file.read_at(buffer, offset) {
                Ok(0) => outcome = Err(AttemptError::Shrunk),
                Ok(read) => {
                    offset += read as u64;
                    if let Some(back) = self.lines.feed(&buffer[..read], &mut collector) {
                        offset = back;
                    }
                }
                Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => outcome = Err(AttemptError::Read(source)),
            }
            advance(offset - from);
        }
        let summary = self.lines.finish(&mut collector);
        into.subagents = subagents::named_beside(&transcript.path, &into.records);
        into.consumed = summary.consumed;
        into.stats.files = 1;
        into.stats.bytes = offset - from;
        into.stats.lines = summary.lines;
        into.stats.incomplete = u64::from(summary.incomplete);
        outcome
    }
}

/// Receives the objects of a transcript and keeps those that count.
struct Collector<'a> {
    decoder: &'a mut Decoder,
    transcript: &'a Transcript,
    into: &'a mut TranscriptContents,
}

impl Sink<claude::Format> for Collector<'_> {
    fn object(&mut self, object: &Object<'_>, bytes: &[u8], offset: u64) {
        let Transcript { project, session, .. } = self.transcript;
        match self.decoder.judge(object, bytes, project, session) {
            Verdict::Record(KeyedRecord { record, earlier_key }) => {
                self.into.stats.records += 1;
                self.note_working_folder(object, record.at_ms, project);
                if let Some(pair) = earlier_key.map(|earlier| (earlier, record.key))
                    && self.into.earlier_keys.last() != Some(&pair)
                {
                    self.into.earlier_keys.push(pair);
                }
                match self.into.records.last_mut() {
                    // Claude Code writes the lines of one request one after another.
                    Some(last) if last.key == record.key => {
                        last.merge(&record);
                        self.into.stats.duplicates += 1;
                    }
                    _ => self.into.records.push(record),
                }
            }
            Verdict::CostState(state) => state.push(&mut self.into.cost_states),
            Verdict::Title(title) => title.push(&mut self.into.titles),
            Verdict::NoRecord => {}
            Verdict::Synthetic => self.into.stats.synthetic += 1,
            Verdict::BadTimestamp => self.into.stats.bad_timestamps += 1,
            Verdict::Undecodable => self.malformed(offset),
        }
    }

    fn malformed(&mut self, offset: u64) {
        self.into.stats.malformed += 1;
        if self.into.malformed_at.len() < MAX_MALFORMED {
            self.into.malformed_at.push(offset);
        }
    }
}

impl Collector<'_> {
    /// Keeps the record's working folder if the project is named after it and no earlier one is known.
    fn note_working_folder(&mut self, object: &Object<'_>, at_ms: i64, project: &Arc<str>) {
        let known = &mut self.into.working_folder;
        if known.as_ref().is_some_and(|known| known.at_ms < at_ms)
            || !matches!(object.outer[Member::Cwd], Scalar::Text(_))
        {
            return;
        }
        if let Some(path) = self.decoder.cwd(object)
            && known.as_ref().is_none_or(|known| (at_ms, &*path) < (known.at_ms, &*known.path))
            && is_named_after(project, &path)
        {
            *known = Some(WorkingFolder { at_ms, path: path.into() });
        }
    }
}
