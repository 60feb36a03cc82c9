//! From changed transcripts to the ledger and to the sums: the counting half of a publisher.
//!
//! Invariant: what is in the sums is in the ledger, except a [`FirstCount`] until it is stored, which happens before
//! anything else is counted. A transcript counts as read only once the ledger has its contents. A scan that
//! fails leaves both as they were after its last complete batch, and the next one reads the rest again.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use super::error::PublishError;
use super::first_count::FirstCount;
use super::publisher::Publisher;
use super::{apply, stored};
use crate::ingest::{
    self, Batch, ChangedTranscript, Folder, Follower, MalformedAt, Progress, ReadOutcome, Reader, ScanResult,
    SkippedPath, Stats, TranscriptContents,
};
use crate::ledger::{self, Ledger};
use crate::pricing::PriceTable;
use crate::state_folder::StateFolder;
use crate::usage::Exclude;

/// More transcripts with something new, or more bytes of it, are read on all threads.
const FEW: usize = 16;
const FEW_BYTES: u64 = 4 << 20;

/// What a scan found and counted.
#[derive(Clone, Debug, Default)]
pub struct ScanSummary {
    /// Transcripts that were scanned.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// What was read.
    pub stats: Stats,
    /// Records that merged into a request counted before.
    pub duplicates: u64,
    /// Transcripts that had become shorter or were rewritten.
    pub truncations: u64,
    /// What could not be read, and why.
    pub skipped: Vec<SkippedPath>,
    /// Folders that a full scan walked.
    pub folders: Vec<Folder>,
    /// Some of the places that are not JSON.
    pub malformed: Vec<MalformedAt>,
    /// When the newest of what was read was written, in nanoseconds UTC; 0 if nothing was read.
    pub newest_write_ns: i64,
    /// Duration of the ledger's commits, in microseconds.
    pub commit_us: u64,
    /// Duration of the scan, in microseconds.
    pub duration_us: u64,
}

/// Counts transcripts.
#[derive(Debug)]
pub struct Counter {
    ledger: Ledger,
    prices: PriceTable,
    follower: Follower,
    threads: NonZeroUsize,
    reader: Reader,
    reading: TranscriptContents,
    /// What is in the sums and not in the ledger yet.
    unstored: Option<FirstCount>,
    /// An earlier edition of the counting rule counted into the ledger: all transcripts must be read again.
    is_recount_due: bool,
    /// A scan failed half-way: the sums must be read from the ledger again.
    is_torn: bool,
}

impl Counter {
    /// Opens the ledger in the state folder and puts what it knows into the publisher's sums.
    pub fn open(
        state: &StateFolder,
        roots: Vec<std::path::PathBuf>,
        excluded: Exclude,
        prices: PriceTable,
        threads: NonZeroUsize,
        publisher: &mut Publisher,
    ) -> Result<Self, PublishError> {
        let mut ledger = Ledger::open(&state.ledger())?;
        let is_recount_due = ledger.wants_recount()?;
        if is_recount_due {
            tracing::info!("the counting rule has changed: reading all transcripts again");
            ledger.begin_recount()?;
        }
        if ledger.reprice(&prices)? {
            tracing::info!("prices have changed: all costs were computed again");
        }
        publisher.sums.replace(apply::load(&ledger)?);
        for path in ledger.project_paths()? {
            publisher.locate(&path.project, path.at_ms, &path.path);
        }
        let known = ledger.files()?.into_iter().filter(|file| !file.gone).map(stored::known);
        let follower = Follower::new(roots, excluded, known);
        let (reader, reading) = (Reader::new(), TranscriptContents::default());
        let (unstored, is_torn) = (None, false);
        Ok(Self { ledger, prices, follower, threads, reader, reading, unstored, is_recount_due, is_torn })
    }

    /// Whether the ledger is new: nothing was ever counted into it.
    pub fn is_new(&self) -> Result<bool, PublishError> {
        Ok(self.ledger.is_empty()?)
    }

    /// Scans all transcripts and counts what is new. What it counts into an empty ledger is in the sums
    /// afterwards and [not yet stored](Self::is_ahead).
    pub fn scan_all(
        &mut self,
        publisher: &mut Publisher,
        progress: &Progress,
    ) -> Result<ScanSummary, PublishError> {
        let started = Instant::now();
        self.store()?;
        let findings = self.follower.scan_all();
        self.count(findings, publisher, progress, started)
    }

    /// Scans some paths and counts what is new there.
    pub fn scan_paths(
        &mut self,
        paths: &[std::path::PathBuf],
        publisher: &mut Publisher,
    ) -> Result<ScanSummary, PublishError> {
        if self.is_recount_due {
            // A recount compares all transcripts with each other.
            return self.scan_all(publisher, &Progress::default());
        }
        let started = Instant::now();
        self.store()?;
        let findings = self.follower.scan_paths(paths);
        self.count(findings, publisher, &Progress::default(), started)
    }

    /// Whether the sums are ahead of the ledger, until they are [stored](Self::store).
    pub fn is_ahead(&self) -> bool {
        self.unstored.is_some()
    }

    /// Stores what the sums have and the ledger does not. Returns how long that took, in microseconds. After an error
    /// the sums are as far ahead as before.
    pub fn store(&mut self) -> Result<u64, PublishError> {
        let Some(unstored) = &self.unstored else { return Ok(0) };
        let started = Instant::now();
        let stored = to_store(unstored.rest(), unstored.records().collect());
        self.ledger.import(&stored, &self.prices)?;
        let outcomes = self.unstored.take().map(FirstCount::into_outcomes);
        self.settle(outcomes.into_iter().flatten());
        Ok(super::micros(started))
    }

    fn count(
        &mut self,
        findings: ScanResult,
        publisher: &mut Publisher,
        progress: &Progress,
        started: Instant,
    ) -> Result<ScanSummary, PublishError> {
        if self.is_torn {
            publisher.sums.replace(apply::load(&self.ledger)?);
        }
        self.is_torn = true;
        let mut summary = ScanSummary {
            files: findings.files,
            file_bytes: findings.bytes,
            skipped: findings.skipped,
            folders: findings.folders,
            ..ScanSummary::default()
        };
        let new_bytes = findings.due.iter().map(ChangedTranscript::new_bytes).sum();
        progress.expect(new_bytes);
        self.let_go(&findings.removed)?;
        match findings.due.len() {
            _ if self.is_recount_due => {
                self.take_together(findings.due, publisher, progress, &mut summary)?
            }
            0..=FEW if new_bytes <= FEW_BYTES => self.take_each(&findings.due, publisher, &mut summary)?,
            _ if self.ledger.is_empty()? => {
                self.take_all_at_once(findings.due, publisher, progress, &mut summary);
            }
            // Transcripts that come back after a recount are compared together as well.
            _ if self.ledger.was_recounted()? => {
                self.take_together(findings.due, publisher, progress, &mut summary)?;
            }
            _ => self.take_in_batches(findings.due, publisher, progress, &mut summary)?,
        }
        self.is_torn = false;
        summary.duration_us = super::micros(started);
        Ok(summary)
    }

    /// Marks transcripts as deleted. What they held stays counted.
    fn let_go(&mut self, gone: &[std::path::PathBuf]) -> Result<(), PublishError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.ledger.mark_gone(gone)?;
        for path in gone {
            tracing::info!(path = %path.display(), "transcript is gone; what it held stays counted");
            self.follower.forget(path);
        }
        Ok(())
    }

    /// Counts a few transcripts, one after another: how a publisher follows appends.
    fn take_each(
        &mut self,
        due: &[ChangedTranscript],
        publisher: &mut Publisher,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        for due in due {
            let (mut reader, mut reading) =
                (std::mem::take(&mut self.reader), std::mem::take(&mut self.reading));
            let outcome = due.read(&mut reader, &mut reading);
            let taken = match outcome {
                Ok(outcome) => self.take_one(due, outcome, &mut reading, publisher, summary),
                Err(error) => {
                    let path = due.transcript.path.clone();
                    tracing::debug!(path = %path.display(), %error, "transcript was skipped");
                    summary.skipped.push(SkippedPath::unread(path, &error));
                    Ok(())
                }
            };
            (self.reader, self.reading) = (reader, reading);
            taken?;
        }
        Ok(())
    }

    fn take_one(
        &mut self,
        due: &ChangedTranscript,
        outcome: ReadOutcome,
        reading: &mut TranscriptContents,
        publisher: &mut Publisher,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        let project = &due.transcript.project;
        let folder = reading.working_folder.take();
        let batch = ledger::Batch {
            files: vec![stored::file(&outcome, super::now())],
            records: reading.records.iter().collect(),
            project_paths: folder.iter().map(|folder| stored::project_path(project, folder)).collect(),
            cost_states: reading
                .cost_states
                .drain(..)
                .map(|state| stored::cost_state(state, project))
                .collect(),
            earlier_keys: std::mem::take(&mut reading.earlier_keys),
        };
        self.apply(&batch, publisher, summary)?;
        summary.stats += reading.stats;
        let places = reading.malformed_at.iter();
        summary
            .malformed
            .extend(places.map(|&offset| MalformedAt { path: due.transcript.path.clone(), offset }));
        summary.truncations += u64::from(outcome.truncated);
        summary.newest_write_ns = summary.newest_write_ns.max(outcome.state.modified_ns);
        self.settle([outcome]);
        Ok(())
    }

    /// Counts many transcripts on all threads, one transaction per batch.
    fn take_in_batches(
        &mut self,
        due: Vec<ChangedTranscript>,
        publisher: &mut Publisher,
        progress: &Progress,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        let mut failure = None;
        ingest::catch_up(due, self.threads, |batch| {
            progress.advance(batch.stats.bytes);
            match self.take_batch(batch, publisher, summary) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        failure.map_or(Ok(()), Err)
    }

    fn take_batch(
        &mut self,
        batch: Batch,
        publisher: &mut Publisher,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        let stored = to_store(&batch, batch.records.iter().collect());
        self.apply(&stored, publisher, summary)?;
        note(&batch, summary);
        self.settle(batch.done);
        Ok(())
    }

    /// Adds everything that transcripts hold to a count in memory.
    fn read_all(
        &self,
        due: Vec<ChangedTranscript>,
        count: &mut FirstCount,
        publisher: &mut Publisher,
        progress: &Progress,
        summary: &mut ScanSummary,
    ) {
        ingest::catch_up(due, self.threads, |batch| {
            progress.advance(batch.stats.bytes);
            publisher.beat_if_due();
            note(&batch, summary);
            count.add(batch);
            ControlFlow::Continue(())
        });
    }

    /// Counts everything for an empty ledger: merged in memory and stored later at once, which is many times faster
    /// than looking up each record.
    fn take_all_at_once(
        &mut self,
        due: Vec<ChangedTranscript>,
        publisher: &mut Publisher,
        progress: &Progress,
        summary: &mut ScanSummary,
    ) {
        let mut count = FirstCount::default();
        self.read_all(due, &mut count, publisher, progress, summary);
        summary.duplicates += summary.stats.records - count.len();
        count.add_to(&mut publisher.sums, &self.prices);
        for (project, folder) in &count.rest().working_folders {
            publisher.locate(project, folder.at_ms, &folder.path);
        }
        self.unstored = Some(count);
    }

    /// Counts everything in one transaction, because a recount compares all records with each other.
    fn take_together(
        &mut self,
        due: Vec<ChangedTranscript>,
        publisher: &mut Publisher,
        progress: &Progress,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        let mut count = FirstCount::for_recount();
        self.read_all(due, &mut count, publisher, progress, summary);
        let started = Instant::now();
        let stored = to_store(count.rest(), count.records().collect());
        let applied = if self.is_recount_due {
            self.ledger.recount(&stored, &self.prices)?
        } else {
            self.ledger.import(&stored, &self.prices)?
        };
        summary.commit_us += super::micros(started);
        summary.duplicates += summary.stats.records.saturating_sub(applied.new_messages + applied.forgotten);
        if std::mem::take(&mut self.is_recount_due) {
            // The new edition may count less.
            publisher.begin_lineage();
        }
        publisher.sums.replace(apply::load(&self.ledger)?);
        for (project, folder) in &count.rest().working_folders {
            publisher.locate(project, folder.at_ms, &folder.path);
        }
        self.settle(count.into_outcomes());
        Ok(())
    }

    fn apply(
        &mut self,
        batch: &ledger::Batch<'_>,
        publisher: &mut Publisher,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        publisher.beat_if_due();
        let started = Instant::now();
        let applied = self.ledger.apply(batch, &self.prices)?;
        summary.commit_us += super::micros(started);
        summary.duplicates += applied.duplicates;
        for path in &batch.project_paths {
            publisher.locate(&path.project, path.at_ms, &path.path);
        }
        apply::apply(&mut publisher.sums, &applied.changes, &self.ledger)?;
        Ok(())
    }

    fn settle(&mut self, outcomes: impl IntoIterator<Item = ReadOutcome>) {
        for outcome in outcomes {
            self.follower.settle(outcome.state);
        }
    }

    /// Folders that hold transcripts written to since a time in nanoseconds UTC.
    pub fn active_folders(&self, since_ns: i64) -> BTreeSet<PathBuf> {
        self.follower.active_folders(since_ns)
    }

    /// Size of the ledger's file, in bytes; `None` if the system does not tell.
    pub fn ledger_bytes(&self) -> Option<u64> {
        std::fs::metadata(self.ledger.path()).ok().map(|metadata| metadata.len())
    }

    /// How many transcripts are known, and their bytes.
    pub fn totals(&self) -> (u64, u64) {
        self.follower.totals()
    }
}

/// A batch in the ledger's terms.
fn to_store<'a>(batch: &Batch, records: Vec<&'a crate::usage::Record>) -> ledger::Batch<'a> {
    let now = super::now();
    ledger::Batch {
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
        earlier_keys: batch.earlier_keys.clone(),
    }
}

/// Adds what a batch found to the summary.
fn note(batch: &Batch, summary: &mut ScanSummary) {
    summary.stats += batch.stats;
    summary.skipped.extend(batch.skipped.iter().cloned());
    summary.malformed.extend(batch.malformed.iter().cloned());
    summary.malformed.truncate(10 * ingest::MAX_MALFORMED);
    summary.truncations += batch.done.iter().filter(|outcome| outcome.truncated).count() as u64;
}
