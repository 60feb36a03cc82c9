//! Cold ingest by threads, beside its limits on the same bytes: reading them, and counting newlines in a mapping.
//!
//! `cargo bench --bench ingest`. The transcripts are made anew (64 MB in 160 files); the page cache is warm.

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

fn ingest(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("root");
    let spec = corpus::Spec { bytes: 64_000_000, files: 160, projects: 12, ..corpus::Spec::default() };
    let made = corpus::generate(&spec, &root).expect("a corpus");
    let roots = [Root::new(&root).expect("a root")];
    let transcripts = discover(&roots).transcripts;

    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Bytes(made.bytes)).sample_size(20).measurement_time(Duration::from_secs(5));
    let cores = cco::ingest::default_threads().get();
    for threads in (0..).map(|power| 1 << power).take_while(|threads| *threads <= cores) {
        group.bench_with_input(BenchmarkId::new("cold", threads), &threads, |bench, threads| {
            let threads = NonZeroUsize::new(*threads).expect("at least one");
            bench.iter(|| scan(black_box(&transcripts), threads, &Progress::default()));
        });
        group.bench_with_input(BenchmarkId::new("newlines_mapped", threads), &threads, |bench, threads| {
            bench.iter(|| on_threads(&transcripts, *threads, newlines_mapped));
        });
        group.bench_with_input(BenchmarkId::new("read", threads), &threads, |bench, threads| {
            bench.iter(|| on_threads(&transcripts, *threads, read));
        });
    }
    group.bench_function("discover", |bench| bench.iter(|| discover(black_box(&roots))));
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
    let mut buffer = vec![0; 1 << 20];
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
