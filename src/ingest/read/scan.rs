//! Reads some transcripts from their start and returns everything at once.
//!
//! Invariant: the result is the same for any number of threads and any order of files. The whole result is in
//! memory; the publisher uses [`catch_up`] instead and takes one batch at a time. Used by tests and
//! benchmarks.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::catch_up::{Batch, catch_up};
use super::follow::ChangedTranscript;
use super::progress::Progress;
use super::records::Records;
use super::stats::{MAX_MALFORMED, MalformedAt, Stats};
use crate::ingest::claude::{CostState, WorkingFolder};
use crate::ingest::find::{SkippedPath, Transcript};

/// Everything that some transcripts contain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// One record per request.
    pub records: Records,
    /// The working folders of projects, if a record names one.
    pub working_folders: BTreeMap<Arc<str>, WorkingFolder>,
    /// The costs that Claude Code reports, one per session, in session order.
    pub cost_states: Vec<CostState>,
    /// Statistics.
    pub stats: Stats,
    /// Transcripts that were not read, or not read to their end, in path order.
    pub skipped: Vec<SkippedPath>,
    /// The first malformed places, at most [`MAX_MALFORMED`], in order of path and offset.
    pub malformed: Vec<MalformedAt>,
}

/// Reads these transcripts from their start.
pub fn scan(transcripts: &[Transcript], threads: NonZeroUsize, progress: &Progress) -> Scan {
    let due = transcripts
        .iter()
        .map(|transcript| ChangedTranscript { transcript: transcript.clone(), known: None });
    let mut scan = Scan::default();
    catch_up(due.collect(), threads, |batch| {
        progress.advance(batch.stats.bytes);
        scan.take(batch);
        ControlFlow::Continue(())
    });
    scan.stats.duplicates = scan.stats.records - scan.records.len() as u64;
    CostState::keep_highest(&mut scan.cost_states);
    scan.skipped.sort();
    scan.keep_first_places();
    scan
}

impl Scan {
    fn take(&mut self, batch: Batch) {
        self.records.extend(batch.records);
        self.cost_states.extend(batch.cost_states.into_iter().map(|(_, state)| state));
        for (project, folder) in batch.working_folders {
            let known = self.working_folders.entry(project).or_insert_with(|| folder.clone());
            if folder < *known {
                *known = folder;
            }
        }
        self.stats += batch.stats;
        self.skipped.extend(batch.skipped);
        self.malformed.extend(batch.malformed);
        if self.malformed.len() > 10 * MAX_MALFORMED {
            self.keep_first_places();
        }
    }

    fn keep_first_places(&mut self) {
        self.malformed.sort();
        self.malformed.truncate(MAX_MALFORMED);
    }
}
