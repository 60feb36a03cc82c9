//! Everything some transcripts hold, at once: a catch-up of which nothing was known, put together.
//!
//! Invariant: the result is the same for any number of threads and any order of files. For whoever wants the
//! whole in memory; a publisher takes the batches of [`catch_up`] as they come.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::catch_up::{Batch, catch_up};
use super::follow::Due;
use super::progress::Progress;
use super::records::Records;
use super::stats::{PLACES, Place, Stats};
use crate::ingest::claude::{CostState, WorkingFolder};
use crate::ingest::find::{Skipped, Transcript};

/// What all transcripts hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// One record a request.
    pub records: Records,
    /// Projects' working folders, as far as a record tells.
    pub working_folders: BTreeMap<Arc<str>, WorkingFolder>,
    /// Claude Code's own figures, one a session, in the order of sessions.
    pub cost_states: Vec<CostState>,
    /// What was seen.
    pub stats: Stats,
    /// Transcripts that were not read, or not to their end, in the order of their paths.
    pub skipped: Vec<Skipped>,
    /// The first malformed places, in the order of paths and offsets, at most [`PLACES`].
    pub malformed: Vec<Place>,
}

/// Reads all of these transcripts from their start.
pub fn scan(transcripts: &[Transcript], threads: NonZeroUsize, progress: &Progress) -> Scan {
    let due = transcripts.iter().map(|transcript| Due { transcript: transcript.clone(), known: None });
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
        if self.malformed.len() > 10 * PLACES {
            self.keep_first_places();
        }
    }

    fn keep_first_places(&mut self) {
        self.malformed.sort();
        self.malformed.truncate(PLACES);
    }
}
