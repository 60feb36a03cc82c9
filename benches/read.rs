//! What a read costs: totals beside idle and busy writers, frames, and looks from a cold start.
//!
//! `read/word_copy` is the limit: a plain copy of as many words as a slot has in use.

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod fixture;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cco::snapshot::{Reader, layout, peek};
use criterion::{Criterion, Throughput};
use fixture::{Busy, heavy_user};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let (fixture, writer) = heavy_user();
    words(&mut criterion);
    let writer = totals(&mut criterion, &fixture, writer);
    frames(&mut criterion, &fixture);
    cold(&mut criterion, &fixture);
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

fn totals(
    criterion: &mut Criterion,
    fixture: &fixture::Fixture,
    mut writer: cco::snapshot::Writer,
) -> cco::snapshot::Writer {
    let mut group = criterion.benchmark_group("read/totals");
    group.throughput(Throughput::Bytes((layout::slot::USED * layout::WORD_BYTES) as u64));
    let mut reader = Reader::open(fixture.path()).unwrap();
    group.bench_function("no_writer", |bencher| bencher.iter(|| reader.totals().unwrap()));
    for (id, every) in [("writer_1khz", Duration::from_millis(1)), ("writer_full_speed", Duration::ZERO)] {
        let busy = Busy::start(writer, every);
        group.bench_function(id, |bencher| bencher.iter(|| reader.totals().unwrap()));
        writer = busy.finish();
    }
    group.finish();
    writer
}

fn frames(criterion: &mut Criterion, fixture: &fixture::Fixture) {
    let mut group = criterion.benchmark_group("read/frame");
    let readers =
        [("mapped", Reader::open(fixture.path())), ("copying", Reader::open_copying(fixture.path()))];
    for (id, reader) in readers {
        let mut reader = reader.unwrap();
        let mut frame = reader.frame().unwrap();
        group.throughput(Throughput::Bytes(frame.table_bytes() as u64));
        group.bench_function(id, |bencher| bencher.iter(|| reader.frame_into(&mut frame).unwrap()));
    }
    group.finish();
}

fn cold(criterion: &mut Criterion, fixture: &fixture::Fixture) {
    let mut group = criterion.benchmark_group("read");
    group.bench_function("peek", |bencher| bencher.iter(|| peek(fixture.path()).unwrap()));
    group.bench_function("open_copying_totals", |bencher| {
        bencher.iter(|| Reader::open_copying(fixture.path()).unwrap().totals().unwrap());
    });
    group.bench_function("open_totals", |bencher| {
        bencher.iter(|| Reader::open(fixture.path()).unwrap().totals().unwrap());
    });
    let mut reader = Reader::open(fixture.path()).unwrap();
    group.bench_function("session", |bencher| {
        bencher.iter(|| reader.session(black_box("00000fff-0000-4000-8000-000000000fff")).unwrap());
    });
    group.finish();
}
