//! A ledger of version 1 becomes one of today's version, row by row.

use std::fs;
use std::path::{Path, PathBuf};

use cco::ledger::{Ledger, LedgerError, NameKind};
use cco::pricing::PriceTable;
use cco::usage::Record;

use crate::oracle::{self, found};
use crate::sample::temporary;

/// A copy of the ledger that the first edition left, in a folder of its own.
pub(crate) fn first_edition(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/edition_1/ledger.db");
    fs::copy(fixture, &path).expect("the fixture");
    path
}

/// Every record of a ledger, in the order of keys.
pub(crate) fn all_records(ledger: &Ledger) -> Vec<Record> {
    let mut records = Vec::new();
    for session in ledger.names(NameKind::Sessions).expect("sessions").into_keys() {
        ledger.session_records(session, |record| records.push(record.clone())).expect("records");
    }
    records.sort_by_key(|record| record.key);
    records
}

/// The text of all tables, indices and views.
fn schema(path: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(path).unwrap();
    let mut query =
        database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    query.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Counters of version 1: all that its tables had a column for.
fn counts(database: &rusqlite::Connection, table: &str) -> Vec<[i64; 9]> {
    let query = format!(
        "SELECT session, project, model, input, output, cache_write_5m, cache_write_1h, cache_read, web_searches \
         FROM {table} ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
    );
    let mut query = database.prepare(&query).unwrap();
    let rows = query.query_map((), |row| {
        let mut counts = [0; 9];
        for (column, count) in counts.iter_mut().enumerate() {
            *count = row.get(column)?;
        }
        Ok(counts)
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn an_upgraded_ledger_has_the_tables_of_a_new_one_and_the_rows_of_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = first_edition(folder.path());
    let tables = ["requests", "rollups"];
    let old = rusqlite::Connection::open(&path).unwrap();
    let before = tables.map(|table| counts(&old, table));
    drop(old);
    let error = Ledger::open_read_only(&path).expect_err("an older version");
    assert!(matches!(error, LedgerError::Outdated { found: 1, needed: 3 }), "{error:?}");

    let ledger = Ledger::open(&path).unwrap();
    let new = temporary();
    assert_eq!(schema(&path), schema(new.ledger.path()));
    let database = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(tables.map(|table| counts(&database, table)), before);
    assert_eq!(ledger.files().unwrap().len(), 18);
    assert!(ledger.wants_recount().unwrap());
    drop(ledger);
    assert!(Ledger::open_read_only(&path).is_ok());
}

#[test]
fn a_ledger_without_sums_by_dimension_gets_them_and_keeps_its_totals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/version_2/ledger.db");
    fs::copy(fixture, &path).expect("the fixture");
    let prices = PriceTable::bundled();

    let mut ledger = Ledger::open(&path).unwrap();
    assert_eq!(schema(&path), schema(temporary().ledger.path()));
    let totals = oracle::total(&ledger);
    assert_eq!((totals.requests, totals.output_tokens), (6, 60));
    assert!(
        !ledger.is_priced_with(&prices).unwrap(),
        "sums without dimensions are not those of today's version"
    );

    assert!(ledger.reprice(&prices).unwrap());
    assert_eq!(oracle::total(&ledger), totals);
    assert_eq!(found(&ledger), oracle::rollups(&all_records(&ledger), &prices));
    let branches: Vec<String> =
        found(&ledger).iter().map(|sums| sums.dimensions.branch.to_string()).collect();
    assert!(
        branches.iter().any(|branch| branch == "main") && branches.iter().any(|branch| branch == "topic")
    );
    assert!(ledger.verify(&prices).unwrap().is_sound());
}

/// Whether they got a stop reason was not noted then.
#[test]
fn messages_of_an_upgraded_ledger_are_provisional() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(&first_edition(folder.path())).unwrap();
    let records = all_records(&ledger);
    assert_eq!(records.len(), 17);
    let provisional = |rollups: Vec<cco::ledger::Rollup>| {
        let counters = rollups.into_iter().map(|rollup| rollup.figures.auto);
        counters.map(|auto| (auto.provisional_messages, auto.provisional_output_tokens)).collect::<Vec<_>>()
    };
    let prices = PriceTable::bundled();
    assert_eq!(provisional(found(&ledger)), provisional(oracle::rollups(&records, prices)));
    ledger.reprice(prices).unwrap();
    let verification = ledger.verify(prices).unwrap();
    assert!(verification.is_sound(), "{verification:?}");
}

#[test]
fn a_backup_of_an_older_version_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let backup = first_edition(folder.path());
    let path = folder.path().join("state/ledger.db");
    Ledger::restore(&path, &backup).unwrap();
    assert_eq!(all_records(&Ledger::open(&path).unwrap()).len(), 17);
}
