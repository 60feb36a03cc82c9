//! Reports over 220,000 requests, from opening the ledger to the last byte of JSON.
//!
//! How much there is to read depends on how many requests share a quarter hour, session and model: 13 did in the
//! real transcripts this was first measured on. `busy` has as many, `mixed` 3, and in `alone` none shares any.
//!
//! `cargo bench --bench report`

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cco::ledger::{Intake, Ledger};
use cco::pricing::{CostMode, PriceTable};
use cco::report::usage::blocks::blocks;
use cco::report::usage::json::{self, Document};
use cco::report::usage::{Costs, Division, Grouping, Only, Query, Report};
use cco::usage::{Dimension, Dimensions, Home, Key, Record, Tokens};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

const REQUESTS: u64 = 220_000;
const MODELS: [&str; 4] = ["claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5", "claude-fable-5"];
/// 2025-01-01T00:00:00Z.
const START_MS: i64 = 1_735_689_600_000;
const QUARTER_MS: i64 = 15 * 60 * 1000;
const FIVE_HOURS_MS: i64 = 20 * QUARTER_MS;

/// Requests in sessions of eight busy quarter hours, some of them side by side.
fn records(a_rollup: u64) -> Vec<Record> {
    let record = |n: u64| {
        let rollup = n / a_rollup;
        let session = rollup / 8;
        let quarter = (session / 3 * 9 + rollup % 8).cast_signed();
        let home = Home {
            copied: false,
            sidechain: false,
            session: format!("{session:08x}-0000-4000-8000-000000000000").into(),
            project: format!("-home-ada-project-{}", session % 60).into(),
        };
        let tokens = Tokens {
            input: n % 50,
            output: n % 3_000,
            cache_write_1h: n % 20_000,
            cache_read: n % 150_000,
            ..Tokens::default()
        };
        Record {
            key: Key(u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
            at_ms: START_MS + quarter * QUARTER_MS + 1 + (n % a_rollup).cast_signed() * 1_000,
            home: Arc::new(home),
            model: MODELS[usize::try_from(rollup % 4).expect("four models")].into(),
            terms: Arc::default(),
            tokens,
            dimensions: dimensions(session, rollup).into(),
            is_final: true,
            rare: None,
        }
    };
    (0..REQUESTS).map(record).collect()
}

/// A branch for each session, and what else newer transcripts record.
fn dimensions(session: u64, rollup: u64) -> Dimensions {
    Dimensions {
        branch: format!("topic/{}", session % 400).into(),
        effort: ["high", "low"][usize::from(rollup % 5 == 0)].into(),
        skill: ["", "review"][usize::from(rollup % 7 == 0)].into(),
        entrypoint: "cli".into(),
        ..Dimensions::default()
    }
}

/// A ledger of them, and how many rollups it has.
fn ledger(folder: &Path, a_rollup: u64) -> (PathBuf, u64) {
    let path = folder.join(format!("ledger-{a_rollup}.db"));
    let mut ledger = Ledger::open(&path).expect("a new ledger");
    let records = records(a_rollup);
    let batch = Intake { records: records.iter().collect(), ..Intake::default() };
    ledger.import(&batch, PriceTable::bundled()).expect("an import");
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
    let entries = blocks(&ledger, &query, FIVE_HOURS_MS, i64::MAX).expect("blocks");
    let head = json::Head::of("blocks", &query, "America/New_York");
    let document = json::Blocks::of(
        head,
        &entries,
        FIVE_HOURS_MS,
        None,
        i64::MAX,
        Costs::Shown,
        &cco::config::Aliases::default(),
    );
    serde_json::to_string_pretty(&document).expect("JSON").len()
}

fn reports(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    for (name, a_rollup) in [("busy", 13), ("mixed", 3), ("alone", 1)] {
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

criterion_group!(benches, reports);
criterion_main!(benches);
