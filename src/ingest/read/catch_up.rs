//! Many due transcripts at once: read on all threads, a large one by several of them, handed over in batches.
//!
//! Invariant: memory is bounded by the batches under way, a few a thread, and by what the largest transcript
//! of each thread holds; a transcript's state comes with or after the last of what it holds, so that whoever
//! stores a batch at a time never stores a state too early. No file is fatal. Used by the publisher at its
//! start; single changes are read by [`Due::read`](super::Due::read).

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use crossbeam::channel::{Sender, bounded};

use super::follow::{Due, Outcome};
use super::reader::{ReadError, Reader, Reading};
use super::split::{LARGE_BYTES, STRETCH_BYTES, Split};
use super::stats::{PLACES, Place, Stats};
use crate::ingest::claude::{CostState, WorkingFolder};
use crate::ingest::find::Skipped;
use crate::usage::{Key, Record};

/// How many records go with one batch.
pub const BATCH_RECORDS: usize = 4096;

/// How many transcripts go with one batch at most.
const BATCH_FILES: usize = 512;

/// What some transcripts hold.
#[derive(Debug, Default)]
pub struct Batch {
    /// Records, at most [`BATCH_RECORDS`]; those of one request may be in several batches.
    pub records: Vec<Record>,
    /// Earlier keys and keys, as in [`Reading::earlier_keys`].
    pub earlier_keys: Vec<(Key, Key)>,
    /// Claude Code's own figures, with the project of the transcript they stand in.
    pub cost_states: Vec<(Arc<str>, CostState)>,
    /// Projects' working folders, as far as a record tells.
    pub working_folders: Vec<(Arc<str>, WorkingFolder)>,
    /// Transcripts that are done with this batch: all they hold is in it or in earlier ones.
    pub done: Vec<Outcome>,
    /// Transcripts that could not be read, or not to their end.
    pub skipped: Vec<Skipped>,
    /// Malformed places, at most [`PLACES`] a transcript.
    pub malformed: Vec<Place>,
    /// What was seen.
    pub stats: Stats,
}

/// Reads all of these, the largest first, and gives what they hold to `take`, on the calling thread.
///
/// `Break` ends it early: what was not given out is as if it had not been read.
pub fn catch_up(mut due: Vec<Due>, threads: NonZeroUsize, mut take: impl FnMut(Batch) -> ControlFlow<()>) {
    due.sort_by_key(|due| std::cmp::Reverse(due.transcript.bytes));
    let shares: Vec<Share> = due.into_iter().flat_map(|due| shares(due, threads)).collect();
    let threads = threads.get().min(shares.len().max(1));
    let (queue_end, queue) = bounded(shares.len());
    for share in shares {
        queue_end.send(share).expect("the receiving end is held here, and there is room for all");
    }
    drop(queue_end);
    let (sender, batches) = bounded(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, sender) = (queue.clone(), sender.clone());
            scope.spawn(move || read_all(queue.into_iter(), &sender));
        }
        drop(sender);
        for batch in &batches {
            if take(batch).is_break() {
                break;
            }
        }
        // Whoever waits to send finds nobody there and stops.
        drop(batches);
    });
}

/// What one thread reads at a time.
enum Share {
    /// A transcript.
    Whole(Due),
    /// A stretch of one.
    Stretch(Arc<Split>, usize),
}

/// A transcript as it is shared out among so many threads.
fn shares(due: Due, threads: NonZeroUsize) -> Vec<Share> {
    if threads.get() > 1 && due.new_bytes() >= LARGE_BYTES {
        match Split::of(due.clone(), STRETCH_BYTES) {
            Ok(split) if split.len() > 0 => {
                let split = Arc::new(split);
                return (0..split.len()).map(|stretch| Share::Stretch(Arc::clone(&split), stretch)).collect();
            }
            Ok(_) => {}
            // Whoever reads it as a whole fails alike, and reports it.
            Err(error) => tracing::debug!(path = %due.transcript.path.display(), %error, "cannot divide it"),
        }
    }
    vec![Share::Whole(due)]
}

/// Nobody takes batches any more.
struct Ended;

fn read_all(queue: impl Iterator<Item = Share>, sender: &Sender<Batch>) {
    let (mut reader, mut reading, mut batch) = (Reader::new(), Reading::default(), Batch::default());
    for share in queue {
        let taken = match &share {
            Share::Whole(due) => {
                let outcome = due.read(&mut reader, &mut reading);
                take_in(due, outcome, &mut reading, &mut batch, sender)
            }
            Share::Stretch(split, stretch) => match split.read(*stretch, &mut reader, &mut reading) {
                Some(outcome) => take_in(split.due(), outcome, &mut reading, &mut batch, sender),
                None => Ok(()),
            },
        };
        if taken.is_err() {
            return;
        }
    }
    if !batch.is_empty() {
        // If nobody takes it, nobody needs it.
        drop(batch.send(sender));
    }
}

fn take_in(
    due: &Due,
    outcome: Result<Outcome, ReadError>,
    reading: &mut Reading,
    batch: &mut Batch,
    sender: &Sender<Batch>,
) -> Result<(), Ended> {
    let path = &due.transcript.path;
    let mut records = reading.records.drain(..);
    loop {
        batch.records.extend(records.by_ref().take(BATCH_RECORDS - batch.records.len()));
        if records.len() == 0 {
            break;
        }
        std::mem::take(batch).send(sender)?;
    }
    drop(records);
    batch.earlier_keys.append(&mut reading.earlier_keys);
    let project = &due.transcript.project;
    batch.cost_states.extend(reading.cost_states.drain(..).map(|state| (Arc::clone(project), state)));
    if let Some(folder) = reading.working_folder.take() {
        batch.working_folders.push((Arc::clone(&due.transcript.project), folder));
    }
    let places = reading.malformed_at.iter().take(PLACES);
    batch.malformed.extend(places.map(|&offset| Place { path: path.clone(), offset }));
    batch.stats += reading.stats;
    match outcome {
        Ok(outcome) => batch.done.push(outcome),
        Err(error) => batch.skipped.push(Skipped::unread(path, &error)),
    }
    if batch.records.len() == BATCH_RECORDS || batch.done.len() >= BATCH_FILES {
        std::mem::take(batch).send(sender)?;
    }
    Ok(())
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.done.is_empty() && self.skipped.is_empty()
    }

    fn send(self, sender: &Sender<Self>) -> Result<(), Ended> {
        sender.send(self).map_err(|_| Ended)
    }
}
