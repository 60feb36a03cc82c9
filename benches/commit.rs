//! What a commit costs a publisher, by the rows that changed since the last one.

mod fixture;

use std::time::Duration;

use cco::snapshot::{Publication, SessionRow};
use criterion::Criterion;
use fixture::{counters, heavy_user, publication};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let folder = tempfile::tempdir().unwrap();
    let mut writer = heavy_user(&folder.path().join("usage.snapshot"));
    let mut group = criterion.benchmark_group("commit");
    for (id, rows) in [("1_row", 1), ("100_rows", 100)] {
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                let n = writer.sequence() / 2 + 1;
                for number in 0..rows {
                    let mut row: SessionRow = writer.draft().row(number);
                    row.counters = counters(n);
                    writer.draft().set(number, &row);
                }
                // One moment for all: at full speed the history ring takes nothing.
                writer.commit(&Publication { published_at: 3_600_000, ..publication(n) }).unwrap()
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
