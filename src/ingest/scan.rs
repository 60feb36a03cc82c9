//! A cold scan: every transcript, from the start, on all threads.
//!
//! Invariant: the result is the same for any number of threads and any order of files. Each thread merges
//! into records of its own, and these merge at the end; nothing is shared while files are read but the queue
//! of files and the [`Progress`] that the caller may watch. No file is fatal: what cannot be read is skipped
//! and named.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::cost_state::CostState;
use super::discover::Transcript;
use super::project::WorkingFolder;
use super::reader::{Reader, Reading};
use super::records::{Records, Shard};
use super::stats::{PLACES, Place, Skipped, Stats};

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

/// How far a scan is, for whoever wants to look while it runs. Only the last value is exact.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    bytes: AtomicU64,
    expected: AtomicU64,
}

impl Progress {
    /// Transcripts done with.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Bytes read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes there are to read, as far as that is known.
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// Notes that so many bytes are to be read.
    pub fn expect(&self, bytes: u64) {
        self.expected.store(bytes, Ordering::Relaxed);
    }

    /// Notes that so many bytes more were read.
    pub fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// As many threads as the machine gives this process.
pub fn default_threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Reads all of these transcripts.
pub fn scan(transcripts: &[Transcript], threads: NonZeroUsize, progress: &Progress) -> Scan {
    // The largest first: a large one begun last would keep one thread busy while the others are done.
    let mut order: Vec<&Transcript> = transcripts.iter().collect();
    order.sort_by_key(|transcript| std::cmp::Reverse(transcript.bytes));
    let threads = threads.min(NonZeroUsize::new(transcripts.len()).unwrap_or(NonZeroUsize::MIN));
    let parts = on_threads(threads, order, |queue| {
        let mut part = Scan::default();
        let (mut reader, mut reading) = (Reader::new(), Reading::default());
        for transcript in queue {
            part.read(transcript, &mut reader, &mut reading, progress);
        }
        part
    });
    merge(parts, threads)
}

impl Scan {
    /// Reads one transcript and takes in what it holds.
    fn read(
        &mut self,
        transcript: &Transcript,
        reader: &mut Reader,
        reading: &mut Reading,
        progress: &Progress,
    ) {
        let advance = |bytes| {
            progress.bytes.fetch_add(bytes, Ordering::Relaxed);
        };
        if let Err(error) = reader.read(transcript, 0, reading, &advance) {
            self.skipped.push(Skipped::unread(&transcript.path, &error));
        }
        self.records.extend(reading.records.drain(..));
        self.cost_states.append(&mut reading.cost_states);
        self.stats += reading.stats;
        if let Some(folder) = reading.working_folder.take() {
            self.locate(Arc::clone(&transcript.project), folder);
        }
        let places = reading.malformed_at.iter();
        self.malformed.extend(places.map(|&offset| Place { path: transcript.path.clone(), offset }));
        if self.malformed.len() > 10 * PLACES {
            self.keep_first_places();
        }
        progress.files.fetch_add(1, Ordering::Relaxed);
    }

    fn locate(&mut self, project: Arc<str>, folder: WorkingFolder) {
        let known = self.working_folders.entry(project).or_insert_with(|| folder.clone());
        if folder < *known {
            *known = folder;
        }
    }

    fn keep_first_places(&mut self) {
        self.malformed.sort();
        self.malformed.truncate(PLACES);
    }
}

/// Puts together what the threads have, shard by shard.
fn merge(parts: Vec<Scan>, threads: NonZeroUsize) -> Scan {
    let mut whole = Scan::default();
    let mut shards: Vec<Vec<Shard>> =
        whole.records.into_shards().into_iter().map(|shard| vec![shard]).collect();
    whole.records = Records::default();
    for mut part in parts {
        for (all, shard) in shards.iter_mut().zip(part.records.into_shards()) {
            all.push(shard);
        }
        for (project, folder) in part.working_folders {
            whole.locate(project, folder);
        }
        whole.cost_states.append(&mut part.cost_states);
        whole.stats += part.stats;
        whole.skipped.append(&mut part.skipped);
        whole.malformed.append(&mut part.malformed);
    }
    let numbered = shards.into_iter().enumerate().collect();
    let mut merged: Vec<(usize, Shard)> = on_threads(threads, numbered, |queue| {
        let merge = |shards: Vec<Shard>| shards.into_iter().fold(Shard::default(), Shard::merge);
        queue.into_iter().map(|(number, shards)| (number, merge(shards))).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    merged.sort_by_key(|(number, _)| *number);
    whole.records = Records::from_shards(merged.into_iter().map(|(_, shard)| shard).collect());
    whole.stats.duplicates = whole.stats.records - whole.records.len() as u64;
    CostState::keep_highest(&mut whole.cost_states);
    whole.skipped.sort();
    whole.keep_first_places();
    whole
}

/// Lets threads take from a queue until it is empty; a panic of one is the caller's.
fn on_threads<T: Send, R: Send>(
    threads: NonZeroUsize,
    work: Vec<T>,
    run: impl Fn(crossbeam::channel::Receiver<T>) -> R + Sync,
) -> Vec<R> {
    let (sender, queue) = crossbeam::channel::unbounded();
    for item in work {
        sender.send(item).expect("the receiving end is held below");
    }
    drop(sender);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.get())
            .map(|_| {
                let (queue, run) = (queue.clone(), &run);
                scope.spawn(move || run(queue))
            })
            .collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, R>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect()
    })
}
