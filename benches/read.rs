//! What a read costs: totals and one set of counters beside idle and busy writers, frames, waking from a wait, and looks from a cold start.
//!
//! `read/word_copy` is the limit: a plain copy of as many words as a slot has in use. `read/wait` is from before a
//! commit until a reader that slept has returned.

mod fixture;

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use cco::snapshot::{Agent, Reader, Span, Writer, peek};
use criterion::{Criterion, Throughput};
use fixture::busy::{Busy, Waiting};
use fixture::{SLOT_BYTES, Words, heavy_user};

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
    let writer = counters(&mut criterion, &path, writer);
    frames(&mut criterion, &path);
    let writer = waits(&mut criterion, &path, writer);
    cold(&mut criterion, &path);
    drop(writer);
    criterion.final_summary();
}

fn words(criterion: &mut Criterion) {
    let words = Words::of_a_slot();
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(SLOT_BYTES as u64));
    group.bench_function("word_copy", |bencher| bencher.iter(|| words.copy()));
    group.finish();
}

fn totals(criterion: &mut Criterion, path: &Path, mut writer: Writer) -> Writer {
    let mut group = criterion.benchmark_group("read/totals");
    group.throughput(Throughput::Bytes(SLOT_BYTES as u64));
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

fn counters(criterion: &mut Criterion, path: &Path, mut writer: Writer) -> Writer {
    let mut group = criterion.benchmark_group("read/counters");
    let mut reader = Reader::open(path).unwrap();
    for (id, span) in [("today", Span::Today), ("all_time", Span::AllTime)] {
        group.bench_function(id, |bencher| bencher.iter(|| reader.counters(black_box(span)).unwrap()));
    }
    let busy = Busy::start(writer, Duration::ZERO);
    group.bench_function("today_writer_full_speed", |bencher| {
        bencher.iter(|| reader.counters(Span::Today).unwrap());
    });
    writer = busy.finish();
    group.finish();
    writer
}

fn frames(criterion: &mut Criterion, path: &Path) {
    let mut group = criterion.benchmark_group("read/frame");
    let readers = [("mapped", Reader::open(path)), ("copying", Reader::open_copying(path))];
    for (id, reader) in readers {
        let mut reader = reader.unwrap();
        let mut frame = reader.frame().unwrap();
        println!("read/frame/{id}: {} bytes of tables", frame.table_bytes());
        group.throughput(Throughput::Bytes(frame.table_bytes() as u64));
        group.bench_function(id, |bencher| bencher.iter(|| reader.frame_into(&mut frame).unwrap()));
    }
    group.finish();
}

fn waits(criterion: &mut Criterion, path: &Path, writer: Writer) -> Writer {
    let mut waiting = Waiting::start(writer, path);
    criterion.bench_function("read/wait", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| waiting.once()).sum());
    });
    waiting.finish()
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
        bencher.iter(|| {
            reader.session(Agent::CLAUDE_CODE, black_box("00000fff-0000-4000-8000-000000000fff")).unwrap()
        });
    });
    group.finish();
}
