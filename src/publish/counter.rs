//! From changed transcripts to the ledger and to the sums: the counting half of a publisher.
//!
//! Invariant: what is in the sums is in the ledger, but for a [`FirstCount`] until it is stored, which comes before
//! anything else is counted; and a transcript counts as read only once the ledger has what it held. A pass that
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
    self, Batch, Due, Findings, Folder, Follower, Outcome, Place, Progress, Reader, Reading, Skipped, Stats,
};
use crate::ledger::{self, Ledger};
use crate::pricing::PriceTable;
use crate::state_folder::StateFolder;
use crate::usage::Exclude;

/// More transcripts with something new, or more bytes of it, are read on all threads.
const FEW: usize = 16;
const FEW_BYTES: u64 = 4 << 20;

/// What a pass saw and took.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// Transcripts there are, as far as the pass looked.
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
    pub skipped: Vec<Skipped>,
    /// Folders that a look at everything walked.
    pub folders: Vec<Folder>,
    /// Some of the places that are no JSON.
    pub malformed: Vec<Place>,
    /// When the newest of what was read was written, in nanoseconds UTC; 0 where nothing was.
    pub newest_write_ns: i64,
    /// Duration of the ledger's commits, in microseconds.
    pub commit_us: u64,
    /// Duration of the pass, in microseconds.
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
    reading: Reading,
    /// What is in the sums and not in the ledger yet.
    unstored: Option<FirstCount>,
    /// An earlier edition of the counting rule counted into the ledger: all that stands is to be read again.
    is_recount_due: bool,
    /// A pass failed half-way: the sums are to be read from the ledger again.
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
            tracing::info!("prices have changed: costs were computed anew");
        }
        publisher.sums.replace(apply::load(&ledger)?);
        for path in ledger.project_paths()? {
            publisher.locate(&path.project, path.at_ms, &path.path);
        }
        let known = ledger.files()?.into_iter().filter(|file| !file.gone).map(stored::known);
        let follower = Follower::new(roots, excluded, known);
        let (reader, reading) = (Reader::new(), Reading::default());
        let (unstored, is_torn) = (None, false);
        Ok(Self { ledger, prices, follower, threads, reader, reading, unstored, is_recount_due, is_torn })
    }

    /// Whether the ledger is new: nothing was ever counted into it.
    pub fn is_new(&self) -> Result<bool, PublishError> {
        Ok(self.ledger.is_empty()?)
    }

    /// Whether the ledger's sums fell since they were last published under a new lineage.
    pub fn has_fallen(&self) -> Result<bool, PublishError> {
        Ok(self.ledger.has_fallen()?)
    }

    /// Notes that they were.
    pub fn keep_lineage(&mut self) -> Result<(), PublishError> {
        Ok(self.ledger.keep_lineage()?)
    }

    /// Looks at all transcripts and counts what is new. What it counts into an empty ledger is in the sums
    /// afterwards and [not yet stored](Self::is_ahead).
    pub fn sweep(&mut self, publisher: &mut Publisher, progress: &Progress) -> Result<Pass, PublishError> {
        let started = Instant::now();
        self.store()?;
        let findings = self.follower.sweep();
        self.count(findings, publisher, progress, started)
    }

    /// Looks at some paths and counts what is new there.
    pub fn look_at(
        &mut self,
        paths: &[std::path::PathBuf],
        publisher: &mut Publisher,
    ) -> Result<Pass, PublishError> {
        if self.is_recount_due {
            // A recount judges by all that stands.
            return self.sweep(publisher, &Progress::default());
        }
        let started = Instant::now();
        self.store()?;
        let findings = self.follower.look_at(paths);
        self.count(findings, publisher, &Progress::default(), started)
    }

    /// Whether the sums are ahead of the ledger, until they are [stored](Self::store).
    pub fn is_ahead(&self) -> bool {
        self.unstored.is_some()
    }

    /// Brings the ledger in step with the sums. Returns how long that took, in microseconds. After an error the
    /// sums are as far ahead as before.
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
        findings: Findings,
        publisher: &mut Publisher,
        progress: &Progress,
        started: Instant,
    ) -> Result<Pass, PublishError> {
        if self.is_torn {
            publisher.sums.replace(apply::load(&self.ledger)?);
        }
        self.is_torn = true;
        let mut pass = Pass {
            files: findings.files,
            file_bytes: findings.bytes,
            skipped: findings.skipped,
            folders: findings.folders,
            ..Pass::default()
        };
        let new_bytes = findings.due.iter().map(Due::new_bytes).sum();
        progress.expect(new_bytes);
        self.let_go(&findings.gone)?;
        match findings.due.len() {
            _ if self.is_recount_due => self.take_together(findings.due, publisher, progress, &mut pass)?,
            0..=FEW if new_bytes <= FEW_BYTES => self.take_each(&findings.due, publisher, &mut pass)?,
            _ if self.ledger.is_empty()? => {
                self.take_all_at_once(findings.due, publisher, progress, &mut pass);
            }
            // What comes back after a recount is judged together as well.
            _ if self.ledger.was_recounted()? => {
                self.take_together(findings.due, publisher, progress, &mut pass)?;
            }
            _ => self.take_in_batches(findings.due, publisher, progress, &mut pass)?,
        }
        self.is_torn = false;
        pass.duration_us = super::micros(started);
        Ok(pass)
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

    /// Few transcripts, one after another: how a publisher follows appends.
    fn take_each(
        &mut self,
        due: &[Due],
        publisher: &mut Publisher,
        pass: &mut Pass,
    ) -> Result<(), PublishError> {
        for due in due {
            let (mut reader, mut reading) =
                (std::mem::take(&mut self.reader), std::mem::take(&mut self.reading));
            let outcome = due.read(&mut reader, &mut reading);
            let taken = match outcome {
                Ok(outcome) => self.take_one(due, outcome, &mut reading, publisher, pass),
                Err(error) => {
                    let path = due.transcript.path.clone();
                    tracing::debug!(path = %path.display(), %error, "transcript was skipped");
                    pass.skipped.push(Skipped::unread(path, &error));
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
        due: &Due,
        outcome: Outcome,
        reading: &mut Reading,
        publisher: &mut Publisher,
        pass: &mut Pass,
    ) -> Result<(), PublishError> {
        let project = &due.transcript.project;
        let folder = reading.working_folder.take();
        let batch = ledger::Intake {
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
        self.apply(&batch, publisher, pass)?;
        pass.stats += reading.stats;
        let places = reading.malformed_at.iter();
        pass.malformed.extend(places.map(|&offset| Place { path: due.transcript.path.clone(), offset }));
        pass.truncations += u64::from(outcome.truncated);
        pass.newest_write_ns = pass.newest_write_ns.max(outcome.state.modified_ns);
        self.settle([outcome]);
        Ok(())
    }

    /// Many transcripts, on all threads, a batch a transaction.
    fn take_in_batches(
        &mut self,
        due: Vec<Due>,
        publisher: &mut Publisher,
        progress: &Progress,
        pass: &mut Pass,
    ) -> Result<(), PublishError> {
        let mut failure = None;
        ingest::catch_up(due, self.threads, |batch| {
            progress.advance(batch.stats.bytes);
            match self.take_batch(batch, publisher, pass) {
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
        pass: &mut Pass,
    ) -> Result<(), PublishError> {
        let stored = to_store(&batch, batch.records.iter().collect());
        self.apply(&stored, publisher, pass)?;
        note(&batch, pass);
        self.settle(batch.done);
        Ok(())
    }

    /// Everything, for an empty ledger: merged in memory, to be stored in one go, which is many times quicker than
    /// looking each record up.
    fn take_all_at_once(
        &mut self,
        due: Vec<Due>,
        publisher: &mut Publisher,
        progress: &Progress,
        pass: &mut Pass,
    ) {
        let mut count = FirstCount::default();
        ingest::catch_up(due, self.threads, |batch| {
            progress.advance(batch.stats.bytes);
            publisher.beat_if_due();
            note(&batch, pass);
            count.add(batch);
            ControlFlow::Continue(())
        });
        pass.duplicates += pass.stats.records - count.len();
        count.add_to(&mut publisher.sums, &self.prices);
        for (project, folder) in &count.rest().working_folders {
            publisher.locate(project, folder.at_ms, &folder.path);
        }
        self.unstored = Some(count);
    }

    /// Everything in one transaction: for what the ledger must judge as a whole.
    fn take_together(
        &mut self,
        due: Vec<Due>,
        publisher: &mut Publisher,
        progress: &Progress,
        pass: &mut Pass,
    ) -> Result<(), PublishError> {
        let mut count = FirstCount::for_recount();
        ingest::catch_up(due, self.threads, |batch| {
            progress.advance(batch.stats.bytes);
            publisher.beat_if_due();
            note(&batch, pass);
            count.add(batch);
            ControlFlow::Continue(())
        });
        let started = Instant::now();
        let stored = to_store(count.rest(), count.records().collect());
        let applied = if self.is_recount_due {
            self.ledger.recount(&stored, &self.prices)?
        } else {
            self.ledger.import(&stored, &self.prices)?
        };
        pass.commit_us += super::micros(started);
        pass.duplicates += pass.stats.records.saturating_sub(applied.new_messages + applied.forgotten);
        // A new edition may count less.
        if std::mem::take(&mut self.is_recount_due) || applied.has_fallen {
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
        batch: &ledger::Intake<'_>,
        publisher: &mut Publisher,
        pass: &mut Pass,
    ) -> Result<(), PublishError> {
        publisher.beat_if_due();
        let started = Instant::now();
        let applied = self.ledger.apply(batch, &self.prices)?;
        pass.commit_us += super::micros(started);
        if applied.has_fallen {
            publisher.begin_lineage();
        }
        pass.duplicates += applied.duplicates;
        for path in &batch.project_paths {
            publisher.locate(&path.project, path.at_ms, &path.path);
        }
        apply::apply(&mut publisher.sums, &applied.changes, &self.ledger)?;
        Ok(())
    }

    fn settle(&mut self, outcomes: impl IntoIterator<Item = Outcome>) {
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
    pub fn extent(&self) -> (u64, u64) {
        self.follower.extent()
    }
}

/// A batch as the ledger takes it.
fn to_store<'a>(batch: &Batch, records: Vec<&'a crate::usage::Record>) -> ledger::Intake<'a> {
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
        earlier_keys: batch.earlier_keys.clone(),
    }
}

/// Takes what a batch saw into the pass.
fn note(batch: &Batch, pass: &mut Pass) {
    pass.stats += batch.stats;
    pass.skipped.extend(batch.skipped.iter().cloned());
    pass.malformed.extend(batch.malformed.iter().cloned());
    pass.malformed.truncate(10 * ingest::PLACES);
    pass.truncations += batch.done.iter().filter(|outcome| outcome.truncated).count() as u64;
}
