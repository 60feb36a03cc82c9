//! From changed transcripts to the ledger and to the sums: the counting half of a publisher.
//!
//! Invariant: what is in the sums is in the ledger, except a [`FirstCount`] until it is stored, which happens before
//! anything else is counted. A transcript counts as read only once the ledger has its contents. A scan that
//! fails leaves both as they were after its last complete batch, and the next one reads the rest again.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::backlog::{Backlog, Finished, Sink, Slices, Step, are_few, new_bytes, take_appended, to_store};
use super::error::PublishError;
use super::first_count::FirstCount;
use super::publisher::Publisher;
use super::repositories::Repositories;
use super::scan_summary::ScanSummary;
use super::{apply, stored};
use crate::causes::causes;
use crate::ingest::{
    ChangedTranscript, Follower, MalformedAt, Progress, ReadOutcome, Reader, ScanResult, SkippedPath,
    TranscriptContents,
};
use crate::ledger::{self, Ledger, TitlesChange};
use crate::pricing::PriceTable;
use crate::state_folder::StateFolder;
use crate::usage::Exclude;

/// So many deleted transcripts are named in the log at a time.
const NAMED_IN_LOG: usize = 10;

/// Counts transcripts.
#[derive(Debug)]
pub struct Counter {
    ledger: Ledger,
    /// The ledger's device and inode, by which its path is checked.
    ledger_file: Option<(u64, u64)>,
    prices: PriceTable,
    follower: Follower,
    threads: NonZeroUsize,
    keeps_titles: bool,
    reader: Reader,
    reading: TranscriptContents,
    /// What is being read and counted, a step at a time.
    backlog: Option<Backlog>,
    /// What is in the sums and not in the ledger yet.
    unstored: Option<FirstCount>,
    /// An earlier edition of the counting rule counted into the ledger: all transcripts must be read again.
    is_recount_due: bool,
    /// A scan failed half-way: the sums must be read from the ledger again.
    is_torn: bool,
    /// A project got a working folder that nothing was asked about yet.
    has_new_folders: bool,
    repositories: Repositories,
}

impl Counter {
    /// Opens the ledger in the state folder and puts what it knows into the publisher's sums.
    pub fn open(
        state: &StateFolder,
        roots: Vec<PathBuf>,
        excluded: Exclude,
        prices: PriceTable,
        threads: NonZeroUsize,
        keeps_titles: bool,
        publisher: &mut Publisher,
    ) -> Result<Self, PublishError> {
        let mut ledger = Ledger::open(&state.ledger())?;
        let ledger_file = ledger.path().metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
        if ledger.unite_drives()? {
            tracing::info!("projects of drives whose letter was written in two ways are one now");
        }
        let is_recount_due = ledger.wants_recount()?;
        if is_recount_due {
            tracing::info!("the counting rule has changed: reading all transcripts again");
            ledger.begin_recount()?;
        }
        match ledger.keep_titles(keeps_titles)? {
            TitlesChange::None => {}
            TitlesChange::Begun => {
                tracing::info!("titles are kept from now on: reading all transcripts again");
            }
            TitlesChange::Ended => tracing::info!("titles are no longer kept: removed all of them"),
            TitlesChange::Ending(cause) => tracing::warn!(
                "titles were removed, but their text may still be in the ledger's files ({}); the next start of the \
                 publisher tries again",
                cause.map_or_else(
                    || "another program is reading the ledger".to_owned(),
                    |cause| causes(&cause).to_string()
                )
            ),
        }
        if ledger.reprice(&prices)? {
            tracing::info!(
                "all costs and sums were computed again: prices have changed, or the ledger was upgraded"
            );
        }
        publisher.sums.replace(apply::load(&ledger)?);
        for path in ledger.project_paths()? {
            publisher.locate(&path.project, path.at_ms, &path.path);
        }
        let known = ledger.files()?.into_iter().filter(|file| !file.gone).map(stored::known);
        let follower = Follower::new(roots, excluded, known);
        let (reader, reading) = (Reader::with_titles(keeps_titles), TranscriptContents::default());
        let (backlog, unstored, is_torn) = (None, None, false);
        Ok(Self {
            ledger,
            ledger_file,
            prices,
            follower,
            threads,
            keeps_titles,
            reader,
            reading,
            backlog,
            unstored,
            is_recount_due,
            is_torn,
            has_new_folders: true,
            repositories: Repositories::default(),
        })
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

    /// Scans all transcripts and counts what is new, or begins to: if it is much, there is a
    /// [backlog](Self::has_backlog) afterwards. What is counted into an empty ledger is in the sums in the end and
    /// [not yet stored](Self::is_ahead).
    pub fn scan_all(
        &mut self,
        publisher: &mut Publisher,
        progress: &Progress,
    ) -> Result<ScanSummary, PublishError> {
        let started = Instant::now();
        // This scan finds again what the backlog has left.
        self.backlog = None;
        self.store()?;
        let result = self.follower.scan_all();
        self.count(result, publisher, progress, started, true)
    }

    /// Scans some paths and counts what is new there. What a backlog is reading is scanned again after it.
    pub fn scan_paths(
        &mut self,
        paths: &[PathBuf],
        publisher: &mut Publisher,
    ) -> Result<ScanSummary, PublishError> {
        if self.backlog.as_ref().is_none() && self.is_recount_due {
            // A recount compares all transcripts with each other.
            return self.scan_all(publisher, &Progress::default());
        }
        let started = Instant::now();
        if let Some(backlog) = &mut self.backlog
            && !backlog.lets_others_through()
        {
            backlog.scan_again(paths);
            return Ok(ScanSummary::default());
        }
        self.store()?;
        let mut result = self.follower.scan_paths(paths);
        if let Some(backlog) = &mut self.backlog {
            backlog.hold_back(&mut result);
        }
        self.count(result, publisher, &Progress::default(), started, false)
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
        self.has_new_folders |= self.ledger.import(&stored, &self.prices)?.has_new_folders;
        let outcomes = self.unstored.take().map(FirstCount::into_outcomes);
        self.settle(outcomes.into_iter().flatten());
        Ok(super::micros(started))
    }

    fn count(
        &mut self,
        mut result: ScanResult,
        publisher: &mut Publisher,
        progress: &Progress,
        started: Instant,
        is_full: bool,
    ) -> Result<ScanSummary, PublishError> {
        self.begin_change(publisher)?;
        let mut summary = ScanSummary {
            files: result.files,
            file_bytes: result.bytes,
            skipped: result.skipped,
            folders: result.folders,
            ..ScanSummary::default()
        };
        self.let_go(&result.removed, publisher)?;
        if self.is_recount_due || !are_few(&result.due) {
            progress.expect(new_bytes(&result.due));
            let sink = self.sink()?;
            if let Sink::Slices(_) = sink {
                let appended = take_appended(&mut result.due);
                self.take_each(&appended, publisher, &mut summary)?;
            }
            let begun =
                ScanSummary { folders: summary.folders.clone(), is_partial: true, ..ScanSummary::default() };
            let summary = std::mem::replace(&mut summary, begun);
            self.backlog = Some(Backlog::begin(
                result.due,
                (self.threads, self.keeps_titles),
                sink,
                summary,
                (started, is_full),
            ));
        } else {
            self.take_each(&result.due, publisher, &mut summary)?;
        }
        self.is_torn = false;
        summary.duration_us = super::micros(started);
        Ok(summary)
    }

    /// What becomes of the records of many transcripts.
    fn sink(&self) -> Result<Sink, PublishError> {
        Ok(if self.is_recount_due {
            Sink::Recount(FirstCount::for_recount())
        } else if self.ledger.is_empty()? {
            Sink::FirstCount(FirstCount::default())
        } else if self.ledger.was_recounted()? {
            // Transcripts that come back after a recount are compared together as well.
            Sink::Recount(FirstCount::for_recount())
        } else {
            Sink::Slices(Slices::default())
        })
    }

    /// Marks transcripts as deleted. What they held stays counted.
    fn let_go(&mut self, gone: &[PathBuf], publisher: &mut Publisher) -> Result<(), PublishError> {
        if gone.is_empty() {
            return Ok(());
        }
        self.ledger.mark_gone(gone)?;
        let (named, others) = gone.split_at(gone.len().min(NAMED_IN_LOG));
        for path in named {
            tracing::info!(path = %path.display(), "transcript was deleted; its requests stay counted");
        }
        if !others.is_empty() {
            tracing::info!(transcripts = others.len(), "more transcripts were deleted");
        }
        for path in gone {
            self.follower.forget(path);
            publisher.beat_if_due();
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
        let batch = ledger::Intake {
            files: vec![stored::file(&outcome, super::now())],
            records: reading.records.iter().collect(),
            project_paths: folder.iter().map(|folder| stored::project_path(project, folder)).collect(),
            cost_states: reading
                .cost_states
                .drain(..)
                .map(|state| stored::cost_state(state, project))
                .collect(),
            subagents: reading.subagents.iter().map(stored::subagent).collect(),
            titles: reading.titles.iter().map(stored::title).collect(),
            earlier_keys: std::mem::take(&mut reading.earlier_keys),
        };
        self.apply(&batch, publisher, summary)?;
        summary.stats += reading.stats;
        summary.duplicates += reading.stats.duplicates;
        let places = reading.malformed_at.iter();
        summary
            .malformed
            .extend(places.map(|&offset| MalformedAt { path: due.transcript.path.clone(), offset }));
        summary.truncations += u64::from(outcome.truncated);
        summary.newest_write_ns = summary.newest_write_ns.max(outcome.state.modified_ns);
        self.settle([outcome]);
        Ok(())
    }

    /// Counts a little more of the [backlog](Self::has_backlog): waits no longer than this for something to be read, and
    /// stores at most one slice. Returns the summary of the whole scan once all of it is counted.
    pub fn advance(
        &mut self,
        publisher: &mut Publisher,
        progress: &Progress,
        wait: Duration,
    ) -> Result<Option<Finished>, PublishError> {
        // After an error the backlog is gone, and the next full scan finds again what was not counted.
        let Some(mut backlog) = self.backlog.take() else { return Ok(None) };
        publisher.beat_if_due();
        self.begin_change(publisher)?;
        let step = backlog.step(progress, wait);
        match step {
            Step::Waiting => {}
            Step::Slice(mut slice) => {
                let started = Instant::now();
                self.apply(&slice.to_store(), publisher, &mut backlog.summary)?;
                let outcomes = slice.take_outcomes();
                backlog.is_read(&outcomes);
                self.settle(outcomes);
                backlog.put_back(slice, started.elapsed());
            }
            Step::End => {
                let (sink, mut finished) = backlog.finish();
                match sink {
                    Sink::Slices(_) => {}
                    Sink::FirstCount(count) => self.take_first(count, publisher, &mut finished.summary),
                    Sink::Recount(count) => self.take_together(count, publisher, &mut finished.summary)?,
                }
                self.is_torn = false;
                return Ok(Some(finished));
            }
        }
        self.is_torn = false;
        self.backlog = Some(backlog);
        Ok(None)
    }

    /// Whether there is more to be read and counted, a step at a time, by [`advance`](Self::advance).
    pub fn has_backlog(&self) -> bool {
        self.backlog.is_some()
    }

    /// Adds a first count to the sums. It is stored later at once, which is many times faster than looking up each
    /// record.
    fn take_first(&mut self, count: FirstCount, publisher: &mut Publisher, summary: &mut ScanSummary) {
        summary.duplicates += summary.stats.records - count.len();
        count.add_to(&mut publisher.sums, &self.prices);
        for (project, folder) in &count.rest().working_folders {
            publisher.locate(project, folder.at_ms, &folder.path);
        }
        self.unstored = Some(count);
    }

    /// Stores everything in one transaction, because a recount compares all records with each other.
    fn take_together(
        &mut self,
        count: FirstCount,
        publisher: &mut Publisher,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        let started = Instant::now();
        let stored = to_store(count.rest(), count.records().collect());
        let Self { ledger, prices, .. } = self;
        let is_due = self.is_recount_due;
        let store = || if is_due { ledger.recount(&stored, prices) } else { ledger.import(&stored, prices) };
        let applied = publisher.alive_during(store)?;
        self.has_new_folders |= applied.has_new_folders;
        summary.commit_us += super::micros(started);
        summary.duplicates += summary.stats.records.saturating_sub(applied.new_messages + applied.forgotten);
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

    /// Begins a change of ledger and sums; `is_torn` is reset once both are changed.
    fn begin_change(&mut self, publisher: &mut Publisher) -> Result<(), PublishError> {
        if std::mem::replace(&mut self.is_torn, true) {
            publisher.sums.replace(apply::load(&self.ledger)?);
        }
        Ok(())
    }

    fn apply(
        &mut self,
        batch: &ledger::Intake<'_>,
        publisher: &mut Publisher,
        summary: &mut ScanSummary,
    ) -> Result<(), PublishError> {
        publisher.beat_if_due();
        let started = Instant::now();
        let applied = self.ledger.apply(batch, &self.prices)?;
        summary.commit_us += super::micros(started);
        if applied.has_fallen {
            publisher.begin_lineage();
        }
        self.has_new_folders |= applied.has_new_folders;
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

    /// Asks which projects are worktrees, if there are new ones or earlier ones could not be read, and stores the answers that
    /// come within this time. Returns whether a worktree was among them.
    pub fn find_repositories(&mut self, within: Duration) -> Result<bool, PublishError> {
        if self.has_new_folders || self.repositories.is_due() {
            self.repositories.ask(&self.ledger)?;
            self.has_new_folders = false;
        }
        Ok(self.repositories.store(&mut self.ledger, within)?)
    }

    /// Folders that hold transcripts written to since a time in nanoseconds UTC.
    pub fn active_folders(&self, since_ns: i64) -> BTreeSet<PathBuf> {
        self.follower.active_folders(since_ns)
    }

    /// Fails if the ledger's path no longer leads to the ledger in use: what is counted would be lost.
    pub fn check_place(&self) -> Result<(), PublishError> {
        let is_lost = match self.ledger.path().metadata() {
            Ok(metadata) => self.ledger_file != Some((metadata.dev(), metadata.ino())),
            // Whatever else fails may succeed later.
            Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        };
        if is_lost { Err(PublishError::Displaced(self.ledger.path().to_owned())) } else { Ok(()) }
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
