//! One pass over all transcripts, from discovery to a commit.
//!
//! Invariant: the lock of the state folder, then that of the snapshot, are held before anything is read, so
//! that of two publishers one does nothing.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use jiff::civil::Weekday;

use super::aggregate::Contribution;
use super::error::PublishError;
use super::publisher::Publisher;
use crate::ingest::{self, Discovery, Place, Progress, Root, Scan, Skipped, Stats};
use crate::pricing::{CostMode, PriceTable};
use crate::snapshot::{Health, Lock, ScanState};
use crate::usage::Exclude;

/// What to publish from where to where.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Folders that hold `projects/`.
    pub roots: &'a [Root],
    /// The state folder.
    pub state: &'a Path,
    /// The snapshot.
    pub snapshot: &'a Path,
    /// Zone of days, weeks and months.
    pub zone: &'a jiff::tz::TimeZone,
    /// Its name.
    pub zone_name: &'a str,
    /// First day of the week.
    pub week_start: Weekday,
    /// What is not counted.
    pub exclude: &'a Exclude,
    /// Prices.
    pub prices: &'a PriceTable,
    /// Threads that read transcripts.
    pub threads: NonZeroUsize,
}

/// What a pass saw and did.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// What was read.
    pub stats: Stats,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// Some of the places that are no JSON.
    pub malformed: Vec<Place>,
    /// From the start of discovery to the commit, in microseconds.
    pub duration_us: u64,
}

/// A pass that holds its locks and knows its transcripts.
#[derive(Debug)]
pub struct Once<'a> {
    job: Job<'a>,
    publisher: Publisher,
    /// Held until the end.
    _lock: Lock,
    started: Instant,
    discovery: Discovery,
}

impl<'a> Once<'a> {
    /// Takes the locks and finds the transcripts.
    pub fn begin(job: Job<'a>) -> Result<Self, PublishError> {
        let lock = Lock::take(&job.state.join("lock")).map_err(PublishError::State)?;
        let publisher = Publisher::open(job.snapshot, job.zone, job.zone_name, job.week_start)?;
        let started = Instant::now();
        let mut discovery = ingest::discover(job.roots);
        discovery.transcripts.retain(|transcript| !job.exclude.covers(&transcript.path));
        Ok(Self { job, publisher, _lock: lock, started, discovery })
    }

    /// Bytes of all transcripts that were found.
    pub fn bytes(&self) -> u64 {
        self.discovery.transcripts.iter().map(|transcript| transcript.bytes).sum()
    }

    /// Reads, sums, commits and stops.
    pub fn run(self, progress: &Progress) -> Result<Pass, PublishError> {
        let (pass, held) = self.run_and_hold(progress)?;
        held.stop();
        Ok(pass)
    }

    /// Reads, sums and commits, and keeps the locks.
    pub fn run_and_hold(mut self, progress: &Progress) -> Result<(Pass, Held), PublishError> {
        let scan = ingest::scan(&self.discovery.transcripts, self.job.threads, progress);
        add(&mut self.publisher, &scan, self.job.prices);
        let now = jiff::Timestamp::now().as_millisecond();
        let publishing = Instant::now();
        self.publisher.commit(now, ScanState::Complete)?;
        let publish_us = micros(publishing);

        let mut skipped = self.discovery.skipped.clone();
        skipped.extend(scan.skipped.iter().cloned());
        let pass =
            Pass { stats: scan.stats, skipped, malformed: scan.malformed, duration_us: micros(self.started) };
        self.publisher.report(Health {
            updated_at: now,
            roots: self.job.roots.len() as u64,
            files: self.discovery.transcripts.len() as u64,
            file_bytes: self.bytes(),
            skipped_files: pass.skipped.len() as u64,
            passes: 1,
            bytes_read: pass.stats.bytes,
            lines: pass.stats.lines,
            records: pass.stats.records,
            requests: self.publisher.sums.totals().requests,
            duplicates_merged: pass.stats.duplicates,
            malformed_lines: pass.stats.malformed,
            unfinished_lines: pass.stats.incomplete,
            synthetic_records: pass.stats.synthetic,
            bad_timestamps: pass.stats.bad_timestamps,
            scan_us: pass.duration_us,
            pass_us: pass.duration_us,
            publish_us,
            ..Health::default()
        });
        Ok((pass, Held { publisher: self.publisher, _lock: self._lock }))
    }
}

/// A snapshot that was published and whose locks are held.
#[derive(Debug)]
pub struct Held {
    publisher: Publisher,
    _lock: Lock,
}

impl Held {
    /// Shows that the publisher lives.
    pub fn heartbeat(&mut self) {
        self.publisher.heartbeat();
    }

    /// Marks the snapshot as cleanly stopped and gives the locks back.
    pub fn stop(self) {
        self.publisher.stop();
    }
}

/// Adds all requests of a scan to the publisher's sums.
fn add(publisher: &mut Publisher, scan: &Scan, prices: &PriceTable) {
    for record in scan.records.iter() {
        for request in record.requests() {
            publisher.sums.add(&Contribution {
                first_ms: record.at_ms,
                last_ms: record.at_ms,
                session: &record.home.session,
                project: &record.home.project,
                model: request.model,
                counters: prices.price(&request, &record.terms, record.at_ms, CostMode::Auto),
            });
        }
    }
    for (project, folder) in &scan.working_folders {
        publisher.locate(project, &folder.path);
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
