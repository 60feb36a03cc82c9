//! Cold ingest by threads, by size, and of one huge transcript, beside its limits on the same bytes: reading them, and
//! counting their newlines, read or mapped.
//!
//! `cargo bench --bench ingest`. Transcripts are made anew (64 MB in 160 files; 16 to 256 MB in files of that size; 64 MB
//! in one file); the page cache is warm.

#![allow(missing_docs)]

mod measure;

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use cco::ingest::{Progress, Root, Transcript, discover, scan};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use measure::limit::{self, Work};
use measure::transcripts::Corpus;

/// A size of transcripts that is usual, in bytes.
const FILE_BYTES: u64 = 400_000;

/// Transcripts in a folder of their own.
struct Made {
    _folder: tempfile::TempDir,
    roots: [Root; 1],
    transcripts: Vec<Transcript>,
    corpus: Corpus,
}

fn made(bytes: u64, files: u64) -> Made {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = usize::try_from(files).expect("not many");
    let spec = corpus::Spec { bytes, files, projects: files.min(12), ..corpus::Spec::default() };
    let corpus = Corpus::made(&folder.path().join("root"), spec);
    let roots = [Root::new(&corpus.root).expect("a root")];
    let transcripts = discover(&roots).transcripts;
    Made { _folder: folder, roots, transcripts, corpus }
}

fn ingest(criterion: &mut Criterion) {
    let usual = made(64_000_000, 64_000_000 / FILE_BYTES);
    by_threads(criterion, "ingest", &usual);
    criterion.bench_function("ingest/discover", |bench| bench.iter(|| discover(black_box(&usual.roots))));
    by_threads(criterion, "ingest_one_file", &made(64_000_000, 1));

    let mut group = criterion.benchmark_group("ingest_by_size");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    let threads = cco::ingest::default_threads().get();
    for bytes in [16_000_000, 64_000_000, 256_000_000] {
        beside_limits(&mut group, &made(bytes, bytes / FILE_BYTES), threads, bytes);
    }
    group.finish();
}

fn by_threads(criterion: &mut Criterion, name: &str, made: &Made) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    for threads in [1, 2, 4] {
        beside_limits(&mut group, made, threads, threads as u64);
    }
    group.finish();
}

/// Cold ingest and its limits, at a place on the group's axis.
fn beside_limits(group: &mut BenchmarkGroup<'_, WallTime>, made: &Made, threads: usize, place: u64) {
    group.throughput(Throughput::Bytes(made.corpus.bytes));
    group.bench_function(BenchmarkId::new("cold", place), |bench| {
        let threads = NonZeroUsize::new(threads).expect("at least one");
        bench.iter(|| scan(black_box(&made.transcripts), threads, &Progress::default()));
    });
    for (name, work) in
        [("newlines", Work::Newlines), ("newlines_mapped", Work::NewlinesMapped), ("read", Work::Read)]
    {
        group.bench_function(BenchmarkId::new(name, place), |bench| {
            bench.iter(|| limit::run(black_box(&made.corpus.files), threads, work));
        });
    }
}

criterion_group!(benches, ingest);
criterion_main!(benches);
