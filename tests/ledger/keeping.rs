//! What the ledger keeps besides requests, and that recounting loses nothing.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use cco::ledger::{CostStateRow, FileRow, Intake, Ledger, ProjectPath};
use cco::snapshot::Picodollars;
use cco::usage::Record;

use crate::oracle::{found, total};
use crate::sample::{MARCH_MS, apply, batch, prices, record, temporary};

fn file(path: impl AsRef<Path>) -> FileRow {
    FileRow {
        path: path.as_ref().to_owned(),
        device: u64::MAX,
        inode: 7,
        size: 900,
        offset: 800,
        fingerprint: u64::MAX - 1,
        fingerprint_bytes: 64,
        modified_ns: MARCH_MS,
        project: "-p".into(),
        seen_ms: MARCH_MS + 1,
        gone: false,
        reader_state: None,
    }
}

fn cost_state(session: &str, cents: u128, lines_added: u64) -> CostStateRow {
    CostStateRow {
        cost: Picodollars(cents * 10_000_000_000),
        start_ms: MARCH_MS,
        duration_ms: 60_000,
        api_duration_ms: 30_000,
        lines_added,
        lines_removed: 3,
        has_unknown_model_cost: false,
        model_usage: r#"{"m-one":{"inputTokens":1}}"#.into(),
        session: session.into(),
        project: "-p".into(),
    }
}

#[test]
fn a_large_write_leaves_no_large_log() {
    let mut temporary = temporary();
    let log = temporary.ledger.path().with_extension("db-wal");
    let length = || std::fs::metadata(&log).unwrap().len();
    let records: Vec<_> =
        (0..130_000).map(|n| record(n * 0x9e37_79b9_7f4a_7c15, MARCH_MS, "s", "p")).collect();
    let import =
        |ledger: &mut Ledger, records: &[Record]| ledger.import(&batch(records), &prices(15)).unwrap();
    import(&mut temporary.ledger, &records[..60_000]);
    assert!(length() <= 4 << 20, "after a first import: {}", length());

    // A reader of an older state keeps it.
    let reader = rusqlite::Connection::open(temporary.ledger.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM requests").unwrap();
    import(&mut temporary.ledger, &records[60_000..]);
    assert!(length() > 4 << 20);
    drop(reader);
    temporary.ledger.rederive(&prices(15)).unwrap();
    assert!(length() <= 4 << 20, "after a repair: {}", length());
}

#[test]
fn files_are_kept_by_path_whatever_bytes_it_and_its_reader_have() {
    let mut temporary = temporary();
    let odd = file(OsStr::from_bytes(b"/t/\xff.jsonl"));
    let mut grown = file("/t/a.jsonl");
    let batch = Intake { files: vec![grown.clone(), odd.clone()], ..Intake::default() };
    temporary.ledger.apply(&batch, &prices(15)).unwrap();
    grown.offset = 900;
    grown.gone = true;
    grown.reader_state = Some(Box::new([0, 255, b'"']));
    let batch = Intake { files: vec![grown.clone()], ..Intake::default() };
    temporary.ledger.apply(&batch, &prices(15)).unwrap();
    assert_eq!(temporary.ledger.files().unwrap(), [grown, odd]);
}

#[test]
fn the_working_folder_named_first_stands_for_the_project() {
    let mut temporary = temporary();
    for (at_ms, path) in [(5, "/b"), (5, "/a"), (4, "/z"), (9, "/c")] {
        let path = ProjectPath { project: "-p".into(), at_ms, path: path.into() };
        let batch = Intake { project_paths: vec![path], ..Intake::default() };
        temporary.ledger.apply(&batch, &prices(15)).unwrap();
    }
    let found = temporary.ledger.project_paths().unwrap();
    assert_eq!(found, [ProjectPath { project: "-p".into(), at_ms: 4, path: Arc::from("/z") }]);
}

#[test]
fn of_a_sessions_cost_figures_the_highest_stands_and_adds_nothing() {
    let mut temporary = temporary();
    let states = [cost_state("s", 120, 1), cost_state("s", 300, 2), cost_state("s", 250, 9)];
    for state in states {
        let batch = Intake { cost_states: vec![state], ..Intake::default() };
        temporary.ledger.apply(&batch, &prices(15)).unwrap();
    }
    assert_eq!(temporary.ledger.cost_states().unwrap(), [cost_state("s", 300, 2)]);
    assert_eq!(total(&temporary.ledger).cost, Picodollars::ZERO);
}

#[test]
fn a_recount_starts_all_files_again_and_keeps_what_is_gone() {
    let prices = prices(15);
    let mut temporary = temporary();
    let records = [record(1, MARCH_MS, "s", "-p"), record(2, MARCH_MS, "s", "-p")];
    let batch = Intake { files: vec![file("/t/a")], records: records.iter().collect(), ..Intake::default() };
    temporary.ledger.apply(&batch, &prices).unwrap();
    let before = found(&temporary.ledger);
    temporary.ledger.begin_recount().unwrap();
    assert_eq!(temporary.ledger.files().unwrap()[0].offset, 0);
    apply(&mut temporary.ledger, &records[..1], &prices);
    assert_eq!(found(&temporary.ledger), before);
}

#[test]
fn totals_outlive_the_process() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "-p")], &prices);
    let path = temporary.ledger.path().to_owned();
    let before = found(&temporary.ledger);
    drop(temporary.ledger);
    assert_eq!(found(&Ledger::open(&path).unwrap()), before);
}
