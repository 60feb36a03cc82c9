//! Many transcripts that are read on all threads and counted a step at a time, so that a publisher goes on with everything
//! else in between.
//!
//! Records are gathered and sorted by key, and slices of them are stored one by one: the ledger writes neighbouring rows
//! together, which is many times faster than in the order they were read, and an append waits for one slice at most.
//!
//! Invariant: a transcript counts as read with the last slice of what was gathered with its contents. Everything that
//! happens to these transcripts meanwhile is scanned again afterwards. Used by [`super::counter`].

use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::first_count::FirstCount;
use super::scan_summary::ScanSummary;
use super::stored;
use crate::ingest::{Batch, CatchUp, ChangedTranscript, NextBatch, Progress, ReadOutcome, ScanResult};
use crate::ledger;
use crate::usage::Record;

/// More transcripts with something new, or more bytes of it, are read on all threads, as a backlog.
const FEW: usize = 16;
const FEW_BYTES: u64 = 4 << 20;
/// A session at work has appended no more than this since the last scan.
const APPENDED_BYTES: u64 = FEW_BYTES / FEW as u64;

/// Records are gathered until there are so many, or for so long, and then sorted.
const GATHERED_RECORDS: usize = 131_072;
const GATHER_FOR: Duration = Duration::from_millis(500);
/// Records in one transaction: as many as take about [`SLICE_TIME`] where this runs.
const SLICE_RECORDS: RangeInclusive<usize> = 512..=16_384;
/// How long an append may have to wait for a slice.
const SLICE_TIME: Duration = Duration::from_millis(40);

/// Transcripts that are being read and counted.
#[derive(Debug)]
pub(super) struct Backlog {
    reading: CatchUp,
    sink: Sink,
    /// The transcripts that are not read and stored yet.
    paths: HashSet<PathBuf>,
    /// What to scan again afterwards.
    again: BTreeSet<PathBuf>,
    /// What was read and counted so far.
    pub(super) summary: ScanSummary,
    started: Instant,
    is_full: bool,
}

/// What becomes of the records.
#[derive(Debug)]
pub(super) enum Sink {
    /// They are stored as they come.
    Slices(Slices),
    /// They are merged in memory, for an empty ledger.
    FirstCount(FirstCount),
    /// They are merged in memory and compared with each other.
    Recount(FirstCount),
}

/// Records that wait to be stored.
#[derive(Debug)]
pub(super) struct Slices {
    gathered: Batch,
    /// When the first of them came.
    gathered_at: Option<Instant>,
    /// How many the next slice has.
    slice_records: usize,
    /// The records that are not stored yet, by key. Taken from the end.
    sorted: Vec<Record>,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing: it is still being read.
    Waiting,
    /// Store this.
    Slice(Box<Slice>),
    /// Everything was read and stored, or is in the [`Sink`].
    End,
}

/// What is stored in one transaction.
#[derive(Debug)]
pub(super) struct Slice {
    records: Vec<Record>,
    /// With the last records that were gathered: what else was.
    rest: Batch,
    /// What is left of the slices meanwhile.
    left: Slices,
}

/// A scan that was counted completely.
#[derive(Debug)]
pub struct Finished {
    /// What it found and counted.
    pub summary: ScanSummary,
    /// Whether it scanned everything.
    pub is_full: bool,
    /// Paths at which something happened meanwhile.
    pub again: Vec<PathBuf>,
}

impl Backlog {
    /// Begins to read these transcripts. `summary` is that of the scan which found them, `scan` when it began and whether
    /// it scanned everything.
    pub(super) fn begin(
        due: Vec<ChangedTranscript>,
        (threads, with_titles): (NonZeroUsize, bool),
        sink: Sink,
        summary: ScanSummary,
        (started, is_full): (Instant, bool),
    ) -> Self {
        let paths = due.iter().map(|due| due.transcript.path.clone()).collect();
        let reading = CatchUp::begin(due, threads, with_titles);
        Self { reading, sink, paths, again: BTreeSet::new(), summary, started, is_full }
    }

    /// Whether other transcripts can be counted meanwhile.
    pub(super) fn lets_others_through(&self) -> bool {
        matches!(self.sink, Sink::Slices(_))
    }

    /// Has these paths scanned afterwards.
    pub(super) fn scan_again(&mut self, paths: &[PathBuf]) {
        self.again.extend(paths.iter().cloned());
    }

    /// Leaves in a result only what can be counted now: few transcripts, which are not being read already.
    pub(super) fn hold_back(&mut self, result: &mut ScanResult) {
        let is_free = |path: &PathBuf| !self.paths.contains(path);
        let mut held: Vec<PathBuf> = result.removed.extract_if(.., |path| !is_free(path)).collect();
        let due = result.due.extract_if(.., |due| !is_free(&due.transcript.path));
        held.extend(due.map(|due| due.transcript.path));
        if !are_few(&result.due) {
            held.extend(result.due.drain(..).map(|due| due.transcript.path));
        }
        self.again.extend(held);
    }

    /// Takes in what was read, waiting no longer than this, until there is something to do with it.
    pub(super) fn step(&mut self, progress: &Progress, wait: Duration) -> Step {
        let until = Instant::now() + wait;
        loop {
            if let Sink::Slices(slices) = &mut self.sink
                && let Some(slice) = slices.next_slice(false)
            {
                return Step::Slice(slice);
            }
            match self.reading.next_batch_within(until.saturating_duration_since(Instant::now())) {
                NextBatch::Batch(batch) => {
                    progress.advance(batch.stats.bytes);
                    self.summary.note(&batch);
                    match &mut self.sink {
                        Sink::Slices(slices) => {
                            // The others compare all records at their end.
                            self.summary.duplicates += batch.stats.duplicates;
                            slices.add(*batch);
                        }
                        Sink::FirstCount(count) | Sink::Recount(count) => count.add(*batch),
                    }
                }
                NextBatch::Waiting => return Step::Waiting,
                NextBatch::End => {
                    if let Sink::Slices(slices) = &mut self.sink
                        && let Some(slice) = slices.next_slice(true)
                    {
                        return Step::Slice(slice);
                    }
                    return Step::End;
                }
            }
            if Instant::now() >= until {
                return Step::Waiting;
            }
        }
    }

    /// These transcripts are read and stored: what happens to them from now on can be counted meanwhile.
    pub(super) fn is_read(&mut self, outcomes: &[ReadOutcome]) {
        for outcome in outcomes {
            self.paths.remove(&outcome.state.path);
        }
    }

    /// A slice was stored in this time.
    pub(super) fn put_back(&mut self, mut slice: Box<Slice>, took: Duration) {
        if !slice.records.is_empty() {
            slice.left.adjust(took);
        }
        self.sink = Sink::Slices(slice.left);
    }

    /// What there is at the end.
    pub(super) fn finish(mut self) -> (Sink, Finished) {
        self.summary.duration_us = super::micros(self.started);
        let again = self.again.into_iter().collect();
        (self.sink, Finished { summary: self.summary, is_full: self.is_full, again })
    }
}

impl Default for Slices {
    fn default() -> Self {
        let (gathered, sorted) = (Batch::default(), Vec::new());
        Self { gathered, gathered_at: None, slice_records: *SLICE_RECORDS.start(), sorted }
    }
}

impl Slices {
    /// Sets the size of the next slice by the time that one took.
    fn adjust(&mut self, took: Duration) {
        let records = match took {
            _ if took > SLICE_TIME => self.slice_records / 2,
            _ if took * 2 < SLICE_TIME => self.slice_records * 2,
            _ => self.slice_records,
        };
        self.slice_records = records.clamp(*SLICE_RECORDS.start(), *SLICE_RECORDS.end());
    }

    fn add(&mut self, mut batch: Batch) {
        self.gathered_at.get_or_insert_with(Instant::now);
        self.gathered.records.append(&mut batch.records);
        self.gathered.earlier_keys.append(&mut batch.earlier_keys);
        self.gathered.cost_states.append(&mut batch.cost_states);
        self.gathered.working_folders.append(&mut batch.working_folders);
        self.gathered.subagents.append(&mut batch.subagents);
        self.gathered.titles.append(&mut batch.titles);
        self.gathered.done.append(&mut batch.done);
    }

    /// The next records to store: what was gathered, if it is enough or `is_last`.
    fn next_slice(&mut self, is_last: bool) -> Option<Box<Slice>> {
        if self.sorted.is_empty() {
            let gathered = &mut self.gathered;
            let has_any = !gathered.records.is_empty() || !gathered.done.is_empty();
            let is_enough = gathered.records.len() >= GATHERED_RECORDS
                || self.gathered_at.is_some_and(|at| at.elapsed() >= GATHER_FOR);
            if !has_any || !is_last && !is_enough {
                return None;
            }
            self.gathered_at = None;
            self.sorted = std::mem::take(&mut gathered.records);
            self.sorted.sort_unstable_by_key(|record| std::cmp::Reverse(record.key));
        }
        let records = self.sorted.split_off(self.sorted.len().saturating_sub(self.slice_records));
        let rest = if self.sorted.is_empty() { std::mem::take(&mut self.gathered) } else { Batch::default() };
        let next = Self { slice_records: self.slice_records, ..Self::default() };
        Some(Box::new(Slice { records, rest, left: std::mem::replace(self, next) }))
    }
}

impl Slice {
    /// The slice in the ledger's terms.
    pub(super) fn to_store(&self) -> ledger::Intake<'_> {
        to_store(&self.rest, self.records.iter().collect())
    }

    /// The transcripts that are read once this is stored.
    pub(super) fn take_outcomes(&mut self) -> Vec<ReadOutcome> {
        std::mem::take(&mut self.rest.done)
    }
}

/// Takes out the transcripts that sessions at work have appended to: they are counted before much else that was found
/// with them.
pub(super) fn take_appended(due: &mut Vec<ChangedTranscript>) -> Vec<ChangedTranscript> {
    let is_appended = |due: &mut ChangedTranscript| due.known.is_some() && due.new_bytes() <= APPENDED_BYTES;
    due.extract_if(.., is_appended).take(FEW).collect()
}

/// Whether these are counted at once, one after another.
pub(super) fn are_few(due: &[ChangedTranscript]) -> bool {
    due.len() <= FEW && new_bytes(due) <= FEW_BYTES
}

/// How many bytes there are to read.
pub(super) fn new_bytes(due: &[ChangedTranscript]) -> u64 {
    due.iter().map(ChangedTranscript::new_bytes).sum()
}

/// A batch in the ledger's terms.
pub(super) fn to_store<'a>(batch: &Batch, records: Vec<&'a Record>) -> ledger::Intake<'a> {
    let now = super::now();
    ledger::Intake {
        files: batch.done.iter().map(|outcome| stored::file(outcome, now)).collect(),
        records,
        project_paths: batch
            .working_folders
            .iter()
            .map(|(project, folder)| stored::project_path(project, folder))
            .collect(),
        cost_states: batch
            .cost_states
            .iter()
            .map(|(project, state)| stored::cost_state(state.clone(), project))
            .collect(),
        subagents: batch.subagents.iter().map(stored::subagent).collect(),
        titles: batch.titles.iter().map(stored::title).collect(),
        earlier_keys: batch.earlier_keys.clone(),
    }
}
