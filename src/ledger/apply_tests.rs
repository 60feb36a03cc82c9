//! What only this module can bring about: a disk that is full, and times that no transcript has.

use super::*;
use crate::usage::{Home, Tokens};

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

#[test]
fn a_full_disk_leaves_the_ledger_as_it_was() {
    let prices = PriceTable::bundled();
    let folder = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::open(&folder.path().join("ledger.db")).expect("a ledger");
    let records: Vec<Record> = (0..5_000).map(record).collect();
    let batch = |count| Batch { records: records.iter().take(count).collect(), ..Batch::default() };
    ledger.apply(&batch(10), prices).expect("room for ten");
    let pages: i64 =
        ledger.connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a number");
    ledger
        .connection
        .query_row(&format!("PRAGMA max_page_count = {}", pages + 5), (), |_| Ok(()))
        .expect("set");

    let error = ledger.apply(&batch(5_000), prices).expect_err("no room for 5000");

    assert!(matches!(error, LedgerError::Full(_)), "{error:?}");
    let verification = ledger.verify(prices).expect("a report");
    assert!(verification.is_sound(), "{verification:?}");
    assert_eq!(verification.messages, 10);
}

/// An end that goes is looked for again among the requests of the quarter hour, up to its last millisecond.
#[test]
fn the_last_of_all_times_is_in_a_quarter_hour_too() {
    let prices = PriceTable::bundled();
    let folder = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::open(&folder.path().join("ledger.db")).expect("a ledger");
    let at = |key, at_ms| Record { at_ms, ..record(key) };
    for records in [[at(1, i64::MAX), at(2, i64::MAX)], [at(1, i64::MAX - 1), at(3, i64::MAX - 1)]] {
        let batch = Batch { records: records.iter().collect(), ..Batch::default() };
        ledger.apply(&batch, prices).expect("a batch");
        let verification = ledger.verify(prices).expect("a report");
        assert!(verification.is_sound(), "{verification:?}");
    }
}
