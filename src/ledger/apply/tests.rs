//! What only this module can bring about: a disk that is full, and times that no transcript has.

use std::sync::Arc;

use super::*;
use crate::usage::{Home, Key, Record, Tokens};

fn record(key: u128) -> Record {
    let home = Home { copied: false, sidechain: false, session: "s".into(), project: "p".into() };
    Record {
        key: Key(key),
        at_ms: 0,
        home: Arc::new(home),
        model: "m".into(),
        terms: Arc::default(),
        tokens: Tokens { output: 1, ..Tokens::default() },
        dimensions: Arc::default(),
        is_final: true,
        rare: None,
    }
}

/// A ledger of its own, in a folder that is removed with it.
fn empty_ledger() -> (tempfile::TempDir, Ledger) {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::open(&folder.path().join("ledger.db")).expect("a ledger");
    (folder, ledger)
}

/// A ledger with the first ten of many records.
fn ledger_with_ten(records: &[Record]) -> (tempfile::TempDir, Ledger) {
    let (folder, mut ledger) = empty_ledger();
    ledger.apply(&first(records, 10), PriceTable::bundled()).expect("room for ten");
    (folder, ledger)
}

fn many_records() -> Vec<Record> {
    (0..5_000).map(record).collect()
}

fn first(records: &[Record], count: usize) -> Intake<'_> {
    Intake { records: records.iter().take(count).collect(), ..Intake::default() }
}

/// Lets the ledger's file grow by this many pages at most.
fn limit(ledger: &Ledger, more: i64) {
    let pages: i64 =
        ledger.connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a number");
    let limit = format!("PRAGMA max_page_count = {}", pages + more);
    ledger.connection.query_row(&limit, (), |_| Ok(())).expect("set");
}

#[test]
fn a_full_disk_leaves_the_ledger_as_it_was() {
    let prices = PriceTable::bundled();
    let records = many_records();
    let (_folder, mut ledger) = ledger_with_ten(&records);
    limit(&ledger, 5);

    let error = ledger.apply(&first(&records, 5_000), prices).expect_err("no room for 5000");

    assert!(matches!(error, LedgerError::Full(_)), "{error:?}");
    let verification = ledger.verify(prices).expect("a report");
    assert!(verification.is_sound(), "{verification:?}");
    assert_eq!(verification.messages, 10);
}

#[test]
fn a_recount_that_fails_is_still_due() {
    let prices = PriceTable::bundled();
    let records = many_records();
    let (_folder, mut ledger) = ledger_with_ten(&records);
    let older = "UPDATE requests SET counting = 1; UPDATE meta SET value = 1 WHERE name = 'counting_version'";
    ledger.connection.execute_batch(older).expect("a ledger of the first edition");
    limit(&ledger, 5);

    let error = ledger.recount(&first(&records, 5_000), prices).expect_err("no room for 5000");

    assert!(matches!(error, LedgerError::Full(_)), "{error:?}");
    assert!(ledger.wants_recount().expect("a version") && !ledger.was_recounted().expect("a mark"));
    assert_eq!(ledger.verify(prices).expect("a report").messages, 10);
    limit(&ledger, 1_000);
    ledger.recount(&first(&records, 5_000), prices).expect("a recount");
    assert!(!ledger.wants_recount().expect("a version") && ledger.was_recounted().expect("a mark"));
    assert_eq!(ledger.verify(prices).expect("a report").messages, 5_000);
}

/// Sums that hold less than what is taken out of them would wrap round to nearly all there is.
#[test]
fn a_sum_never_falls_below_zero() {
    let prices = PriceTable::bundled();
    let (_folder, mut ledger) = empty_ledger();
    let first = record(1);
    ledger.apply(&Intake { records: vec![&first], ..Intake::default() }, prices).expect("a batch");
    let mut grown = record(1);
    grown.tokens.output = 5;
    grown.model = "other".into();
    for wrong in ["output = 0", "requests = 2, messages = 0", "requests = 1, messages = 1, output = 2"] {
        ledger.connection.execute_batch(&format!("UPDATE rollups SET {wrong}")).expect("a wrong sum");
        let batch = Intake { records: vec![&grown], ..Intake::default() };
        let error = ledger.apply(&batch, prices).expect_err("sums that do not match");
        assert!(matches!(error, LedgerError::WrongSums), "{error:?}");
        assert!(error.to_string().contains("cco ledger rebuild"), "{error}");
    }
    ledger.rederive(prices).expect("the repair");
    ledger.apply(&Intake { records: vec![&grown], ..Intake::default() }, prices).expect("a batch");
    assert!(ledger.verify(prices).expect("a report").is_sound());
}

/// An end that goes is looked for again among the requests of the quarter hour, up to its last millisecond.
#[test]
fn the_last_of_all_times_is_in_a_quarter_hour_too() {
    let prices = PriceTable::bundled();
    let (_folder, mut ledger) = empty_ledger();
    let at = |key, at_ms| Record { at_ms, ..record(key) };
    for records in [[at(1, i64::MAX), at(2, i64::MAX)], [at(1, i64::MAX - 1), at(3, i64::MAX - 1)]] {
        let batch = Intake { records: records.iter().collect(), ..Intake::default() };
        ledger.apply(&batch, prices).expect("a batch");
        let verification = ledger.verify(prices).expect("a report");
        assert!(verification.is_sound(), "{verification:?}");
    }
}
