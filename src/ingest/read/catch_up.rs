//! Reads many due transcripts on all threads, a large one on several of them, and returns their contents in
//! batches.
//!
//! Invariant: memory is bounded by the batches in flight, a few per thread, and by the contents of the
//! largest transcript of each thread. A transcript's state comes with or after the last of its contents, so a
//! caller that stores one batch at a time never stores a state too early. No file is fatal. Used by the
//! publisher for many changes; single changes are read by [`ChangedTranscript::read`](super::ChangedTranscript::read).

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::follow::{ChangedTranscript, ReadOutcome};
use super::open::ReadError;
use super::reader::{Reader, TranscriptContents};
use super::split::{LARGE_BYTES, STRETCH_BYTES, Split};
use super::stats::{MAX_MALFORMED, MalformedAt, Stats};
use crate::ingest::claude::{CostState, Subagent, Title, WorkingFolder};
use crate::ingest::find::SkippedPath;
use crate::usage::{Key, Record};

/// The most records in one batch.
pub const BATCH_RECORDS: usize = 4096;

/// A batch with this many finished transcripts is sent.
const BATCH_FILES: usize = 512;

/// Contents of some transcripts.
#[derive(Debug, Default)]
pub struct Batch {
    /// Records, at most [`BATCH_RECORDS`]. The records of one request may be in several batches.
    pub records: Vec<Record>,
    /// Key pairs, as in [`TranscriptContents::earlier_keys`].
    pub earlier_keys: Vec<(Key, Key)>,
    /// The costs that Claude Code reports, with the project of the transcript that has them.
    pub cost_states: Vec<(Arc<str>, CostState)>,
    /// The working folders of projects, if a record names one.
    pub working_folders: Vec<(Arc<str>, WorkingFolder)>,
    /// Subagents, as in [`TranscriptContents::subagents`].
    pub subagents: Vec<Subagent>,
    /// Titles, as in [`TranscriptContents::titles`].
    pub titles: Vec<Title>,
    /// Transcripts finished with this batch: all of their contents are in it or in earlier ones.
    pub done: Vec<ReadOutcome>,
    /// Transcripts that could not be read, or not read to their end.
    pub skipped: Vec<SkippedPath>,
    /// Malformed places, at most [`MAX_MALFORMED`] per transcript.
    pub malformed: Vec<MalformedAt>,
    /// Statistics.
    pub stats: Stats,
}

/// Threads that read transcripts, and the batches they return. Dropping it ends them; what was not returned by then
/// counts as not read.
#[derive(Debug)]
pub struct CatchUp {
    /// `None` once all batches were returned.
    batches: Option<Receiver<Batch>>,
    threads: Vec<JoinHandle<()>>,
}

/// What reading threads have to give.
#[derive(Debug)]
pub enum NextBatch {
    /// A batch.
    Batch(Box<Batch>),
    /// Nothing yet.
    Waiting,
    /// Everything was read.
    End,
}

impl CatchUp {
    /// Starts to read these transcripts, largest first; with titles of sessions or without.
    pub fn begin(mut due: Vec<ChangedTranscript>, threads: NonZeroUsize, with_titles: bool) -> Self {
        due.sort_by_key(|due| std::cmp::Reverse(due.transcript.bytes));
        let jobs: Vec<Job> = due.into_iter().flat_map(|due| jobs(due, threads)).collect();
        let threads = threads.get().min(jobs.len().max(1));
        let (job_sender, queue) = bounded(jobs.len());
        for job in jobs {
            job_sender.send(job).expect("the queue is open and has room for every job");
        }
        drop(job_sender);
        let (sender, batches) = bounded(threads);
        let begin = |_| {
            let (queue, sender) = (queue.clone(), sender.clone());
            Builder::new()
                .name("reader".into())
                .spawn(move || read_all(queue.into_iter(), with_titles, &sender))
        };
        let begun: Vec<_> = (0..threads).map(begin).collect();
        let (begun, mut errors): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
        let threads: Vec<JoinHandle<()>> = begun.into_iter().flatten().collect();
        if let Some(Err(error)) = errors.pop() {
            tracing::warn!(%error, threads = threads.len(), "the system starts no more threads to read transcripts");
            assert!(!threads.is_empty(), "at least one thread must read transcripts: {error}");
        }
        Self { batches: Some(batches), threads }
    }

    /// The next batch, as soon as there is one.
    pub fn next_batch(&mut self) -> Option<Box<Batch>> {
        match self.batches.as_ref()?.recv() {
            Ok(batch) => Some(Box::new(batch)),
            Err(_) => {
                self.end();
                None
            }
        }
    }

    /// The next batch, if there is one within this time.
    pub fn next_batch_within(&mut self, timeout: Duration) -> NextBatch {
        let Some(batches) = &self.batches else { return NextBatch::End };
        match batches.recv_timeout(timeout) {
            Ok(batch) => NextBatch::Batch(Box::new(batch)),
            Err(RecvTimeoutError::Timeout) => NextBatch::Waiting,
            Err(RecvTimeoutError::Disconnected) => {
                self.end();
                NextBatch::End
            }
        }
    }

    /// Ends the threads. A thread's panic is this thread's.
    fn end(&mut self) {
        // Threads that wait to send get an error and stop.
        self.batches = None;
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join()
                && !std::thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Drop for CatchUp {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads these transcripts, largest first, and passes their contents to `take` on the calling thread.
///
/// `Break` ends it early. What has not been passed on by then counts as not read.
pub fn catch_up(
    due: Vec<ChangedTranscript>,
    threads: NonZeroUsize,
    mut take: impl FnMut(Batch) -> ControlFlow<()>,
) {
    let mut reading = CatchUp::begin(due, threads, false);
    while let Some(batch) = reading.next_batch() {
        if take(*batch).is_break() {
            break;
        }
    }
}

/// What a thread reads at a time.
enum Job {
    /// A transcript.
    Whole(ChangedTranscript),
    /// A stretch of a transcript.
    Stretch(Arc<Split>, usize),
}

/// The jobs that a transcript is divided into.
fn jobs(due: ChangedTranscript, threads: NonZeroUsize) -> Vec<Job> {
    if threads.get() > 1 && due.new_bytes() >= LARGE_BYTES {
        match Split::of(due.clone(), STRETCH_BYTES) {
            Ok(split) if split.len() > 0 => {
                let split = Arc::new(split);
                return (0..split.len()).map(|stretch| Job::Stretch(Arc::clone(&split), stretch)).collect();
            }
            Ok(_) => {}
            // Reading it as a whole fails in the same way and reports the error.
            Err(error) => {
                tracing::debug!(path = %due.transcript.path.display(), %error, "cannot split a transcript");
            }
        }
    }
    vec![Job::Whole(due)]
}

/// The receiver of batches is gone.
struct ReceiverGone;

fn read_all(queue: impl Iterator<Item = Job>, with_titles: bool, sender: &Sender<Batch>) {
    let (mut reader, mut reading, mut batch) =
        (Reader::with_titles(with_titles), TranscriptContents::default(), Batch::default());
    for job in queue {
        let added = match &job {
            Job::Whole(due) => {
                let outcome = due.read(&mut reader, &mut reading);
                add(due, outcome, &mut reading, &mut batch, sender)
            }
            Job::Stretch(split, stretch) => match split.read(*stretch, &mut reader, &mut reading) {
                Some(outcome) => add(split.due(), outcome, &mut reading, &mut batch, sender),
                None => Ok(()),
            },
        };
        if added.is_err() {
            return;
        }
    }
    if !batch.is_empty() {
        // Without a receiver, the batch is not needed.
        drop(batch.send(sender));
    }
}

/// Adds a reading to the batch, and sends the batch whenever it is full.
fn add(
    due: &ChangedTranscript,
    outcome: Result<ReadOutcome, ReadError>,
    reading: &mut TranscriptContents,
    batch: &mut Batch,
    sender: &Sender<Batch>,
) -> Result<(), ReceiverGone> {
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
    batch.subagents.append(&mut reading.subagents);
    batch.titles.append(&mut reading.titles);
    if let Some(folder) = reading.working_folder.take() {
        batch.working_folders.push((Arc::clone(&due.transcript.project), folder));
    }
    let places = reading.malformed_at.iter().take(MAX_MALFORMED);
    batch.malformed.extend(places.map(|&offset| MalformedAt { path: path.clone(), offset }));
    batch.stats += reading.stats;
    match outcome {
        Ok(outcome) => batch.done.push(outcome),
        Err(error) => batch.skipped.push(SkippedPath::unread(path, &error)),
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

    fn send(self, sender: &Sender<Self>) -> Result<(), ReceiverGone> {
        sender.send(self).map_err(|_| ReceiverGone)
    }
}
