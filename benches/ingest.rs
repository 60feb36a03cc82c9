//! Cold ingest by threads, by size, and of one huge transcript, beside its limits on the same bytes: reading them, and
//! counting newlines in a mapping.
//!
//! `cargo bench --bench ingest`. Transcripts are made anew (64 MB in 160 files; 16 to 256 MB in files of that size; 64 MB
//! in one file); the page cache is warm.

#![allow(unsafe_code, missing_docs)]

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cco::ingest::{Progress, Root, Transcript, discover, scan};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use memchr::memchr_iter;
use memmap2::Mmap;

/// A size of transcripts that is usual, in bytes.
const FILE_BYTES: u64 = 400_000;

/// Transcripts in a folder of their own.
struct Made {
    _folder: tempfile::TempDir,
    roots: [Root; 1],
    transcripts: Vec<Transcript>,
    bytes: u64,
}

fn made(bytes: u64, files: u64) -> Made {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("root");
    let files = usize::try_from(files).expect("not many");
    let spec = corpus::Spec { bytes, files, projects: files.min(12), ..corpus::Spec::default() };
    let bytes = corpus::generate(&spec, &root).expect("a corpus").bytes;
    let roots = [Root::new(&root).expect("a root")];
    let transcripts = discover(&roots).transcripts;
    Made { _folder: folder, roots, transcripts, bytes }
}

fn ingest(criterion: &mut Criterion) {
    let usual = made(64_000_000, 64_000_000 / FILE_BYTES);
    by_threads(criterion, "ingest", &usual);
    criterion.bench_function("ingest/discover", |bench| bench.iter(|| discover(black_box(&usual.roots))));
    by_threads(criterion, "ingest_one_file", &made(64_000_000, 1));

    let mut group = criterion.benchmark_group("ingest_by_size");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for bytes in [16_000_000, 64_000_000, 256_000_000] {
        let made = made(bytes, bytes / FILE_BYTES);
        group.throughput(Throughput::Bytes(made.bytes));
        group.bench_with_input(BenchmarkId::new("cold", bytes), &made, |bench, made| {
            let threads = cco::ingest::default_threads();
            bench.iter(|| scan(black_box(&made.transcripts), threads, &Progress::default()));
        });
    }
    group.finish();
}

/// Cold ingest and its limits.
fn by_threads(criterion: &mut Criterion, name: &str, made: &Made) {
    let transcripts = &made.transcripts;
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(made.bytes)).sample_size(20).measurement_time(Duration::from_secs(4));
    for threads in [1, 2, 4] {
        group.bench_with_input(BenchmarkId::new("cold", threads), &threads, |bench, threads| {
            let threads = NonZeroUsize::new(*threads).expect("at least one");
            bench.iter(|| scan(black_box(transcripts), threads, &Progress::default()));
        });
        group.bench_with_input(BenchmarkId::new("newlines_mapped", threads), &threads, |bench, threads| {
            bench.iter(|| on_threads(transcripts, *threads, newlines_mapped));
        });
        group.bench_with_input(BenchmarkId::new("read", threads), &threads, |bench, threads| {
            bench.iter(|| on_threads(transcripts, *threads, read));
        });
    }
    group.finish();
}

/// Sums what `work` gives for each transcript.
fn on_threads(transcripts: &[Transcript], threads: usize, work: fn(&Transcript) -> usize) -> usize {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let run = || {
            let mut sum = 0;
            while let Some(transcript) = transcripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                sum += work(transcript);
            }
            sum
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        workers.into_iter().map(|worker| worker.join().expect("no panic")).sum()
    })
}

fn newlines_mapped(transcript: &Transcript) -> usize {
    let file = File::open(&transcript.path).expect("a transcript");
    // SAFETY: the file was made by this benchmark in its own folder, where nobody else writes or truncates.
    let bytes = unsafe { Mmap::map(&file) }.expect("a mapping");
    memchr_iter(b'\n', &bytes).count()
}

fn read(transcript: &Transcript) -> usize {
    let mut buffer = vec![0; 256 << 10];
    let mut file = File::open(&transcript.path).expect("a transcript");
    let mut sum = 0;
    loop {
        match file.read(&mut buffer).expect("readable") {
            0 => return sum,
            read => sum += black_box(&buffer[..read]).len(),
        }
    }
}

criterion_group!(benches, ingest);
criterion_main!(benches);
