//! What a read costs: totals beside idle and busy writers, frames, and looks from a cold start.
//!
//! `read/word_copy` is the limit: a plain copy of as many words as a slot has in use.

mod fixture;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cco::snapshot::{Publication, Reader, SessionRow, Writer, layout, peek};
use criterion::{Criterion, Throughput};
use fixture::{counters, heavy_user, publication};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let writer = heavy_user(&path);
    words(&mut criterion);
    let writer = totals(&mut criterion, &path, writer);
    frames(&mut criterion, &path);
    cold(&mut criterion, &path);
    drop(writer);
    criterion.final_summary();
}

fn words(criterion: &mut Criterion) {
    let words: Vec<AtomicU64> = (0..layout::slot::USED as u64).map(AtomicU64::new).collect();
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes((layout::slot::USED * layout::WORD_BYTES) as u64));
    group.bench_function("word_copy", |bencher| {
        bencher.iter(|| {
            let mut copy = [0u64; layout::slot::USED];
            for (to, from) in copy.iter_mut().zip(black_box(&words)) {
                *to = from.load(Ordering::Relaxed);
            }
            copy
        });
    });
    group.finish();
}

fn totals(criterion: &mut Criterion, path: &Path, mut writer: Writer) -> Writer {
    let mut group = criterion.benchmark_group("read/totals");
    group.throughput(Throughput::Bytes((layout::slot::USED * layout::WORD_BYTES) as u64));
    let mut reader = Reader::open(path).unwrap();
    group.bench_function("no_writer", |bencher| bencher.iter(|| reader.totals().unwrap()));
    for (id, every) in [("writer_1khz", Duration::from_millis(1)), ("writer_full_speed", Duration::ZERO)] {
        let busy = Busy::start(writer, every);
        group.bench_function(id, |bencher| bencher.iter(|| reader.totals().unwrap()));
        writer = busy.finish();
    }
    group.finish();
    writer
}

fn frames(criterion: &mut Criterion, path: &Path) {
    let mut group = criterion.benchmark_group("read/frame");
    let readers = [("mapped", Reader::open(path)), ("copying", Reader::open_copying(path))];
    for (id, reader) in readers {
        let mut reader = reader.unwrap();
        let mut frame = reader.frame().unwrap();
        group.throughput(Throughput::Bytes(frame.table_bytes() as u64));
        group.bench_function(id, |bencher| bencher.iter(|| reader.frame_into(&mut frame).unwrap()));
    }
    group.finish();
}

fn cold(criterion: &mut Criterion, path: &Path) {
    let mut group = criterion.benchmark_group("read");
    group.bench_function("peek", |bencher| bencher.iter(|| peek(path).unwrap()));
    group.bench_function("open_copying_totals", |bencher| {
        bencher.iter(|| Reader::open_copying(path).unwrap().totals().unwrap());
    });
    group.bench_function("open_totals", |bencher| {
        bencher.iter(|| Reader::open(path).unwrap().totals().unwrap());
    });
    let mut reader = Reader::open(path).unwrap();
    group.bench_function("session", |bencher| {
        bencher.iter(|| reader.session(black_box("00000fff-0000-4000-8000-000000000fff")).unwrap());
    });
    group.finish();
}

/// A writer at work in a thread, until it is dropped.
struct Busy {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Writer>>,
}

impl Busy {
    /// Commits one changed session every `every`; without pause where that is zero.
    fn start(mut writer: Writer, every: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut next = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                let n = writer.sequence() / 2 + 1;
                let mut row: SessionRow = writer.draft().row(0);
                row.counters = counters(n);
                writer.draft().set(0, &row);
                // One moment for all, so that the work of a commit is one row, not also one of history.
                writer.commit(&Publication { published_at: 3_600_000, ..publication(n) }).unwrap();
                next += every;
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            writer
        });
        Self { stop, thread: Some(thread) }
    }

    /// Ends the work and gives the writer back.
    fn finish(mut self) -> Writer {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}
