//! Reports over 220,000 requests, from opening the ledger to the last byte of JSON.
//!
//! How much there is to read depends on how many requests share a quarter hour, session and model: `busy` has as many as
//! real transcripts, `mixed` 3, and in `alone` none shares any.
//!
//! Measured is the time that the processor works, so that a busy machine does not change it.
//!
//! `cargo bench --bench report`

#[path = "fixture/requests.rs"]
mod requests;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cco::ledger::Ledger;
use cco::pricing::CostMode;
use cco::report::usage::json::{self, Document};
use cco::report::usage::{BlockReport, Costs, Division, Grouping, Only, Query, Report};
use cco::usage::Dimension;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use requests::{AS_REAL, QUARTER_MS, REQUESTS, import};
use rustix::time::{ClockId, clock_gettime};

const FIVE_HOURS_MS: i64 = 20 * QUARTER_MS;

/// The time that the processor works for this thread, which does all of a report's work.
struct ProcessorTime;

impl ProcessorTime {
    fn now() -> Duration {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(time).expect("a time since the thread began")
    }
}

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        Self::now()
    }

    fn end(&self, start: Duration) -> Duration {
        Self::now().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// A ledger of them, and how many rollups it has.
fn ledger(folder: &Path, a_rollup: u64) -> (PathBuf, u64) {
    let path = folder.join(format!("ledger-{a_rollup}.db"));
    let ledger = import(&path, a_rollup);
    let mut rollups = 0;
    ledger.tallies(i64::MIN..i64::MAX, CostMode::Auto, |_| rollups += 1).expect("tallies");
    (path, rollups)
}

fn query() -> Query {
    Query {
        since: None,
        until: None,
        zone: TimeZone::get("America/New_York").expect("a known zone"),
        week_start: Weekday::Monday,
        mode: CostMode::Auto,
        only: Only::default(),
        folds_worktrees: false,
    }
}

/// A report as JSON; the length of the text.
fn report(path: &Path, grouping: Grouping, by_project: bool, by: &[Dimension]) -> usize {
    let ledger = Ledger::open_read_only(path).expect("the ledger");
    let query = query();
    let division = Division { by_project, by: by.to_vec() };
    let report = Report::read(&ledger, &query, grouping, &division).expect("a report");
    let head = json::Head::of("daily", &query, "America/New_York");
    let document = Document::of(head, &report, &query, Costs::Shown, &cco::config::Aliases::default());
    serde_json::to_string_pretty(&document).expect("JSON").len()
}

fn block_report(path: &Path) -> usize {
    let ledger = Ledger::open_read_only(path).expect("the ledger");
    let query = query();
    let report = BlockReport::read(&ledger, &query, FIVE_HOURS_MS, None, None, i64::MAX).expect("blocks");
    let head = json::Head::of("blocks", &query, "America/New_York");
    let document = json::Blocks::of(head, &report, Costs::Shown, &cco::config::Aliases::default());
    serde_json::to_string_pretty(&document).expect("JSON").len()
}

fn reports(criterion: &mut Criterion<ProcessorTime>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    for (name, a_rollup) in [("busy", AS_REAL), ("mixed", 3), ("alone", 1)] {
        let (path, rollups) = ledger(folder.path(), a_rollup);
        println!("{name}: {REQUESTS} requests in {rollups} rollups");
        let by_both = &[Dimension::Branch, Dimension::Effort][..];
        for (report_name, grouping, by_project, by) in [
            ("daily", Grouping::Days, false, &[][..]),
            ("daily_by_project", Grouping::Days, true, &[]),
            ("monthly", Grouping::Months, false, &[]),
            ("session", Grouping::Sessions, false, &[]),
            ("project", Grouping::Projects, false, &[]),
            ("branch", Grouping::Dimensions, false, &[Dimension::Branch]),
            ("daily_by_branch_and_effort", Grouping::Days, false, by_both),
        ] {
            group.bench_function(format!("{report_name}/{name}"), |bencher| {
                bencher.iter(|| report(black_box(&path), grouping, by_project, by));
            });
        }
        group.bench_function(format!("blocks/{name}"), |bencher| {
            bencher.iter(|| block_report(black_box(&path)));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = reports
}
criterion_main!(benches);
